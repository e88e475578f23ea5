import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { UploadView } from '../../../src-shared/upload.ts';
import type { HoistBridge } from '../../bridge.ts';
import { createHoist, type Hoist } from '../../hoist.ts';
import { emptyMirror, withSnapshot } from '../../stores/mirror.ts';
import { announceSettled } from './announce-settled.ts';

const linked = (id: string, rest: Partial<UploadView>): UploadView => ({
  id,
  batchId: 'b',
  position: 0,
  name: id,
  size: 1,
  contentType: '',
  status: 'done',
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 1,
  endedAt: 2,
  link: { url: 'http://x', visibility: 'expiring' },
  verification: 'verified',
  ...rest,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function settle(uploads: UploadView[], failed = 0): Hoist {
  const hoist = createHoist({} as HoistBridge);
  hoist.uploads.setState(
    withSnapshot(emptyMirror, { revision: 1, uploads, totals: { done: uploads.length, unfinished: 0 } }),
  );
  announceSettled(hoist, {
    uploadIds: uploads.map(({ id }) => id),
    links: uploads.length,
    failed,
    clipboard: 'copied',
  });
  return hoist;
}

test('a link that opens only on this computer is not announced as a public one', () => {
  const { feedback } = settle([
    linked('a', { profileId: 'practice', destination: 'Practice', verification: 'this-computer' }),
  ]);
  expect(feedback.getState().toast).toMatchObject({
    sentence: 'Link copied. It opens only on this computer.',
    tone: 'calm',
  });
  expect(feedback.getState().status?.sentence).toContain('It opens only on this computer.');
});

test('several links are announced with their count, together with any failures', () => {
  const uploads = [linked('a', { verification: 'this-network' }), linked('b', {})];
  expect(settle(uploads, 1).feedback.getState().toast?.sentence).toBe(
    '2 links copied, 1 upload failed. 1 of them opens only in this network.',
  );
});

test('a public link is only announced as copied', () => {
  expect(settle([linked('a', {})]).feedback.getState().toast).toMatchObject({ sentence: 'Link copied', tone: 'done' });
});

test('the links of a folder are not copied automatically; the toast offers to copy them', () => {
  const hoist = createHoist({} as HoistBridge);
  const uploads = Array.from({ length: 3 }, (_, index) => linked(String(index), { position: index }));
  hoist.uploads.setState(withSnapshot(emptyMirror, { revision: 1, uploads, totals: { done: 3, unfinished: 0 } }));
  announceSettled(hoist, { uploadIds: uploads.map(({ id }) => id), links: 3, failed: 0, clipboard: 'many' });
  expect(hoist.feedback.getState().toast).toMatchObject({
    sentence: '3 files uploaded.',
    action: { label: 'Copy all 3 links' },
  });
  expect(hoist.feedback.getState().copied.size).toBe(0);
});
