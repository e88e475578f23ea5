/**
 * The fraction that the progress bar of an upload shows. It matches the bytes that the line beside it states, never
 * decreases during an attempt, shows the stored bytes while the upload pauses or waits, and is full only after the link
 * was checked.
 */
import type { UploadView } from '../../src-shared/upload.ts';

/** From 0 to 1; `indeterminate`: the total size is unknown. */
export type ProgressFraction = number | 'indeterminate';

/** The last percent of the bar is reserved for the link check. */
const maxUnverified = 0.99;

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

/** Whether both records belong to the same attempt, and the upload has not restarted from zero in between. */
const isSameAttempt = (upload: UploadView, before: UploadView): boolean =>
  before.status === 'uploading' &&
  upload.status === 'uploading' &&
  upload.startedAt === before.startedAt &&
  upload.profileId === before.profileId &&
  (upload.restarted === undefined || upload.restarted === before.restarted);

/** Whether the store keeps parts of the upload, but their size is unknown. */
const hasUnknownParts = (upload: UploadView): boolean =>
  upload.status !== 'uploading' && upload.resumable === true && upload.sent === undefined;

/** The fraction to show for a record. `before`, `displayed`: the previous record, and the fraction shown for it. */
export function displayedFraction(
  upload: UploadView,
  before?: UploadView,
  displayed?: ProgressFraction,
): ProgressFraction {
  if (isIndeterminate(upload, before, displayed)) return 'indeterminate';
  const isSameProgress = before !== undefined && (isSameAttempt(upload, before) || hasUnknownParts(upload));
  const minimum = isSameProgress && typeof displayed === 'number' ? displayed : 0;
  return Math.max(fractionOf(upload), minimum);
}

/** Whether all bytes were sent, but the store has not confirmed them yet. */
export const isFinishing = (upload: UploadView): boolean =>
  upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
