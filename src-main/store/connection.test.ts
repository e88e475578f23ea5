import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppFailure } from '../../src-shared/errors.ts';
import { errorText } from '../../src-shared/text/text.ts';
import { openConnection, sqliteCodeOf } from './connection.ts';
import { createPendingCleanups } from './pending-cleanups.ts';
import { migrate } from './migrations.ts';
import { createOwners } from './owners.ts';
import { loadSqlite, resultCode } from './sqlite.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { queued } from './testing/sample-uploads.ts';
import { currentProcess } from './testing/open-test-store.ts';
import { createUploadRepository } from './uploads.ts';

const open = await loadSqlite();

describe('a connection', () => {
  test('rolls back a failed transaction and then accepts the next one', () => {
    const connection = openConnection(open, join(tempFolder(), 'x.db'));
    connection.exec('CREATE TABLE t (a INTEGER UNIQUE)');
    expect(() =>
      connection.write('full', () => {
        connection.run('INSERT INTO t VALUES (1)');
        throw new Error('in the middle');
      }),
    ).toThrow('in the middle');
    expect(() =>
      connection.write('full', () => {
        connection.run('INSERT INTO t VALUES (2)');
        connection.run('INSERT INTO t VALUES (2)');
      }),
    ).toThrow(AppFailure);
    connection.write('normal', () => connection.run('INSERT INTO t VALUES (3)'));
    expect(connection.all('SELECT a FROM t').map((row) => row['a'])).toEqual([3]);
    connection.close();
  });

  test('syncs a full write to the disk, but not a normal write', () => {
    const connection = openConnection(open, join(tempFolder(), 'x.db'));
    const level = () => connection.get('PRAGMA synchronous')?.['synchronous'];
    expect(connection.write('normal', level)).toBe(1);
    expect(connection.write('full', level)).toBe(2);
    expect(connection.write('normal', level)).toBe(1);
    connection.close();
  });

  test('reports when it waits too long for the write of another connection', { timeout: 20_000 }, () => {
    const path = join(tempFolder(), 'x.db');
    const [writer, waiting] = [openConnection(open, path), openConnection(open, path)];
    writer.exec('CREATE TABLE t (a)');
    writer.exec('BEGIN IMMEDIATE');
    let thrown: unknown;
    try {
      waiting.write('normal', () => waiting.run('INSERT INTO t VALUES (1)'));
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toMatchObject({ error: { code: 'bug' } });
    expect(sqliteCodeOf(thrown)).toBe(resultCode.busy);
    writer.exec('COMMIT');
    waiting.write('normal', () => waiting.run('INSERT INTO t VALUES (1)'));
    waiting.close();
    writer.close();
  });

  test('reports a full disk, and works again when there is space', () => {
    const connection = openConnection(open, join(tempFolder(), 'x.db'));
    migrate(connection);
    const uploads = createUploadRepository(
      connection,
      createOwners(connection, currentProcess, Date.now),
      createPendingCleanups(connection),
      Date.now,
    );
    uploads.insert([queued('first')]);
    const pages = Number(connection.get('PRAGMA page_count')?.['page_count']);
    connection.get(`PRAGMA max_page_count = ${pages + 2}`);
    expect(() => uploads.insert(Array.from({ length: 100 }, (_, n) => queued(`n${n}`)))).toThrow('disk-full');
    expect(uploads.newest(1000)).toEqual([queued('first')]);
    connection.get('PRAGMA max_page_count = 100000');
    uploads.insert([queued('second')]);
    expect(uploads.newest(1000)).toHaveLength(2);
    connection.close();
  });
});

test.each([
  ['disk I/O error', 10, 'disk-full', 'broken'],
  ['unable to open database file', 14, 'disk-full', 'broken'],
  ['database disk image is malformed', 11, 'bug', 'damaged'],
  ['file is not a database', 26, 'bug', 'damaged'],
])('tells a broken disk, a damaged file and a full disk apart: %s', (message, errcode, code, problem) => {
  const broken = {
    isTransaction: false,
    exec: () => {
      throw Object.assign(new Error(message), { errcode });
    },
    prepare: () => {
      throw new Error('unexpected call of prepare');
    },
    close: () => undefined,
  };
  expect(() => openConnection(() => broken, ':memory:')).toThrow(
    expect.objectContaining({ error: { code, params: { problem } } }) as Error,
  );
  expect(errorText({ code: 'bug', params: { problem: 'damaged' } }).what).not.toContain('mistake');
  expect(errorText({ code: 'disk-full', params: { problem: 'broken' } })).toEqual({
    what: 'This computer’s disk reports errors, so Hoist can’t save its records.',
    remedy: 'Check the disk, then try again.',
  });
  expect(errorText({ code: 'disk-full' }).what).toBe('This computer’s disk is full, so Hoist can’t save its records.');
});
