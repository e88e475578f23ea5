/**
 * Faults of networks and servers at every stage of an upload. After each case the store has the complete object or
 * nothing.
 */
import dns from 'node:dns';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { errorTable, type ErrorCode } from '../../../src-shared/errors.ts';
import { requestKind, s3Faults } from '../../../e2e/servers/s3-fault-plan.ts';
import { createSampler } from '../../testing/sample.ts';
import { TlsProxy } from '../testing/tls-proxy.ts';
import type { Fault, FaultRule, ProxiedRequest } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { defaultHandlerOptions } from '../transfer/request-handler.ts';
import {
  FaultFixture,
  stageContent,
  forEachSeed,
  idleMs,
  requestKindAt,
  minPartBytes,
  repeatCount,
  faultStages,
  twoPartBytes,
  type AttemptOutcome,
  type FaultStage,
} from './testing/fault-fixture.ts';
import { s3TestPorts } from './testing/subject.ts';

vi.setConfig({ testTimeout: 120_000 * Number(process.env.HOIST_RUNS ?? 1) });

const sample = createSampler('network faults');
let fixture: FaultFixture;
/** Difference between the store's clock and this computer's clock, in ms. */
let clockOffset = 0;
beforeAll(async () => {
  fixture = await FaultFixture.start({ now: () => Date.now() + clockOffset });
});
afterAll(() => fixture.stop());
afterEach(async () => {
  fixture.proxy.setRule();
  vi.restoreAllMocks();
  // A failed case must not affect the next ones.
  await fixture.practice.practice.empty();
});

const faultAt = (stage: FaultStage, fault: Fault, nth = 1): FaultRule =>
  s3Faults({ kind: requestKindAt(stage), nth, fault });

// ---------------------------------------------------------------- network faults

/** A position inside the request body. Requests that do not send file bytes are cut at their first byte. */
function midBodyByte(stage: FaultStage): number {
  // The last part has only 7 bytes.
  if (stage === 'part') return 4;
  return stage === 'put' ? 500 : 1;
}
const slowAnswer = 'an answer that arrives slowly';
const answerCutInBody = 'an answer that is cut off in its body';
const networkFaults: [string, (stage: FaultStage) => Fault][] = [
  ['a reset before the body', () => ({ kind: 'reset' })],
  ['a reset in the middle of the body', (stage) => ({ kind: 'reset', afterBytes: midBodyByte(stage) })],
  ['a reset after the body', () => ({ kind: 'lost-answer' })],
  ['a half-open connection', () => ({ kind: 'stall' })],
  ['a server that never answers', () => ({ kind: 'silence' })],
  [slowAnswer, () => ({ kind: 'slow', bytesPerSecond: 2000, of: 'answer' })],
  ['an answer that is cut off in its head', () => ({ kind: 'cut-head' })],
  [answerCutInBody, () => ({ kind: 'cut-answer', afterBytes: 10 })],
];

const networkCases = sample(
  faultStages.flatMap((stage) => networkFaults.map(([name, fault]) => ({ stage, name, fault }))),
  16,
  ({ stage, name }) => [stage, name],
);
describe.each(faultStages)('during a “%s” request', (stage) => {
  test.each(
    networkCases.filter((networkCase) => networkCase.stage === stage).map(({ name, fault }) => [name, fault] as const),
  )('%s does not make the upload fail', async (name, fault) => {
    const destination = await fixture.connect(isTimeFault(name) ? { driverOptions: { idleMs } } : {});
    const outcome = await fixture.runStage(stage, faultAt(stage, fault(stage)), { destination });
    expect(outcome.outcome).toBe(stage === 'abort' ? 'canceled' : 'done');
    expect(outcome.errors).toEqual([]);
    // A slow answer causes no second request.
    const causesRetry = name !== slowAnswer && !hasNoEffect(stage, name);
    if (causesRetry) expect(fixture.requestCount(stage)).toBeGreaterThan(1);
    await fixture.expectStoredOrNothing(outcome, name, stageContent(stage));
  });

  test('refused connections are retried until the server listens again', async () => {
    let wasOffline = false;
    const outcome = await fixture.runStage(
      stage,
      (seen) => {
        if (requestKind(seen) === requestKindAt(stage) && !wasOffline) {
          wasOffline = true;
          fixture.proxy.goOffline();
        }
        return undefined;
      },
      { onFailedAttempt: () => fixture.proxy.goOnline() },
    );
    await fixture.proxy.goOnline();
    expect(outcome.errors.map((error) => error.code)).toEqual(['unreachable']);
    await fixture.expectStoredOrNothing(outcome, 'refused connections', stageContent(stage));
  });

  test('requests to a host name that cannot be resolved are retried until it can', async () => {
    const originalLookup = dns.lookup;
    let isResolvable = true;
    let wasUnresolvable = false;
    const failingLookup = (name: string, _options: object, done: (cause: Error) => void): void =>
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name }));
    const lookups = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((...args: Parameters<typeof failingLookup>) =>
        (isResolvable ? (originalLookup as typeof failingLookup) : failingLookup)(...args)) as typeof dns.lookup);
    const destination = await fixture.connect({ endpoint: fixture.proxy.url.replace('127.0.0.1', 'localhost') });
    const outcome = await fixture.runStage(
      stage,
      (seen) => {
        if (requestKind(seen) !== requestKindAt(stage) || wasUnresolvable) return undefined;
        wasUnresolvable = true;
        isResolvable = false;
        fixture.proxy.closeConnections();
        return { kind: 'reset' };
      },
      {
        destination,
        onFailedAttempt: () => {
          isResolvable = true;
        },
      },
    );
    isResolvable = true;
    expect(lookups).toHaveBeenCalled();
    expect(outcome.errors.map((error) => error.code)).toEqual(['unreachable']);
    await fixture.expectStoredOrNothing(outcome, 'DNS', stageContent(stage));
  });

  test('an untrusted certificate stops the upload without another attempt', async () => {
    const tlsProxy = await TlsProxy.start(fixture.proxy.url);
    const destination = await fixture.connect({ endpoint: tlsProxy.url, values: { ca: tlsProxy.certificate } });
    let handshakes = 0;
    const outcome = await fixture.runStage(
      stage,
      (seen) => {
        if (requestKind(seen) === requestKindAt(stage) && handshakes++ === 0) tlsProxy.useCertificate('untrusted');
        return undefined;
      },
      { destination },
    );
    expect(outcome.errors).toMatchObject([{ code: 'tls-untrusted', field: 'ca' }]);
    // Two parts are sent at once.
    expect(tlsProxy.handshakes).toBeLessThanOrEqual(stage === 'part' ? 2 : 1);
    const { checkpoint } = outcome;
    tlsProxy.useCertificate('trusted');
    fixture.proxy.setRule();
    if (checkpoint !== undefined) await destination.discard({ checkpoint }, neverAborted);
    tlsProxy.stop();
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });
});

const isTimeFault = (name: string): boolean =>
  ['a half-open connection', 'a server that never answers', slowAnswer].includes(name);

/** Whether the fault cuts the body of an answer that has no body. */
const hasNoEffect = (stage: FaultStage, name: string): boolean =>
  name === answerCutInBody && ['part', 'head', 'put', 'abort'].includes(stage);

test('a connection counts as stalled after a minute without a byte', () => {
  expect(defaultHandlerOptions.idleMs).toBe(60_000);
});

// ---------------------------------------------------------------- error responses of the server

const answer = (status: number, code = '', headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  headers,
  when: 'after the body',
  ...(code === '' ? {} : { body: `<Error><Code>${code}</Code></Error>` }),
});
const dateIn90Seconds = (): string => new Date(Date.now() + 90_000).toUTCString();
/** The answers, and the errors that they cause at the stages. Without an error, the driver's own retry succeeds. */
const errorResponses: [string, () => Fault, Partial<Record<FaultStage, ErrorCode>> & { else?: ErrorCode }][] = [
  ['500', () => answer(500, 'InternalError'), {}],
  ['502 with a web page', () => ({ ...answer(502), body: '<html><body><hr>Bad gateway</body></html>' }) as Fault, {}],
  ['503 SlowDown', () => answer(503, 'SlowDown'), {}],
  ['429', () => answer(429, 'TooManyRequests'), {}],
  ['429 with Retry-After: 7', () => answer(429, 'TooManyRequests', { 'retry-after': '7' }), { else: 'rate-limited' }],
  [
    '503 with a date in Retry-After',
    () => answer(503, 'SlowDown', { 'retry-after': dateIn90Seconds() }),
    { else: 'rate-limited', head: 'unavailable' },
  ],
  ['408', () => answer(408, 'RequestTimeout'), { head: 'stalled' }],
  ['409', () => answer(409, 'OperationAborted'), { else: 'unavailable' }],
  [
    '412',
    () => answer(412, 'PreconditionFailed'),
    { create: 'rejected', part: 'rejected', list: 'rejected', head: 'rejected', abort: 'rejected' },
  ],
  ['400', () => answer(400, 'EntityTooSmall'), { else: 'rejected' }],
  ['403', () => answer(403, 'SignatureDoesNotMatch'), { else: 'unauthorized' }],
  // A HEAD response has no body for the error. It has neither an ETag nor a request ID, so it is not from an S3 store.
  ['200 with an error in the body', () => answer(200, 'InternalError'), { head: 'wrong-service' }],
];

const answerCases = sample(
  faultStages.flatMap((stage) => errorResponses.map(([name, fault, errors]) => ({ stage, name, fault, errors }))),
  24,
  ({ stage, name }) => [stage, name],
);
describe.each(faultStages)('an error response to a “%s” request', (stage) => {
  const cases = answerCases
    .filter((answerCase) => answerCase.stage === stage)
    .map(({ name, fault, errors }) => [name, fault, errors] as const);
  test.each(cases)('with the status %s causes the expected error and retries', async (name, fault, errors) => {
    const code = stage in errors ? errors[stage] : errors.else;
    let requestsBefore = 0;
    const outcome = await fixture.runStage(stage, faultAt(stage, fault()), {
      onFailedAttempt: () => {
        requestsBefore ||= fixture.requestCount(stage);
      },
    });
    const [error] = outcome.errors;
    if (stage === 'head' && name === '403') {
      // The driver cannot tell whose object it is. It removes the object, because the key is unique.
      expect(outcome).toMatchObject({ outcome: 'done', restarts: ['store-forgot'] });
    } else if (code !== undefined) {
      expect(error?.code, JSON.stringify(error)).toBe(code);
      const isTemporary = errorTable[code].retry !== 'never';
      expect(outcome.outcome).toBe(stage === 'abort' ? code : isTemporary ? 'done' : code);
      // The driver does not retry permanent errors and answers with a long Retry-After.
      if (!isTemporary || name.includes('Retry-After'))
        expect(requestsBefore, 'requests').toBeLessThanOrEqual(stage === 'part' ? 2 : 1);
    } else {
      expect(outcome.errors).toEqual([]);
    }
    if (name.includes('Retry-After: 7')) expect(error?.retryAfterMs).toBe(7000);
    if (name.includes('a date')) expect(Math.abs((error?.retryAfterMs ?? 0) - 90_000)).toBeLessThan(9000);
    await fixture.expectStoredOrNothing(outcome, `${name} at ${stage}`, stageContent(stage));
  });
});

test('a permanent failure ends after eight attempts and leaves nothing behind', async () => {
  for (const stage of ['create', 'part', 'complete', 'put'] as const) {
    const outcome = await fixture.runStage(
      stage,
      s3Faults({ kind: requestKindAt(stage), fault: answer(503, 'ServiceUnavailable') }),
    );
    expect([outcome.outcome, outcome.errors.length], stage).toEqual(['unavailable', 8]);
    await fixture.expectStoredOrNothing(outcome, stage);
  }
});

// ---------------------------------------------------------------- lost answers and lost uploads

test('after a lost answer to Complete, Hoist finds the object and creates no second object', async () => {
  await forEachSeed('answer to Complete lost', repeatCount(10), async (random, caseName) => {
    const failedRetries = 1 + random.int(4);
    const retryFault: Fault = random.int(2) === 0 ? { kind: 'lost-answer' } : { kind: 'reset' };
    const outcome = await fixture.uploadWithRetries({
      source: () => patternSource(twoPartBytes),
      destination: await connectWithFaults(
        s3Faults(
          { kind: 'complete', nth: 1, fault: { kind: 'lost-answer' } },
          ...Array.from({ length: failedRetries }, (_, i) => ({
            kind: 'complete' as const,
            nth: 2 + i,
            fault: retryFault,
          })),
        ),
      ),
    });
    expect(outcome.outcome, caseName).toBe('done');
    await fixture.expectStoredOrNothing(outcome, caseName);
  });
});

test('after lost answers to Create, Hoist resumes or aborts the uploads that were opened', async () => {
  await forEachSeed('answer to Create lost', repeatCount(10), async (random, caseName) => {
    const faults = Array.from({ length: 1 + random.int(5) }, (_, i) => ({
      kind: 'create' as const,
      nth: 1 + i,
      fault: (random.int(3) === 0 ? { kind: 'reset' } : { kind: 'lost-answer' }) as Fault,
    }));
    const outcome = await fixture.uploadWithRetries({
      source: () => patternSource(twoPartBytes),
      destination: await connectWithFaults(s3Faults(...faults)),
    });
    expect(outcome.outcome, caseName).toBe('done');
    await fixture.expectStoredOrNothing(outcome, caseName);
  });
});

test('an upload that another client aborts at any moment restarts from zero and succeeds', async () => {
  await forEachSeed('upload removed', repeatCount(12), async (random, caseName) => {
    /** The abort happens before this request; 0: before the upload is resumed. */
    const abortBefore = random.int(5);
    let requests = 0;
    let aborted: Promise<unknown> | undefined;
    const checkpoint = (await fixture.createOpenUpload()) as { key: string; uploadId: string };
    const abortUpload = (): Promise<unknown> =>
      fixture.practice.client
        .send(
          new AbortMultipartUploadCommand({ Bucket: 'practice', Key: checkpoint.key, UploadId: checkpoint.uploadId }),
        )
        .catch((cause: unknown) => {
          // Hoist has just completed the upload.
          if (!(cause instanceof Error) || cause.name !== 'NoSuchUpload') throw cause;
        });
    if (abortBefore === 0) await abortUpload();
    const destination = await connectWithFaults(() => {
      if (++requests === abortBefore) aborted = abortUpload();
      return undefined;
    });
    const outcome = await fixture.uploadWithRetries({
      source: () => patternSource(twoPartBytes),
      checkpoint,
      destination,
    });
    await aborted;
    expect(outcome.outcome, caseName).toBe('done');
    if (abortBefore === 0) expect(outcome.restarts, caseName).toEqual(['store-forgot']);
    await fixture.expectStoredOrNothing(outcome, caseName);
  });
});

/** Connects a destination and makes the proxy apply these faults. */
async function connectWithFaults(faults: FaultRule): ReturnType<FaultFixture['connect']> {
  const destination = await fixture.connect();
  fixture.proxy.setRule(faults);
  return destination;
}

// ---------------------------------------------------------------- a wrong clock

const minute = 60_000;
const day = 24 * 60 * minute;
test.each([
  ['20 min', 20 * minute],
  ['1 day', day],
  ['10 years', 3653 * day],
])('on a computer whose clock is wrong by %s, uploads succeed and links open', async (_, ms) => {
  for (const difference of [ms, -ms]) {
    for (const size of [1000, twoPartBytes]) {
      let outcome: AttemptOutcome;
      vi.useFakeTimers({ now: Date.now() + difference, toFake: ['Date'] });
      clockOffset = -difference;
      try {
        const destination = await fixture.connect({ driverPorts: { now: () => Date.now() } });
        await destination.check(neverAborted);
        outcome = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
        expect(outcome.errors).toEqual([]);
        const { url, expiresAt } = await destination.link(outcome.ref!, neverAborted);
        expect((await fetch(url)).status, `${difference} ms, ${size} bytes`).toBe(200);
        expect(expiresAt).toBeGreaterThan(Date.now());
      } finally {
        vi.useRealTimers();
        clockOffset = 0;
      }
      await fixture.expectStoredOrNothing(outcome, `${difference} ms`, patternBytes(size));
    }
  }
});

// ---------------------------------------------------------------- objects of another client

test('an upload does not change an object that another client wrote to its key', async () => {
  await forEachSeed('key taken', repeatCount(10), async (random, caseName) => {
    const size = random.int(2) === 0 ? 1 + random.int(minPartBytes) : twoPartBytes;
    const takenKeys = 1 + random.int(2);
    const maxTakenKeys = size > minPartBytes ? 1 : takenKeys;
    let keysCreated = 0;
    // The first keys have only zero bytes in their random part (`AAAAAAAAAAAAAAAA`), so they are taken.
    const randomBytes = (count: number): Uint8Array =>
      keysCreated++ < maxTakenKeys ? new Uint8Array(count) : s3TestPorts.randomBytes(count);
    const destination = await fixture.connect({ driverPorts: { randomBytes } });
    const key = `${new Date().toLocaleDateString('sv').replaceAll('-', '/')}/AAAAAAAAAAAAAAAA/file.bin`;
    await fixture.practice.put(key, 'theirs');
    fixture.proxy.setRule();
    const outcome = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
    expect(outcome.outcome, caseName).toBe('done');
    expect((await fixture.practice.bytes(key)).toString(), caseName).toBe('theirs');
    await destination.discard({ ref: { v: 1, bucket: 'practice', key, size: 6 } }, neverAborted);
    await fixture.expectStoredOrNothing(outcome, caseName, patternBytes(size));
  });
});

// ---------------------------------------------------------------- deleted buckets and deleted access keys

test('an upload whose bucket or access key is deleted fails at the next request', async () => {
  const cases = sample(
    ['NoSuchBucket', 'InvalidAccessKeyId', 'ExpiredToken'].flatMap((error) =>
      ['part', 'complete', 'list-parts'].map((kind) => `${error} ${kind}`),
    ),
    3,
    (name) => name.split(' '),
  );
  for (const [error, status, code] of [
    ['NoSuchBucket', 404, 'no-bucket'],
    ['InvalidAccessKeyId', 403, 'unauthorized'],
    ['ExpiredToken', 400, 'session-expired'],
  ] as const) {
    for (const kind of ['part', 'complete', 'list-parts'] as const) {
      if (!cases.includes(`${error} ${kind}`)) continue;
      const errorResponse = answer(status, error);
      const isTrigger = (seen: ProxiedRequest): boolean => requestKind(seen) === kind;
      let isDeleted = false;
      const failAfterTrigger: FaultRule = (seen) => {
        isDeleted ||= isTrigger(seen);
        return isDeleted ? errorResponse : undefined;
      };
      const checkpoint = kind === 'list-parts' ? await fixture.createOpenUpload() : undefined;
      const outcome = await fixture.uploadWithRetries({
        source: () => patternSource(twoPartBytes),
        destination: await connectWithFaults(failAfterTrigger),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      });
      expect([outcome.outcome, outcome.errors.length], `${error} at ${kind}`).toEqual([code, 1]);
      expect(fixture.proxy.requests.filter(isTrigger).length).toBeLessThanOrEqual(kind === 'part' ? 2 : 1);
      // The checkpoint still works, so the upload resumes when the access key is valid again.
      if (kind !== 'complete') {
        fixture.proxy.setRule();
        const retried = await fixture.uploadWithRetries({
          source: () => patternSource(twoPartBytes),
          checkpoint: outcome.checkpoint!,
        });
        expect(retried.outcome).toBe('done');
        await fixture.expectStoredOrNothing(retried, error);
      } else {
        await fixture.expectStoredOrNothing(outcome, error);
      }
    }
  }
});

test('the store received no unexpected request during these tests', () => {
  expect(fixture.practice.problems).toEqual([]);
});
