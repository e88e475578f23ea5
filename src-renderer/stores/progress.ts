/** How much of an upload its bar shows. The bar never runs backwards, and is full only when the link was seen to work. */
import type { UploadView } from '../../src-shared/upload.ts';

/** From 0 to 1; `open`: nobody knows how much is to come. */
export type ProgressFraction = number | 'indeterminate';

/** The last hundredth belongs to the check of the link. */
const maxUnverified = 0.99;

const isOver = (upload: UploadView): boolean =>
  upload.status === 'done' || upload.status === 'failed' || upload.status === 'canceled';

function fractionOf(upload: UploadView): number {
  if (upload.status === 'done') return 1;
  if (upload.status === 'verifying') return maxUnverified;
  return upload.size > 0 ? Math.min(maxUnverified, (upload.sent ?? 0) / upload.size) : 0;
}

/**
 * What another process reads from a pipe grows as it is read: all there is has always been sent. A file is like that only
 * at its end, after it was seen with less.
 */
function isIndeterminate(
  upload: UploadView,
  before: UploadView | undefined,
  displayed: ProgressFraction | undefined,
): boolean {
  if (!upload.elsewhere || upload.status !== 'uploading' || (upload.sent ?? 0) < upload.size) return false;
  return before?.status !== 'uploading' || displayed === 'indeterminate' || before.size !== upload.size;
}

/** What was sent counts for nothing any more: the user starts it again, the file is another one, or it goes somewhere else. */
function hasRestarted(upload: UploadView, before: UploadView): boolean {
  if (isOver(before) && !before.resumable) return true;
  if (upload.status === 'paused' && !upload.resumable) return true;
  return (
    upload.profileId !== before.profileId || (upload.restarted !== undefined && upload.restarted !== before.restarted)
  );
}

/** The share to show now, given the record and share shown before; a new start begins at zero. */
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

/** Every byte was handed over, but the storage has not answered yet. */
export const isFinishing = (upload: UploadView): boolean =>
  upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
