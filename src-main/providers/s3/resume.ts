/**
 * What is there of an earlier attempt, whatever ended it: a pause, a crash, days without network. The store is asked, not
 * believed: an object or a part counts only when it is what the file holds now.
 */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { partRange, type PartPlan } from '../../engine/plan-parts.ts';
import { claimOf, doubtOf, type Claim } from '../claim.ts';
import type { Checksum } from '../sending/checksum.ts';
import { isOurs } from './mark.ts';
import { compared, textOf } from './checksum.ts';
import { deleteVersion, discardCheckpoint } from './discard.ts';
import { headOf, sumOf, type Draft, type Job, type Stored } from './job.ts';
import { abort, listParts, openUploads, type ListedPart } from './open-uploads.ts';
import type { OpenUpload } from './put-parts.ts';
import { statusOf, type S3Checkpoint } from './store.ts';

export type Earlier =
  /** Nothing that can be used: a key of its own. */
  | { is: 'nothing' }
  /** Its key, with nothing under it, or with what it is to replace. */
  | { is: 'key'; claim: Claim }
  | { is: 'open'; upload: OpenUpload }
  /** All of it is there; only the answer was lost. */
  | { is: 'stored'; stored: Stored };

const nothing: Earlier = { is: 'nothing' };

/** @param plan how the file would be cut today */
export async function findEarlier(draft: Draft, checkpoint: S3Checkpoint, plan: PartPlan): Promise<Earlier> {
  const {
    store,
    bucket,
    transfer: { source, signal },
    progress,
  } = draft;
  if (checkpoint.bucket !== bucket) return elsewhere(draft, checkpoint);
  if (checkpoint.size !== undefined && checkpoint.size !== source.size) {
    await discardCheckpoint(store, checkpoint, signal);
    if (checkpoint.uploadId !== undefined) progress.restart('file-changed');
    // A request to open an upload to this key may still be on its way: with the same key it is looked for in the end.
    return checkpoint.uploadId === undefined && checkpoint.mark === undefined && plan.count > 1
      ? { is: 'key', claim: claimOf(checkpoint) }
      : nothing;
  }
  const job: Job = { ...draft, ...claimOf(checkpoint) };
  const cut = planLike(plan, checkpoint.partSize, source.size);
  return checkpoint.uploadId === undefined
    ? byKey(job, checkpoint, cut)
    : byUploadId(job, { ...checkpoint, uploadId: checkpoint.uploadId }, cut);
}

/** Parts are compared as they were cut then, not as they would be today. */
const planLike = (plan: PartPlan, partSize: number | undefined, size: number): PartPlan =>
  partSize === undefined ? plan : { partSize, count: Math.max(1, Math.ceil(size / partSize)) };

/** The destination was pointed to another bucket. What is left in the old one goes, where these keys still reach it. */
async function elsewhere({ store, transfer: { signal } }: Draft, checkpoint: S3Checkpoint): Promise<Earlier> {
  try {
    await discardCheckpoint(store, checkpoint, signal);
  } catch (cause) {
    const status = statusOf(cause) ?? 0;
    if (status < 300 || status >= 500) throw cause;
  }
  return nothing;
}

// ---------------------------------------------------------------- an upload was opened

async function byUploadId(job: Job, checkpoint: S3Checkpoint & { uploadId: string }, plan: PartPlan): Promise<Earlier> {
  const {
    store,
    transfer: { signal },
    progress,
  } = job;
  const { uploadId } = checkpoint;
  const listed = await listParts(store, checkpoint, signal);
  if (listed instanceof Map)
    return { is: 'open', upload: { ...claimOf(job), uploadId, plan, listed, isInDoubt: false } };
  // Once all was there the store was asked to join it, and may be at it.
  const there =
    listed === 'gone' ? await ownUnder(job, checkpoint.sum === undefined ? [] : store.lookAgainMs) : undefined;
  if (there && there !== 'refused' && (await isTheFile(job, there, { promised: checkpoint.sum, plan, inParts: true })))
    return stored(job, there);
  // Of an upload that may not be looked at, or an object that is not the file: nothing stays behind.
  if (listed === 'refused' || there !== undefined) await discardCheckpoint(store, checkpoint, signal);
  progress.restart(
    there !== undefined && there !== 'refused' && checkpoint.sum !== undefined ? 'file-changed' : 'store-forgot',
  );
  return nothing;
}

// ---------------------------------------------------------------- only the key is known

async function byKey(job: Job, checkpoint: S3Checkpoint, plan: PartPlan): Promise<Earlier> {
  const {
    store,
    transfer: { signal },
  } = job;
  for (const pause of store.doubts.has(doubtOf(job)) ? [0, ...store.lookAgainMs] : [0]) {
    if (pause > 0) await sleep(pause, undefined, { signal });
    const found = await underKey(job, checkpoint, plan);
    if (found.is !== 'key') return found;
  }
  return { is: 'key', claim: claimOf(job) };
}

async function underKey(job: Job, checkpoint: S3Checkpoint, plan: PartPlan): Promise<Earlier> {
  const {
    store,
    bucket,
    key,
    transfer: { signal },
  } = job;
  const there = await ownUnder(job);
  // A key that may not look may still delete, and its refusal says why. What may be somebody else's is left to the condition of the write.
  if (there === 'refused') {
    if (job.mark === undefined) await deleteVersion(store, { bucket, key, versionId: undefined }, signal);
  } else if (there) {
    if (await isTheFile(job, there, { promised: checkpoint.sum, plan, inParts: false })) return stored(job, there);
    await discardCheckpoint(store, checkpoint, signal);
    return nothing;
  }
  // One request would leave an object, never an upload.
  const open = checkpoint.size !== undefined && plan.count === 1 ? undefined : await adopt(job, plan);
  return open ? { is: 'open', upload: open } : { is: 'key', claim: claimOf(job) };
}

/** Of several uploads to the key, opened by requests whose answers were lost, the one with most parts is gone on with. */
async function adopt(job: Job, plan: PartPlan): Promise<OpenUpload | undefined> {
  // Which of them are ours nobody can tell; ours have no parts.
  if (job.mark !== undefined) return undefined;
  const {
    store,
    bucket,
    key,
    transfer: { signal, source, onCheckpoint },
  } = job;
  const found: { uploadId: string; listed: Map<number, ListedPart> }[] = [];
  for (const uploadId of await openUploads(store, { bucket, key }, signal)) {
    const listed = await listParts(store, { bucket, key, uploadId }, signal);
    if (listed !== 'gone')
      found.push({ uploadId, listed: listed === 'refused' ? new Map<number, ListedPart>() : listed });
  }
  const [best, ...others] = found.sort((a, b) => b.listed.size - a.listed.size);
  if (!best) return undefined;
  await onCheckpoint({ v: 1, bucket, key, size: source.size, uploadId: best.uploadId, partSize: plan.partSize });
  for (const { uploadId } of others) await abort(store, { bucket, key }, uploadId, signal);
  return { key, ...best, plan, isInDoubt: true };
}

// ---------------------------------------------------------------- an object is there

async function stored(job: Job, there: HeadObjectCommandOutput): Promise<Earlier> {
  await job.transfer.source.check();
  return { is: 'stored', stored: { ...claimOf(job), versionId: there.VersionId } };
}

/** Somebody else's object is none. */
async function ownUnder(job: Job, again?: readonly number[]): Promise<HeadObjectCommandOutput | 'refused' | undefined> {
  const there = await lookUnder(job, again);
  return there && there !== 'refused' && !isOurs(job, there) ? undefined : there;
}

/** Amazon answers 403 for what is not there to keys that may not list. @param again ms after which to look again */
async function lookUnder(
  job: Job,
  [pause, ...again]: readonly number[] = [],
): Promise<HeadObjectCommandOutput | 'refused' | undefined> {
  try {
    const there = await headOf(job);
    if (there || pause === undefined) return there;
    await sleep(pause, undefined, { signal: job.transfer.signal });
    return await lookUnder(job, again);
  } catch (cause) {
    if (statusOf(cause) !== 403) throw cause;
    return 'refused';
  }
}

/** By what the store says of the object; where that tells nothing, by what was sent then and is on the disk now. */
async function isTheFile(
  job: Job,
  there: HeadObjectCommandOutput,
  { promised, plan, inParts }: { promised: string | undefined; plan: PartPlan; inParts: boolean },
): Promise<boolean> {
  const { source, signal } = job.transfer;
  if (there.ContentLength !== source.size) return false;
  const sums: Checksum[] = [];
  for (let number = 1; number <= plan.count; number++)
    sums.push(await sumOf(job, partRange(number, plan, source.size), { signal }));
  const [only] = sums;
  const expected = inParts || only === undefined || sums.length > 1 ? sums : only;
  const verdict = compared(expected, there, job.store.settings.store.etag);
  return verdict === 'unknown' ? promised !== undefined && promised === textOf(expected) : verdict === 'same';
}
