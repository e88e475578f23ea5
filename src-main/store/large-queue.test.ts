/** Reads of a large queue: in slices, and without a scan of all records. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminal, type Upload } from '../../src-shared/upload.ts';
import { loadSqlite } from './sqlite.ts';
import { openConnection } from './connection.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { openTestStore } from './testing/open-test-store.ts';
import { canceled, done, failed, paused, queued, uploading, verifying, waiting } from './testing/sample-uploads.ts';

const states: readonly ((id: string) => Upload)[] = [
  queued,
  uploading,
  waiting,
  paused,
  verifying,
  (id) => done(id),
  (id) => failed(id, undefined),
  (id) => canceled(id),
];

test('the totals are those of the records after any changes', async () => {
  const store = await openTestStore(tempFolder());
  let next = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(7), fc.nat(30)), { minLength: 1, maxLength: 30 }), (changes) => {
      for (const [kind, state, which] of changes) {
        const existing = store.uploads.newest(30)[which];
        if (kind === 0 || !existing) store.uploads.insert([states[state]!(`u${next++}`)]);
        else if (kind === 1) store.uploads.save(states[state]!(existing.id), 'normal');
        else store.uploads.remove(existing.id);
      }
      const all = store.uploads.newest(-1);
      expect(store.uploads.totals()).toEqual({
        done: all.filter(({ status }) => status === 'done').length,
        unfinished: all.filter((upload) => !isTerminal(upload)).length,
      });
    }),
    { numRuns: 30 },
  );
});

test('the unfinished uploads of other processes are read in slices', async () => {
  const folder = tempFolder();
  const store = await openTestStore(folder);
  const other = await openTestStore(folder, { owner: { pid: process.pid, startTime: 'unknown to this computer' } });
  other.uploads.insert(Array.from({ length: 25 }, (_, i) => queued(`other${i}`)));
  store.uploads.insert([queued('own'), done('own done')]);
  other.uploads.insert([paused('released'), done('other done')]);
  other.uploads.release('released');
  const slices = [...store.uploads.unfinishedElsewhere(10)].map((slice) => slice.map(({ id }) => id));
  expect(slices).toEqual([
    ['released'],
    Array.from({ length: 10 }, (_, i) => `other${i}`),
    Array.from({ length: 10 }, (_, i) => `other${10 + i}`),
    Array.from({ length: 5 }, (_, i) => `other${20 + i}`),
  ]);
});

test('a process that ends releases its uploads without changing each of them', async () => {
  const folder = tempFolder();
  const store = await openTestStore(folder);
  store.uploads.insert(Array.from({ length: 20 }, (_, i) => queued(`u${i}`)));
  store.uploads.releaseAll();
  const database = openConnection(await loadSqlite(), join(folder, 'hoist.db'));
  const owned = database.get('SELECT count(*) AS n FROM uploads WHERE owner IS NOT NULL')?.['n'];
  database.close();
  expect(owned).toBe(20);
  const next = await store.reopen();
  expect(next.uploads.orphans()).toHaveLength(20);
  expect(next.uploads.isUnowned('u3')).toBe(true);
  expect(next.uploads.claim('u3')).toBe(true);
  expect(next.uploads.save(queued('u3'), 'normal')).toBe(true);
  expect(next.uploads.orphans()).toHaveLength(19);
});

test('uploads without an owner are read in slices of the given statuses', async () => {
  const store = await openTestStore(tempFolder());
  store.uploads.insert([...Array.from({ length: 5 }, (_, i) => queued(`q${i}`)), paused('p'), waiting('w'), done('d')]);
  store.uploads.releaseAll();
  const next = await store.reopen();
  const read = (...statuses: Upload['status'][]) =>
    [...next.uploads.orphansInSlices(3, statuses)].map((slice) => slice.map(({ id }) => id));
  expect(read('waiting', 'queued')).toEqual([['w'], ['q0', 'q1', 'q2'], ['q3', 'q4']]);
  expect(read('paused')).toEqual([['p']]);
  expect(read('uploading')).toEqual([]);
});
