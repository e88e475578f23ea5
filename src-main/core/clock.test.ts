import { expect, test, vi } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import { Intervals } from './clock.ts';

test('a task that fails is called again; only its first error is logged, and a full disk never is', () => {
  vi.useFakeTimers();
  const logged: [string, unknown][] = [];
  const intervals = new Intervals({
    problem: (where, cause) => {
      logged.push([where, cause]);
      return 'P1';
    },
  });
  const damaged = failure('bug');
  const errors: unknown[] = [failure('disk-full'), damaged, damaged, new TypeError('later')];
  let calls = 0;
  intervals.every(100, 'save the heartbeat', () => {
    calls++;
    if (errors.length > 0) throw errors.shift() as Error;
  });
  vi.advanceTimersByTime(600);
  expect([calls, logged]).toEqual([6, [['save the heartbeat', damaged]]]);
  intervals.stop();
  vi.useRealTimers();
});
