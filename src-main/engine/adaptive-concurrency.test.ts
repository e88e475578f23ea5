import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AdaptiveConcurrency, defaultConcurrencyLimits } from './adaptive-concurrency.ts';

const { initial, max, perUpload, windowMs } = defaultConcurrencyLimits;
const MiB = 1024 ** 2;

/** Sends this many bytes in one window, with all allowed requests in flight. Returns the end of the window. */
function passWindow(concurrency: AdaptiveConcurrency, from: number, bytes: number): number {
  concurrency.onRequestStart(concurrency.total(from), concurrency.perUpload(from), from);
  concurrency.recordBytes(bytes, from);
  return from + windowMs;
}

test('at the start, 16 requests at once are allowed, 4 of them per upload', () => {
  const concurrency = new AdaptiveConcurrency(0);
  expect([concurrency.total(0), concurrency.perUpload(0)]).toEqual([16, 4]);
});

describe('the number of requests at once', () => {
  test('grows up to 32 while more requests increase the goodput', () => {
    const concurrency = new AdaptiveConcurrency(0);
    const totals = new Set<number>();
    for (let now = 0, i = 0; i < 20; i++) {
      now = passWindow(concurrency, now, concurrency.total(now) * MiB);
      totals.add(concurrency.total(now));
    }
    expect([...totals]).toEqual([20, 25, max]);
    expect(concurrency.total(20 * windowMs)).toBe(max);
  });

  test('shrinks back when more requests do not increase the goodput', () => {
    const concurrency = new AdaptiveConcurrency(0);
    let now = passWindow(concurrency, 0, 100 * MiB);
    expect([concurrency.total(now), concurrency.perUpload(now)]).toEqual([20, 5]);
    now = passWindow(concurrency, now, 105 * MiB);
    expect([concurrency.total(now), concurrency.perUpload(now)]).toEqual([initial, perUpload]);
    for (let i = 0; i < 10; i++) {
      now = passWindow(concurrency, now, 104 * MiB);
      expect([concurrency.total(now), concurrency.perUpload(now)]).toEqual([initial, perUpload]);
    }
  });

  test('grows only when all allowed requests were used', () => {
    const concurrency = new AdaptiveConcurrency(0);
    concurrency.onRequestStart(4, 4, 0);
    concurrency.recordBytes(MiB, 0);
    expect([concurrency.total(windowMs), concurrency.perUpload(windowMs)]).toEqual([initial, 5]);
  });
});

describe('a slow-down', () => {
  test('halves the number at most once per window, down to one', () => {
    const concurrency = new AdaptiveConcurrency(0);
    concurrency.onRequestStart(16, 4, 0);
    for (let i = 0; i < 12; i++) concurrency.slowDown(i);
    expect(concurrency.total(12)).toBe(8);
    const totals = [];
    for (let now = windowMs; now < 6 * windowMs; now += windowMs) {
      concurrency.onRequestStart(concurrency.total(now), 1, now);
      concurrency.slowDown(now);
      totals.push(concurrency.total(now));
    }
    expect(totals).toEqual([4, 2, 1, 1, 1]);
  });

  test('halves the number of requests in flight, not the number allowed', () => {
    const concurrency = new AdaptiveConcurrency(0);
    concurrency.onRequestStart(4, 4, 0);
    concurrency.slowDown(1);
    expect(concurrency.total(1)).toBe(2);
  });

  test('counts requests that have been in flight for a long time', () => {
    const concurrency = new AdaptiveConcurrency(0);
    concurrency.onRequestStart(4, 4, 0);
    concurrency.slowDown(10 * windowMs);
    expect(concurrency.total(10 * windowMs)).toBe(2);
    concurrency.onRequestEnd(0, 10 * windowMs);
    expect(concurrency.total(11 * windowMs)).toBe(3);
  });

  test('is undone by one request per quiet window, up to the initial number', () => {
    const concurrency = new AdaptiveConcurrency(0);
    concurrency.onRequestStart(16, 4, 0);
    concurrency.slowDown(0);
    concurrency.slowDown(3); // in the same window: does not halve again, but the window is not quiet
    expect(concurrency.total(windowMs)).toBe(8);
    expect([2, 3, 4].map((windows) => concurrency.total(windows * windowMs))).toEqual([9, 10, 11]);
    expect(concurrency.total(60 * windowMs)).toBe(initial);
  });
});

test('a clock that jumps back or days ahead does not stop or speed up the adaptation', () => {
  const concurrency = new AdaptiveConcurrency(1_000_000);
  concurrency.onRequestStart(16, 4, 1_000_000);
  concurrency.slowDown(1_000_000);
  expect(concurrency.total(0)).toBe(8);
  expect(concurrency.total(windowMs)).toBe(9);
  expect(concurrency.total(1e9)).toBe(initial);
});

test('the number of requests at once always stays between 1 and 32', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ms: fc.nat(12_000), busy: fc.nat(40), bytes: fc.nat(1e9), isSlow: fc.boolean() }), {
        maxLength: 80,
      }),
      (events) => {
        const concurrency = new AdaptiveConcurrency(0);
        let now = 0;
        for (const { ms, busy, bytes, isSlow } of events) {
          now += ms;
          const before = concurrency.total(now);
          concurrency.onRequestStart(busy, Math.min(busy, 4), now);
          concurrency.recordBytes(bytes, now);
          if (isSlow) concurrency.slowDown(now);
          expect(concurrency.total(now)).toBeGreaterThanOrEqual(1);
          expect(concurrency.total(now)).toBeLessThanOrEqual(max);
          if (isSlow) expect(concurrency.total(now)).toBeLessThanOrEqual(before);
        }
      },
    ),
    process.env['HOIST_SEED'] === undefined ? {} : { seed: Number(process.env['HOIST_SEED']) },
  );
});
