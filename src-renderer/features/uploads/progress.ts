/** How much of an upload its bar shows. The bar never runs backwards, and is full only when the link was seen to work. */
import type { UploadView } from '../../../src-shared/upload.ts';

/** The last hundredth belongs to the check of the link. */
const almost = 0.99;

const isOver = (upload: UploadView): boolean => upload.status === 'done' || upload.status === 'failed' || upload.status === 'canceled';

function shareOf(upload: UploadView): number {
  if (upload.status === 'done') return 1;
  if (upload.status === 'verifying') return almost;
  return upload.size > 0 ? Math.min(almost, (upload.sent ?? 0) / upload.size) : 0;
}

/** The share (0 to 1) to show now, given the record and share shown before; a new start by the user begins at zero. */
export function shownShare(upload: UploadView, before?: UploadView, shown = 0): number {
  return Math.max(shareOf(upload), before && !isOver(before) ? shown : 0);
}

/** Every byte was handed over, but the storage has not answered yet. */
export const isFinishing = (upload: UploadView): boolean => upload.status === 'uploading' && upload.size > 0 && (upload.sent ?? 0) >= upload.size;
