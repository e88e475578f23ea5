/**
 * Damaged files of unprotected keys: cut at each byte, and with each bit flipped. Reading a damaged file never throws,
 * and keys can be stored again.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unprotectedKeys } from './unprotected-keys.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

test('a truncated file counts as empty, a file with a flipped bit can be read, and both accept new keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hoist-keys-'));
  try {
    const file = join(folder, 'unprotected-keys.json');
    unprotectedKeys(folder).set('p1', keys);
    const whole = readFileSync(file);
    let cases = 0;
    for (let length = 0; length < whole.length; length++, cases++) {
      writeFileSync(file, whole.subarray(0, length));
      expect(unprotectedKeys(folder).get('p1'), `cut at ${length}`).toEqual({});
    }
    for (let bit = 0; bit < whole.length * 8; bit++, cases++) {
      const corrupted = Buffer.from(whole);
      corrupted.writeUInt8(corrupted[bit >> 3]! ^ (1 << (bit & 7)), bit >> 3);
      writeFileSync(file, corrupted);
      expect(
        Object.values(unprotectedKeys(folder).get('p1')).every((value) => typeof value === 'string'),
        `bit ${bit}`,
      ).toBe(true);
    }
    unprotectedKeys(folder).set('p2', keys);
    expect(unprotectedKeys(folder).get('p2')).toEqual(keys);
    console.log(`${cases} damaged files of unprotected keys`);
    expect(cases).toBeGreaterThan(700);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
