import { expect, test } from 'vitest';
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import { ProgressLine } from './progress-line.ts';

/** The fields of an upload that the line shows. */
const uploadWith = (fields: object): Upload =>
  ({ id: '1' as UploadId, size: 1000, source: { path: '/a.bin' }, ...fields }) as unknown as Upload;

test('the line says why the upload waits for another attempt', () => {
  const line = new ProgressLine();
  const error = { code: 'unreachable', params: { host: 's3.example.com' } };
  line.changed(uploadWith({ status: 'waiting', until: 1000, error, failures: 1 }));
  expect(line.line(0)).toContain('waiting to retry: s3.example.com doesn’t respond.');
  line.changed(uploadWith({ status: 'uploading', sent: 500 }));
  expect(line.line(0)).not.toContain('waiting');
  expect(line.line(0)).toContain('50%');
});

test('an upload without a network waits for it', () => {
  const line = new ProgressLine();
  line.changed(uploadWith({ status: 'waiting', until: 'online', error: { code: 'offline' }, failures: 1 }));
  expect(line.line(0)).toContain('waiting for network');
});
