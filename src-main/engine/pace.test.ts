import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pace, paceLimits } from './pace.ts';

const { start, most, ofOne, windowMs } = paceLimits;
const MiB = 1024 ** 2;

/** A window in which as many were under way as may be, and so many bytes went out. */
function pass(pace: Pace, from: number, bytes: number): number {
  pace.began(pace.all(from), pace.ofOne(from), from);
  pace.moved(bytes, from);
  return from + windowMs;
}

test('begins with four files of four parts', () => {
  const pace = new Pace(0);
  expect([pace.all(0), pace.ofOne(0)]).toEqual([16, 4]);
});

describe('more at once', () => {
  test('while they carry more, and never more than 32', () => {
    const pace = new Pace(0);
    const seen = new Set<number>();
    for (let now = 0, i = 0; i < 20; i++) {
      now = pass(pace, now, pace.all(now) * MiB);
      seen.add(pace.all(now));
    }
    expect([...seen]).toEqual([20, 25, most]);
    expect(pace.all(20 * windowMs)).toBe(most);
  });

  test('which bring nothing are taken back', () => {
    const pace = new Pace(0);
    let now = pass(pace, 0, 100 * MiB);
    expect([pace.all(now), pace.ofOne(now)]).toEqual([20, 5]);
    now = pass(pace, now, 105 * MiB);
    expect([pace.all(now), pace.ofOne(now)]).toEqual([start, ofOne]);
    for (let i = 0; i < 10; i++) {
      now = pass(pace, now, 104 * MiB);
      expect([pace.all(now), pace.ofOne(now)]).toEqual([start, ofOne]);
    }
  });

  test('not because something else was in the way: only what was used up grows', () => {
    const pace = new Pace(0);
    pace.began(4, 4, 0);
    pace.moved(MiB, 0);
    expect([pace.all(windowMs), pace.ofOne(windowMs)]).toEqual([start, 5]);
  });
});

describe('a destination that asks for fewer', () => {
  test('gets half as many at once, however often it says so, and again half in the next window, down to one', () => {
    const pace = new Pace(0);
    pace.began(16, 4, 0);
    for (let i = 0; i < 12; i++) pace.slowDown(i);
    expect(pace.all(12)).toBe(8);
    const seen = [];
    for (let now = windowMs; now < 6 * windowMs; now += windowMs) {
      pace.began(pace.all(now), 1, now);
      pace.slowDown(now);
      seen.push(pace.all(now));
    }
    expect(seen).toEqual([4, 2, 1, 1, 1]);
  });

  test('half of what was under way, not of what might have been', () => {
    const pace = new Pace(0);
    pace.began(4, 4, 0);
    pace.slowDown(1);
    expect(pace.all(1)).toBe(2);
  });

  test('half of what is under way for long already, too', () => {
    const pace = new Pace(0);
    pace.began(4, 4, 0);
    pace.slowDown(10 * windowMs);
    expect(pace.all(10 * windowMs)).toBe(2);
    pace.ended(0, 10 * windowMs);
    expect(pace.all(11 * windowMs)).toBe(3);
  });

  test('gets one more for each window in which it says nothing, and no more than before', () => {
    const pace = new Pace(0);
    pace.began(16, 4, 0);
    pace.slowDown(0);
    pace.slowDown(3); // what was under way already: no second halving, but not quiet either
    expect(pace.all(windowMs)).toBe(8);
    expect([2, 3, 4].map((windows) => pace.all(windows * windowMs))).toEqual([9, 10, 11]);
    expect(pace.all(60 * windowMs)).toBe(start);
  });
});

test('a clock that is set back or days ahead is no reason to stand still or to hurry', () => {
  const pace = new Pace(1_000_000);
  pace.began(16, 4, 1_000_000);
  pace.slowDown(1_000_000);
  expect(pace.all(0)).toBe(8);
  expect(pace.all(windowMs)).toBe(9);
  expect(pace.all(1e9)).toBe(start);
});

test('whatever happens, it stays between one and 32', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ ms: fc.nat(12_000), busy: fc.nat(40), bytes: fc.nat(1e9), isSlow: fc.boolean() }), {
        maxLength: 80,
      }),
      (events) => {
        const pace = new Pace(0);
        let now = 0;
        for (const { ms, busy, bytes, isSlow } of events) {
          now += ms;
          const before = pace.all(now);
          pace.began(busy, Math.min(busy, 4), now);
          pace.moved(bytes, now);
          if (isSlow) pace.slowDown(now);
          expect(pace.all(now)).toBeGreaterThanOrEqual(1);
          expect(pace.all(now)).toBeLessThanOrEqual(most);
          if (isSlow) expect(pace.all(now)).toBeLessThanOrEqual(before);
        }
      },
    ),
    process.env['HOIST_SEED'] === undefined ? {} : { seed: Number(process.env['HOIST_SEED']) },
  );
});
