/**
 * Removes the parts and the object of an upload. It touches only keys from our own records, and only data that is
 * ours: either the key is unique because it has a random part (then `mark` is undefined), or the object's metadata
 * contains our mark, or the store kept no mark but has the unique bytes of the upload. Data that is already gone is not
 * an error.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import { reservationId, type KeyReservation } from '../keys/key-reservation.ts';
import type { DiscardTarget } from '../contract/provider.ts';
import { hasOwnershipMark, isOwnS3Object } from './ownership-mark.ts';
import { isUnsupportedFeature } from './upload-context.ts';
import { abortMultipartUpload, listOpenUploads, type BucketKey } from './multipart-uploads.ts';
import type { S3Checkpoint, S3Ref } from './records.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import type { S3Store } from './store.ts';

type UniqueContent = Pick<DiscardTarget, 'uniqueContent'>;

export async function discardS3Checkpoint(
  store: S3Store,
  checkpoint: S3Checkpoint & UniqueContent,
  signal: AbortSignal,
): Promise<void> {
  const { uploadId, sum } = checkpoint;
  // Another process may have asked the store to join the parts, and the store may still be joining them.
  const isCompleting = uploadId !== undefined && sum !== undefined;
  // A request of ours may still create the object, so Hoist looks several times.
  const mayAppearLater = isCompleting || store.uncertainWrites.has(reservationId(checkpoint));
  for (const delayMs of mayAppearLater ? [0, ...store.recheckDelaysMs] : [0]) {
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    // An upload leaves parts or an object, never both, so one removal is enough.
    if (await discardOnce(store, checkpoint, signal)) break;
  }
  store.uncertainWrites.delete(reservationId(checkpoint));
}

/** @returns whether it removed something */
async function discardOnce(
  store: S3Store,
  { bucket, key, mark, uploadId, uniqueContent }: S3Checkpoint & UniqueContent,
  signal: AbortSignal,
): Promise<boolean> {
  const wasOpen = uploadId !== undefined && (await abortMultipartUpload(store, { bucket, key }, uploadId, signal));
  // An upload that was still open was never completed, so there is no object.
  if (wasOpen && !store.uncertainWrites.has(reservationId({ key, mark }))) return true;
  let hasAborted = false;
  // The store may have opened an upload whose id was lost with the answer. All uploads to a unique key are ours.
  if (uploadId === undefined && mark === undefined) {
    for (const openUploadId of await listOpenUploads(store, { bucket, key }, signal))
      hasAborted = (await abortMultipartUpload(store, { bucket, key }, openUploadId, signal)) || hasAborted;
  }
  return (await deleteIfExists(store, { bucket, key, mark, uniqueContent }, signal)) || hasAborted;
}

type ReservedKey = BucketKey & KeyReservation & { uniqueContent?: Buffer | undefined };

/** @returns whether it deleted an object; false also when Hoist cannot find out whether there was one */
async function deleteIfExists(store: S3Store, object: ReservedKey, signal: AbortSignal): Promise<boolean> {
  const { bucket, key, mark } = object;
  if (mark !== undefined) return (await deleteOwnObject(store, object, signal)) === 'deleted';
  try {
    const head = await store.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    await deleteVersion(store, { bucket, key, versionId: head.VersionId }, signal);
    return true;
  } catch (cause) {
    if (sdkErrorStatus(cause) === 404) return false;
    if (sdkErrorStatus(cause) !== 403) throw cause;
    // An access key that may not read may still delete.
    await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
    return false;
  }
}

/** `not ours`: there is no object of ours under the key. `refused`: Hoist may not read the object. */
type DeleteOutcome = 'deleted' | 'not ours' | 'refused';

/**
 * Deletes the object if it has our mark. Another program may replace the object after this check. If the store supports
 * conditional deletes, the other program's object stays.
 */
async function deleteOwnObject(store: S3Store, object: ReservedKey, signal: AbortSignal): Promise<DeleteOutcome> {
  const existing = await headOwnObject(store, object, signal);
  if (typeof existing === 'string') return existing;
  const { bucket, key } = object;
  try {
    if (existing.VersionId !== undefined || store.settings.store.condition === 'none')
      await deleteVersion(store, { bucket, key, versionId: existing.VersionId }, signal);
    else
      await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: existing.ETag }), {
        abortSignal: signal,
      });
  } catch (cause) {
    if (sdkErrorStatus(cause) === 404 || sdkErrorStatus(cause) === 412) return 'not ours';
    if (!isUnsupportedFeature(cause)) throw cause;
    // The store has no conditional deletes, so check once more right before the delete.
    const rechecked = await headOwnObject(store, object, signal);
    if (typeof rechecked === 'string') return rechecked;
    await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
  }
  return 'deleted';
}

async function headOwnObject(
  { client }: S3Store,
  { bucket, key, mark, uniqueContent }: ReservedKey,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | DeleteOutcome> {
  try {
    const existing = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    if (isOwnS3Object({ key, mark }, existing)) return existing;
    // Some stores and gateways drop the metadata, so only the bytes can prove that the object is ours.
    if (!uniqueContent || hasOwnershipMark(existing) || existing.ContentLength !== uniqueContent.length)
      return 'not ours';
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return Body && uniqueContent.equals(await Body.transformToByteArray()) ? existing : 'not ours';
  } catch (cause) {
    // Amazon also answers 403 for a missing object if the access key may not list.
    if (sdkErrorStatus(cause) === 403) return 'refused';
    if (sdkErrorStatus(cause) !== 404) throw cause;
    return 'not ours';
  }
}

/**
 * Removes the object, unless another client has replaced it.
 * @throws AppFailure forbidden when Hoist cannot find out whose object it is
 */
export async function discardS3Ref(store: S3Store, ref: S3Ref & UniqueContent, signal: AbortSignal): Promise<void> {
  if (ref.mark === undefined) {
    await deleteVersion(store, ref, signal);
    return;
  }
  const outcome = await deleteOwnObject(store, ref, signal);
  if (outcome === 'refused') throw failure('forbidden');
  if (outcome === 'deleted' || ref.versionId === undefined) return;
  // The current object is not ours, but this older version is.
  await store.client.send(new DeleteObjectCommand({ Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId }), {
    abortSignal: signal,
  });
}

/**
 * Deletes a version, because deleting the object in a versioned bucket does not free its bytes. If the access key may
 * not delete versions, deletes the object.
 */
export async function deleteVersion(
  store: S3Store,
  { bucket, key, versionId }: BucketKey & { versionId?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  try {
    await store.client.send(
      new DeleteObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId === undefined ? {} : { VersionId: versionId }),
      }),
      { abortSignal: signal },
    );
  } catch (cause) {
    if (sdkErrorStatus(cause) === 404) return;
    if (versionId === undefined || sdkErrorStatus(cause) !== 403) throw cause;
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  }
}
