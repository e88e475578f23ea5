/** Moves rows that can't be read to a separate table, where support can inspect them. */
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

type KeyedTable = 'uploads' | 'profiles';

/** Moves rows into the table `damaged`. Each row has a `seq`; `now` is in ms since 1970. */
export function quarantineRows(connection: Connection, table: KeyedTable, rows: readonly Row[], now: number): void {
  if (rows.length === 0) return;
  connection.write('full', () => {
    for (const { seq } of rows) {
      const row = connection.get(`SELECT * FROM ${table} WHERE seq = ?`, seq ?? null);
      if (!row) continue;
      connection.run('INSERT INTO damaged (at, source, content) VALUES (?, ?, ?)', now, table, JSON.stringify(row));
      connection.run(`DELETE FROM ${table} WHERE seq = ?`, seq ?? null);
    }
  });
}

export const countDamagedRows = (connection: Connection): number =>
  Number(connection.get('SELECT count(*) AS n FROM damaged')?.['n']);
