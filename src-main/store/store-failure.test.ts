import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { loadSqlite } from './sqlite.ts';
import { openingFailure } from './store-failure.ts';

test('a file that SQLite cannot read as a database is reported as unreadable, not as an internal error', async () => {
  const folder = tempFolder();
  const file = join(folder, 'hoist.lock');
  writeFileSync(file, 'not a database'.repeat(100));
  const open = await loadSqlite();
  const database = open(file);
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    expect.unreachable('SQLite read the file');
  } catch (thrown) {
    expect(openingFailure(thrown, folder)).toMatchObject({ name: 'StoreFailure', reason: 'unreadable', path: folder });
  } finally {
    database.close();
  }
});
