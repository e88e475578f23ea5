/** What the steps of one upload share: where it goes, what it carries, how far it is. */
import { HeadObjectCommand, type HeadObjectCommandOutput, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { FolderPlace, Restarted } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferOf } from '../provider.ts';
import { checksumKind, checksumOf, type Checksum, type ChecksumKind, type Range } from './checksum.ts';
import { contentHeaders } from './content-headers.ts';
import { makeKey } from './keys.ts';
import { attemptsOf, statusOf, type S3Checkpoint, type S3Store } from './store.ts';

type ObjectHeaders = Pick<PutObjectCommandInput, 'ContentType' | 'ContentDisposition' | 'ACL'>;

export interface Draft { store: S3Store; transfer: TransferOf<FileSource>; bucket: string; headers: ObjectHeaders; progress: Progress }
/** An upload that has its key. */
export interface Job extends Draft { key: string }

/** What ended up under which key. */
export interface Stored { key: string; versionId: string | undefined }

export function draftOf(store: S3Store, transfer: TransferOf<FileSource>): Draft {
  const { settings } = store;
  const { source } = transfer;
  return {
    store, transfer, bucket: settings.bucket, progress: new Progress(transfer),
    headers: { ...contentHeaders(source.name, source.contentType), ...(settings.acl ? { ACL: 'public-read' } : {}) },
  };
}

/** Bytes that are at the store or on their way, and whether they had to begin from zero. */
export class Progress {
  readonly #transfer: Pick<TransferOf<FileSource>, 'onProgress' | 'onKept' | 'onRestart'>;
  #bytes = 0;
  #kept = 0;
  #restarts = 0;

  constructor(transfer: Pick<TransferOf<FileSource>, 'onProgress' | 'onKept' | 'onRestart'>) { this.#transfer = transfer; }

  get restarts(): number { return this.#restarts; }

  /** @param count bytes; negative when a part has to be sent again */
  add(count: number): void {
    this.#bytes += count;
    this.#transfer.onProgress(this.#bytes);
  }

  /** @param count bytes of a part that the store has now */
  keep(count: number): void {
    this.#kept += count;
    this.#transfer.onKept?.(this.#kept);
  }

  restart(why: Restarted): void {
    this.#restarts++;
    this.#bytes = this.#kept = 0;
    this.#transfer.onRestart?.(why);
  }
}

/** A key of its own, durable before the store hears of it. */
export async function newKey(draft: Draft, { folder, ...known }: { folder: FolderPlace | undefined } & Pick<S3Checkpoint, 'partSize' | 'sum'>): Promise<string> {
  const { store: { settings, ports }, transfer: { source, onCheckpoint }, bucket } = draft;
  const key = makeKey({ name: source.name, prefix: settings.prefix, folder, now: ports.now(), randomBytes: (count) => ports.randomBytes(count) });
  await onCheckpoint({ v: 1, bucket, key, size: source.size, ...known });
  return key;
}

/**
 * Runs a request after which the store may have made something under the key. When it ends without a clear answer the
 * key stays in doubt, and a clean-up looks twice.
 */
export async function doubting<T>({ store, key }: Job, act: () => Promise<T>): Promise<T> {
  store.doubts.add(key);
  try {
    const answer = await act();
    store.doubts.delete(key);
    return answer;
  } catch (cause) {
    const status = statusOf(cause) ?? 0;
    if (status >= 400 && status < 500 && attemptsOf(cause) === 1) store.doubts.delete(key);
    throw cause;
  }
}

/** How this store is told what bytes amount to. */
export const kindFor = ({ store }: Draft): ChecksumKind => checksumKind(store.settings.store.checksum);

export const sumOf = (draft: Draft, range: Range, { signal, kind = kindFor(draft) }: { signal: AbortSignal; kind?: ChecksumKind }): Promise<Checksum> =>
  checksumOf(draft.transfer.source, range, { kind, buffers: draft.store.handler.buffers, signal });

export const headersOf = (sum: Checksum): { ChecksumCRC32: string } | { ContentMD5: string } => ('crc32' in sum ? { ChecksumCRC32: sum.crc32 } : { ContentMD5: sum.md5 });

/** What is under the key, or undefined when nothing is. */
export async function headOf(job: Job): Promise<HeadObjectCommandOutput | undefined> {
  const { store, bucket, key, transfer: { signal } } = job;
  try {
    return await store.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...(kindFor(job) === 'crc32' ? { ChecksumMode: 'ENABLED' } : {}) }), { abortSignal: signal });
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause;
    return undefined;
  }
}

/** The store, or something on the way, has other bytes than were sent. */
export const isDamaged = (cause: unknown): boolean =>
  (cause instanceof AppFailure && cause.error.code === 'corrupted') || (cause instanceof Error && /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch)$/.test(cause.name));

/** Bytes that do not match what was hashed a moment ago: before the store is blamed, the file is looked at. */
export async function orChanged({ transfer }: Draft, cause: unknown): Promise<unknown> {
  if (isDamaged(cause)) await transfer.source.check();
  return cause;
}

/** The store does not know the condition of a conditional write. */
export const isUnknownFeature = (cause: unknown): boolean =>
  cause instanceof Error && (statusOf(cause) === 501 || (statusOf(cause) === 400 && /^(NotImplemented|InvalidArgument|InvalidRequest|UnsupportedHeader)/.test(cause.name)));
