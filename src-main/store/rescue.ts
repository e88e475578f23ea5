/**
 * Brings over from a damaged database what is still whole in it: everything since the last backup would be lost without.
 * A checksum beside each record says which rows are whole.
 */
import type { Upload } from '../../src-shared/upload.ts';
import { openConnection, sqliteCodeOf, type Connection } from './connection.ts';
import { createPendingCleanups, fromPendingCleanupRow } from './pending-cleanups.ts';
import { createProfileRepository, fromProfileRow } from './profiles.ts';
import { createSecretRepository, fromSecretRow } from './secrets.ts';
import { makeReadableCopy, removeCopy } from './readable-copy.ts';
import { isDamageError } from './integrity.ts';
import { resultCode, type OpenDatabase, type Row, type SqlValue } from './sqlite.ts';
import { fromUploadRow, toUploadRow } from './upload-row.ts';

/** Rows behind a hole are looked for in steps that double, up to so many numbers ahead. */
const maxSearchDistance = 2 ** 32;
/** A hole larger than this is not looked through number by number. */
const largestScannedGap = 100_000;
/** When nothing behind a hole can be found any more, so many numbers are tried one by one. */
const trailingScan = 1_000;

/**
 * Reads the damaged file without changing it. `into` has the tables of the newest version.
 * @param paths the damaged file, and where its copy may be for the time
 * @param now ms since 1970
 * @returns how many uploads were brought over
 */
export function rescue(
  open: OpenDatabase,
  paths: { damaged: string; copy: string },
  target: Connection,
  now: () => number,
): number {
  try {
    if (!makeReadableCopy(paths.damaged, paths.copy)) return 0;
    const damaged = undefinedIfDamaged(() => openConnection(open, paths.copy));
    if (!damaged) return 0;
    try {
      return target.write('full', () => copyAll(damaged, target, now));
    } finally {
      damaged.close();
    }
  } finally {
    removeCopy(paths.copy);
  }
}

function copyAll(damaged: Connection, target: Connection, now: () => number): number {
  copyProfiles(damaged, target, now);
  copySecrets(damaged, target);
  copySettings(damaged, target);
  copyPendingCleanups(damaged, target);
  let rescued = 0;
  for (const row of intactUploads(damaged)) rescued += copyUpload(target, row);
  return rescued;
}

interface IntactUpload {
  seq: number;
  upload: Upload;
}

const select = 'SELECT seq, id, sum, record FROM uploads';

function* intactUploads(damaged: Connection): Generator<IntactUpload> {
  if (rowsOf(damaged, 'SELECT seq FROM uploads LIMIT 0') === undefined) return;
  let seq = 0;
  for (;;) {
    const { row, gap } = nextReadableRow(damaged, seq);
    const end = row === undefined ? seq + gap + 1 : Number(row['seq']);
    if (gap > 0) yield* rowsInGap(damaged, seq + 1, Math.min(end, seq + largestScannedGap));
    if (row === undefined) return;
    yield* intactUpload(row);
    seq = end;
  }
}

/** The next row that can be read at all; `hole` is how many numbers had to be skipped for it, 0 when none. */
function nextReadableRow(damaged: Connection, seq: number): { row: Row | undefined; gap: number } {
  for (let gap = 0; gap < maxSearchDistance; gap = gap * 2 || 1) {
    const found = rowsOf(damaged, `${select} WHERE seq > ? ORDER BY seq LIMIT 1`, seq + gap);
    // In a tree whose order is damaged a search can lead backwards, and for ever.
    if (found && (found[0] === undefined || Number(found[0]['seq']) > seq)) return { row: found[0], gap };
  }
  return { row: undefined, gap: trailingScan };
}

function* rowsInGap(damaged: Connection, from: number, end: number): Generator<IntactUpload> {
  for (let seq = from; seq < end; seq++) {
    for (const row of rowsOf(damaged, `${select} WHERE seq = ?`, seq) ?? []) yield* intactUpload(row);
  }
}

function* intactUpload(row: Row): Generator<IntactUpload> {
  const upload = fromUploadRow(row);
  if (upload) yield { seq: Number(row['seq']), upload };
}

function copyUpload(target: Connection, { seq, upload }: IntactUpload): number {
  const existing = target.get('SELECT status FROM uploads WHERE id = ?', upload.id);
  // The last pages of the damaged file may be older than the backup; what was done stays done.
  if (existing?.['status'] === 'done') return 0;
  if (existing) target.run('DELETE FROM uploads WHERE id = ?', upload.id);
  const isSeqTaken = target.get('SELECT 1 AS found FROM uploads WHERE seq = ?', seq) !== undefined;
  const { status, profileId, search, sum, record } = toUploadRow(upload);
  return target.run(
    'INSERT INTO uploads (seq, id, status, profile_id, search, sum, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
    isSeqTaken ? null : seq,
    upload.id,
    status,
    profileId,
    search,
    sum,
    record,
  );
}

function copyProfiles(damaged: Connection, target: Connection, now: () => number): void {
  const profiles = createProfileRepository(target, now);
  for (const row of rowsOf(damaged, 'SELECT id, sum, record FROM profiles ORDER BY seq') ?? []) {
    const profile = fromProfileRow(row);
    if (profile) profiles.save(profile);
  }
}

function copySecrets(damaged: Connection, target: Connection): void {
  const secrets = createSecretRepository(target);
  for (const row of rowsOf(damaged, 'SELECT profile_id, field, sum, record FROM secrets') ?? []) {
    const sealed = fromSecretRow(row);
    if (sealed) secrets.set(String(row['profile_id']), String(row['field']), sealed);
  }
}

function copyPendingCleanups(damaged: Connection, target: Connection): void {
  const pendingCleanups = createPendingCleanups(target);
  for (const row of rowsOf(damaged, 'SELECT id, sum, record FROM debts') ?? []) {
    const cleanup = fromPendingCleanupRow(row);
    if (cleanup) pendingCleanups.add(cleanup);
  }
}

/** Settings are checked when they are read. */
function copySettings(damaged: Connection, target: Connection): void {
  for (const row of rowsOf(damaged, 'SELECT key, value FROM settings') ?? []) {
    target.run('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)', String(row['key']), String(row['value']));
  }
}

/** Undefined when the file cannot say. SQL errors count as damage here: it may have lost a table. */
const rowsOf = (damaged: Connection, sql: string, ...values: SqlValue[]): Row[] | undefined =>
  undefinedIfDamaged(() => damaged.all(sql, ...values));

function undefinedIfDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    const code = sqliteCodeOf(thrown);
    if (
      isDamageError(thrown) ||
      code === resultCode.cantOpen ||
      code === resultCode.ioError ||
      code === resultCode.sqlError
    )
      return undefined;
    throw thrown;
  }
}
