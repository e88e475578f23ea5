import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Changes } from '../../src-shared/ipc/contract.ts';
import { toUploadView, type Upload } from '../../src-shared/upload.ts';
import { ChangeFeed } from './change-feed.ts';

const upload = (id: string, sent: number): Upload => ({
  v: 1,
  id,
  batchId: 'b',
  position: 0,
  name: id,
  size: 100,
  contentType: 't',
  source: { path: '/a', fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
  chain: [{ profileId: 'p', visibility: 'public' }],
  step: 0,
  attempts: [],
  createdAt: 1,
  status: 'uploading',
  attempt: 1,
  failures: 0,
  sent,
});
/** The messages to the window. */
let sent: Changes[];
let feed: ChangeFeed;
beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  feed = new ChangeFeed({
    send: (changes) => {
      sent.push(changes);
    },
    view: (record) => toUploadView(record, () => 'P'),
    totals: () => ({ done: 0, unfinished: 1 }),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

test('combines a thousand progress changes in a second into about ten messages with the newest state', () => {
  for (let i = 1; i <= 1000; i++) {
    feed.changed(upload('a', i / 10), 'progress');
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(200);
  expect(sent.length).toBeGreaterThanOrEqual(9);
  expect(sent.length).toBeLessThanOrEqual(11);
  expect(sent.at(-1)!.changed[0]!.sent).toBe(100);
});

test('sends a status change immediately, together with pending progress', () => {
  feed.changed(upload('a', 1), 'progress');
  feed.changed(upload('b', 0), 'status');
  vi.advanceTimersByTime(1);
  expect(sent.map(({ changed }) => changed.map(({ id }) => id))).toEqual([['a', 'b']]);
  vi.advanceTimersByTime(1000);
  expect(sent).toHaveLength(1);
});

test('sends a drop of a thousand files as one message, increases the revision and sends no internal data', () => {
  for (let i = 0; i < 1000; i++) feed.changed(upload(`u${i}`, 0), 'status');
  vi.advanceTimersByTime(1);
  feed.removed('u1');
  vi.advanceTimersByTime(1);
  expect(sent.map(({ revision, changed, removed }) => [revision, changed.length, removed])).toEqual([
    [1, 1000, []],
    [2, 0, ['u1']],
  ]);
  expect(JSON.stringify(sent)).not.toMatch(/path|checkpoint|fingerprint/);
});
