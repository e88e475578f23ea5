/** Why the store could not be opened. Everything after opening fails with an AppFailure instead. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import { sqliteCodeOf } from './connection.ts';
import { resultCode } from './sqlite.ts';

/**
 * - `newer-version`: a newer Hoist wrote these records; nothing was touched
 * - `read-only`: the folder, or a file in it, cannot be written by this user
 * - `in-use`: repairing or upgrading the file has to wait until another running Hoist has quit
 * - `unreadable`: the disk itself reports errors, or the folder cannot be made
 */
export type StoreFailureReason = 'newer-version' | 'read-only' | 'in-use' | 'unreadable';

export class StoreFailure extends Error {
  readonly reason: StoreFailureReason;
  /** The folder or file that it is about. */
  readonly path: string;
  constructor(reason: StoreFailureReason, path: string, options?: { cause?: unknown }) {
    super(`The records cannot be opened: ${reason}`, options);
    this.name = 'StoreFailure';
    this.reason = reason;
    this.path = path;
  }
}

/** What a thrown value means while the store is opened: AppFailure disk-full, a StoreFailure, or the value itself. */
export function openingFailure(thrown: unknown, path: string): unknown {
  if (thrown instanceof StoreFailure) return thrown;
  if (
    thrown instanceof AppFailure &&
    thrown.error.code === 'disk-full' &&
    thrown.error.params?.['problem'] !== 'broken'
  )
    return thrown;
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
      return new StoreFailure('unreadable', path, { cause });
    default:
      return cause;
  }
}
