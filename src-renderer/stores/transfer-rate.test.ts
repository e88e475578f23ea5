import { expect, test } from 'vitest';
import { sample, secondsLeft, averageSpeed, startMeter, type Meter } from './transfer-rate.ts';

/** Runs the meter at ten samples a second with the given speed. */
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

test('half of a change is taken in after two seconds', () => {
  const settled = run(startMeter(0, 0), 60, 1000);
  expect(averageSpeed(run(settled, 2, 3000))).toBeCloseTo(2000, 0);
});

test('many samples and few give the same speed', () => {
  const fine = run(startMeter(0, 0), 4, 500);
  const coarse = sample(startMeter(0, 0), 2000, 4000);
  expect(averageSpeed(coarse)).toBeCloseTo(averageSpeed(fine), 6);
});

test('a part sent again is no negative speed, and a stall fades', () => {
  const meter = run(startMeter(0, 0), 10, 1000);
  const resent = sample(meter, meter.sent - 5000, meter.at + 100);
  expect(averageSpeed(resent)).toBeGreaterThan(0);
  expect(averageSpeed(resent)).toBeLessThan(1000);
  expect(averageSpeed(run(resent, 20, 0))).toBeLessThan(2);
});

test('samples of the same instant change nothing', () => {
  const meter = startMeter(0, 0);
  expect(sample(meter, 1e9, 10)).toBe(meter);
});

test('time left waits three seconds', () => {
  const young = run(startMeter(0, 0), 2.9, 1000);
  expect(secondsLeft(young, 1e6, young.at)).toBeUndefined();
  const old = run(young, 0.2, 1000);
  expect(secondsLeft(old, 60_000, old.at)).toBeCloseTo(60, 0);
});

test('a job under five seconds never says a time, nor does a stalled one', () => {
  const meter = run(startMeter(0, 0), 3.5, 1000);
  expect(secondsLeft(meter, 1000, meter.at)).toBeUndefined();
  expect(secondsLeft(run(meter, 60, 0), 1e6, meter.at + 60_000)).toBeUndefined();
});
