/**
 * Uploads a file in one PUT request if it fits into one part, otherwise in parallel parts. Resumes an earlier attempt
 * if there is one. To be safe against crashes and changes of the file, the upload saves the checkpoint before the store
 * receives the key, and checks the file again before the store completes the object. It accepts only answers that prove
 * that the store understood the request.
 */
import { failure } from '../../../src-shared/errors.ts';
import { planParts, type PartPlan } from '../../engine/plan-parts.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { pickReservation } from '../keys/key-reservation.ts';
import { createS3UploadContext, type S3UploadContext, type StoredS3Object } from './upload-context.ts';
import { abortMultipartUpload } from './multipart-uploads.ts';
import { reserveFreshKey, startMultipartUpload, putS3Parts } from './put-parts.ts';
import { putS3Object } from './put-object.ts';
import { findResumableS3Upload, type S3ResumeState } from './resume.ts';
import { readS3Checkpoint, type S3Ref } from './records.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import { regionForRef, type S3Store } from './store.ts';

/**
 * @throws AppFailure too-large, source-changed, corrupted, wrong-service; errors of the SDK, the source and
 * `onCheckpoint`
 */
export async function uploadS3File(store: S3Store, transfer: TransferFrom<FileSource>): Promise<S3Ref> {
  const { source, checkpoint } = transfer;
  const plan = planUpload(store, source.size);
  const context = createS3UploadContext(store, transfer);
  try {
    return await uploadWithRestart(
      context,
      plan,
      checkpoint === undefined
        ? { kind: 'none' }
        : await findResumableS3Upload(context, readS3Checkpoint(checkpoint), plan),
    );
  } finally {
    context.keyAllocator.release();
  }
}

async function uploadWithRestart(
  context: S3UploadContext,
  plan: PartPlan,
  initialState: S3ResumeState,
): Promise<S3Ref> {
  let resumeState = initialState;
  for (;;) {
    try {
      return toRef(context, await runUpload(context, plan, resumeState));
    } catch (cause) {
      // If the store dropped the upload, because of a lifecycle rule or a user's request, restarts from zero, but once.
      if (!isUploadGone(cause) || context.progress.restarts > 0 || context.transfer.signal.aborted) throw cause;
      context.progress.restart('store-forgot');
      resumeState = { kind: 'none' };
    }
  }
}

function planUpload({ settings }: S3Store, size: number): PartPlan {
  const { preferredPartBytes, maxParts, maxPartBytes, maxObjectBytes } = settings.store;
  if (size > maxObjectBytes)
    throw failure('too-large', { params: { why: 'service', limit: Math.floor(maxObjectBytes / 1e9) } });
  const plan = planParts(size, { preferredPartBytes, maxParts, maxPartBytes });
  if (!plan) throw failure('too-large');
  return plan;
}

async function runUpload(
  context: S3UploadContext,
  plan: PartPlan,
  resumeState: S3ResumeState,
): Promise<StoredS3Object> {
  if (resumeState.kind === 'stored') return resumeState.stored;
  const resumedReservation = resumeState.kind === 'key' ? resumeState.reservation : undefined;
  if (resumeState.kind !== 'open' && plan.count === 1) return putS3Object(context, resumedReservation);
  const multipartUpload =
    resumeState.kind === 'open'
      ? resumeState.upload
      : await startMultipartUpload(
          context,
          plan,
          resumedReservation === undefined ? await reserveFreshKey(context, plan) : { ours: resumedReservation },
        );
  const result = await putS3Parts(context, multipartUpload);
  if (result !== 'taken') return result;
  // An object of another client has the key, so Hoist aborts its upload and takes another key. If the user wants to be
  // asked, `markTaken` throws, and the parts stay until the user answers.
  context.keyAllocator.markTaken();
  await abortMultipartUpload(
    context.store,
    { bucket: context.bucket, key: multipartUpload.key },
    multipartUpload.uploadId,
    context.transfer.signal,
  );
  if (context.keyAllocator.isExhausted) throw failure('unavailable');
  context.progress.restart('store-forgot');
  return runUpload(context, plan, { kind: 'none' });
}

function toRef(
  { bucket, store, transfer: { source, onProgress } }: S3UploadContext,
  { versionId, ...reservation }: StoredS3Object,
): S3Ref {
  onProgress(source.size);
  return {
    v: 1,
    bucket,
    ...pickReservation(reservation),
    size: source.size,
    ...(versionId === undefined ? {} : { versionId }),
    ...regionForRef(store),
  };
}

const isUploadGone = (cause: unknown): boolean =>
  sdkErrorStatus(cause) === 404 && cause instanceof Error && cause.name === 'NoSuchUpload';
