import { expect, test } from 'vitest';
import { SharingProcesses } from './sharing-processes.ts';

test('counts this process and the others, separately for each destination, and reads the records a few times a second', () => {
  let now = 0;
  let reads = 0;
  const others: Record<string, number> = { a: 2 };
  const sharing = new SharingProcesses(
    {
      otherUploaders: (profileId) => {
        reads += 1;
        return others[profileId] ?? 0;
      },
    },
    () => now,
  );
  expect([sharing.count('a'), sharing.count('b')]).toEqual([3, 1]);
  others['a'] = 0;
  for (; now < 299; now += 1) expect(sharing.count('a')).toBe(3);
  now = 300;
  expect(sharing.count('a')).toBe(1);
  // Once for each destination, and again after 300 ms.
  expect(reads).toBe(3);
});
