import { expect, test } from 'vitest';
import { KeepAwake } from './keep-awake.ts';

test('keeps the computer awake only while uploads are active', () => {
  const calls: string[] = [];
  const keepAwake = new KeepAwake({
    start: (type) => {
      calls.push(`start ${type}`);
      return calls.length;
    },
    stop: (id) => {
      calls.push(`stop ${id}`);
    },
  });
  for (const activeUploads of [0, 1, 2, 1, 0, 0, 3, 0]) keepAwake.set(activeUploads);
  expect(calls).toEqual(['start prevent-app-suspension', 'stop 1', 'start prevent-app-suspension', 'stop 3']);
});
