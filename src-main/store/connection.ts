/**
 * One connection to the database file: prepared statements, transactions, and the one place where what SQLite throws
 * becomes an AppFailure.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import {
  resultCode,
  resultCodeOf,
  type Database,
  type OpenDatabase,
  type Row,
  type SqlValue,
  type Statement,
} from './sqlite.ts';

/**
 * How sure a write is when the call returns. `full`: it survives a power cut. `normal`: it survives a crash of the
 * process; a power cut may take back the last of them, never one without those after it.
 */
export type Sync = 'full' | 'normal';

export interface Connection {
  get(sql: string, ...values: SqlValue[]): Row | undefined;
  all(sql: string, ...values: SqlValue[]): Row[];
  /** @returns how many rows changed */
  run(sql: string, ...values: SqlValue[]): number;
  exec(sql: string): void;
  /** Runs `work` in one transaction that took the write lock first, so it never fails half-way for being late. */
  write<T>(sync: Sync, work: () => T): T;
  close(): void;
}

/** How long a write waits for another process's, in ms. Theirs take a few; the window must not hang on a stuck one. */
const busyTimeoutMs = 2_000;

/** Less than this free on the disk, in bytes, and an I/O error is taken for a full disk. */
const diskFullThresholdBytes = 256 * 1024;

/**
 * @throws AppFailure disk-full, with the `problem` broken where the disk reports errors; `bug` for everything else that SQLite
 * reports. The cause is SQLite's own error.
 */
export function openConnection(open: OpenDatabase, path: string): Connection {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      throw toFailure(thrown, path);
    }
  };

  const database: Database = guard(() => open(path));
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  let current: Sync | undefined;
  const setSync = (sync: Sync) => {
    if (sync === current) return;
    database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'}`);
    current = sync;
  };

  guard(() => database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`));

  return {
    get: (sql, ...values) => guard(() => prepared(sql).get(...values) as Row | undefined),
    all: (sql, ...values) => guard(() => prepared(sql).all(...values) as Row[]),
    run: (sql, ...values) => guard(() => Number(prepared(sql).run(...values).changes)),
    exec: (sql) => guard(() => database.exec(sql)),
    write: (sync, work) =>
      guard(() => {
        if (database.isTransaction) return work();
        setSync(sync);
        database.exec('BEGIN IMMEDIATE');
        try {
          const result = work();
          database.exec('COMMIT');
          return result;
        } catch (thrown) {
          // A full disk may have rolled it back already.
          if (database.isTransaction) database.exec('ROLLBACK');
          throw thrown;
        }
      }),
    close: () => {
      statements.clear();
      guard(() => database.close());
    },
  };
}

/** The result code of SQLite under an AppFailure made here. */
export const sqliteCodeOf = (thrown: unknown): number | undefined =>
  resultCodeOf(thrown instanceof AppFailure ? thrown.cause : thrown);

const brokenCodes: ReadonlySet<number> = new Set([resultCode.ioError, resultCode.cantOpen, resultCode.readOnly]);
/** What the disk gives back is not what was written: waiting for it is of no use. */
const damagedCodes: ReadonlySet<number> = new Set([resultCode.corrupt, resultCode.notADatabase]);

function toFailure(thrown: unknown, path: string): unknown {
  if (thrown instanceof AppFailure) return thrown;
  const code = resultCodeOf(thrown);
  if (code === undefined) return thrown;
  // A full disk also shows as a plain I/O error, when the shared-memory file cannot grow.
  const full = code === resultCode.full || (code === resultCode.ioError && freeBytes(path) < diskFullThresholdBytes);
  if (full) return failure('disk-full', {}, thrown);
  const broken = brokenCodes.has(code);
  if (broken) return failure('disk-full', { params: { problem: 'broken' } }, thrown);
  return failure('bug', damagedCodes.has(code) ? { params: { problem: 'damaged' } } : {}, thrown);
}

function freeBytes(path: string): number {
  if (path === ':memory:') return Infinity;
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return Infinity;
    throw thrown;
  }
}
