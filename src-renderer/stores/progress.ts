/**
 * The share of an upload that its bar shows. A bar never runs backwards, and is full only after the link was verified.
 */
import type { UploadView } from '../../src-shared/upload.ts';

/** From 0 to 1; `indeterminate`: the total size is unknown. */
export type ProgressFraction = number | 'indeterminate';

/** The last hundredth is reserved for the link check. */
const maxUnverified = 0.99;

const isOver = (upload: UploadView): boolean =>
  upload.status === 'done' || upload.status === 'failed' || upload.status === 'canceled';

function fractionOf(upload: UploadView): number {
  if (upload.status === 'done') return 1;
  if (upload.status === 'verifying') return maxUnverified;
  return upload.size > 0 ? Math.min(maxUnverified, (upload.sent ?? 0) / upload.size) : 0;
}

/**
 * When another process reads from a pipe, size and sent bytes grow together. A file has equal values only at its end,
 * after it was seen with fewer sent bytes.
 */
function isIndeterminate(
  upload: UploadView,
  before: UploadView | undefined,
  displayed: ProgressFraction | undefined,
): boolean {
  if (!upload.elsewhere || upload.status !== 'uploading' || (upload.sent ?? 0) < upload.size) return false;
  return before?.status !== 'uploading' || displayed === 'indeterminate' || before.size !== upload.size;
}

/** Whether sent bytes no longer count: the user restarts it, the file changed, or the destination changed. */
function hasRestarted(upload: UploadView, before: UploadView): boolean {
  if (isOver(before) && !before.resumable) return true;
  if (upload.status === 'paused' && !upload.resumable) return true;
  return (
    upload.profileId !== before.profileId || (upload.restarted !== undefined && upload.restarted !== before.restarted)
  );
}

/** The share to show now, from the previous record and share. A restart begins at zero. */
export function displayedFraction(
  upload: UploadView,
  before?: UploadView,
  displayed?: ProgressFraction,
): ProgressFraction {
  if (isIndeterminate(upload, before, displayed)) return 'indeterminate';
  return Math.max(
    fractionOf(upload),
    before && typeof displayed === 'number' && !hasRestarted(upload, before) ? displayed : 0,
  );
}

/** All bytes were sent, but the store has not answered yet. */
export const isFinishing = (upload: UploadView): boolean =>
  upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
