import { expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { quitDetail } from './quit-detail.ts';

const upload = (fields: object): Upload =>
  ({ id: 'a', name: 'a', size: 100_000_000, source: { path: '/a' }, attempts: [], ...fields }) as unknown as Upload;
const running = (sent: number, bytesStored?: number): Upload =>
  upload({ status: 'uploading', sent, ...(bytesStored === undefined ? {} : { checkpoint: 'c', bytesStored }) });
const once = 'If you quit now, the upload resumes the next time you open Hoist.';

test('the quit prompt says how many of the uploaded bytes the destination keeps', () => {
  expect(quitDetail([running(70_000_000, 50_000_000)])).toBe(
    `${once} Of the 70 MB uploaded so far, 50 MB is kept; the rest is uploaded again.`,
  );
  expect(quitDetail([running(50_000_000, 50_000_000)])).toBe(`${once} The 50 MB uploaded so far is kept.`);
  expect(quitDetail([running(4_000_000)])).toBe(`${once} The 4 MB uploaded so far is uploaded again.`);
});

test('the quit prompt adds the bytes of all uploads, and names none before the first', () => {
  expect(quitDetail([upload({ status: 'queued' })])).toBe(once);
  const waiting = upload({ status: 'waiting', checkpoint: 'c', bytesStored: 20_000_000 });
  const verifying = upload({ status: 'verifying', size: 10_000_000 });
  expect(quitDetail([running(9_000_000), waiting, verifying])).toBe(
    'If you quit now, the uploads resume the next time you open Hoist. Of the 39 MB uploaded so far, 30 MB is kept; the rest is uploaded again.',
  );
});
