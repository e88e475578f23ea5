import { DatabaseSync } from '@photostructure/sqlite';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../src-shared/profile.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { openTestStore } from './testing/open-test-store.ts';

const profile = (id: string, fields: Partial<Profile> = {}): Profile => ({
  id,
  providerId: 's3',
  name: `Destination ${id}`,
  settings: { bucket: `b-${id}` },
  createdAt: 1,
  ...fields,
});

/** All bytes on the disk, including log and backup. */
const allBytes = (folder: string): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');

function alter(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, 'hoist.db'));
  database.exec(sql);
  database.close();
}

describe('profiles', () => {
  test('are listed in the order of their creation, even after a change', async () => {
    const store = await openTestStore(tempFolder());
    store.profiles.save(profile('b'));
    store.profiles.save(profile('a', { source: 'environment' }));
    store.profiles.save(profile('b', { name: 'Renamed' }));
    const reopened = await store.reopen();
    expect(reopened.profiles.list()).toEqual([
      profile('b', { name: 'Renamed' }),
      profile('a', { source: 'environment' }),
    ]);
    expect(reopened.profiles.get('a')).toEqual(profile('a', { source: 'environment' }));
    expect(reopened.profiles.get('c')).toBeUndefined();
  });

  test('lose their secrets but keep their name when they are removed', async () => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    store.profiles.save(profile('a', { settings: { bucket: 'canary-bucket' } }));
    store.profiles.save(profile('b'));
    store.secrets.set('a', 'key', { v: 1, backend: 'test', blob: 'Y2FuYXJ5Y2FuYXJ5' });
    store.secrets.set('b', 'key', { v: 1, backend: 'test', blob: 'b3RoZXI=' });
    store.profiles.remove('a');
    expect(store.profiles.list()).toEqual([profile('b')]);
    expect(store.secrets.all('a')).toEqual({});
    expect(store.secrets.all('b')).toHaveProperty('key');
    expect(store.profiles.names()).toEqual(
      new Map([
        ['a', 'Destination a'],
        ['b', 'Destination b'],
      ]),
    );
    store.close();
    // Deleting overwrites the secret in the file.
    expect(allBytes(folder)).not.toContain('Y2FuYXJ5');
    expect(allBytes(folder)).not.toContain('canary-bucket');
  });

  test.each([
    ['changed', `UPDATE profiles SET record = replace(record, 'b-a', 'b-x') WHERE id = 'a'`],
    // The number is the checksum of '{}'.
    ['without its fields', `UPDATE profiles SET record = '{}', sum = 2744389794 WHERE id = 'a'`],
  ])('are quarantined when they are damaged (%s)', async (_, sql) => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    store.profiles.save(profile('a'));
    store.profiles.save(profile('b'));
    store.close();
    alter(folder, sql);
    const reopened = await openTestStore(folder);
    expect(reopened.profiles.list()).toEqual([profile('b')]);
    expect(reopened.damagedRowCount()).toBe(1);
  });
});

describe('secrets', () => {
  const sealed = { v: 1 as const, backend: 'gnome_libsecret', blob: Buffer.from('djEx ciphertext').toString('base64') };

  test('are returned by profile and field', async () => {
    const store = await openTestStore(tempFolder());
    store.secrets.set('a', 'secretKey', { ...sealed, backend: 'old' });
    store.secrets.set('a', 'secretKey', sealed);
    store.secrets.set('a', 'token', sealed);
    store.secrets.set('b', 'token', sealed);
    store.secrets.remove('a', 'token');
    const reopened = await store.reopen();
    expect(reopened.secrets.all('a')).toEqual({ secretKey: sealed });
    expect(reopened.secrets.all('b')).toEqual({ token: sealed });
    expect(reopened.secrets.all('c')).toEqual({});
  });

  test('are accepted only in sealed form', async () => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    const canary = 'AKIACANARY secret!';
    const invalidSecrets = [
      canary,
      { v: 1, backend: 'x', blob: canary },
      { v: 2, backend: 'x', blob: 'YQ==' },
      { v: 1, blob: 'YQ==' },
    ];
    for (const value of invalidSecrets) expect(() => store.secrets.set('a', 'k', value as typeof sealed)).toThrow();
    store.secrets.set('a', 'k', { ...sealed, plain: canary } as typeof sealed);
    expect(store.secrets.all('a')).toEqual({ k: sealed });
    store.close();
    expect(allBytes(folder)).not.toContain('CANARY');
  });

  test('are returned without the damaged ones', async () => {
    const folder = tempFolder();
    const store = await openTestStore(folder);
    store.secrets.set('a', 'one', sealed);
    store.secrets.set('a', 'two', sealed);
    store.close();
    alter(folder, `UPDATE secrets SET record = replace(record, 'gnome', 'gnomf') WHERE field = 'one'`);
    expect((await openTestStore(folder)).secrets.all('a')).toEqual({ two: sealed });
  });
});

describe('settings', () => {
  test('are stored and can be deleted', async () => {
    const store = await openTestStore(tempFolder());
    expect(store.settings.get('lastFolder')).toBeUndefined();
    store.settings.set('lastFolder', '/home/ann');
    store.settings.set('windowBounds', { x: -1200, y: 30, width: 880, height: 640 });
    store.settings.set('currentProfile', 'p1');
    store.settings.set('currentProfile', undefined);
    const reopened = await store.reopen();
    expect(reopened.settings.get('lastFolder')).toBe('/home/ann');
    expect(reopened.settings.get('windowBounds')).toEqual({ x: -1200, y: 30, width: 880, height: 640 });
    expect(reopened.settings.get('currentProfile')).toBeUndefined();
  });

  test.each(['', '{', 'null', '7', '{"x":0,"y":0,"width":-5,"height":640}', '{"x":1e99,"y":0,"width":5,"height":640}'])(
    'with an invalid value are ignored: %s',
    async (value) => {
      const folder = tempFolder();
      (await openTestStore(folder)).close();
      alter(
        folder,
        `INSERT INTO settings (key, value) VALUES ('windowBounds', '${value}'), ('lastFolder', '${value}')`,
      );
      const store = await openTestStore(folder);
      expect(store.settings.get('windowBounds')).toBeUndefined();
      expect(store.settings.get('lastFolder')).toBeUndefined();
      store.settings.set('lastFolder', '/tmp');
      expect(store.settings.get('lastFolder')).toBe('/tmp');
    },
  );
});
