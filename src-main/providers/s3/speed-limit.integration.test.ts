/** The speed limit of a destination on a real connection, and how soon a cancel takes effect. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Source } from '../../engine/ports.ts';
import { connectDestination, type ConnectedDestination } from '../destination/connect.ts';
import type { FaultProxy } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { startFaultyPractice } from './testing/faulty-practice.ts';
import { s3TestPorts, s3Sizes, s3ProviderWith } from './testing/subject.ts';

const MiB = 1024 ** 2;
const limitBytesPerSecond = 2e6;
const measuredBytes = 5e6;

let stop: () => Promise<void>;
let proxy: FaultProxy;
let values: FieldValues;
beforeAll(async () => {
  ({ proxy, values, stop } = await startFaultyPractice());
});
afterAll(async () => {
  await stop();
});

const connectWithLimit = (speedKBs: string): Promise<ConnectedDestination> =>
  connectDestination(s3ProviderWith({ retryMs: 10 }), { ...values, speedKBs }, s3TestPorts);
const send = (destination: ConnectedDestination, source: Source, signal: AbortSignal): Promise<unknown> =>
  destination
    .upload({ source, signal, onCheckpoint: async () => undefined, onProgress: () => undefined })
    .catch((cause: unknown) => cause);

const endlessStream = (): Source => {
  let bytesRead = 0;
  return {
    name: 'pipe.bin',
    size: undefined,
    contentType: 'application/octet-stream',
    bytesRead: () => bytesRead,
    close: async () => undefined,
    chunks: async function* chunks() {
      for (;;) {
        bytesRead += MiB;
        yield Buffer.alloc(MiB, bytesRead / MiB);
      }
    },
  };
};

test.each<[string, () => Source[]]>([
  [
    'three files at once, in one request and in parts,',
    () => [patternSource(4 * MiB), patternSource(40 * MiB), patternSource(40 * MiB)],
  ],
  ['a stream', () => [endlessStream()]],
])(
  'the upload of %s keeps the limit of 2 MB/s, and a cancel ends it at once',
  async (_, sources) => {
    const destination = await connectWithLimit('2000');
    const controller = new AbortController();
    const before = proxy.uploaded;
    const uploads = sources().map((source) => send(destination, source, controller.signal));
    // The measurement starts with the first byte.
    await proxy.waitUntil(() => proxy.uploaded > before);
    const startedAt = performance.now();
    const uploadedAtStart = proxy.uploaded;
    await proxy.waitUntil(() => proxy.uploaded > uploadedAtStart + measuredBytes);
    const elapsedSeconds = (performance.now() - startedAt) / 1000;
    controller.abort();
    const canceledAt = performance.now();
    await Promise.all(uploads);
    expect(performance.now() - canceledAt).toBeLessThan(5000);
    // 15 % tolerance. A slow computer can only take longer. speed-limit.test.ts checks the rate in virtual time.
    expect(elapsedSeconds).toBeGreaterThan((0.85 * measuredBytes) / limitBytesPerSecond);
    destination.close();
  },
  30_000,
);

test('the limit does not slow down another destination or change the file', async () => {
  const [slow, fast] = await Promise.all([connectWithLimit('100'), connectWithLimit('')]);
  const controller = new AbortController();
  const slowUpload = send(slow, patternSource(s3Sizes.partBytes), controller.signal);
  const content = patternBytes(300_000);
  const ref = (await send(fast, patternSource(300_000), controller.signal)) as never;
  const link = await fast.link(ref, controller.signal);
  expect((await fast.download(link, 300_000, controller.signal))?.equals(content)).toBe(true);
  controller.abort();
  await slowUpload;
  // The slow connection writes the file in many small pieces.
  const smallRef = (await send(slow, patternSource(60_000), new AbortController().signal)) as never;
  expect(
    (
      await slow.download(await slow.link(smallRef, new AbortController().signal), 60_000, new AbortController().signal)
    )?.equals(patternBytes(60_000)),
  ).toBe(true);
  slow.close();
  fast.close();
});
