/** What happens to the unfinished uploads when the user quits. */
import { formatBytes } from '../../src-shared/format/bytes.ts';
import { text } from '../../src-shared/text/text.ts';
import { resumableBytes, type Upload } from '../../src-shared/upload.ts';

/** Says when the uploads resume, and how many of the uploaded bytes the destinations keep. */
export function quitDetail(uploads: readonly Upload[]): string {
  const sum = (bytesOf: (upload: Upload) => number): number =>
    uploads.reduce((total, upload) => total + bytesOf(upload), 0);
  const resumable = sum(resumableBytes);
  const sent = sum((upload) =>
    upload.status === 'uploading' ? Math.max(upload.sent, resumableBytes(upload)) : resumableBytes(upload),
  );
  const resumes = text('dialog.quit.detail', { count: uploads.length });
  if (sent < 1) return resumes;
  const sizes = { sent: formatBytes(sent), resumableBytes: formatBytes(resumable) };
  if (resumable < 1) return `${resumes} ${text('dialog.quit.none-resumable', sizes)}`;
  const areAllResumable = sizes.resumableBytes === sizes.sent;
  return `${resumes} ${text(`dialog.quit.${areAllResumable ? 'all-resumable' : 'some-resumable'}`, sizes)}`;
}
