import { expect, test } from 'vitest';
import { formatTimeLeft } from './time-left.ts';

test.each([
  [0.2, '1 s left'],
  [52.4, '52 s left'],
  [59.6, '1 min left'],
  [89, '1 min left'],
  [91, '2 min left'],
  [3599, '1 h 0 min left'],
  [4800, '1 h 20 min left'],
  [90_000, 'more than a day left'],
])('%d seconds are shown as %s', (seconds, expected) => expect(formatTimeLeft(seconds)).toBe(expected));
