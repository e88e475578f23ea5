/** What the steps of one upload share: where it goes, what it carries, how far it is. */
import { HeadObjectCommand, type HeadObjectCommandOutput, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { LinkWish } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import { usualPlace } from '../place.ts';
import { laneOf, Progress, type Lane } from '../progress.ts';
import type { TransferOf } from '../provider.ts';
import { checksumKind, checksumOf, type Checksum, type ChecksumKind, type Range } from '../sending/checksum.ts';
import { doubtOf, Names, type Claim } from '../claim.ts';
import type { Asking } from '../sending/request-handler.ts';
import { textOf } from './checksum.ts';
import { isOurs, markHeaders } from './mark.ts';
import { contentHeaders } from './content-headers.ts';
import { aclFor, type S3Settings } from './settings.ts';
import { attemptsOf, statusOf, type S3Checkpoint, type S3Store } from './store.ts';

type ObjectHeaders = Pick<PutObjectCommandInput, 'ContentType' | 'ContentDisposition' | 'ACL'>;

export interface Draft {
  store: S3Store;
  transfer: TransferOf<FileSource>;
  bucket: string;
  headers: ObjectHeaders;
  progress: Progress;
  lane: Lane;
  names: Names;
}
/** An upload that has its key. */
export interface Job extends Draft, Claim {}

/** What ended up under which key. */
export interface Stored extends Claim {
  versionId: string | undefined;
}

export function draftOf(store: S3Store, transfer: TransferOf<FileSource>): Draft {
  const { settings, ports } = store;
  const { source, signal, place = usualPlace(source, ports, signal) } = transfer;
  return {
    store,
    transfer,
    bucket: settings.bucket,
    progress: new Progress(transfer),
    lane: laneOf(transfer),
    names: new Names(place, settings.prefix, {
      randomBytes: (count) => ports.randomBytes(count),
      claimed: store.claimed,
    }),
    headers: objectHeaders(settings, source, transfer.link),
  };
}

/** What an object is sent with: what its file is, and who may read it. */
export function objectHeaders(
  settings: S3Settings,
  { name, contentType }: Pick<FileSource, 'name' | 'contentType'>,
  { kind }: Pick<LinkWish, 'kind'> = { kind: settings.linkKind },
): ObjectHeaders {
  const acl = aclFor(settings, kind);
  return { ...contentHeaders(name, contentType, settings), ...(acl === undefined ? {} : { ACL: acl }) };
}

/** What each request of a transfer carries besides what it asks for. */
export const askingOf = (
  { signal, onSlowDown }: Pick<TransferOf<FileSource>, 'signal' | 'onSlowDown'>,
  until: AbortSignal = signal,
): Asking => ({ abortSignal: until, onSlowDown });

/** What objects are sent with. */
export const headersFor = (job: Job): ObjectHeaders & Pick<PutObjectCommandInput, 'Metadata'> => ({
  ...job.headers,
  ...markHeaders(job),
});

/** A key of its own, durable before the store hears of it. @throws AppFailure name-taken */
export async function newClaim(draft: Draft, known: Pick<S3Checkpoint, 'partSize' | 'sum'>): Promise<Claim> {
  const {
    transfer: { source, onCheckpoint },
    bucket,
    names,
  } = draft;
  const claim = await names.find((key) => isThere(draft.store, () => headOf({ ...draft, key })));
  await onCheckpoint({ v: 1, bucket, ...claim, size: source.size, ...known });
  return claim;
}

/**
 * Whoever may write but not look finds out by the condition of the write; where there is none, it must be possible to look.
 * Amazon answers 403 also for what is not there, to keys that may not list.
 */
export async function isThere(store: Pick<S3Store, 'knowsConditions'>, look: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await look()) !== undefined;
  } catch (cause) {
    if (statusOf(cause) !== 403 || !store.knowsConditions) throw cause;
    return false;
  }
}

/** After the store said that the key is taken: what is there, or that these keys may not look. */
export async function seenAt(job: Job): Promise<HeadObjectCommandOutput | 'hidden' | undefined> {
  try {
    return await headOf(job);
  } catch (cause) {
    if (statusOf(cause) !== 403 || job.mark === undefined) throw cause;
    return 'hidden';
  }
}

/** Something is there that cannot be looked at: somebody else's, unless an earlier sending of ours may have been heard. @throws AppFailure name-taken */
export function takenUnseen({ isLikely }: { isLikely: boolean }): 'taken' {
  if (isLikely) throw failure('name-taken');
  return 'taken';
}

/**
 * Asked right before the write: a store may not know its condition, or pass over it, and the file may have taken hours to send.
 * Only what comes in the instant between is lost there.
 */
export async function isTakenNow(job: Job): Promise<boolean> {
  if (job.mark === undefined || job.names.onTaken === 'replace') return false;
  return isThere(job.store, async () => {
    const there = await headOf(job);
    return there && !isOurs(job, there) ? there : undefined;
  });
}

/** Whether the write is to happen only where nothing is. */
export const isConditional = ({ store, names }: Draft): boolean => store.knowsConditions && names.onTaken !== 'replace';

/**
 * Runs a request after which the store may have made something under the key. When it ends without a clear answer the
 * key stays in doubt, and a clean-up looks twice.
 */
export async function doubting<T>(job: Job, act: () => Promise<T>): Promise<T> {
  const { doubts } = job.store;
  const doubt = doubtOf(job);
  doubts.add(doubt);
  try {
    const answer = await act();
    doubts.delete(doubt);
    return answer;
  } catch (cause) {
    const status = statusOf(cause) ?? 0;
    if (status >= 400 && status < 500 && attemptsOf(cause) === 1) doubts.delete(doubt);
    throw cause;
  }
}

/** How this store is told what bytes amount to. */
export const kindFor = ({ store }: Draft): ChecksumKind => checksumKind(store.settings.store.checksum);

export const sumOf = (
  draft: Draft,
  range: Range,
  { signal, kind = kindFor(draft) }: { signal: AbortSignal; kind?: ChecksumKind },
): Promise<Checksum> =>
  checksumOf(draft.transfer.source, range, { kind, buffers: draft.store.handler.buffers, signal });

export const headersOf = (sum: Checksum): { ChecksumCRC32: string } | { ContentMD5: string } =>
  'crc32' in sum ? { ChecksumCRC32: sum.crc32 } : { ContentMD5: sum.md5 };

/** What is under the key, or undefined when nothing is. */
export async function headOf(job: Job): Promise<HeadObjectCommandOutput | undefined> {
  const { store, bucket, key, transfer } = job;
  try {
    return await store.client.send(
      new HeadObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(kindFor(job) === 'crc32' ? { ChecksumMode: 'ENABLED' } : {}),
      }),
      askingOf(transfer),
    );
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause;
    return undefined;
  }
}

/** The store, or something on the way, has other bytes than were sent. */
export const isDamaged = (cause: unknown): boolean =>
  (cause instanceof AppFailure && cause.error.code === 'corrupted') ||
  (cause instanceof Error && /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch)$/.test(cause.name));

/** What a range of the file amounted to when it was read. */
export interface Summed {
  range: Range;
  sum: Checksum;
}

/** Size and time do not tell of a file that was rewritten and had its time set back: its bytes do. @throws AppFailure source-changed, source-unreadable, canceled */
export async function checkSame(draft: Draft, summed: readonly Summed[]): Promise<void> {
  const { source, signal } = draft.transfer;
  await source.check();
  if (!(await source.touched?.())) return;
  for (const { range, sum } of summed) {
    const now = await sumOf(draft, range, { signal, kind: 'crc32' in sum ? 'crc32' : 'md5' });
    if (textOf([now]) !== textOf([sum])) throw failure('source-changed');
  }
}

/** Bytes that do not match what was hashed a moment ago: before the store is blamed, the file is looked at. */
export async function orChanged(draft: Draft, cause: unknown, summed: Summed): Promise<unknown> {
  if (isDamaged(cause)) await checkSame(draft, [summed]);
  return cause;
}

/** The store does not know the condition of a conditional write. */
export const isUnknownFeature = (cause: unknown): boolean =>
  cause instanceof Error &&
  (statusOf(cause) === 501 ||
    (statusOf(cause) === 400 && /^(NotImplemented|InvalidArgument|InvalidRequest|UnsupportedHeader)/.test(cause.name)));
