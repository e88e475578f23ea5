/** What the steps of one upload share: where it goes, what it carries, how far it is. */
import { HeadObjectCommand, type HeadObjectCommandOutput, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { LinkOverride } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import { slotAcquirer, UploadProgress, type AcquireSlot } from '../transfer/upload-progress.ts';
import type { TransferFrom } from '../contract/provider.ts';
import {
  supportedChecksumKind,
  computeChecksum,
  type PartChecksum,
  type ChecksumKind,
  type ByteRange,
} from '../transfer/checksum.ts';
import { reservationId, KeyAllocator, type KeyReservation } from '../keys/key-reservation.ts';
import type { SdkRequestOptions } from '../transfer/request-handler.ts';
import { formatChecksums } from './compare-checksums.ts';
import { isOwnS3Object, ownershipMetadata } from './ownership-mark.ts';
import { contentHeaders } from './content-headers.ts';
import { aclForLinkKind, type S3Settings } from './settings.ts';
import { sdkErrorAttempts, sdkErrorStatus, type S3Checkpoint, type S3Store } from './store.ts';

type ObjectHeaders = Pick<PutObjectCommandInput, 'ContentType' | 'ContentDisposition' | 'ACL'>;

export interface S3UploadContext {
  store: S3Store;
  transfer: TransferFrom<FileSource>;
  bucket: string;
  headers: ObjectHeaders;
  progress: UploadProgress;
  acquireSlot: AcquireSlot;
  keyAllocator: KeyAllocator;
}
/** An upload that has its key. */
export interface KeyedS3UploadContext extends S3UploadContext, KeyReservation {}

/** What ended up under which key. */
export interface StoredS3Object extends KeyReservation {
  versionId: string | undefined;
}

export function createS3UploadContext(store: S3Store, transfer: TransferFrom<FileSource>): S3UploadContext {
  const { settings, ports } = store;
  const { source, signal, keyBuilder = defaultKeyBuilder(source, ports, signal) } = transfer;
  return {
    store,
    transfer,
    bucket: settings.bucket,
    progress: new UploadProgress(transfer),
    acquireSlot: slotAcquirer(transfer),
    keyAllocator: new KeyAllocator(keyBuilder, settings.prefix, {
      randomBytes: (count) => ports.randomBytes(count),
      reservedKeys: store.reservedKeys,
    }),
    headers: objectHeaders(settings, source, transfer.linkOverride),
  };
}

/** What an object is sent with: what its file is, and who may read it. */
export function objectHeaders(
  settings: S3Settings,
  { name, contentType }: Pick<FileSource, 'name' | 'contentType'>,
  { kind }: Pick<LinkOverride, 'kind'> = { kind: settings.linkKind },
): ObjectHeaders {
  const acl = aclForLinkKind(settings, kind);
  return { ...contentHeaders(name, contentType, settings), ...(acl === undefined ? {} : { ACL: acl }) };
}

/** What each request of a transfer carries besides what it asks for. */
export const s3RequestOptions = (
  { signal, onSlowDown }: Pick<TransferFrom<FileSource>, 'signal' | 'onSlowDown'>,
  abortSignal: AbortSignal = signal,
): SdkRequestOptions => ({ abortSignal: abortSignal, onSlowDown });

/** What objects are sent with. */
export const newObjectHeaders = (
  keyed: KeyedS3UploadContext,
): ObjectHeaders & Pick<PutObjectCommandInput, 'Metadata'> => ({
  ...keyed.headers,
  ...ownershipMetadata(keyed),
});

/** A key of its own, durable before the store hears of it. @throws AppFailure name-taken */
export async function reserveS3Key(
  context: S3UploadContext,
  known: Pick<S3Checkpoint, 'partSize' | 'sum'>,
): Promise<KeyReservation> {
  const {
    transfer: { source, onCheckpoint },
    bucket,
    keyAllocator,
  } = context;
  const reservation = await keyAllocator.allocate((key) =>
    objectExists(context.store, () => headS3Object({ ...context, key })),
  );
  await onCheckpoint({ v: 1, bucket, ...reservation, size: source.size, ...known });
  return reservation;
}

/**
 * Whoever may write but not look finds out by the condition of the write; where there is none, it must be possible to look.
 * Amazon answers 403 also for what is not there, to keys that may not list.
 */
export async function objectExists(
  store: Pick<S3Store, 'supportsConditionalWrites'>,
  head: () => Promise<unknown>,
): Promise<boolean> {
  try {
    return (await head()) !== undefined;
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 403 || !store.supportsConditionalWrites) throw cause;
    return false;
  }
}

/** After the store said that the key is taken: what is there, or that these keys may not look. */
export async function headConflictingObject(
  keyed: KeyedS3UploadContext,
): Promise<HeadObjectCommandOutput | 'hidden' | undefined> {
  try {
    return await headS3Object(keyed);
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 403 || keyed.mark === undefined) throw cause;
    return 'hidden';
  }
}

/** Something is there that cannot be looked at: somebody else's, unless an earlier sending of ours may have been heard. @throws AppFailure name-taken */
export function treatHiddenAsTaken({ mayBeOurs }: { mayBeOurs: boolean }): 'taken' {
  if (mayBeOurs) throw failure('name-taken');
  return 'taken';
}

/**
 * Asked right before the write: a store may not know its condition, or pass over it, and the file may have taken hours to send.
 * Only what comes in the instant between is lost there.
 */
export async function isKeyTaken(keyed: KeyedS3UploadContext): Promise<boolean> {
  if (keyed.mark === undefined || keyed.keyAllocator.ifTaken === 'replace') return false;
  return objectExists(keyed.store, async () => {
    const existing = await headS3Object(keyed);
    return existing && !isOwnS3Object(keyed, existing) ? existing : undefined;
  });
}

/** Whether the write is to happen only where nothing is. */
export const usesConditionalWrite = ({ store, keyAllocator }: S3UploadContext): boolean =>
  store.supportsConditionalWrites && keyAllocator.ifTaken !== 'replace';

/**
 * Runs a request after which the store may have made something under the key. When it ends without a clear answer the
 * key stays in doubt, and a clean-up looks twice.
 */
export async function trackUncertainWrite<T>(keyed: KeyedS3UploadContext, request: () => Promise<T>): Promise<T> {
  const { uncertainWrites } = keyed.store;
  const id = reservationId(keyed);
  uncertainWrites.add(id);
  try {
    const result = await request();
    uncertainWrites.delete(id);
    return result;
  } catch (cause) {
    const status = sdkErrorStatus(cause) ?? 0;
    if (status >= 400 && status < 500 && sdkErrorAttempts(cause) === 1) uncertainWrites.delete(id);
    throw cause;
  }
}

/** How this store is told what bytes amount to. */
export const checksumKindFor = ({ store }: S3UploadContext): ChecksumKind =>
  supportedChecksumKind(store.settings.store.checksum);

export const s3RangeChecksum = (
  context: S3UploadContext,
  range: ByteRange,
  { signal, kind = checksumKindFor(context) }: { signal: AbortSignal; kind?: ChecksumKind },
): Promise<PartChecksum> =>
  computeChecksum(context.transfer.source, range, { kind, buffers: context.store.handler.buffers, signal });

export const s3ChecksumHeaders = (sum: PartChecksum): { ChecksumCRC32: string } | { ContentMD5: string } =>
  'crc32' in sum ? { ChecksumCRC32: sum.crc32 } : { ContentMD5: sum.md5 };

/** What is under the key, or undefined when nothing is. */
export async function headS3Object(keyed: KeyedS3UploadContext): Promise<HeadObjectCommandOutput | undefined> {
  const { store, bucket, key, transfer } = keyed;
  try {
    return await store.client.send(
      new HeadObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(checksumKindFor(keyed) === 'crc32' ? { ChecksumMode: 'ENABLED' } : {}),
      }),
      s3RequestOptions(transfer),
    );
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 404) throw cause;
    return undefined;
  }
}

/** The store, or something on the way, has other bytes than were sent. */
export const isCorruption = (cause: unknown): boolean =>
  (cause instanceof AppFailure && cause.error.code === 'corrupted') ||
  (cause instanceof Error && /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch)$/.test(cause.name));

/** What a range of the file amounted to when it was read. */
export interface ChecksummedRange {
  range: ByteRange;
  sum: PartChecksum;
}

/** Size and time do not tell of a file that was rewritten and had its time set back: its bytes do. @throws AppFailure source-changed, source-unreadable, canceled */
export async function assertSourceUnchanged(
  context: S3UploadContext,
  ranges: readonly ChecksummedRange[],
): Promise<void> {
  const { source, signal } = context.transfer;
  await source.assertUnchanged();
  if (!(await source.mayHaveChanged?.())) return;
  for (const { range, sum } of ranges) {
    const current = await s3RangeChecksum(context, range, { signal, kind: 'crc32' in sum ? 'crc32' : 'md5' });
    if (formatChecksums([current]) !== formatChecksums([sum])) throw failure('source-changed');
  }
}

/** Bytes that do not match what was hashed a moment ago: before the store is blamed, the file is looked at. */
export async function explainCorruption(
  context: S3UploadContext,
  cause: unknown,
  range: ChecksummedRange,
): Promise<unknown> {
  if (isCorruption(cause)) await assertSourceUnchanged(context, [range]);
  return cause;
}

/** The store does not know the condition of a conditional write. */
export const isUnsupportedFeature = (cause: unknown): boolean =>
  cause instanceof Error &&
  (sdkErrorStatus(cause) === 501 ||
    (sdkErrorStatus(cause) === 400 &&
      /^(NotImplemented|InvalidArgument|InvalidRequest|UnsupportedHeader)/.test(cause.name)));
