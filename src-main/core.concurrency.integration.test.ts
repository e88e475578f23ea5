/** Tests how many requests a real driver sends at once to a store that refuses some requests as too many. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UploadId } from '../src-shared/upload.ts';
import { TestPractice } from './practice/testing/test-practice.ts';
import { FaultProxy, type Fault, type ProxiedRequest } from './providers/testing/fault-proxy.ts';
import { CoreFixture, practiceDraft } from './testing/core-fixture.ts';

const MiB = 1024 ** 2;
let fixture: CoreFixture;
let store: TestPractice;
let proxy: FaultProxy;

beforeEach(async () => {
  store = await TestPractice.start();
  proxy = await FaultProxy.start(store.address.endpoint);
  fixture = await CoreFixture.open();
  fixture.core.engine.start();
});
afterEach(async () => {
  await fixture.remove();
  await proxy.stop();
  await store.stop();
});

async function send(count: number, bytes: number): Promise<UploadId[]> {
  const { id } = await fixture.core.profiles.editor.save(practiceDraft(store.address, proxy.url));
  const files = Array.from({ length: count }, (_, i) => [`${i}.bin`, randomBytes(bytes)] as const);
  return (await fixture.sendAll(id, Object.fromEntries(files))).map((upload) => upload.id);
}

const slowDown = (headers: Record<string, string> = {}, status = 503): Fault => ({
  kind: 'answer',
  status,
  headers,
  when: 'after the body',
  body: '<Error><Code>SlowDown</Code></Error>',
});

/** Requests with the bytes of a file that have not been answered yet. */
const inFlight = (): ProxiedRequest[] =>
  proxy.requests.filter((request) => request.hasFileBody && !request.wasAnswered);

describe('many small files to a store that limits the requests at once', () => {
  test(
    'are all stored, and Hoist sends fewer requests at once after the store refused some',
    { timeout: 60_000 },
    async () => {
      const limit = 6;
      let isFull = false;
      const counts: { at: number; busy: number; isRefused: boolean }[] = [];
      proxy.setRule((request) => {
        if (!request.hasFileBody) return undefined;
        const busy = inFlight().length;
        isFull ||= busy >= 2 * limit;
        const isRefused = isFull && busy > limit;
        counts.push({ at: performance.now(), busy, isRefused });
        return isRefused ? slowDown() : { kind: 'slow', bytesPerSecond: 10_000 };
      });
      const ids = await send(150, 2000);
      await expect.poll(() => fixture.count(ids, 'done'), { timeout: 50_000 }).toBe(150);
      const refused = counts.filter(({ isRefused }) => isRefused);
      expect(refused.length, 'some requests are refused').toBeGreaterThan(0);
      expect(refused.length, 'few requests are refused').toBeLessThan(40);
      const { at } = refused[0]!;
      const inFlightAfter = counts
        .filter((count) => count.at > at + 1500 && count.at < at + 4500)
        .map(({ busy }) => busy);
      expect(inFlightAfter.length).toBeGreaterThan(10);
      expect(Math.max(...inFlightAfter), 'at most half of sixteen').toBeLessThanOrEqual(8);
      expect(await store.itemCounts()).toEqual({ objects: 150, uploads: 0 });
    },
  );

  test(
    'wait for Retry-After after a 429 response, and then Hoist sends fewer requests at once',
    { timeout: 60_000 },
    async () => {
      let retryAt = 0;
      let tooEarly = 0;
      let maxInFlight = 0;
      proxy.setRule((request) => {
        if (!request.hasFileBody) return undefined;
        const now = performance.now();
        if (retryAt === 0 && proxy.requests.filter(({ hasFileBody }) => hasFileBody).length === 40) {
          retryAt = now + 3000;
          return slowDown({ 'retry-after': '3' }, 429);
        }
        // Requests in flight, and requests that start before Hoist has read the response, are allowed.
        if (retryAt > 0 && now > retryAt - 1500 && now < retryAt - 100) tooEarly++;
        if (retryAt > 0 && now > retryAt - 100 && now < retryAt + 1000)
          maxInFlight = Math.max(maxInFlight, inFlight().length);
        return undefined;
      });
      const ids = await send(300, 2000);
      await expect.poll(() => fixture.count(ids, 'done'), { timeout: 50_000 }).toBe(300);
      expect(retryAt).toBeGreaterThan(0);
      expect(tooEarly).toBe(0);
      expect(maxInFlight).toBeLessThanOrEqual(8);
    },
  );
});

test(
  'sends four parts of a large file at once, and two after the store asked for fewer',
  { timeout: 60_000 },
  async () => {
    const [fourParts, sixthPart] = [createSignal(), createSignal()];
    const parts = new Set<string>();
    const before: number[] = [];
    const after: number[] = [];
    proxy.setRule((request) => {
      if (!request.hasFileBody) return undefined;
      const number = new URL(request.target, proxy.url).searchParams.get('partNumber') ?? '';
      // A repeated request for a part keeps its slot.
      if (parts.has(number)) return undefined;
      parts.add(number);
      (parts.size <= 4 ? before : after).push(inFlight().length);
      if (parts.size < 4) return { kind: 'hold', until: fourParts.received };
      if (parts.size === 4) {
        fourParts.notify();
        return slowDown();
      }
      // Waits for a second request at the same time: sending one part after the other must fail the test.
      if (parts.size === 5) return { kind: 'hold', until: sixthPart.received };
      sixthPart.notify();
      return undefined;
    });
    const ids = await send(1, 320 * MiB);
    await expect.poll(() => fixture.count(ids, 'done'), { timeout: 50_000 }).toBe(1);
    expect(before).toEqual([1, 2, 3, 4]);
    // After that, Hoist increases the number again.
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
