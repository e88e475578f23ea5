/**
 * Removes what an upload left: its parts, its object. Only keys from our own records are touched, and each of them is
 * ours alone by its random part. Something that is already gone is no error.
 */
import { DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { abort, openUploads, type StoredKey } from './open-uploads.ts';
import { statusOf, type S3Checkpoint, type S3Ref, type S3Store } from './store.ts';

export async function discardCheckpoint(store: S3Store, { bucket, key, uploadId, sum }: S3Checkpoint, signal: AbortSignal): Promise<void> {
  // The store was asked to join the parts, by a process that is gone perhaps, and may be at it.
  const isJoining = uploadId !== undefined && sum !== undefined;
  const pauses = isJoining || store.doubts.has(key) ? [0, ...store.lookAgainMs] : [0];
  for (const pause of pauses) {
    if (pause > 0) await sleep(pause, undefined, { signal });
    const found = await discardOnce(store, { bucket, key, uploadId }, signal);
    // One upload becomes one thing: parts or an object. What was found and removed was all there is.
    if (found) break;
  }
  store.doubts.delete(key);
}

/** @returns whether there was something */
async function discardOnce(store: S3Store, { bucket, key, uploadId }: StoredKey & { uploadId: string | undefined }, signal: AbortSignal): Promise<boolean> {
  // An upload that can be aborted was never completed, so there is no object.
  if (uploadId !== undefined && await abort(store, { bucket, key }, uploadId, signal) && !store.doubts.has(key)) return true;
  let found = false;
  if (uploadId === undefined) {
    for (const open of await openUploads(store, { bucket, key }, signal)) found = await abort(store, { bucket, key }, open, signal) || found;
  }
  return await deleteIfThere(store, { bucket, key }, signal) || found;
}

/** @returns whether it was surely there */
async function deleteIfThere(store: S3Store, { bucket, key }: StoredKey, signal: AbortSignal): Promise<boolean> {
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

export async function discardRef(store: S3Store, { bucket, key, versionId }: S3Ref, signal: AbortSignal): Promise<void> {
  await deleteVersion(store, { bucket, key, versionId }, signal);
}

/** In a bucket with versions only the version itself takes its bytes along; that needs a right of its own. */
export async function deleteVersion(store: S3Store, { bucket, key, versionId }: StoredKey & { versionId: string | undefined }, signal: AbortSignal): Promise<void> {
  try {
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) }), { abortSignal: signal });
  } catch (cause) {
    if (statusOf(cause) === 404) return;
    if (versionId === undefined || statusOf(cause) !== 403) throw cause;
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  }
}
