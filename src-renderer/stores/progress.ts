/**
 * The fraction of an upload that its progress bar shows. A bar never moves backwards, and is full only after the link
 * was verified.
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
 * Whether another process reads the upload from a pipe: its size and its sent bytes then grow together. For a file,
 * they are equal only at the end, after a record with fewer sent bytes.
 */
function isIndeterminate(
  upload: UploadView,
  before: UploadView | undefined,
  displayed: ProgressFraction | undefined,
): boolean {
  if (!upload.elsewhere || upload.status !== 'uploading' || (upload.sent ?? 0) < upload.size) return false;
  return before?.status !== 'uploading' || displayed === 'indeterminate' || before.size !== upload.size;
}

/** Whether the upload restarted from zero: by the user, or because the file or the destination changed. */
function hasRestarted(upload: UploadView, before: UploadView): boolean {
  if (isOver(before) && !before.resumable) return true;
  if (upload.status === 'paused' && !upload.resumable) return true;
  return (
    upload.profileId !== before.profileId || (upload.restarted !== undefined && upload.restarted !== before.restarted)
  );
}

/** The fraction to show, derived from the previous record and fraction. Starts at zero after a restart. */
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

/** Whether all bytes were sent, but the store has not confirmed them yet. */
export const isFinishing = (upload: UploadView): boolean =>
  upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
