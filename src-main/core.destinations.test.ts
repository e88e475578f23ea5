/** Destinations as a whole: what their state is learned from, what goes with them, the first link of a new one. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failure } from '../src-shared/errors.ts';
import type { CheckResult, ProfileDraft, ProfileStatus } from '../src-shared/profile.ts';
import type { Upload, UploadId } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { createNetworkMonitor } from './platform/network-monitor.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import { TestPractice } from './practice/testing/test-practice.ts';
import type { Provider, ProviderModule } from './providers/contract/provider.ts';
import { providers } from './providers/registry.ts';
import { FaultProxy } from './providers/testing/fault-proxy.ts';
import { openStore } from './store/open.ts';

let folder: string;
let core: Core;
let store: TestPractice;
let proxy: FaultProxy;
let viewChanges: number;
const latest = new Map<UploadId, Upload>();

/** As the registered one, but its code is missing, half there, or never comes. */
const brokenProvider = (name: string, load: () => Promise<unknown>): Provider => ({
  ...providers[0]!,
  id: name as never,
  name,
  discoverCredentials: () => [],
  load: load as () => Promise<ProviderModule>,
});
const broken = [
  brokenProvider('throwing', () => {
    throw new Error('Cannot find module ./driver.js');
  }),
  brokenProvider('half', async () => ({ connect: () => undefined })),
  brokenProvider('hanging', () => new Promise(() => undefined)),
];

beforeEach(async () => {
  latest.clear();
  viewChanges = 0;
  folder = mkdtempSync(join(tmpdir(), 'hoist-destinations-'));
  store = await TestPractice.start();
  proxy = await FaultProxy.start(store.address.endpoint);
  await openCore();
});
afterEach(async () => {
  await core.close();
  await proxy.stop();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function openCore(): Promise<void> {
  const records = await openStore({
    folder,
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  core = new Core({
    folder,
    store: records,
    log: openLog({ folder: join(folder, 'logs'), home: '/home/nobody' }),
    network: createNetworkMonitor({ online: () => true }),
    env: {},
    builtIns: [],
    profilesChanged: () => {
      viewChanges++;
    },
    providers: [...providers, ...broken],
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
}

function draft(over: Record<string, string> = {}, secret = store.address.secretAccessKey): ProfileDraft {
  const { bucket, accessKeyId, region } = store.address;
  return {
    providerId: 's3',
    name: 'Store',
    secrets: { secretAccessKey: secret },
    settings: { endpoint: proxy.url, bucket, region, pathStyle: 'true', accessKeyId, linkKind: 'expiring', ...over },
  };
}
async function send(profileId: string, name = 'a.txt', content: string | Buffer = name): Promise<UploadId> {
  writeFileSync(join(folder, name), content);
  return core.enqueue([await acceptFile(join(folder, name))], core.profiles.chain(profileId))[0]!.id;
}
const becomes = (id: UploadId, expected: object) =>
  expect.poll(() => latest.get(id), { timeout: 15_000 }).toMatchObject(expected);
const statusOf = (id: string): ProfileStatus => core.profiles.view().profiles.find((one) => one.id === id)!.status;

test('a wish for the links of the next files ends with files that were accepted, not with a try that failed', async () => {
  const { id } = await core.profiles.save({ ...draft({ linkKind: 'public' }), keep: 'session' });
  writeFileSync(join(folder, 'a.txt'), 'a');
  const files = [await acceptFile(join(folder, 'a.txt'))];
  const linkOverride = { kind: 'expiring', seconds: 86_400 } as const;
  core.profiles.setNextLinkOverride(linkOverride);
  const insert = vi.spyOn(core.store.uploads, 'insert').mockImplementationOnce(() => {
    throw failure('disk-full');
  });
  expect(() => core.enqueueFromWindow(files, id)).toThrow();
  insert.mockRestore();
  expect(core.profiles.view().linkOverride).toEqual(linkOverride);
  expect(core.enqueueFromWindow(files, id)[0]).toMatchObject({
    linkOverride,
    chain: [{ profileId: id, visibility: 'expiring' }],
  });
  expect(core.profiles.view().linkOverride).toBeUndefined();
  expect(core.enqueueFromWindow(files, id)[0]!.chain).toEqual([{ profileId: id, visibility: 'public' }]);
});

describe('the state of a destination', () => {
  test('is learned from what its uploads run into, and is another one as soon as it is mended', async () => {
    const { id } = await core.profiles.save(draft({}, 'wrong'.repeat(8)));
    expect(statusOf(id)).toEqual({ state: 'ready' });
    const first = await send(id);
    await becomes(first, { error: { code: 'unauthorized' } });
    expect(statusOf(id)).toMatchObject({
      state: 'needs-sign-in',
      error: { code: 'unauthorized', params: { destination: 'Store' } },
      checkedAt: expect.any(Number),
    });
    expect(core.profilesNeedingAttention().map(({ name }) => name)).toEqual(['Store']);
    const before = viewChanges;
    await core.profiles.save({ ...draft(), id });
    expect(viewChanges).toBeGreaterThan(before);
    expect(statusOf(id)).toEqual({ state: 'ready' });
    await becomes(first, { status: 'done' });
    expect(statusOf(id)).toMatchObject({ state: 'ready' });
    expect(core.profilesNeedingAttention()).toEqual([]);
  });

  test('is known again after a restart from what waits for it to be mended', async () => {
    const { id } = await core.profiles.save({ ...draft({}, 'wrong'.repeat(8)), keep: 'unprotected' });
    const files = await Promise.all(
      Array.from({ length: 30 }, (_, i) => `${i}.txt`).map((name) => {
        writeFileSync(join(folder, name), name);
        return acceptFile(join(folder, name));
      }),
    );
    const ids = core.enqueue(files, core.profiles.chain(id)).map((one) => one.id);
    await expect
      .poll(() => ids.every((one) => ['waiting', 'failed'].includes(latest.get(one)?.status ?? '')), {
        timeout: 10_000,
      })
      .toBe(true);
    expect(ids.filter((one) => latest.get(one)?.status === 'waiting').length).toBeGreaterThan(0);
    await core.close();
    await openCore();
    core.adoptOrphans();
    expect(statusOf(id)).toMatchObject({ state: 'needs-sign-in', error: { code: 'unauthorized' } });
    await core.profiles.save({ ...draft(), id, keep: 'unprotected' });
    expect(statusOf(id)).toMatchObject({ state: 'ready' });
  });

  test('is asked of all stores at once; a wrong one, a silent one and broken ones each say their own, in the time of one', async () => {
    const right = await core.profiles.save(draft());
    const wrong = await core.profiles.save(draft({ bucket: 'no-such-bucket' }));
    const down = await core.profiles.save(draft({ endpoint: 'http://127.0.0.1:9' }));
    for (const one of broken)
      core.store.profiles.save({
        id: one.name,
        providerId: one.id,
        name: one.name,
        settings: { ...draft().settings, credentials: 'profile', awsProfile: 'work' },
        createdAt: 0,
      });
    const hanging = core.profiles.check();
    await expect
      .poll(() => [right.id, wrong.id, down.id, 'throwing', 'half'].map((id) => statusOf(id).state), { timeout: 8000 })
      .toEqual(['ready', 'needs-setup', 'unreachable', 'needs-setup', 'needs-setup']);
    expect(statusOf('hanging')).toMatchObject({ isChecking: true });
    expect(statusOf(wrong.id).error).toMatchObject({ code: 'no-bucket' });
    for (const name of ['throwing', 'half'])
      expect(statusOf(name).error).toMatchObject({ code: 'provider-broken', params: { provider: name } });
    await hanging;
    expect(statusOf('hanging')).toMatchObject({
      state: 'unreachable',
      error: { code: 'unreachable', params: { host: 'hanging' } },
    });
  }, 20_000);

  test('an upload to one whose code is broken goes on with the next of the chain, and keeps the reason', async () => {
    const right = await core.profiles.save(draft());
    for (const one of broken.slice(0, 2))
      core.store.profiles.save({
        id: one.name,
        providerId: one.id,
        name: one.name,
        settings: { ...draft().settings, credentials: 'profile', awsProfile: 'work' },
        createdAt: 0,
      });
    core.profiles.setFallback({ on: true, order: ['half', right.id] });
    const id = await send('throwing');
    await becomes(id, { status: 'done' });
    expect(core.view(latest.get(id)!)).toMatchObject({
      destination: 'Store',
      attempts: [
        { destination: 'throwing', error: { code: 'provider-broken', params: { provider: 'throwing' } } },
        { destination: 'half', error: { code: 'provider-broken' } },
      ],
    });
    expect(statusOf('throwing')).toMatchObject({ state: 'needs-setup', error: { code: 'provider-broken' } });
  });
});

test('the lines of a test come one after another, and each is there before the next begins', async () => {
  const seen: string[][] = [];
  const report = await core.profiles.test(draft(), (results: CheckResult[]) =>
    seen.push(results.map(({ step }) => step)),
  );
  expect(report.ok).toBe(true);
  expect(seen).toEqual([
    [],
    ['settings'],
    ['settings', 'sign-in'],
    ['settings', 'sign-in', 'write'],
    ['settings', 'sign-in', 'write', 'link'],
    ['settings', 'sign-in', 'write', 'link', 'clean-up'],
  ]);
});

describe('a destination that is removed', () => {
  test('takes its unfinished uploads along, also from the store, and leaves the links of done ones', async () => {
    const { id } = await core.profiles.save(draft());
    const done = await send(id);
    await becomes(done, { status: 'done' });
    proxy.setRule((seen) => (seen.target.includes('partNumber=2') ? { kind: 'stall' } : undefined));
    const large = await send(id, 'large.bin', Buffer.alloc(20_000_000, 'x'));
    await expect.poll(async () => (await store.itemCounts()).uploads, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => latest.get(large)?.bytesStored ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(core.profiles.removal(id)).toEqual({ unfinished: 1, done: 1 });
    proxy.setRule();
    await core.profiles.remove(id);
    expect(latest.get(large)).toMatchObject({ status: 'canceled' });
    expect(await store.itemCounts()).toEqual({ objects: 1, uploads: 0 });
    const view = core.view(latest.get(done)!);
    expect((await fetch(view.link!.url)).status).toBe(200);
    expect(core.profiles.view().profiles).toEqual([]);
    expect(readdirSync(folder)).not.toContain('unprotected-keys.json');
  }, 20_000);

  test('does not hang on a store that is silent', async () => {
    const { id } = await core.profiles.save(draft());
    proxy.setRule((seen) =>
      seen.target.includes('partNumber=') || seen.method === 'DELETE' ? { kind: 'stall' } : undefined,
    );
    const large = await send(id, 'large.bin', Buffer.alloc(20_000_000, 'x'));
    await expect
      .poll(
        () =>
          latest.get(large)?.status === 'uploading' &&
          proxy.requests.some(({ target }) => target.includes('partNumber=')),
        { timeout: 10_000 },
      )
      .toBe(true);
    const startedAt = Date.now();
    await core.profiles.remove(id);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(core.profiles.view().profiles).toEqual([]);
  }, 30_000);
});

describe('the example', () => {
  test('is a file of our own that is sent like any other; sending a second one does not change the first', async () => {
    const { id } = await core.profiles.save(draft());
    const first = await core.enqueueExample(id);
    await becomes(first.id, { status: 'done', name: 'Hello from Hoist.txt' });
    const { url } = core.view(latest.get(first.id)!).link!;
    expect(await (await fetch(url)).text()).toMatch(/^Hello from Hoist\./);
    const { mtimeMs } = statSync(join(folder, 'example', 'Hello from Hoist.txt'));
    await becomes((await core.enqueueExample(id)).id, { status: 'done' });
    expect(statSync(join(folder, 'example', 'Hello from Hoist.txt')).mtimeMs).toBe(mtimeMs);
    await expect(core.enqueueExample('gone')).rejects.toMatchObject({ error: { code: 'no-destination' } });
  });

  test('goes on after a restart', async () => {
    const { id } = await core.profiles.save({ ...draft(), keep: 'unprotected' });
    proxy.setRule(() => ({ kind: 'stall' }));
    const sent = await core.enqueueExample(id);
    await expect.poll(() => proxy.requests.length).toBeGreaterThan(0);
    await core.close();
    proxy.setRule();
    await openCore();
    core.adoptOrphans();
    await becomes(sent.id, { status: 'done' });
  }, 20_000);
});

describe('what the user chose about the app', () => {
  test('is remembered, and begins as it should', async () => {
    expect(core.appSettings()).toEqual({ askName: false });
    core.setAppSettings({ askName: true });
    await core.close();
    await openCore();
    expect(core.appSettings()).toEqual({ askName: true });
  });
});

test('only pages of the manifest can be opened', () => {
  for (const provider of core.providers()) {
    for (const field of provider.fields.filter(({ page }) => page))
      expect(core.helpPageUrl(provider.id, { field: field.key })).toBe(field.page);
    for (const preset of provider.presets.filter(({ page }) => page))
      expect(core.helpPageUrl(provider.id, { preset: preset.id })).toBe(preset.page);
  }
  expect(() => core.helpPageUrl('s3', { field: 'bucket-of-somebody' })).toThrow('invalid-input');
  expect(() => core.helpPageUrl('s3', { preset: 'nobody' })).toThrow('invalid-input');
});
