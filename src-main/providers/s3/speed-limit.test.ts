/** The speed limit of a destination on a real way: what arrives, and how soon a cancel is obeyed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Source } from '../../engine/ports.ts';
import { connectDestination, type ConnectedDestination } from '../connect.ts';
import type { FaultProxy } from '../testing/faults.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { faultyPractice } from './testing/faulty-practice.ts';
import { ports, sizes, tuned } from './testing/subject.ts';

const limit = 2e6;
const seconds = 5;

let stop: () => Promise<void>;
let proxy: FaultProxy;
let values: FieldValues;
beforeAll(async () => {
  ({ proxy, values, stop } = await faultyPractice());
});
afterAll(async () => {
  await stop();
});

const limited = (speedKBs: string): Promise<ConnectedDestination> =>
  connectDestination(tuned({ retryMs: 10 }), { ...values, speedKBs }, ports);
const send = (destination: ConnectedDestination, source: Source, signal: AbortSignal): Promise<unknown> =>
  destination
    .upload({ source, signal, onCheckpoint: async () => undefined, onProgress: () => undefined })
    .catch((cause: unknown) => cause);

const endless = (): Source => {
  let given = 0;
  return {
    name: 'pipe.bin',
    size: undefined,
    contentType: 'application/octet-stream',
    taken: () => given,
    close: async () => undefined,
    chunks: async function* chunks() {
      for (;;) {
        given += 1 << 20;
        yield Buffer.alloc(1 << 20, given / (1 << 20));
      }
    },
  };
};

test.each<[string, () => Source[]]>([
  [
    'three files at once, whole and in parts',
    () => [patternSource(4 << 20), patternSource(40 << 20), patternSource(40 << 20)],
  ],
  ['a stream', () => [endless()]],
])(
  '%s: 2 MB/s hold within 15 percent, and a cancel takes less than half a second',
  async (_, sources) => {
    const destination = await limited('2000');
    const controller = new AbortController();
    const before = proxy.uploaded;
    const uploads = sources().map((source) => send(destination, source, controller.signal));
    // From the first byte on: what comes before it is no transfer.
    await proxy.until(() => proxy.uploaded > before);
    const begun = performance.now();
    const first = proxy.uploaded;
    await sleep(seconds * 1000);
    const took = (performance.now() - begun) / 1000;
    const rate = (proxy.uploaded - first) / took;
    controller.abort();
    const canceled = performance.now();
    await Promise.all(uploads);
    expect(performance.now() - canceled).toBeLessThan(500);
    expect(rate / limit).toBeGreaterThan(0.85);
    expect(rate / limit).toBeLessThan(1.15);
    destination.close();
  },
  30_000,
);

test('another destination is not slowed down, and what arrives is the file', async () => {
  const [slow, fast] = await Promise.all([limited('100'), limited('')]);
  const controller = new AbortController();
  const crawling = send(slow, patternSource(sizes.partBytes), controller.signal);
  const content = patternOf(300_000);
  const ref = (await send(fast, patternSource(300_000), controller.signal)) as never;
  const link = await fast.link(ref, controller.signal);
  expect((await fast.fetch(link, 300_000, controller.signal))?.equals(content)).toBe(true);
  controller.abort();
  await crawling;
  // Slow, but whole: written in many small pieces.
  const little = (await send(slow, patternSource(60_000), new AbortController().signal)) as never;
  expect(
    (
      await slow.fetch(await slow.link(little, new AbortController().signal), 60_000, new AbortController().signal)
    )?.equals(patternOf(60_000)),
  ).toBe(true);
  slow.close();
  fast.close();
});
