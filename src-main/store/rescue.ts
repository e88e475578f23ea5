/**
 * Copies the intact records of a damaged database. Otherwise all records since the last backup would be lost. The
 * checksum of each record shows whether it is intact.
 */
import type { Upload } from '../../src-shared/upload.ts';
import { openConnection, sqliteCodeOf, type Connection } from './connection.ts';
import { createPendingCleanups, fromPendingCleanupRow } from './pending-cleanups.ts';
import { createProfileRepository, fromProfileRow } from './profiles.ts';
import { createSecretRepository, fromSecretRow } from './secrets.ts';
import { makeReadableCopy, removeCopy } from './readable-copy.ts';
import { isDamageError } from './integrity.ts';
import { resultCode, type OpenDatabase, type Row, type SqlValue } from './sqlite.ts';
import { fromUploadRow, insertUploadRow } from './upload-row.ts';

/** After an unreadable row, the search for the next readable row takes doubling steps, up to this distance. */
const maxSearchDistance = 2 ** 32;
/** In a larger gap only this many row numbers are tried one by one. */
const largestScannedGap = 100_000;
/** If no readable row follows, this many row numbers are tried one by one. */
const trailingScan = 1_000;

/**
 * Reads the damaged file without changing it. `target` has the tables of the newest version.
 * @param paths the damaged file, and the path for a temporary copy
 * @param now ms since 1970
 * @returns the number of copied uploads
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

/**
 * Reads the rows in the order of `seq`. Where rows are unreadable, finds the next readable row first, then tries each
 * row number before it.
 */
function* intactUploads(damaged: Connection): Generator<IntactUpload> {
  const canReadTable = rowsOf(damaged, 'SELECT seq FROM uploads LIMIT 0') !== undefined;
  if (!canReadTable) return;
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

/** The next readable row after `seq`. `gap` is the number of row numbers that were skipped to find it. */
function nextReadableRow(damaged: Connection, seq: number): { row: Row | undefined; gap: number } {
  for (let gap = 0; gap < maxSearchDistance; gap = gap === 0 ? 1 : gap * 2) {
    const found = rowsOf(damaged, `${select} WHERE seq > ? ORDER BY seq LIMIT 1`, seq + gap);
    // In a B-tree with damaged order a search may return an earlier row, which would cause an endless loop.
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
  // Some pages of the damaged file may be older than the backup. An upload that is done stays done.
  if (existing?.['status'] === 'done') return 0;
  if (existing) target.run('DELETE FROM uploads WHERE id = ?', upload.id);
  const isSeqTaken = target.get('SELECT 1 AS found FROM uploads WHERE seq = ?', seq) !== undefined;
  return insertUploadRow(target, upload, { seq: isSeqTaken ? null : seq });
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
  const rows =
    rowsOf(damaged, 'SELECT id, sum, record FROM pending_cleanups') ??
    // The name before version 3.
    rowsOf(damaged, 'SELECT id, sum, record FROM debts') ??
    [];
  for (const row of rows) {
    const cleanup = fromPendingCleanupRow(row);
    if (cleanup) pendingCleanups.add(cleanup);
  }
}

/** Values are validated when they are read. Databases before version 3 call the saved setup `begun`. */
function copySettings(damaged: Connection, target: Connection): void {
  for (const row of rowsOf(damaged, 'SELECT key, value FROM settings') ?? []) {
    const key = row['key'] === 'begun' ? 'savedSetup' : String(row['key']);
    target.run('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)', key, String(row['value']));
  }
}

/** Undefined when the rows can't be read. SQL errors count as damage: a table may be missing. */
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
