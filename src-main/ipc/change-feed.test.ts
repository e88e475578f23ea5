import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Changes } from '../../src-shared/ipc/contract.ts';
import { toUploadView, type Upload } from '../../src-shared/upload.ts';
import { ChangeFeed, maxUploadsPerMessage } from './change-feed.ts';

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

test('sends the changes of one call as one message, increases the revision and sends no internal data', () => {
  for (let i = 0; i < 100; i++) feed.changed(upload(`u${i}`, 0), 'status');
  vi.advanceTimersByTime(1);
  feed.removed('u1');
  vi.advanceTimersByTime(100);
  expect(sent.map(({ revision, changed, removed }) => [revision, changed.length, removed])).toEqual([
    [1, 100, []],
    [2, 0, ['u1']],
  ]);
  expect(JSON.stringify(sent)).not.toMatch(/path|checkpoint|fingerprint/);
});

test('sends many changes in several messages, each upload once and in its newest state', () => {
  for (let i = 0; i < 3000; i++) feed.changed(upload(`u${i}`, 0), 'status');
  for (let i = 0; i < 1500; i++) feed.removed(`r${i}`);
  vi.advanceTimersByTime(1);
  feed.changed(upload('u2999', 50), 'status');
  feed.removed('u2998');
  vi.advanceTimersByTime(1000);
  const sizes = sent.map(({ changed, removed }) => changed.length + removed.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(maxUploadsPerMessage);
  const changed = sent.flatMap((changes) => changes.changed);
  expect(new Set(changed.map(({ id }) => id)).size).toBe(2999);
  expect(changed).toHaveLength(2999);
  expect(changed.at(-1)).toMatchObject({ id: 'u2999', sent: 50 });
  expect(sent.flatMap(({ removed }) => removed)).toHaveLength(1501);
  expect(sent.map(({ revision }) => revision)).toEqual(sent.map((_, index) => index + 1));
});

test('reports when the changes until now have been sent, also while others follow', async () => {
  for (let i = 0; i < 600; i++) feed.changed(upload(`u${i}`, 0), 'status');
  const sentIds = feed.whenSent().then(() => sent.flatMap(({ changed }) => changed.map(({ id }) => id)));
  for (let i = 0; i < 2000; i++) feed.changed(upload(`later${i}`, 0), 'status');
  await vi.advanceTimersByTimeAsync(1000);
  expect(await sentIds).toContain('u599');
  expect(await sentIds).not.toContain('later1999');
  await feed.whenSent();
});

test('sends status changes within a few messages a second', () => {
  for (let i = 0; i < 1000; i++) {
    feed.changed(upload(`u${i}`, 0), 'status');
    vi.advanceTimersByTime(1);
  }
  expect(sent.length).toBeLessThan(50);
  expect(sent.length).toBeGreaterThan(10);
});

test('does not replace a pending change when an unchanged record is sent again', () => {
  feed.changed(upload('a', 70), 'status');
  feed.removed('b');
  feed.resend(upload('a', 10));
  feed.resend(upload('b', 10));
  vi.advanceTimersByTime(100);
  expect(sent).toMatchObject([{ changed: [{ id: 'a', sent: 70 }], removed: ['b'] }]);
});
