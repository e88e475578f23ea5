import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../../src-shared/errors.ts';
import { visibilities } from '../../src-shared/upload.ts';
import { decide, retryLimits } from './decide.ts';

const now = 1_000_000;
const at = { source: 'file' as const, chain: [{ profileId: 'a', visibility: 'expiring' as const }], step: 0, failures: 0, now, random: 0.5 };
const codes = fc.constantFrom(...(Object.keys(errorTable) as ErrorCode[]));

test('what cannot heal fails at once', () => {
  for (const code of ['unauthorized', 'forbidden', 'no-bucket', 'source-missing', 'canceled', 'too-large'] as const) {
    expect(decide({ code }, at)).toEqual({ do: 'fail' });
  }
});

test('a stream is never tried again: what was read of it is gone', () => {
  fc.assert(fc.property(codes, (code) => { expect(decide({ code }, { ...at, source: 'stream', chain: [...at.chain, ...at.chain] })).toEqual({ do: 'fail' }); }));
});

test('no network waits for it and uses no attempt', () => {
  expect(decide({ code: 'offline' }, { ...at, failures: 7 })).toEqual({ do: 'wait', until: 'online', failures: 7 });
});

test('pauses grow with each failure, under a cap, with full jitter', () => {
  const pause = (failures: number, random: number): number => {
    const d = decide({ code: 'unavailable' }, { ...at, failures, random });
    return d.do === 'wait' && d.until !== 'online' ? d.until - now : -1;
  };
  expect([0, 1, 2, 3, 4, 5, 6].map((f) => pause(f, 1))).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000]);
  expect(pause(6, 0)).toBe(0);
  expect(decide({ code: 'unavailable' }, { ...at, failures: retryLimits.attempts - 1 })).toEqual({ do: 'fail' });
});

test('Retry-After is a floor of at most 15 minutes', () => {
  expect(decide({ code: 'rate-limited', retryAfterMs: 120_000 }, at)).toMatchObject({ until: now + 120_000 });
  expect(decide({ code: 'rate-limited', retryAfterMs: 10 ** 9 }, at)).toMatchObject({ until: now + 15 * 60_000 });
});

test('a fallback never goes backwards, never widens visibility, and never follows a fault of the file or a cancel', () => {
  const step = fc.record({ profileId: fc.string(), visibility: fc.constantFrom(...visibilities) });
  fc.assert(fc.property(codes, fc.array(step, { minLength: 1, maxLength: 6 }), fc.nat(5), fc.integer({ min: 0, max: 9 }), (code, chain, position, failures) => {
    const from = position % chain.length;
    const d = decide({ code }, { ...at, chain, step: from, failures });
    if (d.do !== 'next') return;
    expect(d.step).toBeGreaterThan(from);
    expect(visibilities.indexOf(chain[d.step]!.visibility)).toBeLessThanOrEqual(visibilities.indexOf(chain[0]!.visibility));
    expect(errorTable[code].fallback).toBe(true);
  }), { numRuns: 2000 });
});
