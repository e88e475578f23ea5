import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unprotectedKeys } from './unprotected-keys.ts';

let folder: string;
const file = (): string => path.join(folder, 'unprotected-keys.json');
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-unprotected-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('unprotected keys', () => {
  test('are in a separate file that only the user may read, even if the file had other permissions before', () => {
    writeFileSync(file(), '{"v":1,"keys":{}}');
    chmodSync(file(), 0o666);
    unprotectedKeys(folder).set('a', { secret: 'x' });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['unprotected-keys.json']);
  });

  test('are visible to another process at once, and the file is deleted with the last key', () => {
    const [first, second] = [unprotectedKeys(folder), unprotectedKeys(folder)];
    first.set('a', { secret: 'x' });
    first.set('b', { secret: 'y', token: 'z' });
    expect([second.get('a'), second.get('b'), second.get('c')]).toEqual([
      { secret: 'x' },
      { secret: 'y', token: 'z' },
      {},
    ]);
    second.set('a', {});
    expect(readFileSync(file(), 'utf8')).not.toContain('"x"');
    second.set('b', {});
    expect(existsSync(file())).toBe(false);
    second.set('b', {});
    expect(existsSync(file())).toBe(false);
  });

  test('are not overwritten by other keys while their file cannot be read, and a damaged file is renamed', () => {
    const keys = unprotectedKeys(folder);
    mkdirSync(file());
    expect(keys.get('a')).toEqual({});
    expect(() => keys.set('b', { secret: 'y' })).toThrow(
      expect.objectContaining({ error: { code: 'disk-full', params: { problem: 'broken' } } }),
    );
    rmdirSync(file());
    writeFileSync(file(), '{"v":1,"keys":{"a":{"secr');
    keys.set('b', { secret: 'y' });
    expect(readFileSync(`${file()}.damaged`, 'utf8')).toContain('"a"');
    expect(keys.get('b')).toEqual({ secret: 'y' });
  });

  test.each(['', 'null', '{"v":2}', '{"v":1,"keys":{"a":{"secret":1}}}', '\0\0'])(
    'count as missing when the file is damaged (%j), and can be entered again',
    (content) => {
      writeFileSync(file(), content);
      const keys = unprotectedKeys(folder);
      expect(keys.get('a')).toEqual({});
      keys.set('a', { secret: 'x' });
      expect(keys.get('a')).toEqual({ secret: 'x' });
    },
  );
});
