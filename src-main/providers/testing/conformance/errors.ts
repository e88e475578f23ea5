import { expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure, errorTable, type ErrorCode } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import { connectDestination } from '../../destination/connect.ts';
import { FaultProxy, type Fault } from '../fault-proxy.ts';
import { patternSource } from '../pattern-source.ts';
import { ports, saveTo, type ConformanceContext } from './context.ts';
import type { ConformanceSubject } from './subject.ts';

const htmlPage = (status: number, body: string): Fault => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'text/html' },
  body,
});

const signInPage = htmlPage(200, '<!doctype html><html><body>Please sign in<br></body></html>');

/** Faults of every request, and the error code of each. */
const faults: { name: string; fault: Fault; code: ErrorCode; retryAfterMs?: number }[] = [
  { name: 'status 401', fault: { kind: 'answer', status: 401 }, code: 'unauthorized' },
  { name: 'status 403', fault: { kind: 'answer', status: 403 }, code: 'forbidden' },
  { name: 'status 413', fault: { kind: 'answer', status: 413 }, code: 'too-large' },
  {
    name: 'status 429',
    fault: { kind: 'answer', status: 429, headers: { 'retry-after': '7' } },
    code: 'rate-limited',
    retryAfterMs: 7000,
  },
  { name: 'status 500', fault: { kind: 'answer', status: 500 }, code: 'unavailable' },
  {
    name: 'status 502 with an HTML page',
    fault: htmlPage(502, '<html><body><h1>Bad gateway</h1><br></body></html>'),
    code: 'unavailable',
  },
  { name: 'status 503', fault: { kind: 'answer', status: 503 }, code: 'unavailable' },
  { name: 'status 507', fault: { kind: 'answer', status: 507 }, code: 'quota-exceeded' },
  { name: 'a connection reset', fault: { kind: 'reset' }, code: 'unreachable' },
];

export function registerErrorTests(context: ConformanceContext): void {
  for (const { name, fault, code, retryAfterMs } of faults)
    context.faultTest(`an upload that gets ${name} fails with ${code}, in one request and in parts`, async (proxy) => {
      for (const size of [10, context.subject.oneRequestBytes + 1]) {
        proxy.setRule(() => fault);
        const checkpoints: Checkpoint[] = [];
        const upload = context.upload(patternSource(size), { onCheckpoint: saveTo(checkpoints) });
        const error = await context.failureOf(upload);
        expect(error.code).toBe(code);
        if (retryAfterMs !== undefined) expect(error.retryAfterMs).toBe(retryAfterMs);
        if (errorTable[code].retry === 'never')
          expect(proxy.requests.length, 'a permanent error is not retried').toBe(1);
        proxy.setRule();
        await context.discard({ checkpoint: checkpoints.at(-1)! });
      }
      await context.expectNothingLeft();
    });

  context.faultTest('Retry-After can be a date or a number of seconds', async (proxy) => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    proxy.setRule(() => ({ kind: 'answer', status: 503, headers: { 'retry-after': date } }));
    const error = await context.failureOf(context.destination.check(neverAborted));
    expect(error.retryAfterMs).toBeGreaterThan(80_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(90_000);
    proxy.setRule(() => ({ kind: 'answer', status: 429, headers: { 'retry-after': '20' } }));
    expect((await context.failureOf(context.upload(patternSource(10)))).retryAfterMs).toBe(20_000);
    expect(proxy.requests.length, 'the driver does not retry before this time').toBe(1);
  });

  context.faultTest('an HTML page with status 200 does not count as success', async (proxy) => {
    for (const size of [10, context.subject.oneRequestBytes + 1]) {
      const total = await context.requestsOf(size);
      for (const number of context.requestNumbers(total)) {
        const checkpoints: Checkpoint[] = [];
        proxy.setRule((request) => (request.number >= number ? signInPage : undefined));
        const upload = context.upload(patternSource(size), { onCheckpoint: saveTo(checkpoints) });
        const { code } = await context.failureOf(upload);
        // Which error it is depends on the request. In any case, the upload may use the next destination.
        expect(errorTable[code].fallback, `request ${number} of ${total}: ${code}`).toBe(true);
        proxy.setRule();
        await context.discard({ checkpoint: checkpoints.at(-1)! });
      }
    }
    await context.expectNothingLeft();
  });

  context.faultTest('an address where no server listens is reported as unreachable', async (proxy) => {
    const { provider, values } = await atClosedPort(context, proxy);
    const unreachable = await connectDestination(provider, values, ports);
    expect((await context.failureOf(unreachable.check(neverAborted))).code).toBe('unreachable');
    unreachable.close();
  });

  test('a checkpoint that cannot be saved stops the upload before any byte is sent', async () => {
    context.subject.proxy?.setRule();
    const upload = context.upload(patternSource(100), {
      onCheckpoint: async () => {
        throw new AppFailure({ code: 'disk-full' });
      },
    });
    expect((await context.failureOf(upload)).code).toBe('disk-full');
    context.expectNoRequest();
  });

  test('an unexpected error is reported as a bug, with its cause', async () => {
    const upload = context.upload(
      patternSource(10, {
        onRead: () => {
          throw new TypeError('unexpected');
        },
      }),
    );
    expect((await context.failureOf(upload)).code).toBe('bug');
    await expect(upload).rejects.toMatchObject({ cause: expect.objectContaining({ message: 'unexpected' }) });
  });
}

/** The provider and the values with the address of a port on which no server listens any more. */
async function atClosedPort(
  { subject }: ConformanceContext,
  proxy: FaultProxy,
): Promise<Pick<ConformanceSubject, 'provider' | 'values'>> {
  const closedProxy = await FaultProxy.start('http://127.0.0.1:9');
  await closedProxy.stop();
  if (subject.atUrl) return subject.atUrl(closedProxy.url);
  const address = new URL(subject.url ?? proxy.url);
  const originalOrigin = address.origin;
  address.port = new URL(closedProxy.url).port;
  const json = JSON.stringify(subject.values).replaceAll(originalOrigin, address.origin);
  const values = JSON.parse(json) as FieldValues;
  expect(values).not.toEqual(subject.values);
  return { provider: subject.provider, values };
}
