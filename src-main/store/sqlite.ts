/**
 * Loads SQLite: the version built into Node if available (the released app has it), otherwise a package with the same
 * API. Only this file imports them. It declares the part of their common interface that the store uses.
 */

export type SqlValue = null | number | bigint | string | Uint8Array;
export type Row = Record<string, SqlValue>;

export interface Statement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  iterate(...values: SqlValue[]): Iterable<unknown>;
}

export interface Database {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface SqliteModule {
  DatabaseSync: new (path: string) => Database;
}

/** @returns a function that opens a database file (or `:memory:`) */
export async function loadSqlite(): Promise<(path: string) => Database> {
  const builtIn = process.getBuiltinModule?.('node:sqlite') as SqliteModule | undefined;
  const { DatabaseSync } = builtIn ?? (await import('@photostructure/sqlite'));
  return (path) => new DatabaseSync(path);
}

export type OpenDatabase = Awaited<ReturnType<typeof loadSqlite>>;

/** The primary result codes that the store handles (https://sqlite.org/rescode.html). */
export const resultCode = {
  sqlError: 1,
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

/** The primary result code of an SQLite error; undefined for any other thrown value. */
export function resultCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return undefined;
  // The lowest byte of an extended result code is the primary code.
  return thrown.errcode & 0xff;
}
