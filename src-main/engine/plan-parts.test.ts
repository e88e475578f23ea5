import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partRange, planParts, s3Limits } from './plan-parts.ts';

const MiB = 1024 * 1024;
const largest = s3Limits.maxParts * s3Limits.maxPartBytes;

test('planParts cuts every size up to 48.8 TiB into at most 10,000 equal parts that cover it exactly', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer({ min: 0, max: 64 * MiB }),
        fc.maxSafeInteger().map((n) => Math.abs(n) % (largest + 1)),
      ),
      (size) => {
        const plan = planParts(size)!;
        expect(plan.partSize).toBeGreaterThanOrEqual(s3Limits.preferredPartBytes);
        expect(plan.partSize).toBeLessThanOrEqual(s3Limits.maxPartBytes);
        expect(plan.count).toBeLessThanOrEqual(s3Limits.maxParts);
        const last = partRange(plan.count, plan, size);
        expect(last.start + last.length).toBe(size);
        expect(last.length).toBeGreaterThan(size === 0 ? -1 : 0);
        if (plan.count > 1) expect(partRange(1, plan, size)).toEqual({ start: 0, length: plan.partSize });
      },
    ),
    { numRuns: 10_000 },
  );
});

test('a file one byte over the limit has no plan', () => {
  expect(planParts(largest)).toEqual({ partSize: s3Limits.maxPartBytes, count: 10_000 });
  expect(planParts(largest + 1)).toBeUndefined();
});

test('a store that allows only 1,000 parts per file gets larger parts', () => {
  const plan = planParts(100 * 1024 * MiB, { ...s3Limits, maxParts: 1000 })!;
  expect(plan.count).toBeLessThanOrEqual(1000);
  expect(plan.partSize % MiB).toBe(0);
});
