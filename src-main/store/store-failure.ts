/** Why the store could not be opened. All later operations fail with an AppFailure instead. */
import { failure, isDiskFull } from '../../src-shared/errors.ts';
import { sqliteCodeOf } from './connection.ts';
import { resultCode } from './sqlite.ts';

/**
 * - `newer-version`: a newer Hoist wrote these records; they were not changed
 * - `read-only`: this user can't write to the folder or a file in it
 * - `in-use`: the file can be repaired or upgraded only after another running Hoist has quit
 * - `no-folder`: the folder can't be created, because a file or nothing is in its place
 * - `unreadable`: the disk reports errors
 */
export type StoreFailureReason = 'newer-version' | 'read-only' | 'in-use' | 'no-folder' | 'unreadable';

export class StoreFailure extends Error {
  readonly reason: StoreFailureReason;
  /** The affected folder or file. */
  readonly path: string;
  constructor(reason: StoreFailureReason, path: string, options?: { cause?: unknown }) {
    super(`The records cannot be opened: ${reason}`, options);
    this.name = 'StoreFailure';
    this.reason = reason;
    this.path = path;
  }
}

/** Maps an error of opening the store to AppFailure disk-full or a StoreFailure. Returns any other value unchanged. */
export function openingFailure(thrown: unknown, path: string): unknown {
  if (thrown instanceof StoreFailure) return thrown;
  if (isDiskFull(thrown)) return thrown;
  const sqlite = sqliteCodeOf(thrown);
  if (sqlite !== undefined) return sqliteFailure(sqlite, thrown, path);
  return fileFailure(thrown, path);
}

function fileFailure(thrown: unknown, path: string): unknown {
  switch (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined) {
    case undefined:
      return thrown;
    case 'ENOSPC':
    case 'EDQUOT':
      return failure('disk-full', {}, thrown);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StoreFailure('read-only', path, { cause: thrown });
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOENT':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return new StoreFailure('no-folder', path, { cause: thrown });
    default:
      return new StoreFailure('unreadable', path, { cause: thrown });
  }
}

function sqliteFailure(code: number, cause: unknown, path: string): unknown {
  switch (code) {
    case resultCode.busy:
      return new StoreFailure('in-use', path, { cause });
    case resultCode.readOnly:
      return new StoreFailure('read-only', path, { cause });
    case resultCode.full:
      return failure('disk-full', {}, cause);
    case resultCode.cantOpen:
    case resultCode.ioError:
    // A damaged database is repaired. These codes remain when the disk fails while SQLite reads a lock file.
    case resultCode.corrupt:
    case resultCode.notADatabase:
      return new StoreFailure('unreadable', path, { cause });
    default:
      return cause;
  }
}
