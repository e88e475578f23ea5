/** A window that runs goes on with what a killed Hoist has left, and with nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { practiceId } from '../src-shared/profile.ts';
import type { Checkpoint, Upload, UploadId } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { createNetworkMonitor } from './platform/network-monitor.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import { openStore, type Store } from './store/open.ts';

let folder: string;
let window: Core;
let killed: Store;
const onOrphansAdopted = vi.fn<(uploads: Upload[]) => void>();

beforeEach(async () => {
  onOrphansAdopted.mockReset();
  folder = mkdtempSync(join(tmpdir(), 'hoist-left-'));
  const now = Date.now;
  window = new Core({
    folder,
    store: await openStore({ folder, owner: { pid: process.pid, startTime: processStart(process.pid) }, now }),
    onOrphansAdopted,
    log: openLog({ folder: join(folder, 'logs'), home: '/home/nobody' }),
    network: createNetworkMonitor({ online: () => true }),
    env: {},
    builtIns: ['practice'],
    profilesChanged: () => undefined,
    secretBox: {
      available: async () => false,
      backend: () => 'none',
      encrypt: () => Promise.reject(new Error('none')),
      decrypt: () => Promise.reject(new Error('none')),
    },
    events: {
      changed: () => undefined,
      removed: () => undefined,
      batchSettled: () => undefined,
      abandonedExpired: () => undefined,
    },
  });
  // The id of a process that has ended is as good as that of one that was killed.
  killed = await openStore({
    folder,
    owner: { pid: spawnSync(process.execPath, ['--version']).pid, startTime: 'long ago' },
    now,
  });
});
afterEach(async () => {
  killed.close();
  await window.close();
  rmSync(folder, { recursive: true, force: true });
});

async function insertOrphan(
  over: Partial<Pick<Upload, 'id' | 'status' | 'chain'>> & { id: UploadId; checkpoint?: Checkpoint },
): Promise<void> {
  const file = join(folder, over.id);
  writeFileSync(file, over.id);
  killed.uploads.insert([
    {
      v: 1,
      batchId: over.id,
      position: 0,
      ...(await acceptFile(file)),
      chain: window.profiles.chain(practiceId),
      step: 0,
      attempts: [],
      createdAt: Date.now(),
      status: 'queued',
      failures: 0,
      ...over,
    } as Upload,
  ]);
}

const statusOf = (id: UploadId) => window.store.uploads.get(id)?.status;

test('what a killed one leaves while the window runs is gone on with, and told as not its own', async () => {
  window.start();
  window.adoptOrphans();
  await insertOrphan({ id: 'left.txt' });
  await expect.poll(() => statusOf('left.txt'), { timeout: 10_000 }).toBe('done');
  expect(onOrphansAdopted.mock.calls.map(([uploads]) => uploads.map(({ id }) => id))).toEqual([['left.txt']]);
});

test('what its user has paused stays paused and free, and what needs the keys of a shell is left for that shell', async () => {
  window.start();
  window.adoptOrphans();
  await insertOrphan({ id: 'paused.txt', status: 'paused' });
  await insertOrphan({ id: 'of-the-shell.txt', chain: [{ profileId: 'environment', visibility: 'expiring' }] });
  await insertOrphan({ id: 'left.txt' });
  await expect.poll(() => statusOf('left.txt'), { timeout: 10_000 }).toBe('done');
  expect([statusOf('paused.txt'), statusOf('of-the-shell.txt')]).toEqual(['paused', 'queued']);
  expect(window.store.uploads.orphans().map(({ id }) => id)).toEqual(['paused.txt', 'of-the-shell.txt']);
  // Whoever presses a button of its row takes it.
  expect(window.unfinished().map(({ name, elsewhere }) => [name, elsewhere])).toContainEqual(['paused.txt', undefined]);
  window.claim(['paused.txt']);
  window.engine.resume('paused.txt');
  await expect.poll(() => statusOf('paused.txt'), { timeout: 10_000 }).toBe('done');
});

test('a window that starts leaves alone what a shell paused or sends with its own keys', async () => {
  await insertOrphan({ id: 'paused.txt', status: 'paused' });
  await insertOrphan({ id: 'of-the-shell.txt', chain: [{ profileId: 'environment', visibility: 'expiring' }] });
  await insertOrphan({ id: 'left.txt' });
  window.start();
  window.adoptOrphans();
  await expect.poll(() => statusOf('left.txt'), { timeout: 10_000 }).toBe('done');
  expect([statusOf('paused.txt'), statusOf('of-the-shell.txt')]).toEqual(['paused', 'queued']);
  expect(window.store.uploads.orphans().map(({ id }) => id)).toEqual(['paused.txt', 'of-the-shell.txt']);
});

test('what is paused and nobody’s counts among what the stores keep, and goes with its destination', async () => {
  const { id: profileId } = await window.profiles.save({
    providerId: 's3',
    name: 'Gone',
    keep: 'session',
    settings: { bucket: 'bucket', endpoint: 'http://127.0.0.1:9', accessKeyId: 'AKIDEXAMPLE', linkKind: 'expiring' },
    secrets: { secretAccessKey: 'not-a-secret' },
  });
  window.start();
  window.adoptOrphans();
  const checkpoint = { v: 1, bucket: 'b', key: 'k', uploadId: 'u', partBytes: 5 };
  await insertOrphan({
    id: 'paused.txt',
    status: 'paused',
    chain: [{ profileId, visibility: 'expiring' }],
    checkpoint,
  });
  expect(window.engine.leftovers().uploads).toBe(1);
  expect(window.profiles.removal(profileId)).toMatchObject({ unfinished: 1 });
  await window.profiles.remove(profileId);
  expect(statusOf('paused.txt')).toBe('canceled');
  expect(window.store.uploads.get('paused.txt')).not.toHaveProperty('checkpoint');
});

test('what this process changed itself is no news of another one', async () => {
  window.start();
  const { id } = await window.profiles.save({
    providerId: 's3',
    name: 'Mine',
    keep: 'session',
    settings: { bucket: 'bucket', endpoint: 'http://127.0.0.1:9', accessKeyId: 'AKIDEXAMPLE', linkKind: 'expiring' },
    secrets: { secretAccessKey: 'not-a-secret' },
  });
  window.profiles.status.recordOutcome(id, Date.now() + 1000, { code: 'unauthorized' });
  const stateOf = () => window.profiles.view().profiles.find((one) => one.id === id)?.status.state;
  expect(stateOf()).toBe('needs-sign-in');
  const seen = vi.spyOn(window.engine, 'onProfileChanged');
  await insertOrphan({ id: 'left.txt', status: 'paused' });
  killed.profiles.save({ id: 'other', providerId: 's3', name: 'Other', settings: {}, createdAt: 0 });
  await expect.poll(() => seen.mock.calls.map(([which]) => which), { timeout: 10_000 }).toEqual(['other']);
  expect(stateOf()).toBe('needs-sign-in');
});
