/**
 * One connection to the database file: prepared statements, transactions, and the mapping of SQLite's errors to
 * AppFailures.
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
 * Durability of a write when the call returns. `full`: it survives a power cut. `normal`: it survives a crash of the
 * process. A power cut may undo the most recent normal writes, always together with all later ones.
 */
type Sync = 'full' | 'normal';

export interface Connection {
  get(sql: string, ...values: SqlValue[]): Row | undefined;
  all(sql: string, ...values: SqlValue[]): Row[];
  /** @returns the number of changed rows */
  run(sql: string, ...values: SqlValue[]): number;
  exec(sql: string): void;
  /** Runs `work` in one transaction. It takes the write lock first, so that a later statement can't fail to get it. */
  write<T>(sync: Sync, work: () => T): T;
  close(): void;
}

/**
 * How long a write waits for a write of another process, in ms. Writes take a few ms; a stuck process must not block
 * the window.
 */
const busyTimeoutMs = 2_000;

/** With less free space than this, in bytes, an I/O error is reported as a full disk. */
const diskFullThresholdBytes = 256 * 1024;

/**
 * @throws AppFailure disk-full, with `problem: 'broken'` when the disk reports errors; `bug` for all other SQLite
 * errors. The cause is SQLite's error.
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
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  let currentSync: Sync | undefined;
  const setSync = (sync: Sync) => {
    if (sync === currentSync) return;
    database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'}`);
    currentSync = sync;
  };

  guard(() => database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`));

  return {
    get: (sql, ...values) => guard(() => prepared(sql).get(...values) as Row | undefined),
    all: (sql, ...values) => guard(() => prepared(sql).all(...values) as Row[]),
    run: (sql, ...values) => guard(() => Number(prepared(sql).run(...values).changes)),
    exec: (sql) => guard(() => database.exec(sql)),
    write: (sync, work) =>
      guard(() => {
        // A nested write belongs to the transaction of the outer one.
        if (database.isTransaction) return work();
        setSync(sync);
        database.exec('BEGIN IMMEDIATE');
        try {
          const result = work();
          database.exec('COMMIT');
          return result;
        } catch (thrown) {
          // On a full disk SQLite may have rolled back already.
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

/** The SQLite result code of an error, or of the cause of an AppFailure. */
export const sqliteCodeOf = (thrown: unknown): number | undefined =>
  resultCodeOf(thrown instanceof AppFailure ? thrown.cause : thrown);

/** The disk reports errors, unless it is full. */
const brokenCodes: ReadonlySet<number> = new Set([resultCode.ioError, resultCode.cantOpen, resultCode.readOnly]);
/** The file content is damaged, so waiting and retrying can't help. */
const damagedCodes: ReadonlySet<number> = new Set([resultCode.corrupt, resultCode.notADatabase]);

function toFailure(thrown: unknown, path: string): unknown {
  if (thrown instanceof AppFailure) return thrown;
  const code = resultCodeOf(thrown);
  if (code === undefined) return thrown;
  // A full disk also causes a plain I/O error: the shared-memory file can't grow.
  const isFull = code === resultCode.full || (code === resultCode.ioError && freeBytes(path) < diskFullThresholdBytes);
  if (isFull) return failure('disk-full', {}, thrown);
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
