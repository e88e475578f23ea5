/**
 * Removes what an upload left: its parts, its object. Only keys from our own records are touched, and what is there has to
 * be ours: by the random part of its key, or by the mark that it carries. Something that is already gone is no error.
 */
import { DeleteObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import { reservationId, type KeyReservation } from '../keys/key-reservation.ts';
import { isOwnS3Object } from './ownership-mark.ts';
import { isUnsupportedFeature } from './upload-context.ts';
import { abortMultipartUpload, listOpenUploads, type BucketKey } from './multipart-uploads.ts';
import { sdkErrorStatus, type S3Checkpoint, type S3Ref, type S3Store } from './store.ts';

export async function discardS3Checkpoint(
  store: S3Store,
  checkpoint: S3Checkpoint,
  signal: AbortSignal,
): Promise<void> {
  const { uploadId, sum } = checkpoint;
  // The store was asked to join the parts, by a process that is gone perhaps, and may be at it.
  const isCompleting = uploadId !== undefined && sum !== undefined;
  const pauses =
    isCompleting || store.uncertainWrites.has(reservationId(checkpoint)) ? [0, ...store.recheckDelaysMs] : [0];
  for (const pause of pauses) {
    if (pause > 0) await sleep(pause, undefined, { signal });
    const found = await discardOnce(store, checkpoint, signal);
    // One upload becomes one thing: parts or an object. What was found and removed was all there is.
    if (found) break;
  }
  store.uncertainWrites.delete(reservationId(checkpoint));
}

/** @returns whether there was something */
async function discardOnce(
  store: S3Store,
  { bucket, key, mark, uploadId }: S3Checkpoint,
  signal: AbortSignal,
): Promise<boolean> {
  // An upload that can be aborted was never completed, so there is no object.
  if (
    uploadId !== undefined &&
    (await abortMultipartUpload(store, { bucket, key }, uploadId, signal)) &&
    !store.uncertainWrites.has(reservationId({ key, mark }))
  )
    return true;
  let found = false;
  if (uploadId === undefined && mark === undefined) {
    for (const openUploadId of await listOpenUploads(store, { bucket, key }, signal))
      found = (await abortMultipartUpload(store, { bucket, key }, openUploadId, signal)) || found;
  }
  return (await deleteIfExists(store, { bucket, key, mark }, signal)) || found;
}

type ReservedKey = BucketKey & KeyReservation;

/** @returns whether it was surely there */
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
    // A key that may not read may still delete.
    await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
    return false;
  }
}

type DeleteOutcome = 'deleted' | 'not ours' | 'refused';

/** Another one may replace it right now: what is removed is what was looked at, where the store can tell. */
async function deleteOwnObject(store: S3Store, object: ReservedKey, signal: AbortSignal): Promise<DeleteOutcome> {
  const existing = await headOwnObject(store, object, signal);
  if (typeof existing === 'string') return existing;
  const { bucket, key } = object;
  try {
    if (existing.VersionId !== undefined)
      await deleteVersion(store, { bucket, key, versionId: existing.VersionId }, signal);
    else
      await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: existing.ETag }), {
        abortSignal: signal,
      });
  } catch (cause) {
    if (sdkErrorStatus(cause) === 404 || sdkErrorStatus(cause) === 412) return 'not ours';
    if (!isUnsupportedFeature(cause)) throw cause;
    // Without a condition there is nothing better than to look once more.
    const rechecked = await headOwnObject(store, object, signal);
    if (typeof rechecked === 'string') return rechecked;
    await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
  }
  return 'deleted';
}

async function headOwnObject(
  { client }: S3Store,
  { bucket, key, mark }: ReservedKey,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | DeleteOutcome> {
  try {
    const existing = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return isOwnS3Object({ key, mark }, existing) ? existing : 'not ours';
  } catch (cause) {
    // Amazon answers 403 also for what is not there, to keys that may not list.
    if (sdkErrorStatus(cause) === 403) return 'refused';
    if (sdkErrorStatus(cause) !== 404) throw cause;
    return 'not ours';
  }
}

/** What has been replaced by another one since is gone already. @throws AppFailure forbidden when nobody can tell whose it is */
export async function discardS3Ref(store: S3Store, ref: S3Ref, signal: AbortSignal): Promise<void> {
  if (ref.mark === undefined) {
    await deleteVersion(store, ref, signal);
    return;
  }
  const outcome = await deleteOwnObject(store, ref, signal);
  if (outcome === 'refused') throw failure('forbidden');
  if (outcome === 'deleted' || ref.versionId === undefined) return;
  // An older version is ours alone, whatever is on top of it.
  await store.client.send(new DeleteObjectCommand({ Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId }), {
    abortSignal: signal,
  });
}

/** In a bucket with versions only the version itself takes its bytes along; that needs a right of its own. */
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
