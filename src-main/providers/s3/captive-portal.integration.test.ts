/**
 * A network with a login page answers every request with that page and the status 200. Such an answer proves nothing:
 * Hoist must not report that data was stored or deleted, exists or is missing.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import type { TestPractice } from '../../practice/testing/test-practice.ts';
import { connectDestination, type ConnectedDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import { suggestValues } from '../destination/suggest.ts';
import type { Fault, FaultProxy, ProxiedRequest } from '../testing/fault-proxy.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { s3 } from './index.ts';
import { startFaultyPractice } from './testing/faulty-practice.ts';
import { s3TestPorts, s3Sizes, s3ProviderWith } from './testing/subject.ts';

vi.setConfig({ testTimeout: 60_000 });
const neverAborted = new AbortController().signal;
const twoPartBytes = s3Sizes.partBytes + 1000;
const loginPages: [string, Fault][] = [
  [
    'a login page in HTML',
    {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>Sign in<br>',
    },
  ],
  [
    'a login page that is valid XML',
    {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><body><p>Sign in</p></body></html>',
    },
  ],
];

let practice: TestPractice;
let stop: () => Promise<void>;
let proxy: FaultProxy;
let values: FieldValues;
let destination: ConnectedDestination;
beforeAll(async () => {
  ({ practice, proxy, values, stop } = await startFaultyPractice());
  destination = await connectDestination(s3ProviderWith({ retryMs: 1 }), values, s3TestPorts);
});
afterAll(async () => {
  destination.close();
  await stop();
});
afterEach(() => proxy.setRule());

interface UploadOutcome {
  ref?: Ref;
  checkpoint?: Checkpoint;
  error?: { code: string; field?: string; params?: object };
}

async function send(size: number, checkpoint?: Checkpoint): Promise<UploadOutcome> {
  let latest = checkpoint;
  try {
    const ref = await destination.upload({
      source: patternSource(size),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        latest = checkpoint;
      },
      ...(checkpoint ? { checkpoint } : {}),
    });
    return { ref, ...(latest ? { checkpoint: latest } : {}) };
  } catch (cause) {
    return {
      error: (cause as { error: NonNullable<UploadOutcome['error']> }).error,
      ...(latest ? { checkpoint: latest } : {}),
    };
  }
}

const codeOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => 'succeeded',
    (cause: unknown) => (cause as { error: { code: string } }).error.code,
  );

describe.each(loginPages)('%s', (_, page) => {
  test.each([
    ['in one request', 10],
    ['in parts', twoPartBytes],
  ])('instead of any answer makes the upload %s fail unless the object is stored', async (_, size) => {
    proxy.setRule();
    const complete = await send(size);
    const requestCount = proxy.requests.length;
    await destination.discard({ ref: complete.ref! }, neverAborted);
    for (let number = 1; number <= requestCount; number++) {
      proxy.setRule((request: ProxiedRequest) => (request.number === number ? page : undefined));
      const { ref, error, checkpoint } = await send(size);
      proxy.setRule();
      if (ref) expect(await destination.stat(ref, neverAborted)).toEqual({ size });
      else expect([error?.code, error?.field], `request ${number}`).toEqual(['wrong-service', 'endpoint']);
      await destination.discard(ref ? { ref } : { checkpoint: checkpoint! }, neverAborted);
    }
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });

  test('makes stat, list and discard fail', async () => {
    const { ref, checkpoint } = await send(10);
    // Interrupts an upload, so that the next attempt lists the stored parts.
    proxy.setRule(({ number, hasFileBody }) =>
      hasFileBody && number > 2
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : undefined,
    );
    const interrupted = await send(twoPartBytes);
    proxy.setRule(() => page);
    expect(await codeOf(destination.stat(ref!, neverAborted))).toBe('wrong-service');
    expect(await codeOf(destination.discard({ ref: ref! }, neverAborted))).toBe('wrong-service');
    expect(await codeOf(destination.discard({ checkpoint: checkpoint! }, neverAborted))).toBe('wrong-service');
    expect((await send(twoPartBytes, interrupted.checkpoint)).error?.code).toBe('wrong-service');
    expect(await codeOf(destination.discard({ checkpoint: interrupted.checkpoint! }, neverAborted))).toBe(
      'wrong-service',
    );
    expect(
      await codeOf(
        suggestValues(
          s3,
          {
            field: 'bucket',
            values: { ...values, bucket: '' },
            computer: { env: {}, home: '', platform: 'linux', read: () => undefined },
          },
          s3TestPorts,
        ),
      ),
    ).toBe('wrong-service');
    const link = await destination.link(ref!, neverAborted);
    expect(await destination.probe(link, 10, neverAborted)).toBe('unreachable');
    proxy.setRule();
    expect(await destination.stat(ref!, neverAborted)).toEqual({ size: 10 });
    await destination.discard({ ref: ref! }, neverAborted);
    await destination.discard({ checkpoint: interrupted.checkpoint! }, neverAborted);
    expect(await practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });

  test('makes the cleanup of a check fail', async () => {
    proxy.setRule(({ method, target }) => (method === 'DELETE' && !target.includes('uploadId') ? page : undefined));
    const report = await testDestination(s3ProviderWith({ retryMs: 1 }), values, s3TestPorts);
    expect(report.results.at(-1)).toMatchObject({
      step: 'clean-up',
      outcome: 'failed',
      error: { code: 'wrong-service' },
    });
    proxy.setRule();
    for (const Key of await practice.keys())
      await practice.client.send(new DeleteObjectCommand({ Bucket: practice.address.bucket, Key }));
  });
});

test('an uploaded HTML file does not count as a login page', async () => {
  const source = { ...patternSource(500), name: 'page.html', contentType: 'text/html' };
  const ref = await destination.upload({
    source,
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async () => undefined,
  });
  expect(await destination.stat(ref, neverAborted)).toEqual({ size: 500 });
  await destination.discard({ ref }, neverAborted);
});
