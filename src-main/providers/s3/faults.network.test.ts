/** What networks and servers do, at every stage of an upload: afterwards there is the one object, or nothing. */
import dns from 'node:dns';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { errorTable, type ErrorCode } from '../../../src-shared/errors.ts';
import { requestKind, s3Faults } from '../../../e2e/servers/s3-fault-plan.ts';
import { TlsFront } from '../testing/tls-front.ts';
import type { Fault, Plan, Seen } from '../testing/faults.ts';
import { patternOf, patternSource } from '../testing/source.ts';
import { handlerDefaults } from '../sending/request-handler.ts';
import {
  Bench,
  contentOf,
  eachSeed,
  idleMs,
  kindOf,
  never,
  part,
  runs,
  stages,
  twoParts,
  type Ended,
  type Stage,
} from './testing/fault-bench.ts';
import { ports } from './testing/subject.ts';

vi.setConfig({ testTimeout: runs(120_000) });

let bench: Bench;
/** ms by which the store's clock differs from ours */
let storeAhead = 0;
beforeAll(async () => {
  bench = await Bench.start({ now: () => Date.now() + storeAhead });
});
afterAll(() => bench.stop());
afterEach(async () => {
  bench.proxy.set();
  vi.restoreAllMocks();
  // One case that fails does not take the others with it.
  await bench.practice.practice.empty();
});

const once = (stage: Stage, fault: Fault, nth = 1): Plan => s3Faults({ kind: kindOf(stage), nth, fault });

// ---------------------------------------------------------------- R5: the network

/** Of a body in its middle, also of the last part with its 7 bytes; of a request without one, at once. */
const middle = (stage: Stage): number => (stage === 'part' ? 4 : stage === 'put' ? 500 : 1);
const network: [string, (stage: Stage) => Fault][] = [
  ['reset before the body', () => ({ kind: 'reset' })],
  ['reset in the middle of the body', (stage) => ({ kind: 'reset', afterBytes: middle(stage) })],
  ['reset after the body', () => ({ kind: 'lost-answer' })],
  ['half open', () => ({ kind: 'stall' })],
  ['silence', () => ({ kind: 'silence' })],
  ['an answer that drips', () => ({ kind: 'slow', bytesPerSecond: 2000, of: 'answer' })],
  ['an answer cut in its head', () => ({ kind: 'cut-head' })],
  ['an answer cut in its body', () => ({ kind: 'cut-answer', afterBytes: 10 })],
];

describe.each(stages)('the network fails at %s', (stage) => {
  test.each(network)('%s: it is sent again, and is there', async (what, fault) => {
    const through = await bench.connect(isAboutTime(what) ? { tuning: { idleMs } } : {});
    const ended = await bench.through(stage, once(stage, fault(stage)), { through });
    expect(ended.outcome).toBe(stage === 'abort' ? 'canceled' : 'done');
    expect(ended.errors).toEqual([]);
    // What drips is not dead.
    expect(bench.count(stage) > 1 || what === 'an answer that drips' || isWithoutBody(stage, what)).toBe(true);
    await bench.expectWhole(ended, what, contentOf(stage));
  });

  test('nobody listens any more: it is tried again when somebody does', async () => {
    let isGone = false;
    const ended = await bench.through(
      stage,
      (seen) => {
        if (requestKind(seen) === kindOf(stage) && !isGone) {
          isGone = true;
          bench.proxy.goAway();
        }
        return undefined;
      },
      { meanwhile: () => bench.proxy.comeBack() },
    );
    await bench.proxy.comeBack();
    expect(ended.errors.map((error) => error.code)).toEqual(['unreachable']);
    await bench.expectWhole(ended, 'refused', contentOf(stage));
  });

  test('the name is not found any more: it is tried again when it is', async () => {
    const real = dns.lookup;
    let isKnown = true;
    let wasUnknown = false;
    const unknown = (name: string, _options: object, done: (cause: Error) => void): void =>
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name }));
    const lookups = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((...args: Parameters<typeof unknown>) =>
        (isKnown ? (real as typeof unknown) : unknown)(...args)) as typeof dns.lookup);
    const through = await bench.connect({ endpoint: bench.proxy.url.replace('127.0.0.1', 'localhost') });
    const ended = await bench.through(
      stage,
      (seen) => {
        if (requestKind(seen) !== kindOf(stage) || wasUnknown) return undefined;
        wasUnknown = true;
        isKnown = false;
        bench.proxy.cutAll();
        return { kind: 'reset' };
      },
      {
        through,
        meanwhile: () => {
          isKnown = true;
        },
      },
    );
    isKnown = true;
    expect(lookups).toHaveBeenCalled();
    expect(ended.errors.map((error) => error.code)).toEqual(['unreachable']);
    await bench.expectWhole(ended, 'DNS', contentOf(stage));
  });

  test('a certificate that nobody vouches for: not tried again, and nothing is sent in the clear', async () => {
    const front = await TlsFront.start(bench.proxy.url);
    const through = await bench.connect({ endpoint: front.url, values: { ca: front.certificate } });
    let shown = 0;
    const ended = await bench.through(
      stage,
      (seen) => {
        if (requestKind(seen) === kindOf(stage) && shown++ === 0) front.show('stranger');
        return undefined;
      },
      { through },
    );
    expect(ended.errors).toMatchObject([{ code: 'tls-untrusted', field: 'ca' }]);
    // One handshake for each part that was on its way.
    expect(front.begun).toBeLessThanOrEqual(stage === 'part' ? 2 : 1);
    const { checkpoint } = ended;
    front.show('known');
    bench.proxy.set();
    if (checkpoint !== undefined) await through.discard({ checkpoint }, never);
    front.stop();
    expect(await bench.practice.leftovers()).toEqual({ objects: 0, uploads: 0 });
  });
});

const isAboutTime = (what: string): boolean => ['half open', 'silence', 'an answer that drips'].includes(what);

/** Where the answer has no body there is nothing to cut. */
const isWithoutBody = (stage: Stage, what: string): boolean =>
  what === 'an answer cut in its body' && ['part', 'head', 'put', 'abort'].includes(stage);

test('a connection counts as dead after a minute without a byte, not before', () => {
  expect(handlerDefaults.idleMs).toBe(60_000);
});

// ---------------------------------------------------------------- R6: what servers answer

const answer = (status: number, code = '', headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  headers,
  when: 'after the body',
  ...(code === '' ? {} : { body: `<Error><Code>${code}</Code></Error>` }),
});
const later = (): string => new Date(Date.now() + 90_000).toUTCString();
const answers: [string, () => Fault, Partial<Record<Stage, ErrorCode>> & { else?: ErrorCode }][] = [
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
  // An answer to HEAD has no body to say it in; without an ETag it is no store's.
  ['200 with an error in it', () => answer(200, 'InternalError'), { head: 'wrong-service' }],
];

describe.each(stages)('the server refuses at %s', (stage) => {
  test.each(answers)('%s', async (what, fault, means) => {
    const code = stage in means ? means[stage] : means.else;
    let asked = 0;
    const ended = await bench.through(stage, once(stage, fault()), {
      meanwhile: () => {
        asked ||= bench.count(stage);
      },
    });
    const [error] = ended.errors;
    if (stage === 'head' && what === '403') {
      // What keys may not look at may still be replaced: the object of which nothing is known goes.
      expect(ended).toMatchObject({ outcome: 'done', restarts: ['store-forgot'] });
    } else if (code !== undefined) {
      expect(error?.code, JSON.stringify(error)).toBe(code);
      const heals = errorTable[code].retry !== 'never';
      expect(ended.outcome).toBe(stage === 'abort' ? code : heals ? 'done' : code);
      // What cannot heal is asked once; what shall wait is not asked again before.
      if (!heals || what.includes('come back')) expect(asked, 'requests').toBeLessThanOrEqual(stage === 'part' ? 2 : 1);
    } else {
      expect(ended.errors).toEqual([]);
    }
    if (what.includes('7 s')) expect(error?.retryAfterMs).toBe(7000);
    if (what.includes('a date')) expect(Math.abs((error?.retryAfterMs ?? 0) - 90_000)).toBeLessThan(9000);
    await bench.expectWhole(ended, `${what} at ${stage}`, contentOf(stage));
  });
});

test('what does not end ends after eight attempts, and nothing stays behind', async () => {
  for (const stage of ['create', 'part', 'complete', 'put'] as const) {
    const ended = await bench.through(
      stage,
      s3Faults({ kind: kindOf(stage), fault: answer(503, 'ServiceUnavailable') }),
    );
    expect([ended.outcome, ended.errors.length], stage).toEqual(['unavailable', 8]);
    await bench.expectWhole(ended, stage);
  }
});

// ---------------------------------------------------------------- R9, R10, R11: answers that were lost, uploads that are gone

test('the answer to Complete is lost: it is found, and there is no second object', async () => {
  await eachSeed('answer to Complete lost', runs(10), async (random, what) => {
    const lost = 1 + random.int(4);
    const then: Fault = random.int(2) === 0 ? { kind: 'lost-answer' } : { kind: 'reset' };
    const ended = await bench.attempt({
      source: () => patternSource(twoParts),
      through: await under(
        s3Faults(
          { kind: 'complete', nth: 1, fault: { kind: 'lost-answer' } },
          ...Array.from({ length: lost }, (_, i) => ({ kind: 'complete' as const, nth: 2 + i, fault: then })),
        ),
      ),
    });
    expect(ended.outcome, what).toBe('done');
    await bench.expectWhole(ended, what);
  });
});

test('the answer to Create is lost: what it opened is gone on with or closed', async () => {
  await eachSeed('answer to Create lost', runs(10), async (random, what) => {
    const faults = Array.from({ length: 1 + random.int(5) }, (_, i) => ({
      kind: 'create' as const,
      nth: 1 + i,
      fault: (random.int(3) === 0 ? { kind: 'reset' } : { kind: 'lost-answer' }) as Fault,
    }));
    const ended = await bench.attempt({
      source: () => patternSource(twoParts),
      through: await under(s3Faults(...faults)),
    });
    expect(ended.outcome, what).toBe('done');
    await bench.expectWhole(ended, what);
  });
});

test('somebody removes the unfinished upload at any moment: from zero once, and told', async () => {
  await eachSeed('upload removed', runs(12), async (random, what) => {
    const at = random.int(5);
    let requests = 0;
    let removed: Promise<unknown> | undefined;
    const checkpoint = (await bench.openUpload()) as { key: string; uploadId: string };
    const remove = (): Promise<unknown> =>
      bench.practice.client
        .send(
          new AbortMultipartUploadCommand({ Bucket: 'practice', Key: checkpoint.key, UploadId: checkpoint.uploadId }),
        )
        .catch((cause: unknown) => {
          // Completed a moment before.
          if (!(cause instanceof Error) || cause.name !== 'NoSuchUpload') throw cause;
        });
    if (at === 0) await remove();
    const through = await under(() => {
      if (++requests === at) removed = remove();
      return undefined;
    });
    const ended = await bench.attempt({ source: () => patternSource(twoParts), checkpoint, through });
    await removed;
    expect(ended.outcome, what).toBe('done');
    if (at === 0) expect(ended.restarts, what).toEqual(['store-forgot']);
    await bench.expectWhole(ended, what);
  });
});

/** Everything through the proxy, under this plan. */
async function under(plan: Plan): ReturnType<Bench['connect']> {
  const destination = await bench.connect();
  bench.proxy.set(plan);
  return destination;
}

// ---------------------------------------------------------------- R17: a clock that is wrong

const minute = 60_000;
const day = 24 * 60 * minute;
test.each([
  ['20 min', 20 * minute],
  ['1 day', day],
  ['10 years', 3653 * day],
])('a clock that is wrong by %s, either way: the upload works, and so does the link', async (_, ms) => {
  for (const wrong of [ms, -ms]) {
    for (const size of [1000, twoParts]) {
      let ended: Ended;
      vi.useFakeTimers({ now: Date.now() + wrong, toFake: ['Date'] });
      storeAhead = -wrong;
      try {
        const through = await bench.connect({ driverPorts: { now: () => Date.now() } });
        await through.check(never);
        ended = await bench.attempt({ source: () => patternSource(size), through });
        expect(ended.errors).toEqual([]);
        const { url, expiresAt } = await through.link(ended.ref!, never);
        expect((await fetch(url)).status, `${wrong} ms, ${size} bytes`).toBe(200);
        expect(expiresAt).toBeGreaterThan(Date.now());
      } finally {
        vi.useRealTimers();
        storeAhead = 0;
      }
      await bench.expectWhole(ended, `${wrong} ms`, patternOf(size));
    }
  }
});

// ---------------------------------------------------------------- R28: somebody else's object

test('a key that is somebody else’s stays as it is, small and in parts', async () => {
  await eachSeed('key taken', runs(10), async (random, what) => {
    const size = random.int(2) === 0 ? 1 + random.int(part) : twoParts;
    const taken = 1 + random.int(2);
    let made = 0;
    const through = await bench.connect({
      driverPorts: {
        randomBytes: (count) => (made++ < (size > part ? 1 : taken) ? new Uint8Array(count) : ports.randomBytes(count)),
      },
    });
    const key = `${new Date().toLocaleDateString('sv').replaceAll('-', '/')}/AAAAAAAAAAAAAAAA/file.bin`;
    await bench.practice.put(key, 'theirs');
    bench.proxy.set();
    const ended = await bench.attempt({ source: () => patternSource(size), through });
    expect(ended.outcome, what).toBe('done');
    expect((await bench.practice.bytes(key)).toString(), what).toBe('theirs');
    await through.discard({ ref: { v: 1, bucket: 'practice', key, size: 6 } }, never);
    await bench.expectWhole(ended, what, patternOf(size));
  });
});

// ---------------------------------------------------------------- the bucket goes, the keys go

test('the bucket is deleted in the middle, or the keys are: one more request says so', async () => {
  for (const [error, code] of [
    ['NoSuchBucket', 'no-bucket'],
    ['InvalidAccessKeyId', 'unauthorized'],
    ['ExpiredToken', 'session-expired'],
  ] as const) {
    for (const kind of ['part', 'complete', 'list-parts'] as const) {
      const gone = answer(error === 'NoSuchBucket' ? 404 : error === 'ExpiredToken' ? 400 : 403, error);
      const isFrom = (seen: Seen): boolean => requestKind(seen) === kind;
      let isGone = false;
      const plan: Plan = (seen) => {
        isGone ||= isFrom(seen);
        return isGone ? gone : undefined;
      };
      const checkpoint = kind === 'list-parts' ? await bench.openUpload() : undefined;
      const ended = await bench.attempt({
        source: () => patternSource(twoParts),
        through: await under(plan),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      });
      expect([ended.outcome, ended.errors.length], `${error} at ${kind}`).toEqual([code, 1]);
      expect(bench.proxy.seen.filter(isFrom).length).toBeLessThanOrEqual(kind === 'part' ? 2 : 1);
      // The checkpoint stays, so that it goes on when the keys are mended.
      if (kind !== 'complete') {
        bench.proxy.set();
        const mended = await bench.attempt({ source: () => patternSource(twoParts), checkpoint: ended.checkpoint! });
        expect(mended.outcome).toBe('done');
        await bench.expectWhole(mended, error);
      } else {
        await bench.expectWhole(ended, error);
      }
    }
  }
});

test('in all of this nothing happened in the store that nobody foresaw', () => {
  expect(bench.practice.problems).toEqual([]);
});
