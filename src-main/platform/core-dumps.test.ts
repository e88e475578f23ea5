import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { excludeMemoryFromCoreDumps } from './core-dumps.ts';

if (process.platform === 'linux') {
  const filter = '/proc/self/coredump_filter';
  const normal = '33'; // hexadecimal: the kernel's default, anonymous memory and more
  let before: string;
  beforeEach(() => {
    before = readFileSync(filter, 'utf8');
    writeFileSync(filter, `0x${normal}`);
  });
  afterEach(() => writeFileSync(filter, `0x${before.trim()}`));

  test('a core dump of this process would contain no memory', () => {
    excludeMemoryFromCoreDumps();
    expect(Number.parseInt(readFileSync(filter, 'utf8'), 16)).toBe(0);
  });
}

test('other systems have no such setting', () => {
  expect(() => excludeMemoryFromCoreDumps('win32')).not.toThrow();
});
