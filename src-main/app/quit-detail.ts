/** What happens to the unfinished uploads when the user quits. */
import { formatBytes } from '../../src-shared/format/bytes.ts';
import { text } from '../../src-shared/text/text.ts';
import { keptBytes, type Upload } from '../../src-shared/upload.ts';

/** Says when the uploads resume, and how many of the uploaded bytes the destinations keep. */
export function quitDetail(uploads: readonly Upload[]): string {
  const sum = (bytesOf: (upload: Upload) => number): number =>
    uploads.reduce((total, upload) => total + bytesOf(upload), 0);
  const kept = sum(keptBytes);
  const sent = sum((upload) =>
    upload.status === 'uploading' ? Math.max(upload.sent, keptBytes(upload)) : keptBytes(upload),
  );
  const resumes = text('dialog.quit.detail', { count: uploads.length });
  if (sent < 1) return resumes;
  const sizes = { sent: formatBytes(sent), kept: formatBytes(kept) };
  const outcome = kept < 1 ? 'kept-none' : sizes.kept === sizes.sent ? 'kept-all' : 'kept';
  return `${resumes} ${text(`dialog.quit.${outcome}`, sizes)}`;
}
