/**
 * Removes what an upload left: its parts, its object. Only keys from our own records are touched, and what is there has to
 * be ours: by the random part of its key, or by the mark that it carries. Something that is already gone is no error.
 */
import { DeleteObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import { doubtOf, type Claim } from '../claim.ts';
import { isOurs } from './mark.ts';
import { isUnknownFeature } from './job.ts';
import { abort, openUploads, type StoredKey } from './open-uploads.ts';
import { statusOf, type S3Checkpoint, type S3Ref, type S3Store } from './store.ts';

export async function discardCheckpoint(store: S3Store, checkpoint: S3Checkpoint, signal: AbortSignal): Promise<void> {
  const { uploadId, sum } = checkpoint;
  // The store was asked to join the parts, by a process that is gone perhaps, and may be at it.
  const isJoining = uploadId !== undefined && sum !== undefined;
  const pauses = isJoining || store.doubts.has(doubtOf(checkpoint)) ? [0, ...store.lookAgainMs] : [0];
  for (const pause of pauses) {
    if (pause > 0) await sleep(pause, undefined, { signal });
    const found = await discardOnce(store, checkpoint, signal);
    // One upload becomes one thing: parts or an object. What was found and removed was all there is.
    if (found) break;
  }
  store.doubts.delete(doubtOf(checkpoint));
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
    (await abort(store, { bucket, key }, uploadId, signal)) &&
    !store.doubts.has(doubtOf({ key, mark }))
  )
    return true;
  let found = false;
  if (uploadId === undefined && mark === undefined) {
    for (const open of await openUploads(store, { bucket, key }, signal))
      found = (await abort(store, { bucket, key }, open, signal)) || found;
  }
  return (await deleteIfThere(store, { bucket, key, mark }, signal)) || found;
}

type ClaimedKey = StoredKey & Claim;

/** @returns whether it was surely there */
async function deleteIfThere(store: S3Store, where: ClaimedKey, signal: AbortSignal): Promise<boolean> {
  const { bucket, key, mark } = where;
  if (mark !== undefined) return (await deleteMarked(store, where, signal)) === 'deleted';
  try {
    const head = await store.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    await deleteVersion(store, { bucket, key, versionId: head.VersionId }, signal);
    return true;
  } catch (cause) {
    if (statusOf(cause) === 404) return false;
    if (statusOf(cause) !== 403) throw cause;
    // A key that may not read may still delete.
    await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
    return false;
  }
}

type Removed = 'deleted' | 'not ours' | 'refused';

/** Another one may replace it right now: what is removed is what was looked at, where the store can tell. */
async function deleteMarked(store: S3Store, where: ClaimedKey, signal: AbortSignal): Promise<Removed> {
  const there = await lookAt(store, where, signal);
  if (typeof there === 'string') return there;
  const { bucket, key } = where;
  try {
    if (there.VersionId !== undefined) await deleteVersion(store, { bucket, key, versionId: there.VersionId }, signal);
    else
      await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: there.ETag }), {
        abortSignal: signal,
      });
  } catch (cause) {
    if (statusOf(cause) === 404 || statusOf(cause) === 412) return 'not ours';
    if (!isUnknownFeature(cause)) throw cause;
    // Without a condition there is nothing better than to look once more.
    const still = await lookAt(store, where, signal);
    if (typeof still === 'string') return still;
    await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
  }
  return 'deleted';
}

async function lookAt(
  { client }: S3Store,
  { bucket, key, mark }: ClaimedKey,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | Removed> {
  try {
    const there = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return isOurs({ key, mark }, there) ? there : 'not ours';
  } catch (cause) {
    // Amazon answers 403 also for what is not there, to keys that may not list.
    if (statusOf(cause) === 403) return 'refused';
    if (statusOf(cause) !== 404) throw cause;
    return 'not ours';
  }
}

/** What has been replaced by another one since is gone already. @throws AppFailure forbidden when nobody can tell whose it is */
export async function discardRef(store: S3Store, ref: S3Ref, signal: AbortSignal): Promise<void> {
  if (ref.mark === undefined) {
    await deleteVersion(store, ref, signal);
    return;
  }
  const removed = await deleteMarked(store, ref, signal);
  if (removed === 'refused') throw failure('forbidden');
  if (removed === 'deleted' || ref.versionId === undefined) return;
  // An older version is ours alone, whatever is on top of it.
  await store.client.send(new DeleteObjectCommand({ Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId }), {
    abortSignal: signal,
  });
}

/** In a bucket with versions only the version itself takes its bytes along; that needs a right of its own. */
export async function deleteVersion(
  store: S3Store,
  { bucket, key, versionId }: StoredKey & { versionId?: string | undefined },
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
    if (statusOf(cause) === 404) return;
    if (versionId === undefined || statusOf(cause) !== 403) throw cause;
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  }
}
