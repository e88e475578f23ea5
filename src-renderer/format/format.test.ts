import { expect, test } from 'vitest';
import { formatBytes, formatSpeed } from '../../src-shared/format/bytes.ts';
import { dayOf, formatDay } from './dates.ts';
import { joinFacts } from './join.ts';
import { formatTimeLeft } from '../../src-shared/format/time-left.ts';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [1536, '1.5 kB'],
  [9_960, '10 kB'],
  [148_300_000, '148 MB'],
  [999_600_000, '1 GB'],
  [1_249_000_000, '1.2 GB'],
  [5e12, '5 TB'],
  [2.5e18, '2,500 PB'],
])('%d bytes are shown as %s', (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));

test.each([
  [0, '0 kB/s'],
  [740, '0.7 kB/s'],
  [21_400_000, '21 MB/s'],
  [9_000_000, '9 MB/s'],
  [1.25e9, '1.3 GB/s'],
])('%d bytes per second are shown as %s', (speed, expected) => expect(formatSpeed(speed)).toBe(expected));

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

test("days are named relative to the reader's day", () => {
  const now = new Date(2026, 10, 23, 0, 5).getTime();
  expect(formatDay(new Date(2026, 10, 23, 0, 1).getTime(), now)).toBe('Today');
  expect(formatDay(new Date(2026, 10, 22, 23, 59).getTime(), now)).toBe('Yesterday');
  expect(formatDay(new Date(2026, 10, 20, 12).getTime(), now)).toBe('Friday, November 20');
  expect(formatDay(new Date(2025, 10, 20, 12).getTime(), now)).toBe('Thursday, November 20, 2025');
  expect(dayOf(now)).toBe(new Date(2026, 10, 23).getTime());
});

test('the previous day is called Yesterday even if the clocks changed on it', () => {
  const now = new Date(2026, 2, 30, 9).getTime();
  expect(formatDay(new Date(2026, 2, 29, 1).getTime(), now)).toBe('Yesterday');
});

test('missing facts are omitted without an extra separator', () =>
  expect(joinFacts(['1 MB', undefined, '', 'Work'])).toBe('1 MB · Work'));
