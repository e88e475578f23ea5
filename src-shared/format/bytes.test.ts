import { expect, test } from 'vitest';
import { formatBytes, formatSpeed } from './bytes.ts';

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
