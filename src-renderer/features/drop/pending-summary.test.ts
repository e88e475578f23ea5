import { expect, test } from 'vitest';
import { countPending, pendingSummary } from './pending-summary.ts';

test('a pending folder is not described as a file', () => {
  const folder = { name: 'Pictures', size: 9, token: 'p', files: 120 };
  const file = { name: 'a', size: 1, token: 'a' };
  expect(pendingSummary([folder])).toBe('1 folder (120 files) waits for a destination.');
  expect(pendingSummary([folder, file])).toBe('1 folder (120 files) and 1 file wait for a destination.');
  expect(pendingSummary([file])).toBe('1 file waits for a destination.');
  expect(countPending([folder, file])).toBe(121);
});
