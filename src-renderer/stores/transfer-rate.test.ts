import { expect, test } from 'vitest';
import { sample, secondsLeft, averageSpeed, startMeter, type Meter } from './transfer-rate.ts';

/** Runs the meter with ten samples per second at the given speed. */
function run(meter: Meter, seconds: number, bytesPerSecond: number): Meter {
  let next = meter;
  for (let step = 0; step < seconds * 10; step += 1)
    next = sample(next, next.sent + bytesPerSecond / 10, next.at + 100);
  return next;
}

test('a constant speed is known at once', () => {
  const meter = run(startMeter(0, 0), 0.5, 1000);
  expect(averageSpeed(meter)).toBeCloseTo(1000, 6);
});

test('after two seconds, the average has followed half of a speed change', () => {
  const settled = run(startMeter(0, 0), 60, 1000);
  expect(averageSpeed(run(settled, 2, 3000))).toBeCloseTo(2000, 0);
});

test('the average does not depend on the number of samples', () => {
  const fine = run(startMeter(0, 0), 4, 500);
  const coarse = sample(startMeter(0, 0), 2000, 4000);
  expect(averageSpeed(coarse)).toBeCloseTo(averageSpeed(fine), 6);
});

test('a part that is sent again does not make the speed negative, and a stall lets it fall to zero', () => {
  const meter = run(startMeter(0, 0), 10, 1000);
  const resent = sample(meter, meter.sent - 5000, meter.at + 100);
  expect(averageSpeed(resent)).toBeGreaterThan(0);
  expect(averageSpeed(resent)).toBeLessThan(1000);
  expect(averageSpeed(run(resent, 20, 0))).toBeLessThan(2);
});

test('samples at the same instant change nothing', () => {
  const meter = startMeter(0, 0);
  expect(sample(meter, 1e9, 10)).toBe(meter);
});

test('the time left is shown after three seconds', () => {
  const young = run(startMeter(0, 0), 2.9, 1000);
  expect(secondsLeft(young, 1e6, young.at)).toBeUndefined();
  const old = run(young, 0.2, 1000);
  expect(secondsLeft(old, 60_000, old.at)).toBeCloseTo(60, 0);
});

test('no time left is shown for uploads under five seconds or during a stall', () => {
  const meter = run(startMeter(0, 0), 3.5, 1000);
  expect(secondsLeft(meter, 1000, meter.at)).toBeUndefined();
  expect(secondsLeft(run(meter, 60, 0), 1e6, meter.at + 60_000)).toBeUndefined();
});
