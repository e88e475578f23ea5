import { expect, test } from 'vitest';
import { openConnection } from './connection.ts';
import { historySql } from './history-sql.ts';
import { migrate } from './migrations.ts';
import { loadSqlite } from './sqlite.ts';

const open = await loadSqlite();

test.each([1, 2, 8])('a search for %i words reads the index, and the records of its results only', (words) => {
  const connection = openConnection(open, ':memory:');
  migrate(connection);
  const values = Array.from({ length: words * 2 }, (_, index) => `word ${index}`);
  const plan = connection
    .all(`EXPLAIN QUERY PLAN ${historySql('seq, id, sum, record', words)}`, 9, ...values, 50)
    .map((row) => String(row['detail']));
  expect(plan).toContain('SEARCH uploads USING COVERING INDEX uploads_by_search (seq<?)');
  expect(plan).toContain('SEARCH uploads USING INTEGER PRIMARY KEY (rowid=?)');
  expect(plan.filter((step) => step.startsWith('SCAN uploads'))).toEqual([]);
  connection.close();
});
