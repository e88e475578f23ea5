/**
 * Brings over from a damaged database what is still whole in it: everything since the last backup would be lost without.
 * A checksum beside each record says which rows are whole.
 */
import { fromChecked } from './checked-json.ts';
import { connect, sqliteCodeOf, type Connection } from './connection.ts';
import { resultCode, type OpenDatabase, type Row } from './sqlite.ts';
import { meansDamage } from './soundness.ts';

/** Rows behind a hole are looked for in steps that double, up to so many numbers ahead. */
const farthest = 2 ** 32;
/** A hole larger than this is not looked through number by number. */
const largestHole = 100_000;
/** When nothing behind a hole can be found any more, so many numbers are tried one by one. */
const lastHole = 10_000;

/**
 * Reads the damaged file without changing it. `into` has the tables of the newest version.
 * @returns how many uploads were brought over
 */
export function rescue(open: OpenDatabase, damagedPath: string, into: Connection): number {
  const damaged = orUndefined(() => connect(open, damagedPath, { readOnly: true }));
  if (!damaged) return 0;
  try {
    return into.write('full', () => {
      let rescued = 0;
      for (const row of wholeUploads(damaged)) rescued += bringUpload(into, row);
      for (const row of rowsOf(damaged, 'SELECT id, name, search, sum, record FROM profiles ORDER BY seq')) bringProfile(into, row);
      for (const row of rowsOf(damaged, 'SELECT profile_id, field, sum, record FROM secrets')) bringSecret(into, row);
      for (const row of rowsOf(damaged, 'SELECT key, value FROM settings')) {
        into.run('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)', row['key'] ?? null, row['value'] ?? null);
      }
      return rescued;
    });
  } finally {
    damaged.close();
  }
}

const upload = 'SELECT seq, id, status, profile_id, search, sum, record FROM uploads';

function* wholeUploads(damaged: Connection): Generator<Row> {
  let seq = 0;
  for (;;) {
    const { row, hole } = nextAfter(damaged, seq);
    const end = row === undefined ? seq + hole : Number(row['seq']);
    if (hole > 0) yield* insideHole(damaged, seq + 1, Math.min(end, seq + largestHole));
    if (row === undefined) return;
    if (fromChecked(row) !== undefined) yield row;
    seq = end;
  }
}

/** The next row that can be read at all; `hole` is how many numbers had to be skipped for it, 0 when none. */
function nextAfter(damaged: Connection, seq: number): { row: Row | undefined; hole: number } {
  for (let hole = 0; hole < farthest; hole = hole * 2 || 1) {
    const found = orUndefined(() => damaged.all(`${upload} WHERE seq > ? ORDER BY seq LIMIT 1`, seq + hole));
    if (found) return { row: found[0], hole };
  }
  return { row: undefined, hole: lastHole };
}

function* insideHole(damaged: Connection, from: number, end: number): Generator<Row> {
  for (let seq = from; seq < end; seq++) {
    const row = orUndefined(() => damaged.get(`${upload} WHERE seq = ?`, seq));
    if (row && fromChecked(row) !== undefined) yield row;
  }
}

function bringUpload(into: Connection, row: Row): number {
  const value = (column: string) => row[column] ?? null;
  const known = into.get('SELECT status FROM uploads WHERE id = ?', value('id'));
  // The last pages of the damaged file may be older than the backup; what was done stays done.
  if (known?.['status'] === 'done') return 0;
  if (known) into.run('DELETE FROM uploads WHERE id = ?', value('id'));
  const seqTaken = into.get('SELECT 1 AS found FROM uploads WHERE seq = ?', value('seq')) !== undefined;
  return into.run('INSERT INTO uploads (seq, id, status, profile_id, search, sum, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
    seqTaken ? null : value('seq'), value('id'), value('status'), value('profile_id'), value('search'), value('sum'), value('record'));
}

function bringProfile(into: Connection, row: Row): void {
  const removed = row['record'] === null;
  if (!removed && fromChecked(row) === undefined) return;
  into.run(`INSERT INTO profiles (id, name, search, sum, record) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, search = excluded.search, sum = excluded.sum, record = excluded.record`,
  row['id'] ?? null, row['name'] ?? null, row['search'] ?? null, row['sum'] ?? null, row['record'] ?? null);
  if (removed) into.run('DELETE FROM secrets WHERE profile_id = ?', row['id'] ?? null);
}

function bringSecret(into: Connection, row: Row): void {
  if (fromChecked(row) === undefined) return;
  into.run('INSERT OR REPLACE INTO secrets (profile_id, field, sum, record) VALUES (?, ?, ?, ?)',
    row['profile_id'] ?? null, row['field'] ?? null, row['sum'] ?? null, row['record'] ?? null);
}

const rowsOf = (damaged: Connection, sql: string): Row[] => orUndefined(() => damaged.all(sql)) ?? [];

/** SQL errors count as damage here: the file may have lost a table, or be of another version. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    const code = sqliteCodeOf(thrown);
    if (meansDamage(thrown) || code === resultCode.cantOpen || code === resultCode.ioError || code === resultCode.sqlError) return undefined;
    throw thrown;
  }
}
