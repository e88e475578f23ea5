import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Changes, Snapshot } from '../../src-shared/ipc/contract.ts';
import type { Result } from '../../src-shared/errors.ts';
import type { Status, UploadView } from '../../src-shared/upload.ts';
import { emptyMirror, withChanges, withPage, withSnapshot, type Mirror } from './mirror.ts';
import { isActive, folderFraction } from './folders.ts';
import { createUploadsStore, followUploads, loadOlder } from './uploads.ts';

const view = (id: string, status: Status, overrides: Partial<UploadView> = {}): UploadView => ({
  id,
  batchId: 'b',
  position: 0,
  name: `${id}.bin`,
  size: 100,
  contentType: 'application/octet-stream',
  status,
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 1,
  ...overrides,
});
const snapshot = (
  revision: number,
  uploads: UploadView[],
  totals = { done: 0, unfinished: uploads.length },
): Snapshot => ({ revision, uploads, totals });
const changes = (revision: number, changed: UploadView[], removed: string[] = []): Changes => ({
  revision,
  changed,
  removed,
  totals: { done: 0, unfinished: 0 },
});
/** The mirror after the change. */
const applied = (mirror: Mirror, change: Changes): Mirror => {
  const next = withChanges(mirror, change);
  if (next === 'gap') throw new Error('gap');
  return next;
};

test('unfinished and failed uploads are active, all others are history', () => {
  const mirror = withSnapshot(
    emptyMirror,
    snapshot(3, [
      view('old', 'done', { endedAt: 10 }),
      view('new', 'done', { endedAt: 20 }),
      view('stopped', 'canceled', { endedAt: 15 }),
      view('second', 'queued', { createdAt: 5, position: 1 }),
      view('first', 'uploading', { createdAt: 5 }),
      view('bad', 'failed', { createdAt: 9 }),
    ]),
  );
  expect(mirror.now).toEqual(['bad', 'first', 'second']);
  expect(mirror.history).toEqual(['new', 'stopped', 'old']);
});

test('a progress change keeps the list objects; a status change replaces them', () => {
  const before = withSnapshot(emptyMirror, snapshot(1, [view('a', 'uploading', { sent: 1 })]));
  const moved = applied(before, changes(2, [view('a', 'uploading', { sent: 50 })]));
  expect(moved.now).toBe(before.now);
  expect(applied(moved, changes(3, [view('a', 'done', { endedAt: 9 })])).now).toEqual([]);
});

test('a progress bar never moves backwards during an attempt, is not full before the end, and shows only stored bytes while it waits', () => {
  let mirror = withSnapshot(emptyMirror, snapshot(1, [view('a', 'uploading', { sent: 60 })]));
  mirror = applied(mirror, changes(2, [view('a', 'uploading', { sent: 20 })]));
  expect(mirror.progress.get('a')).toBe(0.6);
  mirror = applied(mirror, changes(3, [view('a', 'waiting', { waitingUntil: 'online', resumable: true, sent: 40 })]));
  expect(mirror.progress.get('a')).toBe(0.4);
  mirror = applied(mirror, changes(4, [view('a', 'uploading', { sent: 100 })]));
  expect(mirror.progress.get('a')).toBe(0.99);
  mirror = withSnapshot(mirror, snapshot(9, [view('a', 'uploading', { sent: 0 })]));
  expect(mirror.progress.get('a'), 'a new snapshot does not reset the bar').toBe(0.99);
  mirror = applied(mirror, changes(10, [view('a', 'failed')]));
  mirror = applied(mirror, changes(11, [view('a', 'queued')]));
  expect(mirror.progress.get('a')).toBe(0);
});

test('a paused progress bar shows the stored bytes, as its words do; a restarted one begins at zero', () => {
  const progressAfter = (before: UploadView, after: UploadView): unknown =>
    applied(withSnapshot(emptyMirror, snapshot(1, [before])), changes(2, [after])).progress.get('a');
  const running = view('a', 'uploading', { sent: 60 });
  expect(progressAfter(running, view('a', 'paused', { resumable: true, sent: 40 }))).toBe(0.4);
  expect(progressAfter(running, view('a', 'paused'))).toBe(0);
  expect(
    progressAfter(
      view('a', 'uploading', { sent: 60, startedAt: 1 }),
      view('a', 'uploading', { sent: 40, startedAt: 2 }),
    ),
    'the next attempt starts with the stored bytes',
  ).toBe(0.4);
  expect(
    progressAfter(running, view('a', 'paused', { resumable: true })),
    'the number of stored bytes is unknown',
  ).toBe(0.6);
  expect(progressAfter(running, view('a', 'uploading', { sent: 0, restarted: 'file-changed' }))).toBe(0);
  expect(
    progressAfter(
      view('a', 'uploading', { sent: 60, restarted: 'file-changed' }),
      view('a', 'uploading', { sent: 20, restarted: 'file-changed' }),
    ),
  ).toBe(0.6);
  expect(
    progressAfter(running, view('a', 'uploading', { sent: 5, profileId: 'other' })),
    'another destination has no uploaded parts',
  ).toBe(0.05);
  expect(
    progressAfter(
      view('a', 'failed', { resumable: true, sent: 60 }),
      view('a', 'queued', { resumable: true, sent: 60 }),
    ),
    'a retry resumes with the stored parts',
  ).toBe(0.6);
});

test('the lists do not depend on the order in which records arrive', () => {
  const statuses: Status[] = ['queued', 'uploading', 'failed', 'done', 'canceled'];
  const seed = Number(process.env.HOIST_SEED ?? Date.now() % 1e9);
  // A linear congruential generator with common constants: the same seed repeats the same numbers.
  let lastRandom = seed;
  const random = (below: number): number => {
    lastRandom = (lastRandom * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((lastRandom / 2 ** 31) * below);
  };
  let mirror = withSnapshot(emptyMirror, snapshot(0, []));
  for (let revision = 1; revision <= 300; revision++) {
    const record = (): UploadView => {
      const id = String(random(30));
      const status = statuses[random(5)] ?? 'queued';
      const folder = Number(id) % 3 === 0 ? { folder: { id: `f${Number(id) % 2}`, name: 'F', relativePath: id } } : {};
      return view(id, status, {
        position: Number(id),
        createdAt: Number(id) % 4,
        sent: random(101),
        ...(status === 'uploading' ? {} : { endedAt: random(9) }),
        ...folder,
      });
    };
    const changed = new Map(Array.from({ length: random(6) }, record).map((upload) => [upload.id, upload]));
    mirror = applied(
      mirror,
      changes(
        revision,
        [...changed.values()],
        [...mirror.byId.keys()].filter((id) => !changed.has(id) && random(20) === 0),
      ),
    );
    const fresh = withSnapshot(mirror, snapshot(revision, [...mirror.byId.values()]));
    expect({ now: mirror.now, history: mirror.history }, `HOIST_SEED=${seed}, revision ${revision}`).toEqual({
      now: fresh.now,
      history: fresh.history,
    });
    const sums = (from: Mirror) =>
      Object.fromEntries([...from.folders].map(([key, { ids, counts, bytes }]) => [key, { ids, counts, bytes }]));
    expect(sums(mirror), `HOIST_SEED=${seed}, revision ${revision}`).toEqual(sums(fresh));
  }
});

test('a folder counts its files as they change', () => {
  const file = (id: string, status: Status, overrides: Partial<UploadView> = {}): UploadView =>
    view(id, status, {
      position: Number(id),
      folder: { id: 'f', name: 'Pictures', relativePath: `${id}.png` },
      ...overrides,
    });
  let mirror = withSnapshot(
    emptyMirror,
    snapshot(1, [file('2', 'queued'), file('1', 'uploading', { sent: 20 }), file('3', 'queued')]),
  );
  const folder = () => {
    const found = mirror.folders.get('b/f');
    if (!found) throw new Error('no folder');
    return found;
  };
  expect(folder()).toMatchObject({ name: 'Pictures', ids: ['1', '2', '3'], bytes: 300, sent: 20 });
  expect(folderFraction(folder())).toBeCloseTo(20 / 300);
  mirror = applied(
    mirror,
    changes(2, [file('1', 'done', { endedAt: 5, verification: 'verified' }), file('2', 'failed', { endedAt: 6 })]),
  );
  expect(folder()).toMatchObject({
    counts: { done: 1, failed: 1, queued: 1 },
    bytes: 200,
    sent: 100,
    reach: { verified: 1 },
  });
  mirror = applied(mirror, changes(3, [file('3', 'canceled', { endedAt: 7 })]));
  expect([isActive(folder()), folderFraction(folder())], 'a failed file needs the user').toEqual([true, 1]);
  mirror = applied(mirror, changes(4, [], ['2']));
  expect(isActive(folder())).toBe(false);
  mirror = applied(mirror, changes(5, [], ['1', '3']));
  expect(mirror.folders.size).toBe(0);
});

test('the progress of a command-line pipe is indeterminate until it ends; that of a fully sent file is not', () => {
  const read = (id: string, sent: number, size: number): UploadView =>
    view(id, 'uploading', { elsewhere: true, sent, size });
  let mirror = withSnapshot(emptyMirror, snapshot(1, [read('pipe', 70, 70), read('file', 40, 100)]));
  expect([mirror.progress.get('pipe'), mirror.progress.get('file')]).toEqual(['indeterminate', 0.4]);
  mirror = applied(mirror, changes(2, [read('pipe', 90, 90), read('file', 100, 100)]));
  expect([mirror.progress.get('pipe'), mirror.progress.get('file')]).toEqual(['indeterminate', 0.99]);
  mirror = applied(mirror, changes(3, [read('pipe', 90, 90)]));
  expect(mirror.progress.get('pipe')).toBe('indeterminate');
  mirror = applied(mirror, changes(4, [view('pipe', 'verifying', { elsewhere: true, size: 90 })]));
  expect(mirror.progress.get('pipe')).toBe(0.99);
});

test('a pipe that starts empty is indeterminate from its first byte; an upload of this window never is', () => {
  let mirror = withSnapshot(
    emptyMirror,
    snapshot(1, [view('pipe', 'queued', { elsewhere: true, size: 0 }), view('own', 'uploading', { sent: 100 })]),
  );
  mirror = applied(mirror, changes(2, [view('pipe', 'uploading', { elsewhere: true, size: 0, sent: 0 })]));
  expect(mirror.progress.get('pipe')).toBe('indeterminate');
  mirror = applied(mirror, changes(3, [view('pipe', 'uploading', { elsewhere: true, size: 8, sent: 8 })]));
  expect([mirror.progress.get('pipe'), mirror.progress.get('own')]).toEqual(['indeterminate', 0.99]);
});

test('changes that were already applied have no effect, and missing changes are reported as a gap', () => {
  const mirror = withSnapshot(emptyMirror, snapshot(5, []));
  expect(withChanges(mirror, changes(5, [view('a', 'queued')]))).toBe(mirror);
  expect(withChanges(mirror, changes(7, [view('a', 'queued')]))).toBe('gap');
});

test('a history page neither overwrites newer records nor restores removed ones', () => {
  let mirror = withSnapshot(
    emptyMirror,
    snapshot(1, [view('a', 'done', { endedAt: 5 }), view('gone', 'done', { endedAt: 4 })], { done: 4, unfinished: 0 }),
  );
  mirror = applied(mirror, changes(2, [], ['gone']));
  mirror = withPage(mirror, {
    uploads: [view('a', 'uploading'), view('gone', 'done', { endedAt: 4 }), view('old', 'done', { endedAt: 2 })],
    next: 'x',
  });
  expect(mirror.history).toEqual(['a', 'old']);
  expect(mirror.paging).toEqual({ next: 'x', complete: false });
  expect(withPage(mirror, { uploads: [] }).paging.complete).toBe(true);
});

/** Main's side of the uploads. `answer`: answers all pending requests for a snapshot. */
interface FakeBridge {
  bridge: Parameters<typeof followUploads>[1] & Parameters<typeof loadOlder>[1];
  emit(change: Changes): void;
  answer(value: Result<Snapshot>): void;
  requestCount(): number;
}
function createFakeBridge(): FakeBridge {
  let listener: (change: Changes) => void = () => {
    throw new Error('no listener is registered');
  };
  let pending: ((value: Result<Snapshot>) => void)[] = [];
  let requests = 0;
  const bridge = {
    uploads: {
      changed: (next: typeof listener) => {
        listener = next;
        return () => undefined;
      },
      snapshot: () => {
        requests += 1;
        return new Promise<Result<Snapshot>>((resolve) => {
          pending.push(resolve);
        });
      },
    },
    history: {
      query: ({ before }: { before?: string }) =>
        Promise.resolve({
          ok: true,
          value:
            before === undefined ? { uploads: [view('p1', 'done')], next: 'two' } : { uploads: [view('p2', 'done')] },
        }),
    },
  } as unknown as FakeBridge['bridge'];
  return {
    bridge,
    emit: (change) => listener(change),
    answer: (value) => {
      const waiting = pending;
      pending = [];
      waiting.forEach((resolve) => resolve(value));
    },
    requestCount: () => requests,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('changes that arrive before the snapshot are applied after it', async () => {
  const store = createUploadsStore();
  const fake = createFakeBridge();
  followUploads(store, fake.bridge);
  fake.emit(changes(1, [view('a', 'queued')]));
  fake.emit(changes(2, [view('b', 'queued')]));
  expect(store.getState().ready).toBe(false);
  fake.answer({ ok: true, value: snapshot(1, [view('a', 'queued')]) });
  await vi.runAllTimersAsync();
  expect(store.getState().revision).toBe(2);
  expect([...store.getState().byId.keys()]).toEqual(['a', 'b']);
});

test('a gap in the revisions causes one request for a new snapshot', async () => {
  const store = createUploadsStore();
  const fake = createFakeBridge();
  followUploads(store, fake.bridge);
  fake.answer({ ok: true, value: snapshot(1, []) });
  await vi.runAllTimersAsync();
  fake.emit(changes(3, [view('c', 'queued')]));
  fake.emit(changes(4, [view('d', 'queued')]));
  expect(fake.requestCount()).toBe(2);
  fake.answer({ ok: true, value: snapshot(3, [view('c', 'queued')]) });
  await vi.runAllTimersAsync();
  expect(store.getState().revision).toBe(4);
  expect(fake.requestCount()).toBe(2);
});

test('a failed snapshot is requested again', async () => {
  const store = createUploadsStore();
  const fake = createFakeBridge();
  followUploads(store, fake.bridge);
  fake.answer({ ok: false, error: { code: 'bug' } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(fake.requestCount()).toBe(2);
});

test('older entries load page by page to the end', async () => {
  const store = createUploadsStore();
  const fake = createFakeBridge();
  store.setState(withSnapshot(emptyMirror, snapshot(1, [], { done: 2, unfinished: 0 })));
  await loadOlder(store, fake.bridge);
  await loadOlder(store, fake.bridge);
  await loadOlder(store, fake.bridge);
  expect(store.getState().history).toEqual(['p1', 'p2']);
  expect(store.getState().paging.complete).toBe(true);
});
