import { expect, test } from 'vitest';
import { KeepAwake } from './keep-awake.ts';

test('keeps the computer awake while uploads are active, and stops when none is', () => {
  const calls: string[] = [];
  const awake = new KeepAwake({
    start: (type) => {
      calls.push(`start ${type}`);
      return calls.length;
    },
    stop: (id) => {
      calls.push(`stop ${id}`);
    },
  });
  for (const busy of [0, 1, 2, 1, 0, 0, 3, 0]) awake.set(busy);
  expect(calls).toEqual(['start prevent-app-suspension', 'stop 1', 'start prevent-app-suspension', 'stop 3']);
});
