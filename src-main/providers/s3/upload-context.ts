/** Data that the steps of one upload share: the destination, the headers and the progress. */
import { HeadObjectCommand, type HeadObjectCommandOutput, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import type { LinkOverride } from '../../../src-shared/upload.ts';
import type { FileSource } from '../../engine/ports.ts';
import { defaultKeyBuilder } from '../keys/object-key.ts';
import { slotAcquirer, UploadProgress, type AcquireSlot } from '../transfer/upload-progress.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { computeChecksum, type PartChecksum, type ChecksumKind, type ByteRange } from '../transfer/checksum.ts';
import { reservationId, KeyAllocator, type KeyReservation } from '../keys/key-reservation.ts';
import type { SdkRequestOptions } from '../transfer/request-handler.ts';
import { formatChecksums } from './compare-checksums.ts';
import { findHeadError } from './head-error.ts';
import { isOwnS3Object, ownershipMetadata } from './ownership-mark.ts';
import { contentHeaders } from './content-headers.ts';
import { aclForLinkKind, type S3Settings } from './settings.ts';
import type { S3Checkpoint } from './records.ts';
import { sdkErrorAttempts, sdkErrorStatus } from './sdk-error.ts';
import type { S3Store } from './store.ts';

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
/** The context of an upload that has reserved its key. */
export interface KeyedS3UploadContext extends S3UploadContext, KeyReservation {}

/** A stored object and its key. */
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

/** Returns the headers of a new object. They depend on the file and on the kind of link. */
export function objectHeaders(
  settings: S3Settings,
  { name, contentType }: Pick<FileSource, 'name' | 'contentType'>,
  { kind }: Pick<LinkOverride, 'kind'> = { kind: settings.linkKind },
): ObjectHeaders {
  const acl = aclForLinkKind(settings, kind);
  return { ...contentHeaders(name, contentType, settings), ...(acl === undefined ? {} : { ACL: acl }) };
}

/** The options of each request of a transfer. */
export const s3RequestOptions = (
  { signal, onSlowDown }: Pick<TransferFrom<FileSource>, 'signal' | 'onSlowDown'>,
  abortSignal: AbortSignal = signal,
): SdkRequestOptions => ({ abortSignal: abortSignal, onSlowDown });

/** Returns the headers of a new object and the ownership mark. */
export const newObjectHeaders = (
  keyed: KeyedS3UploadContext,
): ObjectHeaders & Pick<PutObjectCommandInput, 'Metadata'> => ({
  ...keyed.headers,
  ...ownershipMetadata(keyed),
});

/**
 * Reserves a key. The checkpoint with the key is durable before the store receives the first request.
 * @throws AppFailure name-taken
 */
export async function reserveS3Key(
  context: S3UploadContext,
  entries: Pick<S3Checkpoint, 'partSize' | 'sum'>,
): Promise<KeyReservation> {
  const {
    transfer: { source, onCheckpoint },
    bucket,
    keyAllocator,
  } = context;
  const reservation = await keyAllocator.allocate((key) =>
    objectExists(context.store, { key, signal: context.transfer.signal }, () => headS3Object({ ...context, key })),
  );
  await onCheckpoint({ v: 1, bucket, ...reservation, size: source.size, ...entries });
  return reservation;
}

/**
 * Returns whether an object exists. If the access key may not read, returns false and relies on the conditional write.
 * Amazon also answers 403 for a missing object if the access key may not list.
 * @throws errors of the SDK, also for a missing read permission if the store has no conditional writes
 */
export async function objectExists(
  store: Pick<S3Store, 'supportsConditionalWrites' | 'client' | 'settings'>,
  object: { key: string; signal: AbortSignal },
  head: () => Promise<unknown>,
): Promise<boolean> {
  try {
    return (await head()) !== undefined;
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 403 || !store.supportsConditionalWrites)
      throw await findHeadError(store, cause, object);
    return false;
  }
}

/**
 * Call this after the store reported that the key is taken.
 * @returns the object, or `hidden` when the access key may not read it
 */
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

/**
 * The object exists but is unreadable: treat it as taken, unless an earlier request of ours may have created it.
 * @throws AppFailure name-taken
 */
export function treatHiddenAsTaken({ mayBeOurs }: { mayBeOurs: boolean }): 'taken' {
  if (mayBeOurs) throw failure('name-taken');
  return 'taken';
}

/**
 * Whether an object of another client has the key. Call this right before the write: the store may ignore the condition
 * of the write, and sending the file may have taken hours. Then only an object that appears between this check and the
 * write is overwritten.
 */
export async function isKeyTaken(keyed: KeyedS3UploadContext): Promise<boolean> {
  if (keyed.mark === undefined || keyed.keyAllocator.ifTaken === 'replace') return false;
  return objectExists(keyed.store, { key: keyed.key, signal: keyed.transfer.signal }, async () => {
    const existing = await headS3Object(keyed);
    return existing && !isOwnS3Object(keyed, existing) ? existing : undefined;
  });
}

/** Whether to send the write with the condition that the key is free. */
export const usesConditionalWrite = ({ store, keyAllocator }: S3UploadContext): boolean =>
  store.supportsConditionalWrites && keyAllocator.ifTaken !== 'replace';

/**
 * Runs a request that creates an object or an upload under the key. If the request may have succeeded without an
 * answer, the key stays in `uncertainWrites`, and a cleanup checks it several times.
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
    const wasRefused = status >= 400 && status < 500;
    // If the request was sent several times, an earlier one may have succeeded.
    if (wasRefused && sdkErrorAttempts(cause) === 1) uncertainWrites.delete(id);
    throw cause;
  }
}

/** The kind of checksum that this store verifies. */
export const checksumKindFor = ({ store }: S3UploadContext): ChecksumKind => store.checksum;

/**
 * Uses Content-MD5 from now on if the store answered that it does not support a request with CRC32.
 * @returns whether to send the request again, with Content-MD5
 */
export function fallBackToMd5({ store }: S3UploadContext, cause: unknown, sentKind: ChecksumKind): boolean {
  if (sentKind !== 'crc32' || sdkErrorStatus(cause) !== 501) return false;
  store.checksum = 'md5';
  return true;
}

export const kindOfChecksum = (sum: PartChecksum): ChecksumKind => ('crc32' in sum ? 'crc32' : 'md5');

export const s3RangeChecksum = (
  context: S3UploadContext,
  range: ByteRange,
  { signal, kind = checksumKindFor(context) }: { signal: AbortSignal; kind?: ChecksumKind },
): Promise<PartChecksum> =>
  computeChecksum(context.transfer.source, range, { kind, buffers: context.store.handler.buffers, signal });

export const s3ChecksumHeaders = (sum: PartChecksum): { ChecksumCRC32: string } | { ContentMD5: string } =>
  'crc32' in sum ? { ChecksumCRC32: sum.crc32 } : { ContentMD5: sum.md5 };

/** Returns the object under the key, or undefined when the key is free. */
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

/** The store received other bytes than Hoist sent. */
export const isCorruption = (cause: unknown): boolean =>
  (cause instanceof AppFailure && cause.error.code === 'corrupted') ||
  (cause instanceof Error && /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch)$/.test(cause.name));

/** A range of the file and the checksum of its bytes when they were read. */
export interface ChecksummedRange {
  range: ByteRange;
  sum: PartChecksum;
}

/**
 * Checks the size and the time of the file. If they do not prove that the file is unchanged, reads the file again.
 * @throws AppFailure source-changed, source-unreadable, canceled
 */
export async function assertSourceUnchanged(
  context: S3UploadContext,
  ranges: readonly ChecksummedRange[],
): Promise<void> {
  const { source, signal } = context.transfer;
  await source.assertUnchanged();
  if (!(await source.mayHaveChanged?.())) return;
  for (const { range, sum } of ranges) {
    const current = await s3RangeChecksum(context, range, { signal, kind: kindOfChecksum(sum) });
    if (formatChecksums([current]) !== formatChecksums([sum])) throw failure('source-changed');
  }
}

/**
 * Finds out why the store received bytes that do not match their checksum.
 * @returns the cause, if the file has not changed
 * @throws AppFailure source-changed when the file changed while it was sent
 */
export async function explainCorruption(
  context: S3UploadContext,
  cause: unknown,
  range: ChecksummedRange,
): Promise<unknown> {
  if (isCorruption(cause)) await assertSourceUnchanged(context, [range]);
  return cause;
}

/** The store does not support the condition of a conditional write. */
export const isUnsupportedFeature = (cause: unknown): boolean =>
  cause instanceof Error &&
  (sdkErrorStatus(cause) === 501 ||
    (sdkErrorStatus(cause) === 400 &&
      /^(NotImplemented|InvalidArgument|InvalidRequest|UnsupportedHeader)/.test(cause.name)));
