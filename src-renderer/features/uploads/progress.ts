/** How much of an upload its bar shows. The bar never runs backwards, and is full only when the link was seen to work. */
import type { UploadView } from '../../../src-shared/upload.ts';

/** From 0 to 1; `open`: nobody knows how much is to come. */
export type Share = number | 'open';

/** The last hundredth belongs to the check of the link. */
const almost = 0.99;

const isOver = (upload: UploadView): boolean =>
  upload.status === 'done' || upload.status === 'failed' || upload.status === 'canceled';

function shareOf(upload: UploadView): number {
  if (upload.status === 'done') return 1;
  if (upload.status === 'verifying') return almost;
  return upload.size > 0 ? Math.min(almost, (upload.sent ?? 0) / upload.size) : 0;
}

/**
 * What another process reads from a pipe grows as it is read: all there is has always been sent. A file is like that only
 * at its end, after it was seen with less.
 */
function isOpen(upload: UploadView, before: UploadView | undefined, shown: Share | undefined): boolean {
  if (!upload.elsewhere || upload.status !== 'uploading' || (upload.sent ?? 0) < upload.size) return false;
  return before?.status !== 'uploading' || shown === 'open' || before.size !== upload.size;
}

/** What was sent counts for nothing any more: the user starts it again, the file is another one, or it goes somewhere else. */
function isAnew(upload: UploadView, before: UploadView): boolean {
  if (isOver(before) && !before.resumable) return true;
  if (upload.status === 'paused' && !upload.resumable) return true;
  return (
    upload.profileId !== before.profileId || (upload.restarted !== undefined && upload.restarted !== before.restarted)
  );
}

/** The share to show now, given the record and share shown before; a new start begins at zero. */
export function shownShare(upload: UploadView, before?: UploadView, shown?: Share): Share {
  if (isOpen(upload, before, shown)) return 'open';
  return Math.max(shareOf(upload), before && typeof shown === 'number' && !isAnew(upload, before) ? shown : 0);
}

/** Every byte was handed over, but the storage has not answered yet. */
export const isFinishing = (upload: UploadView): boolean =>
  upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
