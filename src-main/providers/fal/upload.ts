/**
 * From an open file to a stored one: one request for what is small, else parts. The checkpoint is durable before the service
 * hears of anything; the file is checked before the service is asked to keep it; what an earlier attempt left is gone on with.
 */
import { failure } from '../../../src-shared/errors.ts';
import { planParts } from '../../engine/plan-parts.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferOf } from '../provider.ts';
import { jobOf, noted } from './job.ts';
import { putParts } from './put-parts.ts';
import { putWhole } from './put-whole.ts';
import { readCheckpoint, type FalRef } from './records.ts';
import type { FalStore } from './store.ts';

/** So few that what is written down about them stays small. */
const mostParts = 1000;
const mostPartBytes = 5 * 1024 ** 3;

/** @throws AppFailure too-large, source-changed, corrupted, wrong-service; Refused; what the network, the source and `onCheckpoint` throw */
export async function upload(store: FalStore, transfer: TransferOf<FileSource>): Promise<FalRef> {
  const { source } = transfer;
  const job = jobOf(store, transfer);
  const earlier = transfer.checkpoint === undefined ? undefined : readCheckpoint(transfer.checkpoint);
  if (earlier === undefined) await noted(job, {});
  if (source.size <= store.oneRequestBytes) return putWhole(job, earlier);
  const plan = planParts(source.size, {
    preferredPartBytes: store.partBytes,
    maxPartBytes: mostPartBytes,
    maxParts: mostParts,
  });
  if (!plan) throw failure('too-large');
  return putParts(job, plan, earlier);
}
