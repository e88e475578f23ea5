/**
 * Uploads a file, in one request if it is small, otherwise in parts. Saves the checkpoint before the first request,
 * checks the file before it completes the upload, and resumes the upload of an earlier attempt.
 */
import { failure } from '../../../src-shared/errors.ts';
import { planParts } from '../../engine/plan-parts.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { createFalUploadContext, saveFalCheckpoint } from './upload-context.ts';
import { uploadToFalMultipart } from './multipart.ts';
import { uploadToFalInOneRequest } from './single-request.ts';
import { parseFalCheckpoint, type FalRef } from './checkpoint.ts';
import type { FalStore } from './store.ts';

/** Limits the number of parts, so that the checkpoint, which lists all stored parts, stays small. */
const maxParts = 1000;
const maxPartBytes = 5 * 1024 ** 3;

/**
 * @throws AppFailure too-large, source-changed, corrupted, wrong-service; FalHttpError; whatever the network, the
 * source and `onCheckpoint` throw
 */
export async function uploadToFal(store: FalStore, transfer: TransferFrom<FileSource>): Promise<FalRef> {
  const { source } = transfer;
  const context = createFalUploadContext(store, transfer);
  const savedCheckpoint = transfer.checkpoint === undefined ? undefined : parseFalCheckpoint(transfer.checkpoint);
  if (savedCheckpoint === undefined) await saveFalCheckpoint(context, {});
  if (source.size <= store.oneRequestBytes) return uploadToFalInOneRequest(context, savedCheckpoint);
  const plan = planParts(source.size, {
    preferredPartBytes: store.partBytes,
    maxPartBytes,
    maxParts,
  });
  if (!plan) throw failure('too-large');
  return uploadToFalMultipart(context, plan, savedCheckpoint);
}
