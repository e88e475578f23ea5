/**
 * A network that wants a sign-in answers everything with a page and the status of a success. Whatever Hoist was about to
 * do then has not happened: nothing is stored, nothing is deleted, nothing is there or away.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import type { ServedPractice } from '../../practice/testing/served.ts';
import { connectDestination, testDestination, type ConnectedDestination } from '../connect.ts';
import { suggestValues } from '../suggest.ts';
import type { Fault, FaultProxy, Seen } from '../testing/faults.ts';
import { patternSource } from '../testing/source.ts';
import { s3 } from './index.ts';
import { faultyPractice } from './testing/faulty-practice.ts';
import { ports, sizes, tuned } from './testing/subject.ts';

vi.setConfig({ testTimeout: 60_000 });
const never = new AbortController().signal;
const large = sizes.partBytes + 1000;
/** One that XML cannot read, and one that it can. */
const pages: [string, Fault][] = [
  [
    'a page',
    {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>Sign in<br>',
    },
  ],
  [
    'a tidy page',
    {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><body><p>Sign in</p></body></html>',
    },
  ],
];

let practice: ServedPractice;
let stop: () => Promise<void>;
let proxy: FaultProxy;
let values: FieldValues;
let destination: ConnectedDestination;
beforeAll(async () => {
  ({ practice, proxy, values, stop } = await faultyPractice());
  destination = await connectDestination(tuned({ retryMs: 1 }), values, ports);
});
afterAll(async () => {
  destination.close();
  await stop();
});
afterEach(() => proxy.set());

interface Sent {
  ref?: Ref;
  checkpoint?: Checkpoint;
  error?: { code: string; field?: string; params?: object };
}

async function send(size: number, checkpoint?: Checkpoint): Promise<Sent> {
  let latest = checkpoint;
  try {
    const ref = await destination.upload({
      source: patternSource(size),
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        latest = one;
      },
      ...(checkpoint ? { checkpoint } : {}),
    });
    return { ref, ...(latest ? { checkpoint: latest } : {}) };
  } catch (cause) {
    return { error: (cause as { error: NonNullable<Sent['error']> }).error, ...(latest ? { checkpoint: latest } : {}) };
  }
}

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'succeeded',
    (cause: unknown) => (cause as { error: { code: string } }).error.code,
  );

describe.each(pages)('%s, with the status of a success', (_, page) => {
  test.each([
    ['in one request', 10],
    ['in parts', large],
  ])('at any one request of an upload %s: not done, or done in truth', async (_, size) => {
    proxy.set();
    const whole = await send(size);
    const requests = proxy.seen.length;
    await destination.discard({ ref: whole.ref! }, never);
    for (let k = 1; k <= requests; k++) {
      proxy.set((seen: Seen) => (seen.number === k ? page : undefined));
      const { ref, error, checkpoint } = await send(size);
      proxy.set();
      if (ref) expect(await destination.stat(ref, never)).toEqual({ size });
      else expect([error?.code, error?.field], `request ${k}`).toEqual(['wrong-service', 'endpoint']);
      await destination.discard(ref ? { ref } : { checkpoint: checkpoint! }, never);
    }
    expect(await practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });

  test('to a look, a list and a clean-up: nothing is said to be there, or gone', async () => {
    const { ref, checkpoint } = await send(10);
    // Cut off in the middle, so that the next attempt asks which parts there are.
    proxy.set(({ number, carriesFile }) =>
      carriesFile && number > 2
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : undefined,
    );
    const half = await send(large);
    proxy.set(() => page);
    expect(await codeOf(destination.stat(ref!, never))).toBe('wrong-service');
    expect(await codeOf(destination.discard({ ref: ref! }, never))).toBe('wrong-service');
    expect(await codeOf(destination.discard({ checkpoint: checkpoint! }, never))).toBe('wrong-service');
    expect((await send(large, half.checkpoint)).error?.code).toBe('wrong-service');
    expect(await codeOf(destination.discard({ checkpoint: half.checkpoint! }, never))).toBe('wrong-service');
    expect(
      await codeOf(
        suggestValues(
          s3,
          {
            field: 'bucket',
            values: { ...values, bucket: '' },
            computer: { env: {}, home: '', platform: 'linux', read: () => undefined },
          },
          ports,
        ),
      ),
    ).toBe('wrong-service');
    const link = await destination.link(ref!, never);
    expect(await destination.probe(link, 10, never)).toBe('unreachable');
    proxy.set();
    expect(await destination.stat(ref!, never)).toEqual({ size: 10 });
    await destination.discard({ ref: ref! }, never);
    await destination.discard({ checkpoint: half.checkpoint! }, never);
    expect(await practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });

  test('in the trial, only at the clean-up: it is not said that nothing was left', async () => {
    proxy.set(({ method, target }) => (method === 'DELETE' && !target.includes('uploadId') ? page : undefined));
    const report = await testDestination(tuned({ retryMs: 1 }), values, ports);
    expect(report.results.at(-1)).toMatchObject({
      step: 'clean-up',
      outcome: 'failed',
      error: { code: 'wrong-service' },
    });
    proxy.set();
    for (const Key of await practice.keys())
      await practice.client.send(new DeleteObjectCommand({ Bucket: practice.address.bucket, Key }));
  });
});

test('a stored page is no page of a network: an html file goes through', async () => {
  const source = { ...patternSource(500), name: 'page.html', contentType: 'text/html' };
  const ref = await destination.upload({
    source,
    signal: never,
    onProgress: () => undefined,
    onCheckpoint: async () => undefined,
  });
  expect(await destination.stat(ref, never)).toEqual({ size: 500 });
  await destination.discard({ ref }, never);
});
