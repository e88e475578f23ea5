/** Uploads a file in one request: the object exists completely or not at all. */
import { PutObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import { pickReservation, reservationId, type KeyReservation } from '../keys/key-reservation.ts';
import type { PartChecksum } from '../transfer/checksum.ts';
import { FilePart } from '../transfer/file-part.ts';
import { isOwnS3Object } from './ownership-mark.ts';
import { compareChecksums, formatChecksums, type ObjectChecksums } from './compare-checksums.ts';
import {
  s3RequestOptions,
  trackUncertainWrite,
  newObjectHeaders,
  s3ChecksumHeaders,
  usesConditionalWrite,
  fallBackToMd5,
  kindOfChecksum,
  isKeyTaken,
  isUnsupportedFeature,
  reserveS3Key,
  explainCorruption,
  headConflictingObject,
  s3RangeChecksum,
  treatHiddenAsTaken,
  type S3UploadContext,
  type KeyedS3UploadContext,
  type StoredS3Object,
} from './upload-context.ts';
import { notS3Failure, readBackObject } from './read-back.ts';
import { sdkErrorAttempts, sdkErrorStatus } from './sdk-error.ts';
import { isUnprovenSuccess } from './unreadable-response.ts';

/** @param resumedReservation the key of an earlier attempt that had no object under it when Hoist checked */
export async function putS3Object(
  context: S3UploadContext,
  resumedReservation?: KeyReservation,
): Promise<StoredS3Object> {
  const release = await context.acquireSlot(context.transfer.signal);
  try {
    return await putInSlot(context, resumedReservation);
  } finally {
    release();
  }
}

async function putInSlot(
  context: S3UploadContext,
  resumedReservation: KeyReservation | undefined,
): Promise<StoredS3Object> {
  const { source, signal, onCheckpoint } = context.transfer;
  const checksum = () => s3RangeChecksum(context, { start: 0, length: source.size }, { signal });
  let sum = await checksum();
  let reservation = resumedReservation ?? (await reserveS3Key(context, { sum: formatChecksums(sum) }));
  for (;;) {
    const result = await putOnce(
      { ...context, ...reservation },
      { sum, isResumed: reservation === resumedReservation },
    );
    if (result === 'checksum refused') {
      // The store does not support CRC32, so this checksum is an MD5.
      sum = await checksum();
      const { bucket } = context;
      const saved = pickReservation(reservation);
      await onCheckpoint({ v: 1, bucket, ...saved, size: source.size, sum: formatChecksums(sum) });
      continue;
    }
    if (result !== 'taken') return { ...pickReservation(reservation), versionId: result.VersionId };
    // An object of another client has the key, so the upload takes another key. Its checkpoint names only the new key.
    context.keyAllocator.markTaken();
    reservation = await reserveS3Key(context, { sum: formatChecksums(sum) });
    if (context.keyAllocator.isExhausted) throw failure('unavailable');
  }
}

/** `isResumed`: a request of an earlier attempt may create the object at any time. */
interface PutOptions {
  sum: PartChecksum;
  isResumed: boolean;
}

async function putOnce(
  keyed: KeyedS3UploadContext,
  options: PutOptions,
): Promise<PutResult | 'taken' | 'checksum refused'> {
  const {
    store,
    transfer: { source },
    progress,
  } = keyed;
  const part = new FilePart({
    source,
    start: 0,
    length: source.size,
    onBytes: (count) => progress.addSent(count),
    beforeEnd: () => source.assertUnchanged(),
  });
  try {
    const result = await trackUncertainWrite(keyed, () => putAndProve(keyed, part, options));
    if (result === 'taken') return 'taken';
    if (compareChecksums(options.sum, result, store.settings.store.etag) === 'other') throw failure('corrupted');
    return result;
  } catch (cause) {
    if (fallBackToMd5(keyed, cause, kindOfChecksum(options.sum))) {
      part.resetSent();
      return 'checksum refused';
    }
    // A store does not create an object from an incomplete body.
    if (!part.wasFullySent) store.uncertainWrites.delete(reservationId(keyed));
    throw await explainCorruption(keyed, cause, { range: { start: 0, length: source.size }, sum: options.sum });
  }
}

/** Reads the object back if the response does not prove that it is stored. */
async function putAndProve(
  keyed: KeyedS3UploadContext,
  part: FilePart,
  options: PutOptions,
): Promise<PutResult | 'taken'> {
  try {
    const result = await putConditionally(keyed, part, options);
    if (result === 'taken' || result.ETag !== undefined) return result;
    const stored = await readBackObject(keyed, options.sum);
    if (!stored) throw notS3Failure(keyed.store.settings);
    return { ...stored, ...result };
  } catch (cause) {
    const stored = part.wasFullySent && isUnprovenSuccess(cause) ? await readBackObject(keyed, options.sum) : undefined;
    if (!stored) throw cause;
    return stored;
  }
}

type PutResult = ObjectChecksums & { VersionId?: string };

/** Sends the file with `If-None-Match` if the store supports it, so that the request never overwrites an object. */
async function putConditionally(
  keyed: KeyedS3UploadContext,
  part: FilePart,
  { sum, isResumed }: PutOptions,
): Promise<PutResult | 'taken'> {
  const { store, transfer } = keyed;
  const send = (condition: { IfNoneMatch?: string }): Promise<PutResult> =>
    store.client.send(
      new PutObjectCommand({
        Bucket: keyed.bucket,
        Key: keyed.key,
        Body: part.asBody(),
        ...newObjectHeaders(keyed),
        ...s3ChecksumHeaders(sum),
        ...condition,
      }),
      s3RequestOptions(transfer),
    );
  if (!usesConditionalWrite(keyed)) return (await isKeyTaken(keyed)) ? 'taken' : send({});
  try {
    return await send({ IfNoneMatch: '*' });
  } catch (cause) {
    if (sdkErrorStatus(cause) === 412) {
      const mayBeOurs = isResumed || sdkErrorAttempts(cause) > 1;
      const existing = await headConflictingObject(keyed);
      if (existing === 'hidden') return treatHiddenAsTaken({ mayBeOurs });
      // An earlier request whose answer was lost may have created the object.
      if (existing) return isOwnEarlierPut(keyed, existing, mayBeOurs) ? existing : 'taken';
    } else if (!isUnsupportedFeature(cause)) {
      throw cause;
    }
    // The store does not support the condition, or answers 412 although it has no object under the key.
    if (await isKeyTaken(keyed)) return 'taken';
    const result = await send({});
    // Only a success without the condition proves that the store rejected the condition.
    store.supportsConditionalWrites = false;
    return result;
  }
}

/** @param mayBeOurs for keys without a mark: whether an earlier request may have created the object */
const isOwnEarlierPut = (keyed: KeyedS3UploadContext, existing: HeadObjectCommandOutput, mayBeOurs: boolean): boolean =>
  (keyed.mark === undefined ? mayBeOurs : isOwnS3Object(keyed, existing)) &&
  existing.ContentLength === keyed.transfer.source.size;
