/** How many requests at once a real driver sends to a store that says when there are too many. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProfileView } from '../src-shared/profile.ts';
import type { Upload, UploadId } from '../src-shared/upload.ts';
import { Core } from './core.ts';
import { openLog } from './platform/log.ts';
import { createNetworkMonitor } from './platform/network-monitor.ts';
import { processStart } from './platform/process-start.ts';
import { acceptFile } from './platform/source-file.ts';
import { TestPractice } from './practice/testing/test-practice.ts';
import { FaultProxy, type Fault, type ProxiedRequest } from './providers/testing/fault-proxy.ts';
import { openStore } from './store/open.ts';

const MiB = 1024 ** 2;
let folder: string;
let core: Core;
let store: TestPractice;
let proxy: FaultProxy;
const latest = new Map<UploadId, Upload>();

beforeEach(async () => {
  latest.clear();
  folder = mkdtempSync(join(tmpdir(), 'hoist-pace-'));
  store = await TestPractice.start();
  proxy = await FaultProxy.start(store.address.endpoint);
  core = new Core({
    folder,
    store: await openStore({
      folder,
      owner: { pid: process.pid, startTime: processStart(process.pid) },
      now: Date.now,
    }),
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
  await proxy.stop();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

function saveProfile(): Promise<ProfileView> {
  const { bucket, accessKeyId, secretAccessKey, region } = store.address;
  return core.profiles.save({
    providerId: 's3',
    name: 'Store',
    secrets: { secretAccessKey },
    settings: { endpoint: proxy.url, bucket, region, pathStyle: 'true', accessKeyId, linkKind: 'expiring' },
  });
}

async function send(count: number, bytes: number): Promise<UploadId[]> {
  const profile = await saveProfile();
  const paths = Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${i}.bin`);
    writeFileSync(path, randomBytes(bytes));
    return path;
  });
  return core
    .enqueue(await Promise.all(paths.map((path) => acceptFile(path))), core.profiles.chain(profile.id))
    .map(({ id }) => id);
}

const doneOf = (ids: UploadId[]): number => ids.filter((id) => latest.get(id)?.status === 'done').length;
const slowDown = (headers: Record<string, string> = {}, status = 503): Fault => ({
  kind: 'answer',
  status,
  headers,
  when: 'after the body',
  body: '<Error><Code>SlowDown</Code></Error>',
});

/** Requests with a file's bytes that have come and are not answered yet. */
const inFlight = (): ProxiedRequest[] => proxy.requests.filter((one) => one.hasFileBody && !one.wasAnswered);

describe('many small files to a store that takes few at once', () => {
  test('all arrive, and fewer are under way after it said so', { timeout: 60_000 }, async () => {
    const limit = 6;
    let isCrowded = false;
    const counts: { at: number; busy: number; isRefused: boolean }[] = [];
    proxy.setRule((seen) => {
      if (!seen.hasFileBody) return undefined;
      const busy = inFlight().length;
      isCrowded ||= busy >= 2 * limit;
      const isRefused = isCrowded && busy > limit;
      counts.push({ at: performance.now(), busy, isRefused });
      return isRefused ? slowDown() : { kind: 'slow', bytesPerSecond: 10_000 };
    });
    const ids = await send(150, 2000);
    await expect.poll(() => doneOf(ids), { timeout: 50_000 }).toBe(150);
    const refused = counts.filter((one) => one.isRefused);
    expect(refused.length, 'more than the store takes').toBeGreaterThan(0);
    expect(refused.length, 'again and again').toBeLessThan(40);
    const { at } = refused[0]!;
    const inFlightAfter = counts.filter((one) => one.at > at + 1500 && one.at < at + 4500).map((one) => one.busy);
    expect(inFlightAfter.length).toBeGreaterThan(10);
    expect(Math.max(...inFlightAfter), 'half of sixteen').toBeLessThanOrEqual(8);
    expect(await store.itemCounts()).toEqual({ objects: 150, uploads: 0 });
  });

  test(
    '429 with a Retry-After: not one comes before its time, and then fewer at once',
    { timeout: 60_000 },
    async () => {
      let until = 0;
      let tooEarly = 0;
      let busiest = 0;
      proxy.setRule((seen) => {
        if (!seen.hasFileBody) return undefined;
        const now = performance.now();
        if (until === 0 && proxy.requests.filter((one) => one.hasFileBody).length === 40) {
          until = now + 3000;
          return slowDown({ 'retry-after': '3' }, 429);
        }
        // Those that were on their way, and what comes until the answer is read, are no fault.
        if (until > 0 && now > until - 1500 && now < until - 100) tooEarly++;
        if (until > 0 && now > until - 100 && now < until + 1000) busiest = Math.max(busiest, inFlight().length);
        return undefined;
      });
      const ids = await send(300, 2000);
      await expect.poll(() => doneOf(ids), { timeout: 50_000 }).toBe(300);
      expect(until).toBeGreaterThan(0);
      expect(tooEarly).toBe(0);
      expect(busiest).toBeLessThanOrEqual(8);
    },
  );
});

test(
  'a large file has four parts under way, and two after the store asked for fewer',
  { timeout: 60_000 },
  async () => {
    const [four, two] = [createSignal(), createSignal()];
    const parts = new Set<string>();
    const before: number[] = [];
    const after: number[] = [];
    proxy.setRule((seen) => {
      if (!seen.hasFileBody) return undefined;
      const number = new URL(seen.target, proxy.url).searchParams.get('partNumber') ?? '';
      // What is sent again has its lane from before.
      if (parts.has(number)) return undefined;
      parts.add(number);
      (parts.size <= 4 ? before : after).push(inFlight().length);
      if (parts.size < 4) return { kind: 'hold', until: four.received };
      if (parts.size === 4) {
        four.notify();
        return slowDown();
      }
      // Two are waited for: one after the other would not do.
      if (parts.size === 5) return { kind: 'hold', until: two.received };
      two.notify();
      return undefined;
    });
    const ids = await send(1, 320 * MiB);
    await expect.poll(() => doneOf(ids), { timeout: 50_000 }).toBe(1);
    expect(before).toEqual([1, 2, 3, 4]);
    // By and by it tries whether more are good again.
    expect(Math.max(...after.slice(0, 4))).toBe(2);
  },
);

function createSignal(): { received: Promise<void>; notify(): void } {
  let notify = (): void => undefined;
  const received = new Promise<void>((resolve) => {
    notify = resolve;
  });
  return { received, notify: () => notify() };
}
