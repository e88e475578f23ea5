/**
 * Finds the data that the store has from an earlier attempt, whatever ended it: a pause, a crash or days without a
 * network. The store's answer is verified: an object or a part counts only when it matches the file's current bytes.
 */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { partRange, type PartPlan } from '../../engine/plan-parts.ts';
import { pickReservation, reservationId, type KeyReservation } from '../keys/key-reservation.ts';
import type { PartChecksum } from '../transfer/checksum.ts';
import { isOwnS3Object } from './ownership-mark.ts';
import { compareChecksums, formatChecksums } from './compare-checksums.ts';
import { deleteVersion, discardS3Checkpoint } from './discard.ts';
import {
  headS3Object,
  s3RangeChecksum,
  type S3UploadContext,
  type KeyedS3UploadContext,
  type StoredS3Object,
} from './upload-context.ts';
import { abortMultipartUpload, listUploadedParts, listOpenUploads, type ListedPart } from './multipart-uploads.ts';
import type { OpenMultipartUpload } from './put-parts.ts';
import { notS3Failure } from './read-back.ts';
import type { S3Checkpoint } from './records.ts';
import { sdkErrorStatus } from './sdk-error.ts';

export type S3ResumeState =
  /** Nothing is usable: the upload needs a new key. */
  | { kind: 'none' }
  /** The earlier key, with no object under it or with the object to be replaced. */
  | { kind: 'key'; reservation: KeyReservation }
  | { kind: 'open'; upload: OpenMultipartUpload }
  /** The whole object is stored; only the answer was lost. */
  | { kind: 'stored'; stored: StoredS3Object };

const noResumeState: S3ResumeState = { kind: 'none' };

/** @param plan the parts of a new upload */
export async function findResumableS3Upload(
  context: S3UploadContext,
  checkpoint: S3Checkpoint,
  plan: PartPlan,
): Promise<S3ResumeState> {
  const {
    store,
    bucket,
    transfer: { source, signal },
    progress,
  } = context;
  if (checkpoint.bucket !== bucket) return discardFromOtherBucket(context, checkpoint);
  if (checkpoint.size !== undefined && checkpoint.size !== source.size) {
    await discardS3Checkpoint(store, checkpoint, signal);
    if (checkpoint.uploadId !== undefined) progress.restart('file-changed');
    // Without a recorded id, an earlier request may still open an upload to this unique key. A new upload in parts that
    // uses the same key aborts it at its end.
    return checkpoint.uploadId === undefined && checkpoint.mark === undefined && plan.count > 1
      ? { kind: 'key', reservation: pickReservation(checkpoint) }
      : noResumeState;
  }
  const keyed: KeyedS3UploadContext = { ...context, ...pickReservation(checkpoint) };
  const resumedPlan = planWithPartSize(plan, checkpoint.partSize, source.size);
  return checkpoint.uploadId === undefined
    ? resumeByKey(keyed, checkpoint, resumedPlan)
    : resumeByUploadId(keyed, { ...checkpoint, uploadId: checkpoint.uploadId }, resumedPlan);
}

/** Returns a plan with the part size of the earlier attempt, because the stored parts have that size. */
const planWithPartSize = (plan: PartPlan, partSize: number | undefined, size: number): PartPlan =>
  partSize === undefined ? plan : { partSize, count: Math.max(1, Math.ceil(size / partSize)) };

/**
 * The user changed the destination's bucket. Removes the data in the old bucket if the access key still reaches it.
 */
async function discardFromOtherBucket(
  { store, transfer: { signal } }: S3UploadContext,
  checkpoint: S3Checkpoint,
): Promise<S3ResumeState> {
  try {
    await discardS3Checkpoint(store, checkpoint, signal);
  } catch (cause) {
    const status = sdkErrorStatus(cause) ?? 0;
    if (status < 300 || status >= 500) throw cause;
  }
  return noResumeState;
}

// ---------------------------------------------------------------- resuming an open upload

async function resumeByUploadId(
  keyed: KeyedS3UploadContext,
  checkpoint: S3Checkpoint & { uploadId: string },
  plan: PartPlan,
): Promise<S3ResumeState> {
  const {
    store,
    transfer: { signal },
    progress,
  } = keyed;
  const { uploadId } = checkpoint;
  const storedParts = await listUploadedParts(store, checkpoint, signal);
  if (storedParts instanceof Map)
    return {
      kind: 'open',
      upload: { ...pickReservation(keyed), uploadId, plan, storedParts, mayHaveDuplicates: false },
    };
  // The checksum is recorded before Hoist completes an upload, so the store may be joining the parts right now.
  const existing =
    storedParts === 'not-found'
      ? await headOwnObject(keyed, checkpoint.sum === undefined ? [] : store.recheckDelaysMs)
      : undefined;
  const readableObject = existing === 'refused' ? undefined : existing;
  if (
    readableObject &&
    (await matchesSource(keyed, readableObject, { recordedChecksum: checkpoint.sum, plan, inParts: true }))
  )
    return storedState(keyed, readableObject);
  // Deletes an upload whose parts cannot be listed, and an object that does not match the file.
  if (storedParts === 'refused' || existing !== undefined) await discardS3Checkpoint(store, checkpoint, signal);
  // If this upload created the object, the file has changed since. Otherwise the store has lost the upload.
  progress.restart(readableObject && checkpoint.sum !== undefined ? 'file-changed' : 'store-forgot');
  return noResumeState;
}

// ---------------------------------------------------------------- resuming with the key alone

async function resumeByKey(
  keyed: KeyedS3UploadContext,
  checkpoint: S3Checkpoint,
  plan: PartPlan,
): Promise<S3ResumeState> {
  const {
    store,
    transfer: { signal },
  } = keyed;
  for (const delay of store.uncertainWrites.has(reservationId(keyed)) ? [0, ...store.recheckDelaysMs] : [0]) {
    if (delay > 0) await sleep(delay, undefined, { signal });
    const state = await inspectKey(keyed, checkpoint, plan);
    if (state.kind !== 'key') return state;
  }
  return { kind: 'key', reservation: pickReservation(keyed) };
}

/** Asks the store once what it has under the earlier key: the object, an open upload or nothing. */
async function inspectKey(
  keyed: KeyedS3UploadContext,
  checkpoint: S3Checkpoint,
  plan: PartPlan,
): Promise<S3ResumeState> {
  const {
    store,
    bucket,
    key,
    transfer: { signal },
  } = keyed;
  const existing = await headOwnObject(keyed);
  // An access key that may not read may still delete. The conditional write protects an object of another client.
  if (existing === 'refused') {
    if (keyed.mark === undefined) await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
  } else if (existing) {
    if (await matchesSource(keyed, existing, { recordedChecksum: checkpoint.sum, plan, inParts: false }))
      return storedState(keyed, existing);
    await discardS3Checkpoint(store, checkpoint, signal);
    return noResumeState;
  }
  // An earlier attempt with a single PUT leaves an object, never an open upload.
  const adopted = checkpoint.size !== undefined && plan.count === 1 ? undefined : await adoptOpenUpload(keyed, plan);
  return adopted ? { kind: 'open', upload: adopted } : { kind: 'key', reservation: pickReservation(keyed) };
}

/**
 * Requests whose answers were lost may have opened several uploads to the key. Adopts the upload with the most parts
 * and aborts the others.
 */
async function adoptOpenUpload(keyed: KeyedS3UploadContext, plan: PartPlan): Promise<OpenMultipartUpload | undefined> {
  // Under a shared key Hoist cannot tell which uploads are its own. An own upload without a recorded id has no parts.
  if (keyed.mark !== undefined) return undefined;
  const {
    store,
    bucket,
    key,
    transfer: { signal, source, onCheckpoint },
  } = keyed;
  const candidates: { uploadId: string; storedParts: Map<number, ListedPart> }[] = [];
  for (const uploadId of await listOpenUploads(store, { bucket, key }, signal)) {
    const storedParts = await listUploadedParts(store, { bucket, key, uploadId }, signal);
    if (storedParts !== 'not-found')
      candidates.push({
        uploadId,
        storedParts: storedParts === 'refused' ? new Map<number, ListedPart>() : storedParts,
      });
  }
  const [adopted, ...others] = candidates.sort((a, b) => b.storedParts.size - a.storedParts.size);
  if (!adopted) return undefined;
  await onCheckpoint({ v: 1, bucket, key, size: source.size, uploadId: adopted.uploadId, partSize: plan.partSize });
  for (const { uploadId } of others) await abortMultipartUpload(store, { bucket, key }, uploadId, signal);
  return { key, ...adopted, plan, mayHaveDuplicates: true };
}

// ---------------------------------------------------------------- objects

async function storedState(keyed: KeyedS3UploadContext, existing: HeadObjectCommandOutput): Promise<S3ResumeState> {
  await keyed.transfer.source.assertUnchanged();
  return { kind: 'stored', stored: { ...pickReservation(keyed), versionId: existing.VersionId } };
}

/** Returns our object under the key; undefined when there is none; `refused` when Hoist may not read it. */
async function headOwnObject(
  keyed: KeyedS3UploadContext,
  recheckDelaysMs?: readonly number[],
): Promise<HeadObjectCommandOutput | 'refused' | undefined> {
  const existing = await headWithRetries(keyed, recheckDelaysMs);
  return existing && existing !== 'refused' && !isOwnS3Object(keyed, existing) ? undefined : existing;
}

/**
 * Returns the object under the key. While there is none, checks again after each delay (ms).
 * @returns `refused` for the status 403, which Amazon also sends for a missing object if the access key may not list
 */
async function headWithRetries(
  keyed: KeyedS3UploadContext,
  [delay, ...laterDelays]: readonly number[] = [],
): Promise<HeadObjectCommandOutput | 'refused' | undefined> {
  try {
    const existing = await headS3Object(keyed);
    if (existing || delay === undefined) return existing;
    await sleep(delay, undefined, { signal: keyed.transfer.signal });
    return await headWithRetries(keyed, laterDelays);
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 403) throw cause;
    return 'refused';
  }
}

/**
 * Compares the file with the store's checksum of the object, or with the recorded checksum of the sent bytes if the
 * store reports none.
 * @throws AppFailure wrong-service when the size differs and another server may have sent the response: Hoist deletes
 * an object that does not match, so it must not rely on such a response
 */
async function matchesSource(
  keyed: KeyedS3UploadContext,
  existing: HeadObjectCommandOutput,
  { recordedChecksum, plan, inParts }: { recordedChecksum: string | undefined; plan: PartPlan; inParts: boolean },
): Promise<boolean> {
  const { source, signal } = keyed.transfer;
  if (existing.ContentLength !== source.size) {
    if (!isFromStore(existing)) throw notS3Failure(keyed.store.settings);
    return false;
  }
  const sums: PartChecksum[] = [];
  for (let number = 1; number <= plan.count; number++)
    sums.push(await s3RangeChecksum(keyed, partRange(number, plan, source.size), { signal }));
  // An object that was sent in parts has a checksum of checksums, even if it has only one part.
  const [firstSum] = sums;
  const expected = inParts || firstSum === undefined || sums.length > 1 ? sums : firstSum;
  const match = compareChecksums(expected, existing, keyed.store.settings.store.etag);
  return match === 'unknown'
    ? recordedChecksum !== undefined && recordedChecksum === formatChecksums(expected)
    : match === 'same';
}

/** A few stores send no ETag, but then they send the ID of the request. */
const isFromStore = ({ ETag: tag, $metadata: { requestId } }: HeadObjectCommandOutput): boolean =>
  tag !== undefined || requestId !== undefined;
