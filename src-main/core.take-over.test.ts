/** A window that runs goes on with what a killed Hoist has left, and with nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { practiceId } from '../src-shared/profile.ts';
import type { Upload, UploadId } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { network } from './platform/network.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import { openStore, type Store } from './store/open.ts';

let folder: string;
let window: Core;
let killed: Store;
const tookOver = vi.fn<(uploads: Upload[]) => void>();

beforeEach(async () => {
  tookOver.mockReset();
  folder = mkdtempSync(join(tmpdir(), 'hoist-left-'));
  const now = Date.now;
  window = new Core({
    folder, store: await openStore({ folder, owner: { pid: process.pid, startTime: processStart(process.pid) }, now }), tookOver,
    log: openLog({ folder: join(folder, 'logs'), home: '/home/nobody' }), network: network({ online: () => true }), env: {}, builtIns: ['practice'], profilesChanged: () => undefined,
    secretBox: { available: async () => false, backend: () => 'none', encrypt: () => Promise.reject(new Error('none')), decrypt: () => Promise.reject(new Error('none')) },
    events: { changed: () => undefined, removed: () => undefined, settled: () => undefined, forgotten: () => undefined },
  });
  // The id of a process that has ended is as good as that of one that was killed.
  killed = await openStore({ folder, owner: { pid: spawnSync(process.execPath, ['--version']).pid, startTime: 'long ago' }, now });
});
afterEach(async () => {
  killed.close();
  await window.close();
  rmSync(folder, { recursive: true, force: true });
});

async function leave(over: Partial<Pick<Upload, 'id' | 'status' | 'chain'>> & { id: UploadId }): Promise<void> {
  const file = join(folder, over.id);
  writeFileSync(file, over.id);
  killed.uploads.insert([{
    v: 1, batchId: over.id, position: 0, ...await acceptFile(file), chain: window.profiles.chain(practiceId), step: 0, attempts: [], createdAt: Date.now(), status: 'queued', failures: 0, ...over,
  } as Upload]);
}

const statusOf = (id: UploadId) => window.store.uploads.get(id)?.status;

test('what a killed one leaves while the window runs is gone on with, and told as not its own', async () => {
  window.start();
  window.takeOver();
  await leave({ id: 'left.txt' });
  await expect.poll(() => statusOf('left.txt'), { timeout: 10_000 }).toBe('done');
  expect(tookOver.mock.calls.map(([uploads]) => uploads.map(({ id }) => id))).toEqual([['left.txt']]);
});

test('what its user has paused stays paused and free, and what needs the keys of a shell is left for that shell', async () => {
  window.start();
  window.takeOver();
  await leave({ id: 'paused.txt', status: 'paused' });
  await leave({ id: 'of-the-shell.txt', chain: [{ profileId: 'environment', visibility: 'expiring' }] });
  await leave({ id: 'left.txt' });
  await expect.poll(() => statusOf('left.txt'), { timeout: 10_000 }).toBe('done');
  expect([statusOf('paused.txt'), statusOf('of-the-shell.txt')]).toEqual(['paused', 'queued']);
  expect(window.store.uploads.unowned().map(({ id }) => id)).toEqual(['paused.txt', 'of-the-shell.txt']);
  // Whoever presses a button of its row takes it.
  expect(window.unfinished().map(({ name, elsewhere }) => [name, elsewhere])).toContainEqual(['paused.txt', undefined]);
  window.take(['paused.txt']);
  window.engine.resume('paused.txt');
  await expect.poll(() => statusOf('paused.txt'), { timeout: 10_000 }).toBe('done');
});
