/** How uploads of the fake main make progress. Pure. */
import { practiceId } from '../../src-shared/profile.ts';
import type { UploadView } from '../../src-shared/upload.ts';

/** ms between two steps of progress */
export const tickMs = 100;

export const isOver = ({ status }: UploadView): boolean =>
  status === 'done' || status === 'failed' || status === 'canceled';

/** The upload after one step. Its speed varies by 20 % around the average, as on a real network. */
export function withProgress(upload: UploadView, bytesPerSecond: number, now: number): UploadView {
  const wave = 1 + 0.2 * Math.sin(now / 700);
  const stepBytes = (bytesPerSecond * wave * tickMs) / 1000;
  if (upload.elsewhere && upload.sent === upload.size) return withGrownSize(upload, stepBytes);
  const sent = Math.min(upload.size, (upload.sent ?? 0) + stepBytes);
  return sent < upload.size ? { ...upload, sent } : { ...upload, status: 'verifying', sent: upload.size };
}

/** The size of an upload from a pipe is the number of bytes read so far. */
function withGrownSize(upload: UploadView, bytes: number): UploadView {
  const size = upload.size + Math.round(bytes);
  return { ...upload, size, sent: size };
}

/** The upload after its link was checked. */
export function withLink(upload: UploadView, now: number): UploadView {
  const expiresAt = upload.visibility === 'expiring' ? now + 7 * 86_400_000 : undefined;
  return {
    ...upload,
    status: 'done',
    endedAt: now,
    verification: upload.profileId === practiceId ? 'this-computer' : 'verified',
    sent: undefined,
    link: {
      url: `https://files.example.net/2026/8Kq4/${encodeURIComponent(upload.name)}`,
      visibility: upload.visibility,
      expiresAt,
    },
  };
}
