/** Several destinations, each a store of its own: falling back, being mended, taking back what was published. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProfileView } from '../src-shared/profile.ts';
import type { Upload, UploadId } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { createNetworkMonitor } from './platform/network-monitor.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import { TestPractice } from './practice/testing/test-practice.ts';
import { FaultProxy } from './providers/testing/fault-proxy.ts';
import { openStore } from './store/open.ts';

let folder: string;
let core: Core;
let stores: TestPractice[];
let proxies: FaultProxy[];
const latest = new Map<UploadId, Upload>();

beforeEach(async () => {
  latest.clear();
  folder = mkdtempSync(join(tmpdir(), 'hoist-fallback-'));
  stores = [await TestPractice.start(), await TestPractice.start()];
  proxies = await Promise.all(stores.map((store) => FaultProxy.start(store.address.endpoint)));
  const store = await openStore({
    folder,
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  core = new Core({
    folder,
    store,
    log: openLog({ folder: join(folder, 'logs'), home: '/home/nobody' }),
    network: createNetworkMonitor({ online: () => true }),
    env: {},
    builtIns: [],
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
  });
  core.start();
});
afterEach(async () => {
  await core.close();
  for (const proxy of proxies) await proxy.stop();
  for (const store of stores) await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

function draft(which: 0 | 1, over: Record<string, string> = {}, id?: string) {
  const { bucket, accessKeyId, secretAccessKey, region } = stores[which]!.address;
  const { secret = secretAccessKey, ...settings } = over;
  return {
    ...(id === undefined ? {} : { id }),
    providerId: 's3' as const,
    name: `Store ${which}`,
    secrets: { secretAccessKey: secret },
    settings: {
      endpoint: proxies[which]!.url,
      bucket,
      region,
      pathStyle: 'true',
      accessKeyId,
      linkKind: 'expiring',
      ...settings,
    },
  };
}
async function send(profile: ProfileView, name = 'a.txt'): Promise<UploadId> {
  writeFileSync(join(folder, name), name);
  return core.enqueue([await acceptFile(join(folder, name))], core.profiles.chain(profile.id))[0]!.id;
}
const becomes = (id: UploadId, expected: object) =>
  expect.poll(() => latest.get(id), { timeout: 15_000 }).toMatchObject(expected);
const viewOf = (id: UploadId) => core.view(latest.get(id)!);

test('a destination that refuses its key: the next one takes the file, and the row keeps the reason', async () => {
  const first = await core.profiles.save(draft(0, { secret: 'wrong'.repeat(8) }));
  const second = await core.profiles.save(draft(1));
  core.profiles.setFallback({ on: true, order: [second.id] });
  const id = await send(first);
  await becomes(id, { status: 'done' });
  expect(viewOf(id)).toMatchObject({
    destination: 'Store 1',
    attempts: [{ destination: 'Store 0', error: { code: 'unauthorized' } }],
  });
  expect([await stores[0]!.itemCounts(), await stores[1]!.itemCounts()]).toEqual([
    { objects: 0, uploads: 0 },
    { objects: 1, uploads: 0 },
  ]);
});

test('with the switch off it stays where it was sent', async () => {
  const first = await core.profiles.save(draft(0, { secret: 'wrong'.repeat(8) }));
  const second = await core.profiles.save(draft(1));
  core.profiles.setFallback({ on: false, order: [second.id] });
  const id = await send(first);
  await becomes(id, { status: 'failed', error: { code: 'unauthorized' } });
  expect(proxies[1]!.requests).toEqual([]);
});

test('never goes on where more people could open the link without being asked, and does when that was said', async () => {
  const first = await core.profiles.save(draft(0, { secret: 'wrong'.repeat(8) }));
  const second = await core.profiles.save(
    draft(1, { linkKind: 'public', publicBaseUrl: `${proxies[1]!.url}/practice` }),
  );
  core.profiles.setFallback({ on: true, order: [second.id] });
  const id = await send(first);
  await becomes(id, { status: 'failed', withheld: { profileId: second.id, reason: 'more-people' } });
  expect(viewOf(id).withheld).toMatchObject({ destination: 'Store 1', reason: 'more-people' });
  expect(proxies[1]!.requests).toEqual([]);
  await core.engine.sendAnyway(id);
  await becomes(id, { status: 'done', link: { visibility: 'public' } });
  expect((await stores[1]!.itemCounts()).objects).toBe(1);
});

test('a refused key holds up the files behind it without asking again for each, and when it is mended they go', async () => {
  const profile = await core.profiles.save(draft(0, { secret: 'wrong'.repeat(8) }));
  const names = Array.from({ length: 30 }, (_, i) => `${i}.txt`);
  for (const name of names) writeFileSync(join(folder, name), name);
  const files = await Promise.all(names.map((name) => acceptFile(join(folder, name))));
  const ids = core.enqueue(files, core.profiles.chain(profile.id)).map(({ id }) => id);
  await expect
    .poll(() => ids.filter((id) => latest.get(id)?.status === 'waiting').length, { timeout: 10_000 })
    .toBeGreaterThan(20);
  expect(proxies[0]!.requests.length).toBeLessThan(12);
  await expect
    .poll(() => ids.filter((id) => !['waiting', 'failed'].includes(latest.get(id)?.status ?? '')))
    .toEqual([]);
  await core.profiles.save(draft(0, {}, profile.id));
  await expect.poll(() => ids.filter((id) => latest.get(id)?.status === 'done').length, { timeout: 15_000 }).toBe(30);
});

test('what was published is taken back: the object is gone, the link dead, the entry away', async () => {
  const profile = await core.profiles.save(draft(0));
  const id = await send(profile);
  await becomes(id, { status: 'done' });
  const { url } = viewOf(id).link!;
  expect((await fetch(url)).status).toBe(200);
  await core.engine.unpublish(id);
  expect((await fetch(url)).status).toBe(404);
  expect(latest.has(id)).toBe(false);
  expect(core.store.uploads.get(id)).toBeUndefined();
});

test('a store that does not answer keeps its entry when it is to be taken back', async () => {
  const profile = await core.profiles.save(draft(0));
  const id = await send(profile);
  await becomes(id, { status: 'done' });
  proxies[0]!.setRule(() => ({ kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }));
  await expect(core.engine.unpublish(id)).rejects.toMatchObject({ error: { code: 'forbidden' } });
  expect(core.store.uploads.get(id)?.status).toBe('done');
});
