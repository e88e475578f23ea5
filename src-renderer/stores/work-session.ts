/** Summary of the uploads in progress: the number of files, their bytes, and how many of these were sent. Pure. */
import type { BatchId, UploadId, UploadView } from '../../src-shared/upload.ts';
import type { ProgressFraction } from './progress.ts';

/**
 * The batches that are counted together. A batch that is added while others run joins them. After all have finished,
 * the session stays visible until the next batch starts.
 */
export interface WorkSession {
  batches: ReadonlySet<BatchId>;
  running: boolean;
}

export const noSession: WorkSession = { batches: new Set(), running: false };

/** `total` excludes canceled uploads; `bytes` also excludes failed ones and uploads of unknown size. */
export interface WorkSummary {
  total: number;
  done: number;
  failed: number;
  unfinished: number;
  bytes: number;
  sent: number;
}

export const noWork: WorkSummary = { total: 0, done: 0, failed: 0, unfinished: 0, bytes: 0, sent: 0 };

const isUnfinished = (upload: UploadView): boolean =>
  upload.status !== 'done' && upload.status !== 'failed' && upload.status !== 'canceled';

/** The session after the uploads changed; the same object if it is unchanged. */
export function updateSession(session: WorkSession, uploads: Iterable<UploadView>): WorkSession {
  const active = new Set<BatchId>();
  for (const upload of uploads) if (isUnfinished(upload)) active.add(upload.batchId);
  if (active.size === 0) return session.running ? { ...session, running: false } : session;
  if (!session.running) return { batches: active, running: true };
  return [...active].every((batch) => session.batches.has(batch))
    ? session
    : { batches: new Set([...session.batches, ...active]), running: true };
}

export function summarizeWork(
  session: WorkSession,
  uploads: Iterable<UploadView>,
  progress: ReadonlyMap<UploadId, ProgressFraction>,
): WorkSummary {
  const work = { ...noWork };
  for (const upload of uploads) {
    if (!session.batches.has(upload.batchId) || upload.status === 'canceled') continue;
    work.total += 1;
    if (upload.status === 'failed') {
      work.failed += 1;
      continue;
    }
    if (upload.status === 'done') {
      work.done += 1;
      work.bytes += upload.size;
      work.sent += upload.size;
      continue;
    }
    work.unfinished += 1;
    const fraction = progress.get(upload.id) ?? 0;
    if (fraction === 'indeterminate') continue;
    work.bytes += upload.size;
    work.sent += fraction * upload.size;
  }
  return work;
}

/** The progress in whole percent: of the bytes, or of the files if all are empty. Below 100 while one is unfinished. */
export function percentOf(work: WorkSummary): number {
  if (work.unfinished === 0) return 100;
  const fraction = work.bytes > 0 ? work.sent / work.bytes : work.done / Math.max(1, work.total);
  return Math.min(99, Math.floor(fraction * 100));
}
