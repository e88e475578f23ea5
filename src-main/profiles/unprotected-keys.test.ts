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

describe('keys that are stored readable', () => {
  test('are in a separate file that only the user may read, also when it had other permissions before', () => {
    writeFileSync(file(), '{"v":1,"keys":{}}');
    chmodSync(file(), 0o666);
    unprotectedKeys(folder).set('a', { secret: 'x' });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['unprotected-keys.json']);
  });

  test('are visible to another process at once, and the file is deleted with the last key', () => {
    const [one, other] = [unprotectedKeys(folder), unprotectedKeys(folder)];
    one.set('a', { secret: 'x' });
    one.set('b', { secret: 'y', token: 'z' });
    expect([other.get('a'), other.get('b'), other.get('c')]).toEqual([
      { secret: 'x' },
      { secret: 'y', token: 'z' },
      {},
    ]);
    other.set('a', {});
    expect(readFileSync(file(), 'utf8')).not.toContain('"x"');
    other.set('b', {});
    expect(existsSync(file())).toBe(false);
    other.set('b', {});
    expect(existsSync(file())).toBe(false);
  });

  test('that cannot be read now are not overwritten by those of another destination, and a damaged file is moved aside', () => {
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
