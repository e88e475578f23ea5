import { expect, test } from 'vitest';
import { dayOf, formatDay } from './dates.ts';

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
