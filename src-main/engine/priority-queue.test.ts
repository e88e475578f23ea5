import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PriorityQueue } from './priority-queue.ts';

const byNumber = (a: { n: number }, b: { n: number }): boolean => a.n < b.n;

test('returns the first items in order after any additions and removals', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ n: fc.nat(100), isRemoved: fc.boolean() }), { size: '+1', maxLength: 60 }),
      fc.nat(60),
      (items, count) => {
        const queue = new PriorityQueue<{ n: number }>(byNumber);
        for (const item of items) queue.add(item);
        for (const item of items) if (item.isRemoved) queue.delete(item);
        queue.delete({ n: 0 }); // not in the queue
        const expected = items.filter(({ isRemoved }) => !isRemoved).map(({ n }) => n);
        expect(queue.size).toBe(expected.length);
        expected.sort((a, b) => a - b);
        expect(queue.first(count).map(({ n }) => n)).toEqual(expected.slice(0, count));
        expect(queue.peek()?.n).toBe(expected[0]);
        expect([...queue.items()].map(({ n }) => n).sort((a, b) => a - b)).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
});

test('compares few items to add, remove and find one, however many it holds', () => {
  let comparisons = 0;
  const queue = new PriorityQueue<{ n: number }>((a, b) => {
    comparisons++;
    return byNumber(a, b);
  });
  const items = Array.from({ length: 50_000 }, (_, i) => ({ n: (i * 7919) % 50_000 }));
  for (const item of items) queue.add(item);
  comparisons = 0;
  const last = { n: -1 };
  queue.add(last);
  queue.first(10);
  queue.delete(last);
  queue.delete(items[100]!);
  expect(comparisons).toBeLessThan(500);
});
