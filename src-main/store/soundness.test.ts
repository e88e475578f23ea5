import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect } from './connection.ts';
import { migrate } from './migrations.ts';
import { careFor, isSound, schemaOf } from './soundness.ts';
import { loadSqlite } from './sqlite.ts';
import { tempFolder } from './testing/folders.ts';

const open = await loadSqlite();

function make(path: string): string {
  const connection = connect(open, path);
  migrate(connection);
  connection.run(`INSERT INTO settings (key, value) VALUES ('a key to find', 'x')`);
  const schema = schemaOf(connection);
  connection.close();
  return schema;
}

function judge(path: string, schema: string, care: 'thorough' | 'glance'): boolean {
  const connection = connect(open, path);
  try {
    return isSound(connection, schema, care);
  } finally {
    connection.close();
  }
}

function replaceIn(path: string, from: string, to: string, which: 'first' | 'last'): void {
  const bytes = readFileSync(path);
  bytes.write(to, which === 'first' ? bytes.indexOf(from) : bytes.lastIndexOf(from), 'latin1');
  writeFileSync(path, bytes);
}

describe('soundness', () => {
  test('an index that disagrees with its table is seen by a thorough look only', () => {
    const path = join(tempFolder(), 'x.db');
    const schema = make(path);
    expect(judge(path, schema, 'thorough')).toBe(true);
    replaceIn(path, 'a key to find', 'a key to fine', 'last');
    expect(judge(path, schema, 'glance')).toBe(true);
    expect(judge(path, schema, 'thorough')).toBe(false);
  });

  test('one letter changed in the schema is seen at a glance', () => {
    const path = join(tempFolder(), 'x.db');
    const schema = make(path);
    replaceIn(path, 'start_time TEXT', 'start_timf TEXT', 'first');
    expect(judge(path, schema, 'glance')).toBe(false);
  });
});

describe('how closely to look', () => {
  test('closely at a small file, and at a large one only after an end that was not clean', () => {
    const path = join(tempFolder(), 'hoist.db');
    expect(careFor(path)).toBe('thorough');
    writeFileSync(path, 'x');
    expect(careFor(path)).toBe('thorough');
    truncateSync(path, 65 * 1024 * 1024);
    expect(careFor(path)).toBe('glance');
    writeFileSync(`${path}-wal`, '');
    expect(careFor(path)).toBe('thorough');
    rmSync(`${path}-wal`);
  });
});
