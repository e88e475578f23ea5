/**
 * The fraction of an upload that its progress bar shows: of the same bytes that the words beside it state. It never
 * decreases during an attempt, shows the stored bytes while the upload pauses or waits, and is full only after the link
 * was verified.
 */
import type { UploadView } from '../../src-shared/upload.ts';

/** From 0 to 1; `indeterminate`: the total size is unknown. */
export type ProgressFraction = number | 'indeterminate';

/** The last hundredth is reserved for the link check. */
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

/** The fraction to show, derived from the previous record and fraction. */
export function displayedFraction(
  upload: UploadView,
  before?: UploadView,
  displayed?: ProgressFraction,
): ProgressFraction {
  if (isIndeterminate(upload, before, displayed)) return 'indeterminate';
  const isSameProgress = before !== undefined && (isSameAttempt(upload, before) || hasUnknownParts(upload));
  return Math.max(fractionOf(upload), isSameProgress && typeof displayed === 'number' ? displayed : 0);
}

/** Whether all bytes were sent, but the store has not confirmed them yet. */
export const isFinishing = (upload: UploadView): boolean =>
  upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
