import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partRange, planParts, type PartLimits } from './plan-parts.ts';

const MiB = 1024 * 1024;
const limits: PartLimits = { preferredPartBytes: 16 * MiB, maxPartBytes: 5 * 1024 * MiB, maxParts: 10_000 };
const largest = limits.maxParts * limits.maxPartBytes;

test('planParts cuts every size up to 48.8 TiB into at most 10,000 equal parts that cover it exactly', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer({ min: 0, max: 64 * MiB }),
        fc.maxSafeInteger().map((n) => Math.abs(n) % (largest + 1)),
      ),
      (size) => {
        const plan = planParts(size, limits)!;
        expect(plan.partSize).toBeGreaterThanOrEqual(limits.preferredPartBytes);
        expect(plan.partSize).toBeLessThanOrEqual(limits.maxPartBytes);
        expect(plan.count).toBeLessThanOrEqual(limits.maxParts);
        const last = partRange(plan.count, plan, size);
        expect(last.start + last.length).toBe(size);
        if (size > 0) expect(last.length).toBeGreaterThan(0);
        else expect(last.length).toBe(0);
        if (plan.count > 1) expect(partRange(1, plan, size)).toEqual({ start: 0, length: plan.partSize });
      },
    ),
    { numRuns: 10_000 },
  );
});

test('a file one byte over the limit has no plan', () => {
  expect(planParts(largest, limits)).toEqual({ partSize: limits.maxPartBytes, count: 10_000 });
  expect(planParts(largest + 1, limits)).toBeUndefined();
});

test('a store that allows only 1,000 parts per file gets larger parts', () => {
  const plan = planParts(100 * 1024 * MiB, { ...limits, maxParts: 1000 })!;
  expect(plan.count).toBeLessThanOrEqual(1000);
  expect(plan.partSize % MiB).toBe(0);
});
