import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../../src-shared/errors.ts';
import { visibilities, type ChainStep } from '../../src-shared/upload.ts';
import { decide, retryLimits } from './decide.ts';

const now = 1_000_000;
const context = {
  source: 'file' as const,
  chain: [{ profileId: 'a', visibility: 'expiring' as const }],
  step: 0,
  failures: 0,
  now,
  random: 0.5,
  onBlocked: 'wait' as const,
};
const codes = fc.constantFrom(...(Object.keys(errorTable) as ErrorCode[]));

test('a permanent error fails at once', () => {
  for (const code of ['unauthorized', 'forbidden', 'no-bucket', 'source-missing', 'canceled', 'too-large'] as const) {
    expect(decide({ code }, context)).toEqual({ do: 'fail' });
  }
});

test('a stream is never retried, because it cannot be read again', () => {
  fc.assert(
    fc.property(codes, (code) => {
      expect(decide({ code }, { ...context, source: 'stream', chain: [...context.chain, ...context.chain] })).toEqual({
        do: 'fail',
      });
    }),
  );
});

test('a stream that can be read again goes to the next destination at once, unless its own file or disk is the problem', () => {
  const repeatable = { ...context, source: 'repeatable-stream' as const, chain: [...context.chain, ...context.chain] };
  for (const code of ['unreachable', 'unavailable', 'unauthorized', 'stalled'] as const)
    expect(decide({ code }, repeatable)).toEqual({ do: 'next', step: 1 });
  for (const code of ['offline', 'source-missing', 'disk-full', 'canceled', 'bug'] as const)
    expect(decide({ code }, repeatable)).toEqual({ do: 'fail' });
  expect(decide({ code: 'unreachable' }, { ...repeatable, chain: context.chain })).toEqual({ do: 'fail' });
});

test('an offline error waits for the network and uses no attempt', () => {
  expect(decide({ code: 'offline' }, { ...context, failures: 7 })).toEqual({
    do: 'wait',
    until: 'online',
    failures: 7,
  });
});

test('the limit of the random pause doubles with each failure, up to 30 seconds', () => {
  const pause = (failures: number, random: number): number => {
    const d = decide({ code: 'unavailable' }, { ...context, failures, random });
    return d.do === 'wait' && typeof d.until === 'number' ? d.until - now : -1;
  };
  expect([0, 1, 2, 3, 4, 5, 6].map((f) => pause(f, 1))).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000]);
  expect(pause(6, 0)).toBe(0);
  expect(decide({ code: 'unavailable' }, { ...context, failures: retryLimits.attempts - 1 })).toEqual({ do: 'fail' });
});

test('a pause is at least as long as Retry-After, up to 15 minutes', () => {
  expect(decide({ code: 'rate-limited', retryAfterMs: 120_000 }, context)).toMatchObject({ until: now + 120_000 });
  expect(decide({ code: 'rate-limited', retryAfterMs: 10 ** 9 }, context)).toMatchObject({ until: now + 15 * 60_000 });
});

describe('a closed port', () => {
  const portIsClosed = { code: 'unreachable' as const, params: { why: 'refused' } };
  const chain: ChainStep[] = [
    { profileId: 'a', visibility: 'expiring' },
    { profileId: 'b', visibility: 'expiring' },
  ];

  test('is retried for 3 seconds when another destination may take the file', () => {
    const failing = (ms: number) => ({ ...context, chain, failures: 2, failingSince: now - ms, random: 1 });
    expect(decide(portIsClosed, { ...context, chain })).toMatchObject({ do: 'wait' });
    expect(decide(portIsClosed, failing(2000))).toEqual({ do: 'wait', until: now + 1000, failures: 3 });
    expect(decide(portIsClosed, failing(3000))).toEqual({ do: 'next', step: 1 });
    expect(decide({ code: 'unreachable', params: { why: 'cut' } }, failing(3000))).toMatchObject({ do: 'wait' });
  });

  test('is retried like any other error when no other destination may take the file', () => {
    const wider: ChainStep[] = [chain[0]!, { profileId: 'b', visibility: 'public' }];
    for (const only of [chain.slice(0, 1), wider])
      expect(
        decide(portIsClosed, { ...context, chain: only, failures: 2, failingSince: now - 5000, random: 1 }),
      ).toEqual({
        do: 'wait',
        until: now + 2000,
        failures: 3,
      });
  });
});

test('a fallback that the user allowed is used', () => {
  const chain = (allowed: ('more-people' | 'cannot-delete')[]): ChainStep[] => [
    { profileId: 'a', visibility: 'expiring' },
    { profileId: 'b', visibility: 'public', cannotDelete: true, allowed },
  ];
  const outcome = (allowed: ('more-people' | 'cannot-delete')[]) =>
    decide({ code: 'forbidden' }, { ...context, chain: chain(allowed) });
  expect(outcome([])).toMatchObject({ do: 'fail', withheld: { reason: 'more-people' } });
  expect(outcome(['cannot-delete'])).toMatchObject({ do: 'fail', withheld: { reason: 'more-people' } });
  expect(outcome(['more-people'])).toMatchObject({ do: 'fail', withheld: { reason: 'cannot-delete' } });
  expect(outcome(['more-people', 'cannot-delete'])).toEqual({ do: 'next', step: 1 });
});

describe('the fallback', () => {
  // The errors by their expected outcome when the chain has another destination.
  const neverFallsBack: readonly ErrorCode[] = [
    'canceled',
    'name-taken',
    'source-missing',
    'source-unreadable',
    'source-changed',
    'source-is-folder',
    'source-not-a-file',
    'invalid-input',
    'bug',
  ];
  const waits: readonly ErrorCode[] = ['offline', 'disk-full'];
  const nextAfterEightFailures: readonly ErrorCode[] = [
    'unreachable',
    'stalled',
    'rate-limited',
    'unavailable',
    'corrupted',
  ];
  const nextAtOnce: readonly ErrorCode[] = [
    'clock-skewed',
    'tls-untrusted',
    'wrong-service',
    'unauthorized',
    'forbidden',
    'session-expired',
    'no-bucket',
    'wrong-region',
    'quota-exceeded',
    'too-large',
    'rejected',
    'provider-broken',
    'secret-missing',
    'no-destination',
  ];
  /** From one visibility to another that lets no more people open the file. */
  const narrows = new Set([
    'private private',
    'expiring private',
    'expiring expiring',
    'public private',
    'public expiring',
    'public public',
  ]);

  test('is defined for every error', () => {
    expect([...neverFallsBack, ...waits, ...nextAfterEightFailures, ...nextAtOnce].sort()).toEqual(
      Object.keys(errorTable).sort(),
    );
  });

  for (const from of visibilities) {
    for (const to of visibilities) {
      for (const deletes of ['can delete', 'cannot delete'] as const) {
        test(`from ${from} to ${to} that ${deletes} follows the rules for every error`, () => {
          const next = {
            profileId: 'next',
            visibility: to,
            ...(deletes === 'cannot delete' ? { cannotDelete: true as const } : {}),
          };
          const outcomeOf = (code: ErrorCode, failures: number, ...others: ChainStep[]): string => {
            const decision = decide(
              { code },
              { ...context, chain: [{ profileId: 'first', visibility: from }, next, ...others], failures },
            );
            if (decision.do === 'next') return `next ${decision.step}`;
            if (decision.do !== 'fail' || !decision.withheld) return decision.do;
            return `withheld ${decision.withheld.profileId} ${decision.withheld.reason}`;
          };
          const isNarrow = narrows.has(`${from} ${to}`);
          const expected =
            isNarrow && deletes === 'can delete'
              ? 'next 1'
              : `withheld next ${isNarrow ? 'cannot-delete' : 'more-people'}`;
          const last: ChainStep = { profileId: 'last', visibility: 'private' };
          for (const code of neverFallsBack) expect([code, outcomeOf(code, 7, last)]).toEqual([code, 'fail']);
          for (const code of waits) expect([code, outcomeOf(code, 7, last)]).toEqual([code, 'wait']);
          for (const code of nextAfterEightFailures) {
            expect([code, outcomeOf(code, 0), outcomeOf(code, 6)]).toEqual([code, 'wait', 'wait']);
            expect([code, outcomeOf(code, 7)]).toEqual([code, expected]);
          }
          for (const code of nextAtOnce) {
            expect([code, outcomeOf(code, 0)]).toEqual([code, expected]);
            expect([code, outcomeOf(code, 0, last)]).toEqual([code, expected === 'next 1' ? expected : 'next 2']);
          }
        });
      }
    }
  }

  test('skips a withheld destination and never returns to an earlier one', () => {
    const chain: ChainStep[] = [
      { profileId: 'a', visibility: 'expiring' },
      { profileId: 'b', visibility: 'public' },
      { profileId: 'c', visibility: 'private' },
    ];
    expect(decide({ code: 'rejected' }, { ...context, chain, step: 0 })).toEqual({ do: 'next', step: 2 });
    expect(decide({ code: 'rejected' }, { ...context, chain, step: 2 })).toEqual({ do: 'fail' });
  });

  test('does not happen when the disk of this computer is full', () => {
    expect(decide({ code: 'disk-full' }, { ...context, onBlocked: 'fail' })).toEqual({ do: 'fail' });
  });
});

test('a fallback never goes back, never widens the visibility, and never follows a file error or a cancel', () => {
  const step = fc.record({ profileId: fc.string(), visibility: fc.constantFrom(...visibilities) });
  fc.assert(
    fc.property(
      codes,
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      fc.integer({ min: 0, max: 9 }),
      (code, chain, randomStep, failures) => {
        const from = randomStep % chain.length;
        const d = decide({ code }, { ...context, chain, step: from, failures });
        if (d.do !== 'next') return;
        expect(d.step).toBeGreaterThan(from);
        expect(visibilities.indexOf(chain[d.step]!.visibility)).toBeLessThanOrEqual(
          visibilities.indexOf(chain[0]!.visibility),
        );
        expect(errorTable[code].fallback).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a server with stored bytes is retried for minutes, unless another destination can take the file', () => {
  const longOutage = { ...context, failures: 20, lastProgressAt: now - 9 * 60_000 };
  for (const code of ['unreachable', 'stalled', 'unavailable'] as const) {
    expect(decide({ code }, longOutage)).toMatchObject({ do: 'wait', failures: 21 });
    expect(decide({ code }, { ...longOutage, lastProgressAt: now - 11 * 60_000 })).toEqual({ do: 'fail' });
    expect(decide({ code }, { ...longOutage, lastProgressAt: undefined })).toEqual({ do: 'fail' });
    expect(
      decide({ code }, { ...longOutage, chain: [...context.chain, { profileId: 'b', visibility: 'private' }] }),
    ).toEqual({
      do: 'next',
      step: 1,
    });
  }
  for (const code of ['corrupted', 'rate-limited'] as const)
    expect(decide({ code }, longOutage)).toEqual({ do: 'fail' });
});
