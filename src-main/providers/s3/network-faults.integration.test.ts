/** Faults of networks and servers at every stage of an upload: afterwards the store has one object or nothing. */
import dns from 'node:dns';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
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
  neverAborted,
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
/** Difference between the store's clock and ours, in ms */
let storeAhead = 0;
beforeAll(async () => {
  fixture = await FaultFixture.start({ now: () => Date.now() + storeAhead });
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

// ---------------------------------------------------------------- R5: the network

/**
 * A byte in the middle of the body, also for the last part of 7 bytes; the first byte for requests without a body.
 */
const midBodyByte = (stage: FaultStage): number => (stage === 'part' ? 4 : stage === 'put' ? 500 : 1);
const network: [string, (stage: FaultStage) => Fault][] = [
  ['reset before the body', () => ({ kind: 'reset' })],
  ['reset in the middle of the body', (stage) => ({ kind: 'reset', afterBytes: midBodyByte(stage) })],
  ['reset after the body', () => ({ kind: 'lost-answer' })],
  ['half open', () => ({ kind: 'stall' })],
  ['silence', () => ({ kind: 'silence' })],
  ['an answer that drips', () => ({ kind: 'slow', bytesPerSecond: 2000, of: 'answer' })],
  ['an answer cut in its head', () => ({ kind: 'cut-head' })],
  ['an answer cut in its body', () => ({ kind: 'cut-answer', afterBytes: 10 })],
];

const networkCases = sample(
  faultStages.flatMap((stage) => network.map(([what, fault]) => ({ stage, what, fault }))),
  16,
  ({ stage, what }) => [stage, what],
);
describe.each(faultStages)('the network fails at %s', (stage) => {
  test.each(networkCases.filter((one) => one.stage === stage).map(({ what, fault }) => [what, fault] as const))(
    '%s: the request is sent again and the object is stored',
    async (what, fault) => {
      const destination = await fixture.connect(isAboutTime(what) ? { driverOptions: { idleMs } } : {});
      const outcome = await fixture.runStage(stage, faultAt(stage, fault(stage)), { destination });
      expect(outcome.outcome).toBe(stage === 'abort' ? 'canceled' : 'done');
      expect(outcome.errors).toEqual([]);
      // A slow connection is not dead, so it is not retried.
      expect(fixture.requestCount(stage) > 1 || what === 'an answer that drips' || isWithoutBody(stage, what)).toBe(
        true,
      );
      await fixture.expectStoredOrNothing(outcome, what, stageContent(stage));
    },
  );

  test('refused connections: retried when the server listens again', async () => {
    let isDown = false;
    const outcome = await fixture.runStage(
      stage,
      (seen) => {
        if (requestKind(seen) === requestKindAt(stage) && !isDown) {
          isDown = true;
          fixture.proxy.goOffline();
        }
        return undefined;
      },
      { onFailedAttempt: () => fixture.proxy.goOnline() },
    );
    await fixture.proxy.goOnline();
    expect(outcome.errors.map((error) => error.code)).toEqual(['unreachable']);
    await fixture.expectStoredOrNothing(outcome, 'refused', stageContent(stage));
  });

  test('an unresolvable host name: retried when it resolves', async () => {
    const real = dns.lookup;
    let isKnown = true;
    let wasUnknown = false;
    const unknown = (name: string, _options: object, done: (cause: Error) => void): void =>
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name }));
    const lookups = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((...args: Parameters<typeof unknown>) =>
        (isKnown ? (real as typeof unknown) : unknown)(...args)) as typeof dns.lookup);
    const destination = await fixture.connect({ endpoint: fixture.proxy.url.replace('127.0.0.1', 'localhost') });
    const outcome = await fixture.runStage(
      stage,
      (seen) => {
        if (requestKind(seen) !== requestKindAt(stage) || wasUnknown) return undefined;
        wasUnknown = true;
        isKnown = false;
        fixture.proxy.closeConnections();
        return { kind: 'reset' };
      },
      {
        destination,
        onFailedAttempt: () => {
          isKnown = true;
        },
      },
    );
    isKnown = true;
    expect(lookups).toHaveBeenCalled();
    expect(outcome.errors.map((error) => error.code)).toEqual(['unreachable']);
    await fixture.expectStoredOrNothing(outcome, 'DNS', stageContent(stage));
  });

  test('an untrusted certificate: not tried again, and nothing is sent unencrypted', async () => {
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
    // One handshake for each part in flight.
    expect(tlsProxy.handshakes).toBeLessThanOrEqual(stage === 'part' ? 2 : 1);
    const { checkpoint } = outcome;
    tlsProxy.useCertificate('trusted');
    fixture.proxy.setRule();
    if (checkpoint !== undefined) await destination.discard({ checkpoint }, neverAborted);
    tlsProxy.stop();
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });
});

const isAboutTime = (what: string): boolean => ['half open', 'silence', 'an answer that drips'].includes(what);

/** A response without a body can't be cut. */
const isWithoutBody = (stage: FaultStage, what: string): boolean =>
  what === 'an answer cut in its body' && ['part', 'head', 'put', 'abort'].includes(stage);

test('a connection counts as dead after a minute without a byte, not before', () => {
  expect(defaultHandlerOptions.idleMs).toBe(60_000);
});

// ---------------------------------------------------------------- R6: server answers

const answer = (status: number, code = '', headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  headers,
  when: 'after the body',
  ...(code === '' ? {} : { body: `<Error><Code>${code}</Code></Error>` }),
});
const later = (): string => new Date(Date.now() + 90_000).toUTCString();
const answers: [string, () => Fault, Partial<Record<FaultStage, ErrorCode>> & { else?: ErrorCode }][] = [
  ['500', () => answer(500, 'InternalError'), {}],
  ['502 with a page', () => ({ ...answer(502), body: '<html><body><hr>Bad gateway</body></html>' }) as Fault, {}],
  ['503 SlowDown', () => answer(503, 'SlowDown'), {}],
  ['429', () => answer(429, 'TooManyRequests'), {}],
  ['429, come back in 7 s', () => answer(429, 'TooManyRequests', { 'retry-after': '7' }), { else: 'rate-limited' }],
  [
    '503, come back at a date',
    () => answer(503, 'SlowDown', { 'retry-after': later() }),
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
  // A HEAD response has no body for the error; a response without an ETag is not from an S3 store.
  ['200 with an error in it', () => answer(200, 'InternalError'), { head: 'wrong-service' }],
];

const answerCases = sample(
  faultStages.flatMap((stage) => answers.map(([what, fault, means]) => ({ stage, what, fault, means }))),
  24,
  ({ stage, what }) => [stage, what],
);
describe.each(faultStages)('the server refuses at %s', (stage) => {
  test.each(answerCases.filter((one) => one.stage === stage).map((one) => [one.what, one.fault, one.means] as const))(
    '%s',
    async (what, fault, means) => {
      const code = stage in means ? means[stage] : means.else;
      let requestsBefore = 0;
      const outcome = await fixture.runStage(stage, faultAt(stage, fault()), {
        onFailedAttempt: () => {
          requestsBefore ||= fixture.requestCount(stage);
        },
      });
      const [error] = outcome.errors;
      if (stage === 'head' && what === '403') {
        // Keys that may not read an object may still replace it, so the unknown object is removed.
        expect(outcome).toMatchObject({ outcome: 'done', restarts: ['store-forgot'] });
      } else if (code !== undefined) {
        expect(error?.code, JSON.stringify(error)).toBe(code);
        const heals = errorTable[code].retry !== 'never';
        expect(outcome.outcome).toBe(stage === 'abort' ? code : heals ? 'done' : code);
        // A permanent error is not retried, and a request with Retry-After is not repeated early.
        if (!heals || what.includes('come back'))
          expect(requestsBefore, 'requests').toBeLessThanOrEqual(stage === 'part' ? 2 : 1);
      } else {
        expect(outcome.errors).toEqual([]);
      }
      if (what.includes('7 s')) expect(error?.retryAfterMs).toBe(7000);
      if (what.includes('a date')) expect(Math.abs((error?.retryAfterMs ?? 0) - 90_000)).toBeLessThan(9000);
      await fixture.expectStoredOrNothing(outcome, `${what} at ${stage}`, stageContent(stage));
    },
  );
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

// ---------------------------------------------------------------- R9, R10, R11: lost answers and lost uploads

test('the answer to Complete is lost: Hoist finds the object and makes no second one', async () => {
  await forEachSeed('answer to Complete lost', repeatCount(10), async (random, what) => {
    const lost = 1 + random.int(4);
    const then: Fault = random.int(2) === 0 ? { kind: 'lost-answer' } : { kind: 'reset' };
    const outcome = await fixture.uploadWithRetries({
      source: () => patternSource(twoPartBytes),
      destination: await connectWithPlan(
        s3Faults(
          { kind: 'complete', nth: 1, fault: { kind: 'lost-answer' } },
          ...Array.from({ length: lost }, (_, i) => ({ kind: 'complete' as const, nth: 2 + i, fault: then })),
        ),
      ),
    });
    expect(outcome.outcome, what).toBe('done');
    await fixture.expectStoredOrNothing(outcome, what);
  });
});

test('the answer to Create is lost: the opened upload is resumed or aborted', async () => {
  await forEachSeed('answer to Create lost', repeatCount(10), async (random, what) => {
    const faults = Array.from({ length: 1 + random.int(5) }, (_, i) => ({
      kind: 'create' as const,
      nth: 1 + i,
      fault: (random.int(3) === 0 ? { kind: 'reset' } : { kind: 'lost-answer' }) as Fault,
    }));
    const outcome = await fixture.uploadWithRetries({
      source: () => patternSource(twoPartBytes),
      destination: await connectWithPlan(s3Faults(...faults)),
    });
    expect(outcome.outcome, what).toBe('done');
    await fixture.expectStoredOrNothing(outcome, what);
  });
});

test('another client removes the unfinished upload at any moment: one restart from zero, reported to the user', async () => {
  await forEachSeed('upload removed', repeatCount(12), async (random, what) => {
    const at = random.int(5);
    let requests = 0;
    let removed: Promise<unknown> | undefined;
    const checkpoint = (await fixture.createOpenUpload()) as { key: string; uploadId: string };
    const remove = (): Promise<unknown> =>
      fixture.practice.client
        .send(
          new AbortMultipartUploadCommand({ Bucket: 'practice', Key: checkpoint.key, UploadId: checkpoint.uploadId }),
        )
        .catch((cause: unknown) => {
          // The upload was completed a moment before.
          if (!(cause instanceof Error) || cause.name !== 'NoSuchUpload') throw cause;
        });
    if (at === 0) await remove();
    const destination = await connectWithPlan(() => {
      if (++requests === at) removed = remove();
      return undefined;
    });
    const outcome = await fixture.uploadWithRetries({
      source: () => patternSource(twoPartBytes),
      checkpoint,
      destination,
    });
    await removed;
    expect(outcome.outcome, what).toBe('done');
    if (at === 0) expect(outcome.restarts, what).toEqual(['store-forgot']);
    await fixture.expectStoredOrNothing(outcome, what);
  });
});

/** All requests go through the proxy, which applies this fault plan. */
async function connectWithPlan(plan: FaultRule): ReturnType<FaultFixture['connect']> {
  const destination = await fixture.connect();
  fixture.proxy.setRule(plan);
  return destination;
}

// ---------------------------------------------------------------- R17: a wrong clock

const minute = 60_000;
const day = 24 * 60 * minute;
test.each([
  ['20 min', 20 * minute],
  ['1 day', day],
  ['10 years', 3653 * day],
])('a clock that is wrong by %s, either way: the upload and the link work', async (_, ms) => {
  for (const wrong of [ms, -ms]) {
    for (const size of [1000, twoPartBytes]) {
      let outcome: AttemptOutcome;
      vi.useFakeTimers({ now: Date.now() + wrong, toFake: ['Date'] });
      storeAhead = -wrong;
      try {
        const destination = await fixture.connect({ driverPorts: { now: () => Date.now() } });
        await destination.check(neverAborted);
        outcome = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
        expect(outcome.errors).toEqual([]);
        const { url, expiresAt } = await destination.link(outcome.ref!, neverAborted);
        expect((await fetch(url)).status, `${wrong} ms, ${size} bytes`).toBe(200);
        expect(expiresAt).toBeGreaterThan(Date.now());
      } finally {
        vi.useRealTimers();
        storeAhead = 0;
      }
      await fixture.expectStoredOrNothing(outcome, `${wrong} ms`, patternBytes(size));
    }
  }
});

// ---------------------------------------------------------------- R28: objects of another client

test('an upload, small or in parts, does not change an object of another client', async () => {
  await forEachSeed('key taken', repeatCount(10), async (random, what) => {
    const size = random.int(2) === 0 ? 1 + random.int(minPartBytes) : twoPartBytes;
    const taken = 1 + random.int(2);
    let made = 0;
    const destination = await fixture.connect({
      driverPorts: {
        randomBytes: (count) =>
          made++ < (size > minPartBytes ? 1 : taken) ? new Uint8Array(count) : s3TestPorts.randomBytes(count),
      },
    });
    const key = `${new Date().toLocaleDateString('sv').replaceAll('-', '/')}/AAAAAAAAAAAAAAAA/file.bin`;
    await fixture.practice.put(key, 'theirs');
    fixture.proxy.setRule();
    const outcome = await fixture.uploadWithRetries({ source: () => patternSource(size), destination });
    expect(outcome.outcome, what).toBe('done');
    expect((await fixture.practice.bytes(key)).toString(), what).toBe('theirs');
    await destination.discard({ ref: { v: 1, bucket: 'practice', key, size: 6 } }, neverAborted);
    await fixture.expectStoredOrNothing(outcome, what, patternBytes(size));
  });
});

// ---------------------------------------------------------------- deleted buckets and deleted keys

test('the bucket or the keys are deleted during an upload: the next request reports it', async () => {
  const cases = sample(
    ['NoSuchBucket', 'InvalidAccessKeyId', 'ExpiredToken'].flatMap((error) =>
      ['part', 'complete', 'list-parts'].map((kind) => `${error} ${kind}`),
    ),
    3,
    (name) => name.split(' '),
  );
  for (const [error, code] of [
    ['NoSuchBucket', 'no-bucket'],
    ['InvalidAccessKeyId', 'unauthorized'],
    ['ExpiredToken', 'session-expired'],
  ] as const) {
    for (const kind of ['part', 'complete', 'list-parts'] as const) {
      if (!cases.includes(`${error} ${kind}`)) continue;
      const errorResponse = answer(error === 'NoSuchBucket' ? 404 : error === 'ExpiredToken' ? 400 : 403, error);
      const isTrigger = (seen: ProxiedRequest): boolean => requestKind(seen) === kind;
      let isDown = false;
      const plan: FaultRule = (seen) => {
        isDown ||= isTrigger(seen);
        return isDown ? errorResponse : undefined;
      };
      const checkpoint = kind === 'list-parts' ? await fixture.createOpenUpload() : undefined;
      const outcome = await fixture.uploadWithRetries({
        source: () => patternSource(twoPartBytes),
        destination: await connectWithPlan(plan),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      });
      expect([outcome.outcome, outcome.errors.length], `${error} at ${kind}`).toEqual([code, 1]);
      expect(fixture.proxy.requests.filter(isTrigger).length).toBeLessThanOrEqual(kind === 'part' ? 2 : 1);
      // The checkpoint stays, so that the upload resumes when the keys work again.
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

test('no fault in this file causes an unexpected request to the store', () => {
  expect(fixture.practice.problems).toEqual([]);
});
