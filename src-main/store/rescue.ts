/**
 * Brings over from a damaged database what is still whole in it: everything since the last backup would be lost without.
 * A checksum beside each record says which rows are whole.
 */
import type { Upload } from '../../src-shared/upload.ts';
import { connect, sqliteCodeOf, type Connection } from './connection.ts';
import { createDebts, fromDebtRow } from './debts.ts';
import { createProfiles, fromProfileRow } from './profiles.ts';
import { createSecrets, fromSecretRow } from './secrets.ts';
import { makeReadableCopy, removeCopy } from './readable-copy.ts';
import { meansDamage } from './soundness.ts';
import { resultCode, type OpenDatabase, type Row, type SqlValue } from './sqlite.ts';
import { fromUploadRow, toUploadRow } from './upload-row.ts';

/** Rows behind a hole are looked for in steps that double, up to so many numbers ahead. */
const farthest = 2 ** 32;
/** A hole larger than this is not looked through number by number. */
const largestHole = 100_000;
/** When nothing behind a hole can be found any more, so many numbers are tried one by one. */
const lastHole = 1_000;

/**
 * Reads the damaged file without changing it. `into` has the tables of the newest version.
 * @param paths the damaged file, and where its copy may be for the time
 * @param now ms since 1970
 * @returns how many uploads were brought over
 */
export function rescue(
  open: OpenDatabase,
  paths: { damaged: string; copy: string },
  into: Connection,
  now: () => number,
): number {
  try {
    if (!makeReadableCopy(paths.damaged, paths.copy)) return 0;
    const damaged = orUndefined(() => connect(open, paths.copy));
    if (!damaged) return 0;
    try {
      return into.write('full', () => bringAll(damaged, into, now));
    } finally {
      damaged.close();
    }
  } finally {
    removeCopy(paths.copy);
  }
}

function bringAll(damaged: Connection, into: Connection, now: () => number): number {
  bringProfiles(damaged, into, now);
  bringSecrets(damaged, into);
  bringSettings(damaged, into);
  bringDebts(damaged, into);
  let rescued = 0;
  for (const row of wholeUploads(damaged)) rescued += bringUpload(into, row);
  return rescued;
}

interface WholeUpload {
  seq: number;
  upload: Upload;
}

const select = 'SELECT seq, id, sum, record FROM uploads';

function* wholeUploads(damaged: Connection): Generator<WholeUpload> {
  if (rowsOf(damaged, 'SELECT seq FROM uploads LIMIT 0') === undefined) return;
  let seq = 0;
  for (;;) {
    const { row, hole } = nextAfter(damaged, seq);
    const end = row === undefined ? seq + hole + 1 : Number(row['seq']);
    if (hole > 0) yield* insideHole(damaged, seq + 1, Math.min(end, seq + largestHole));
    if (row === undefined) return;
    yield* whole(row);
    seq = end;
  }
}

/** The next row that can be read at all; `hole` is how many numbers had to be skipped for it, 0 when none. */
function nextAfter(damaged: Connection, seq: number): { row: Row | undefined; hole: number } {
  for (let hole = 0; hole < farthest; hole = hole * 2 || 1) {
    const found = rowsOf(damaged, `${select} WHERE seq > ? ORDER BY seq LIMIT 1`, seq + hole);
    // In a tree whose order is damaged a search can lead backwards, and for ever.
    if (found && (found[0] === undefined || Number(found[0]['seq']) > seq)) return { row: found[0], hole };
  }
  return { row: undefined, hole: lastHole };
}

function* insideHole(damaged: Connection, from: number, end: number): Generator<WholeUpload> {
  for (let seq = from; seq < end; seq++) {
    for (const row of rowsOf(damaged, `${select} WHERE seq = ?`, seq) ?? []) yield* whole(row);
  }
}

function* whole(row: Row): Generator<WholeUpload> {
  const upload = fromUploadRow(row);
  if (upload) yield { seq: Number(row['seq']), upload };
}

function bringUpload(into: Connection, { seq, upload }: WholeUpload): number {
  const known = into.get('SELECT status FROM uploads WHERE id = ?', upload.id);
  // The last pages of the damaged file may be older than the backup; what was done stays done.
  if (known?.['status'] === 'done') return 0;
  if (known) into.run('DELETE FROM uploads WHERE id = ?', upload.id);
  const taken = into.get('SELECT 1 AS found FROM uploads WHERE seq = ?', seq) !== undefined;
  const { status, profileId, search, sum, record } = toUploadRow(upload);
  return into.run(
    'INSERT INTO uploads (seq, id, status, profile_id, search, sum, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
    taken ? null : seq,
    upload.id,
    status,
    profileId,
    search,
    sum,
    record,
  );
}

function bringProfiles(damaged: Connection, into: Connection, now: () => number): void {
  const profiles = createProfiles(into, now);
  for (const row of rowsOf(damaged, 'SELECT id, sum, record FROM profiles ORDER BY seq') ?? []) {
    const profile = fromProfileRow(row);
    if (profile) profiles.save(profile);
  }
}

function bringSecrets(damaged: Connection, into: Connection): void {
  const secrets = createSecrets(into);
  for (const row of rowsOf(damaged, 'SELECT profile_id, field, sum, record FROM secrets') ?? []) {
    const sealed = fromSecretRow(row);
    if (sealed) secrets.set(String(row['profile_id']), String(row['field']), sealed);
  }
}

function bringDebts(damaged: Connection, into: Connection): void {
  const debts = createDebts(into);
  for (const row of rowsOf(damaged, 'SELECT id, sum, record FROM debts') ?? []) {
    const debt = fromDebtRow(row);
    if (debt) debts.add(debt);
  }
}

/** Settings are checked when they are read. */
function bringSettings(damaged: Connection, into: Connection): void {
  for (const row of rowsOf(damaged, 'SELECT key, value FROM settings') ?? []) {
    into.run('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)', String(row['key']), String(row['value']));
  }
}

/** Undefined when the file cannot say. SQL errors count as damage here: it may have lost a table. */
const rowsOf = (damaged: Connection, sql: string, ...values: SqlValue[]): Row[] | undefined =>
  orUndefined(() => damaged.all(sql, ...values));

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    const code = sqliteCodeOf(thrown);
    if (
      meansDamage(thrown) ||
      code === resultCode.cantOpen ||
      code === resultCode.ioError ||
      code === resultCode.sqlError
    )
      return undefined;
    throw thrown;
  }
}
