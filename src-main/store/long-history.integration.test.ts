/**
 * Opening, searching and closing a store with a long history. The times are compared with those of a small store,
 * because computers differ.
 */
import { expect, test, vi } from 'vitest';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { isBackupDue } from './backup.ts';
import { filesIn } from './files.ts';
import { openTestStore } from './testing/open-test-store.ts';
import { done } from './testing/sample-uploads.ts';

vi.setConfig({ testTimeout: 300_000 });

const historyLength = 100_000;
const dayMs = 24 * 60 * 60_000;
const query = Array.from({ length: 12 }, (_, index) => `X-Amz-Part${index}=0123456789abcdef0123456789`).join('&');

async function fill(folder: string, count: number): Promise<void> {
  const store = await openTestStore(folder);
  for (let from = 0; from < count; from += 5000)
    store.uploads.insert(
      Array.from({ length: Math.min(5000, count - from) }, (_, index) => {
        const id = `upload-${from + index}`;
        return done(id, { name: `holiday picture ${from + index}.jpg` }, `https://files.example/${id}.jpg?${query}`);
      }),
    );
  store.close();
}

/** The shortest of several runs, because other programs can only make a run longer. */
async function shortest(runs: number, work: () => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

test(`with ${historyLength} uploads, opening and closing take at most three times as long as with one`, async () => {
  const [short, long] = [tempFolder(), tempFolder()];
  await fill(short, 1);
  await fill(long, historyLength);
  const openAndClose = (folder: string) => () =>
    openTestStore(folder).then((store) => {
      store.uploads.orphans();
      store.uploads.digests({ failed: 1000, newest: 200 });
      store.close();
    });
  const shortMs = await shortest(5, openAndClose(short));
  const longMs = await shortest(5, openAndClose(long));
  console.info(`open and close: ${shortMs.toFixed(0)} ms with one upload, ${longMs.toFixed(0)} ms with a long history`);
  expect(longMs / shortMs).toBeLessThan(3);

  const store = await openTestStore(long);
  expect(store.uploads.query({ text: 'picture 99999', limit: 10 }).uploads.map(({ id }) => id)).toEqual([
    'upload-99999',
  ]);
  expect(store.close()).toEqual({ backup: 'not-due' });
  const changed = await openTestStore(long);
  changed.profiles.save({ id: 'p', providerId: 's3', name: 'New', settings: {}, createdAt: 1 });
  expect(changed.close()).toEqual({ backup: 'made' });
  expect([isBackupDue(filesIn(long), Date.now()), isBackupDue(filesIn(long), Date.now() + dayMs + 1000)]).toEqual([
    false,
    true,
  ]);
});
