/** Two Hoists on the same records, as a window and a command line are, with Practice as their destination. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { practiceId } from '../src-shared/profile.ts';
import type { Upload, UploadId } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { createNetworkMonitor } from './platform/network-monitor.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import { openStore } from './store/open.ts';

class Hoist {
  /** The newest state of each upload that this one was told of. */
  readonly latest = new Map<UploadId, Upload>();
  readonly core: Core;

  private constructor(core: Core) {
    this.core = core;
  }

  static async open(folder: string): Promise<Hoist> {
    const store = await openStore({
      folder,
      owner: { pid: process.pid, startTime: processStart(process.pid) },
      now: Date.now,
    });
    const latest = new Map<UploadId, Upload>();
    const hoist = new Hoist(
      new Core({
        folder,
        store,
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
          changed: (upload) => {
            latest.set(upload.id, upload);
          },
          removed: (id) => {
            latest.delete(id);
          },
          batchSettled: () => undefined,
          abandonedExpired: () => undefined,
        },
      }),
    );
    Object.assign(hoist, { latest });
    hoist.core.start();
    return hoist;
  }

  async send(name: string, content: string | Uint8Array = name): Promise<Upload> {
    const file = join(folder, name);
    writeFileSync(file, content);
    return this.core.enqueue([await acceptFile(file)], this.core.profiles.chain(practiceId))[0]!;
  }

  /** Waits until an upload is done as this one sees it. */
  async done(id: UploadId): Promise<string> {
    await expect.poll(() => this.latest.get(id)?.status, { timeout: 10_000 }).toBe('done');
    return (this.latest.get(id) as Extract<Upload, { status: 'done' }>).link.url;
  }
}

let folder: string;
let hoists: Hoist[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hoist-two-'));
  hoists = [await Hoist.open(folder), await Hoist.open(folder)];
});
afterEach(async () => {
  await Promise.all(hoists.map((h) => h.core.close()));
  rmSync(folder, { recursive: true, force: true });
});

test('each shows the other’s uploads within a second, as one that it can only watch', async () => {
  const [a, b] = hoists as [Hoist, Hoist];
  const { id } = await a.send('large.bin', Buffer.alloc(64 * 1024 * 1024, 7));
  await expect.poll(() => b.latest.get(id)?.status, { timeout: 10_000, interval: 20 }).toBeDefined();
  const seen = b.core.snapshot(0).uploads.find((u) => u.id === id);
  expect(seen).toMatchObject({ name: 'large.bin', destination: 'Practice' });
  if (seen?.status !== 'done') expect(seen).toMatchObject({ elsewhere: true });
  expect(a.core.snapshot(0).uploads.find((u) => u.id === id)).not.toHaveProperty('elsewhere');
  b.core.engine.cancel(id);
  expect(await a.done(id)).toBe(await b.done(id));
  expect(b.core.snapshot(0).uploads.find((u) => u.id === id)).not.toHaveProperty('elsewhere');
  b.core.engine.remove(id);
  await expect.poll(() => a.latest.has(id), { timeout: 10_000 }).toBe(false);
});

test('both use one Practice, and when the one that runs it ends, the other takes over and old links answer', async () => {
  const [a, b] = hoists as [Hoist, Hoist];
  const first = await a.done((await a.send('a.txt')).id);
  const second = await b.done((await b.send('b.txt')).id);
  expect(new URL(first).origin).toBe(new URL(second).origin);
  for (const one of [a, b]) one.core.keepPracticeRunning('needed');
  expect(await b.core.practice().ensure()).toMatchObject({ isHost: false });
  await a.core.close();
  hoists = [b];
  await expect
    .poll(
      () =>
        fetch(first).then(
          (answer) => answer.text(),
          () => 'nobody answers',
        ),
      { timeout: 20_000 },
    )
    .toBe('a.txt');
  const reopened = await Hoist.open(folder);
  hoists.push(reopened);
  expect(new URL(await reopened.done((await reopened.send('c.txt')).id)).origin).toBe(new URL(first).origin);
});

test('emptying takes the files and their entries away, for both', async () => {
  const [a, b] = hoists as [Hoist, Hoist];
  const { id } = await a.send('a.txt');
  const link = await b.done(id);
  expect(await b.core.practiceUsage()).toMatchObject({ objects: 1, bytes: 5 });
  await b.core.emptyPractice();
  expect((await fetch(link)).status).toBe(404);
  expect(await a.core.practiceUsage()).toMatchObject({ objects: 0, bytes: 0 });
  expect(b.latest.has(id)).toBe(false);
  await expect.poll(() => a.latest.has(id), { timeout: 10_000 }).toBe(false);
});
