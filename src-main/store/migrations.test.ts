import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openConnection } from './connection.ts';
import { applicationId, migrate, migrations, versionOf } from './migrations.ts';
import { schemaOf } from './integrity.ts';
import { loadSqlite } from './sqlite.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { done, uploading } from './testing/sample-uploads.ts';
import { openTestStore } from './testing/open-test-store.ts';

const open = await loadSqlite();
const fixture = (version: number | string) =>
  readFileSync(join(import.meta.dirname, `testing/version-${version}.sql`), 'utf8');

describe('migrations', () => {
  test('store the newest version in both version fields of a new file', () => {
    const connection = openConnection(open, join(tempFolder(), 'x.db'));
    migrate(connection);
    expect(versionOf(connection)).toBe(migrations.length);
    expect(connection.get('PRAGMA application_id')?.['application_id']).toBe(applicationId(migrations.length));
    connection.close();
  });

  test('run each step once, in order, and a failed step leaves the file at the previous version', () => {
    const connection = openConnection(open, join(tempFolder(), 'x.db'));
    const steps = ['CREATE TABLE one (a); INSERT INTO one VALUES (1)', 'ALTER TABLE one ADD COLUMN b'];
    migrate(connection, steps.slice(0, 1));
    migrate(connection, steps);
    migrate(connection, steps);
    expect(connection.all('SELECT a, b FROM one').map((row) => ({ ...row }))).toEqual([{ a: 1, b: null }]);
    expect(() => migrate(connection, [...steps, 'CREATE TABLE three (a); INSERT INTO nowhere VALUES (1)'])).toThrow();
    expect(versionOf(connection)).toBe(2);
    expect(connection.all(`SELECT name FROM sqlite_schema WHERE name = 'three'`)).toEqual([]);
    migrate(connection, [...steps, 'CREATE TABLE three (a)']);
    expect(versionOf(connection)).toBe(3);
    connection.close();
  });

  // One fixture for each version, made by that version. Never change a fixture.
  test.each([1, 2, 3, 4, 5])('read the records of version %i', async (version) => {
    const folder = tempFolder();
    const connection = openConnection(open, join(folder, 'hoist.db'));
    connection.exec(fixture(version));
    expect(versionOf(connection)).toBe(version);
    connection.close();
    const store = await openTestStore(folder);
    expect(store.replaced).toBeUndefined();
    expect(store.uploads.newest(10)).toEqual([uploading('second'), done('first', { name: 'Übersicht 100%.pdf' })]);
    expect(store.uploads.query({ text: 'übersicht', limit: 5 }).uploads).toHaveLength(1);
    expect(store.uploads.orphans().map(({ id }) => id)).toEqual(['second']);
    expect(store.profiles.list()).toEqual([
      { id: 'p1', providerId: 's3', name: 'Work', settings: { bucket: 'b' }, createdAt: 1 },
    ]);
    expect(store.secrets.all('p1')).toEqual({ secretKey: { v: 1, backend: 'test', blob: 'c2VhbGVk' } });
    expect(store.settings.get('currentProfile')).toBe('p1');
    expect(store.pendingCleanups.all()).toEqual(
      version < 2
        ? []
        : [{ id: 'd1', uploadId: 'gone', profileId: 'p1', what: { checkpoint: { uploadId: 'u-gone' } } }],
    );
  });

  test('read every renamed field, setting and table of version 2', async () => {
    const folder = tempFolder();
    const connection = openConnection(open, join(folder, 'hoist.db'));
    connection.exec(fixture('2-field-names'));
    connection.close();
    const store = await openTestStore(folder);
    expect(store.uploads.get('queued')).toMatchObject({
      folder: { name: 'pictures', relativePath: 'deep/queued.png', token: '0123456789abcdef01234567' },
      keyTemplate: 'shared/{name}',
      collision: 'ask',
      linkOverride: { kind: 'expiring', seconds: 3600 },
      restarted: 'file-changed',
    });
    expect(store.uploads.get('uploading')).toMatchObject({
      lastProgressAt: 1_700_000_000_600,
      bytesStored: 5_242_880,
      sent: 6_000_000,
      checkpoint: { v: 1, bucket: 'b', key: 'k', uploadId: 'u', partSize: 5_242_880 },
    });
    expect(store.uploads.get('waiting')).toMatchObject({ until: 'profile-fixed', linkOverride: { kind: 'public' } });
    expect(store.uploads.get('failed')).toMatchObject({
      restarted: 'store-forgot',
      bytesStored: 5_242_880,
      withheld: { profileId: 'p2', reason: 'cannot-delete' },
      attempts: [{ number: 1, error: { code: 'rejected', diagnosticId: 'abcd1234' } }],
    });
    const formerNames = new RegExp('"(?:kept|movedAt|place|wish|below|because)"|mended', 'u');
    for (const upload of store.uploads.newest(10)) {
      expect(JSON.stringify(upload)).not.toMatch(formerNames);
      expect(store.uploads.claim(upload.id)).toBe(true);
      expect(store.uploads.save(upload, 'normal')).toBe(true);
      expect(store.uploads.get(upload.id)).toEqual(upload);
    }
    expect(store.damagedRowCount()).toBe(0);
    expect(store.settings.get('savedSetup')).toEqual({
      providerId: 's3',
      name: 'Archive',
      preset: 'aws',
      settings: { bucket: 'archive' },
      discoveredId: 'aws-profile:work',
    });
    expect(store.settings.get('practice')?.port).toBe(49_152);
    expect(store.settings.get('windowBounds')).toEqual({ x: 10, y: 20, width: 880, height: 640 });
    expect(store.settings.get('fallback')).toEqual({ on: true, order: ['p2'] });
    expect(store.pendingCleanups.all()).toEqual([
      { id: 'd2', uploadId: 'removed', profileId: 'p1', what: { ref: { v: 1, bucket: 'b', key: 'r', size: 3 } } },
    ]);
  });

  test('prefer a saved setup of the current version to one of version 2', async () => {
    const folder = tempFolder();
    const connection = openConnection(open, join(folder, 'hoist.db'));
    connection.exec(fixture('2-field-names'));
    connection.run(
      `INSERT INTO settings (key, value) VALUES ('savedSetup', ?)`,
      JSON.stringify({ providerId: 'fal', name: 'New', preset: '', settings: {} }),
    );
    connection.close();
    const store = await openTestStore(folder);
    expect(store.settings.get('savedSetup')).toEqual({ providerId: 'fal', name: 'New', preset: '', settings: {} });
  });

  test('give an old file the same schema as a new file', () => {
    const stepwise = openConnection(open, join(tempFolder(), 'x.db'));
    for (let version = 1; version <= migrations.length; version++) migrate(stepwise, migrations.slice(0, version));
    const fresh = openConnection(open, join(tempFolder(), 'x.db'));
    migrate(fresh);
    expect(schemaOf(stepwise)).toBe(schemaOf(fresh));
    stepwise.close();
    fresh.close();
  });
});
