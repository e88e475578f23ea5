import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { schedule } from './schedule.ts';

const MiB = 1024 ** 2;
const base = {
  v: 1 as const,
  batchId: 'b',
  name: 'a',
  size: 1,
  contentType: 't',
  source: { path: '/a', fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
  step: 0,
  attempts: [],
};
const queued = (id: string, createdAt: number, position = 0, profileId = 'p'): Upload => ({
  ...base,
  id,
  createdAt,
  position,
  chain: [{ profileId, visibility: 'public' }],
  status: 'queued',
  failures: 0,
});
const input = {
  running: new Set<string>(),
  urgent: new Set<string>(),
  limit: 4,
  capacity: () => ({ slots: 16, uploads: 32 }),
  expectedSlots: ({ size }: Upload) => Math.min(4, Math.ceil(size / (16 * MiB))),
  now: 100,
  probe: false,
};

test('schedule starts the oldest uploads first, in drop order within a batch, up to the limit', () => {
  const uploads = [queued('d', 2), queued('b', 1, 1), queued('a', 1, 0), queued('c', 1, 2), queued('e', 3)];
  expect(schedule(uploads, input).start).toEqual(['a', 'b', 'c', 'd']);
  expect(schedule(uploads, { ...input, running: new Set(['a', 'x', 'y']) }).start).toEqual(['b']);
});

test('schedule starts a waiting upload when it is due and plans the next wake-up', () => {
  const waiting: Upload = {
    ...queued('w', 1),
    status: 'waiting',
    until: 150,
    error: { code: 'unavailable' },
    failures: 1,
  };
  expect(schedule([waiting], input)).toEqual({ start: [], wakeAt: 150 });
  expect(schedule([waiting], { ...input, now: 150 }).start).toEqual(['w']);
});

test('without a network, only a probe starts uploads, one for each destination', () => {
  const offline = (id: string, at: number, profileId?: string): Upload => ({
    ...queued(id, at, 0, profileId),
    status: 'waiting',
    until: 'online',
    error: { code: 'offline' },
    failures: 0,
  });
  const uploads = [
    queued('next', 0), // for the same destination as o1 and o2, so it waits too
    offline('o2', 2),
    offline('o1', 1),
    offline('q1', 5, 'q'),
    queued('elsewhere', 6, 0, 'online destination'),
  ];
  expect(schedule(uploads, input)).toEqual({ start: ['elsewhere'] });
  expect(schedule(uploads, { ...input, probe: true }).start).toEqual(['o1', 'q1', 'elsewhere']);
  expect(schedule(uploads, { ...input, probe: true, running: new Set(['o1']) }).start).toEqual(['q1', 'elsewhere']);
});

test('an urgent upload starts while its destination is backed off', () => {
  const limited: Upload = {
    ...queued('l', 1),
    status: 'waiting',
    until: 500,
    error: { code: 'rate-limited' },
    failures: 1,
  };
  expect(schedule([limited, queued('now', 2)], { ...input, urgent: new Set(['now']) }).start).toEqual(['now']);
});

test('a rate-limited destination starts nothing, and others are not affected', () => {
  const limited: Upload = {
    ...queued('l', 1),
    status: 'waiting',
    until: 500,
    error: { code: 'rate-limited' },
    failures: 1,
  };
  const uploads = [limited, queued('same', 2), queued('other', 3, 0, 'q')];
  expect(schedule(uploads, input).start).toEqual(['other']);
  expect(schedule(uploads, { ...input, now: 500 }).start).toEqual(['l', 'same', 'other']);
});

test('a destination gets many small files or a few large ones, in order, independently of other destinations', () => {
  const sized = (count: number, size: number, profileId = 'p', from = 0): Upload[] =>
    Array.from({ length: count }, (_, i) => ({ ...queued(`${profileId}${from + i}`, from + i, 0, profileId), size }));
  const highLimit = { ...input, limit: 64 };
  expect(schedule(sized(40, MiB), highLimit).start).toHaveLength(16);
  expect(schedule(sized(40, 100 * MiB), highLimit).start).toEqual(['p0', 'p1', 'p2', 'p3']);
  // Two large files use four slots each, and small files use the other eight.
  expect(schedule([...sized(2, 100 * MiB), ...sized(20, MiB, 'p', 2)], highLimit).start).toHaveLength(10);
  expect(
    schedule([...sized(20, MiB), ...sized(20, MiB, 'q')], {
      ...highLimit,
      capacity: (id) => (id === 'p' ? { slots: 1, uploads: 2 } : { slots: 5, uploads: 10 }),
    }).start,
  ).toEqual(['p0', 'q0', 'q1', 'q2', 'q3', 'q4']);
});

test('a verification takes no slot, but counts as an upload', () => {
  const verifying = (id: string): Upload => ({
    ...queued(id, 0),
    status: 'verifying',
    attempt: 1,
    ref: 'r',
    failures: 0,
  });
  const capacity = () => ({ slots: 2, uploads: 4 });
  const uploads = [...['v1', 'v2', 'v3'].map(verifying), queued('a', 1), queued('b', 2), queued('c', 3)];
  expect(schedule(uploads, { ...input, limit: 64, capacity, running: new Set(['v1']) }).start).toEqual([
    'v2',
    'v3',
    'a',
  ]);
  expect(schedule(uploads, { ...input, limit: 64, capacity, running: new Set(['v1', 'v2', 'v3']) }).start).toEqual([
    'a',
  ]);
  expect(schedule(uploads.slice(2), { ...input, limit: 64, capacity, running: new Set(['v3']) }).start).toEqual([
    'a',
    'b',
  ]);
});

test('schedule picks the same uploads as a full sort', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 60 }),
      fc.integer({ min: 0, max: 6 }),
      (times, limit) => {
        const uploads = times.map(([createdAt, position], i) => queued(`u${i}`, createdAt, position));
        const sorted = [...uploads]
          .sort((a, b) => a.createdAt - b.createdAt || a.position - b.position)
          .slice(0, limit)
          .map((u) => u.id);
        expect(schedule(uploads, { ...input, limit }).start).toEqual(sorted);
      },
    ),
  );
});
