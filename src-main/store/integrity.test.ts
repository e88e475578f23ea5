import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openConnection } from './connection.ts';
import { migrate } from './migrations.ts';
import { checkLevelFor, isIntact, schemaOf } from './integrity.ts';
import { loadSqlite } from './sqlite.ts';
import { tempFolder } from '../platform/testing/temp-folders.ts';

const open = await loadSqlite();

/** Creates a database and returns its schema. */
function createDatabase(path: string): string {
  const connection = openConnection(open, path);
  migrate(connection);
  connection.run(`INSERT INTO settings (key, value) VALUES ('a key to find', 'x')`);
  const schema = schemaOf(connection);
  connection.close();
  return schema;
}

function check(path: string, schema: string, checkLevel: 'full' | 'schema-only'): boolean {
  const connection = openConnection(open, path);
  try {
    return isIntact(connection, schema, checkLevel);
  } finally {
    connection.close();
  }
}

function replaceIn(path: string, from: string, to: string, which: 'first' | 'last'): void {
  const bytes = readFileSync(path);
  bytes.write(to, which === 'first' ? bytes.indexOf(from) : bytes.lastIndexOf(from), 'latin1');
  writeFileSync(path, bytes);
}

describe('isIntact', () => {
  test('detects an index that differs from its table only in the full check', () => {
    const path = join(tempFolder(), 'x.db');
    const schema = createDatabase(path);
    expect(check(path, schema, 'full')).toBe(true);
    // In the file, the index comes after its table.
    replaceIn(path, 'a key to find', 'a key to fine', 'last');
    expect(check(path, schema, 'schema-only')).toBe(true);
    expect(check(path, schema, 'full')).toBe(false);
  });

  test('detects one changed letter of the schema even in the schema check', () => {
    const path = join(tempFolder(), 'x.db');
    const schema = createDatabase(path);
    replaceIn(path, 'start_time TEXT', 'start_timf TEXT', 'first');
    expect(check(path, schema, 'schema-only')).toBe(false);
  });
});

describe('checkLevelFor', () => {
  test('selects the full check for a small file, and for a large file only after an unclean shutdown', () => {
    const path = join(tempFolder(), 'hoist.db');
    expect(checkLevelFor(path)).toBe('full');
    writeFileSync(path, 'x');
    expect(checkLevelFor(path)).toBe('full');
    truncateSync(path, 65 * 1024 * 1024);
    expect(checkLevelFor(path)).toBe('schema-only');
    writeFileSync(`${path}-wal`, '');
    expect(checkLevelFor(path)).toBe('full');
    rmSync(`${path}-wal`);
  });
});
