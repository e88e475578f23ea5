/**
 * From an open file to an object: one PUT for what fits into one part, else parts in parallel. Order is what makes it safe. The
 * checkpoint is durable before the store hears of the key; the file is checked before the store is asked to keep it;
 * an answer counts only when it proves that the store understood. What an earlier attempt left is gone on with.
 */
import { failure } from '../../../src-shared/errors.ts';
import { planParts, type PartPlan } from '../../engine/plan-parts.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferOf } from '../provider.ts';
import { claimOf } from '../claim.ts';
import { draftOf, type Draft, type Stored } from './job.ts';
import { abort } from './open-uploads.ts';
import { freshClaim, openUpload, putParts } from './put-parts.ts';
import { putWhole } from './put-whole.ts';
import { findEarlier, type Earlier } from './resume.ts';
import { foundRegion, readCheckpoint, statusOf, type S3Ref, type S3Store } from './store.ts';

/** @throws AppFailure too-large, source-changed, corrupted, wrong-service; what the SDK, the source and `onCheckpoint` throw */
export async function upload(store: S3Store, transfer: TransferOf<FileSource>): Promise<S3Ref> {
  const { source, checkpoint } = transfer;
  const plan = planFor(store, source.size);
  const draft = draftOf(store, transfer);
  try {
    return await uploadWith(
      draft,
      plan,
      checkpoint === undefined ? { is: 'nothing' } : await findEarlier(draft, readCheckpoint(checkpoint), plan),
    );
  } finally {
    draft.names.free();
  }
}

async function uploadWith(draft: Draft, plan: PartPlan, found: Earlier): Promise<S3Ref> {
  let earlier = found;
  for (;;) {
    try {
      return refOf(draft, await finish(draft, plan, earlier));
    } catch (cause) {
      // The store gave the upload up, by a rule of the bucket or by hand: from zero, once.
      if (!isForgotten(cause) || draft.progress.restarts > 0 || draft.transfer.signal.aborted) throw cause;
      draft.progress.restart('store-forgot');
      earlier = { is: 'nothing' };
    }
  }
}

function planFor({ settings }: S3Store, size: number): PartPlan {
  const { preferredPartBytes, maxParts, maxPartBytes, maxObjectBytes } = settings.store;
  const plan = size > maxObjectBytes ? undefined : planParts(size, { preferredPartBytes, maxParts, maxPartBytes });
  if (!plan) throw failure('too-large');
  return plan;
}

async function finish(draft: Draft, plan: PartPlan, earlier: Earlier): Promise<Stored> {
  if (earlier.is === 'stored') return earlier.stored;
  const ours = earlier.is === 'key' ? earlier.claim : undefined;
  if (earlier.is !== 'open' && plan.count === 1) return putWhole(draft, ours);
  const upload =
    earlier.is === 'open'
      ? earlier.upload
      : await openUpload(draft, plan, ours === undefined ? await freshClaim(draft, plan) : { ours });
  const answer = await putParts(draft, upload);
  if (answer !== 'taken') return answer;
  // Someone else's object under the key: it stays, and the parts go. Whoever asks what to do keeps them for the answer.
  draft.names.wasTaken();
  await abort(draft.store, { bucket: draft.bucket, key: upload.key }, upload.uploadId, draft.transfer.signal);
  if (draft.names.isHopeless) throw failure('unavailable');
  draft.progress.restart('store-forgot');
  return finish(draft, plan, { is: 'nothing' });
}

function refOf({ bucket, store, transfer: { source, onProgress } }: Draft, { versionId, ...claim }: Stored): S3Ref {
  onProgress(source.size);
  return {
    v: 1,
    bucket,
    ...claimOf(claim),
    size: source.size,
    ...(versionId === undefined ? {} : { versionId }),
    ...foundRegion(store),
  };
}

const isForgotten = (cause: unknown): boolean =>
  statusOf(cause) === 404 && cause instanceof Error && cause.name === 'NoSuchUpload';
