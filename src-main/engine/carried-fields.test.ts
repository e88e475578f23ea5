import { expect, test } from 'vitest';
import type { UploadIn } from '../../src-shared/upload.ts';
import { carriedFields, resumeFields, withoutCheckpoint } from './carried-fields.ts';

const failed: UploadIn<'failed'> = {
  v: 1,
  id: 'u',
  batchId: 'b',
  position: 0,
  name: 'a.bin',
  size: 10,
  contentType: 'application/octet-stream',
  source: { stream: 'standard-input' },
  chain: [{ profileId: 'p', visibility: 'public' }],
  step: 0,
  attempts: [],
  createdAt: 1,
  keyTemplate: '{name}',
  status: 'failed',
  error: { code: 'forbidden' },
  failedAt: 2,
  withheld: { profileId: 'q', reason: 'more-people' },
  checkpoint: 'c',
  bytesStored: 5,
  lastProgressAt: 3,
};
const progress = { checkpoint: 'c', bytesStored: 5, lastProgressAt: 3 };

test('a change of status carries the fields that every status has, but no field of the old status', () => {
  const { status: _, error: __, failedAt: ___, withheld: ____, ...fieldsOfEveryStatus } = failed;
  expect({ ...carriedFields(failed), ...progress }).toEqual(fieldsOfEveryStatus);
  expect(carriedFields(failed)).not.toMatchObject(progress);
});

test('the checkpoint and the progress are kept together', () => {
  expect(resumeFields(failed)).toEqual(progress);
  const { bytesStored: _, ...withoutBytes } = failed;
  expect(resumeFields(withoutBytes)).toEqual({ checkpoint: 'c', lastProgressAt: 3 });
});

test('without a checkpoint there is no progress', () => {
  const { checkpoint: _, ...withProgress } = failed;
  expect(resumeFields(withProgress)).toEqual({});
  const { bytesStored: __, lastProgressAt: ___, ...withoutProgress } = withProgress;
  expect(withoutCheckpoint(failed)).toEqual(withoutProgress);
});
