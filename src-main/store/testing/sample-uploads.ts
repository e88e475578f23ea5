/** Sample upload records for tests, one function for each status. */
import type { Upload, UploadIn } from '../../../src-shared/upload.ts';

type Common = Omit<UploadIn<'queued'>, 'status' | 'failures' | 'checkpoint'>;

export function common(id: string, fields: Partial<Common> = {}): Common {
  return {
    v: 1,
    id,
    batchId: 'batch',
    position: 0,
    name: `${id}.png`,
    size: 1234,
    contentType: 'image/png',
    source: {
      path: `/home/ann/pictures/${id}.png`,
      fingerprint: { size: 1234, mtimeMs: 1_700_000_000_000.25, dev: '2049', ino: '1234567890123456789' },
    },
    chain: [{ profileId: 'p1', visibility: 'expiring' }],
    step: 0,
    attempts: [],
    createdAt: 1_700_000_000_000,
    ...fields,
  };
}

export const queued = (id: string, fields: Partial<Common> = {}): Upload => ({
  ...common(id, fields),
  status: 'queued',
  failures: 0,
});

export const uploading = (id: string, fields: Partial<Common> = {}): Upload => ({
  ...common(id, { attempts: [{ number: 1, profileId: 'p1', started: 1_700_000_000_500 }], ...fields }),
  status: 'uploading',
  attempt: 1,
  failures: 0,
  sent: 0,
  checkpoint: { uploadId: `u-${id}`, part: 3 },
});

export const verifying = (id: string): Upload => ({
  ...common(id),
  status: 'verifying',
  attempt: 1,
  failures: 0,
  ref: { key: id },
});
export const waiting = (id: string): Upload => ({
  ...common(id),
  status: 'waiting',
  until: 'online',
  error: { code: 'offline' },
  failures: 1,
});
export const paused = (id: string): Upload => ({ ...common(id), status: 'paused', failures: 0 });

export const done = (
  id: string,
  fields: Partial<Common> = {},
  url = `https://files.example/2026/${id}`,
): UploadIn<'done'> => ({
  ...common(id, fields),
  status: 'done',
  ref: { bucket: 'b', key: id },
  link: { url, visibility: 'expiring', expiresAt: 1_700_000_900_000 },
  verification: 'verified',
  doneAt: 1_700_000_001_000,
});

export const failed = (id: string, checkpoint?: UploadIn<'failed'>['checkpoint']): Upload => ({
  ...common(id),
  status: 'failed',
  error: { code: 'unreachable' },
  failedAt: 1_700_000_001_000,
  ...(checkpoint !== undefined && { checkpoint }),
});
export const canceled = (id: string, checkpoint?: UploadIn<'canceled'>['checkpoint']): Upload => ({
  ...common(id),
  status: 'canceled',
  canceledAt: 1_700_000_001_000,
  ...(checkpoint !== undefined && { checkpoint }),
});
