import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openConnection } from './connection.ts';
import { applicationId, migrate, migrations, versionOf } from './migrations.ts';
import { schemaOf } from './integrity.ts';
import { loadSqlite } from './sqlite.ts';
import { tempFolder } from './testing/folders.ts';
import { done, uploading } from './testing/sample-uploads.ts';
import { openTestStore } from './testing/open-test-store.ts';

const open = await loadSqlite();
const fixture = (version: number) => readFileSync(join(import.meta.dirname, `testing/version-${version}.sql`), 'utf8');

describe('migrations', () => {
  test('a new file gets the newest version, written twice', () => {
    const connection = openConnection(open, join(tempFolder(), 'x.db'));
    migrate(connection);
    expect(versionOf(connection)).toBe(migrations.length);
    expect(connection.get('PRAGMA application_id')?.['application_id']).toBe(applicationId(migrations.length));
    connection.close();
  });

  test('steps run once each, in order, and a step that fails leaves the file at the version before', () => {
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

  // A fixture for each version that people may have, made by that version and never changed.
  test.each([1, 2])('the records of version %i are read by this one', async (version) => {
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

  test('a file made by every step has the tables of a new one', () => {
    const stepwise = openConnection(open, join(tempFolder(), 'x.db'));
    for (let version = 1; version <= migrations.length; version++) migrate(stepwise, migrations.slice(0, version));
    const fresh = openConnection(open, join(tempFolder(), 'x.db'));
    migrate(fresh);
    expect(schemaOf(stepwise)).toBe(schemaOf(fresh));
    stepwise.close();
    fresh.close();
  });
});
