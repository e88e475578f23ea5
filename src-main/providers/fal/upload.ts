/**
 * From an open file to a stored one: one request for what is small, else parts. The checkpoint is durable before the service
 * hears of anything; the file is checked before the service is asked to keep it; what an earlier attempt left is gone on with.
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

/** So few that what is written down about them stays small. */
const maxParts = 1000;
const maxPartBytes = 5 * 1024 ** 3;

/** @throws AppFailure too-large, source-changed, corrupted, wrong-service; Refused; what the network, the source and `onCheckpoint` throw */
export async function uploadToFal(store: FalStore, transfer: TransferFrom<FileSource>): Promise<FalRef> {
  const { source } = transfer;
  const context = createFalUploadContext(store, transfer);
  const savedCheckpoint = transfer.checkpoint === undefined ? undefined : parseFalCheckpoint(transfer.checkpoint);
  if (savedCheckpoint === undefined) await saveFalCheckpoint(context, {});
  if (source.size <= store.oneRequestBytes) return uploadToFalInOneRequest(context, savedCheckpoint);
  const plan = planParts(source.size, {
    preferredPartBytes: store.partBytes,
    maxPartBytes: maxPartBytes,
    maxParts: maxParts,
  });
  if (!plan) throw failure('too-large');
  return uploadToFalMultipart(context, plan, savedCheckpoint);
}
