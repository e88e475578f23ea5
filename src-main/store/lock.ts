/**
 * Locks that show which processes have the store open. Node has no file locks, so Hoist uses SQLite's locks. Each
 * process holds a shared lock on a small file next to the database while it runs; a process that gets the exclusive
 * lock is the only one. A second file is locked during opening, so that processes that start at once open the store one
 * after another. The system releases the locks when a process ends, even after a crash.
 */
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { resultCode, resultCodeOf, type Database, type OpenDatabase } from './sqlite.ts';
import { StoreFailure } from './store-failure.ts';

export interface LockFiles {
  /** Locked (shared) by every process that has the store open. */
  presence: string;
  /** Locked by the process that is opening the store. */
  opening: string;
}

export interface StoreLock {
  /** True when no other process has the store open. Others wait until {@link StoreLock.allowOthers}. */
  readonly isExclusive: boolean;
  /** Ends the opening phase: other processes may open the store. */
  allowOthers(): void;
  release(): void;
}

/** How long to wait for another process that is opening or repairing the store, and how often to check, in ms. */
const lockTimeoutMs = 15_000;
const lockPollMs = 15;

/**
 * Creates missing lock files.
 * @throws StoreFailure in-use when another process does not finish opening in time
 */
export async function acquireStoreLock(open: OpenDatabase, files: LockFiles): Promise<StoreLock> {
  const opening = openLock(open, files.opening);
  let presence: Database | undefined;
  const release = () => {
    presence?.close();
    opening.close();
  };
  try {
    const deadline = performance.now() + lockTimeoutMs;
    while (!tryLock(opening, 'exclusive')) {
      if (performance.now() > deadline) throw new StoreFailure('in-use', files.opening);
      await pause(lockPollMs);
    }
    const presenceLock = openLock(open, files.presence);
    presence = presenceLock;
    const isExclusive = tryLock(presenceLock, 'exclusive');
    if (!isExclusive && !tryLock(presenceLock, 'shared')) throw new StoreFailure('in-use', files.presence);
    return {
      isExclusive,
      allowOthers: () => {
        if (isExclusive) {
          presenceLock.exec('COMMIT');
          if (!tryLock(presenceLock, 'shared')) throw new StoreFailure('in-use', files.presence);
        }
        opening.exec('COMMIT');
      },
      release,
    };
  } catch (thrown) {
    release();
    throw thrown;
  }
}

function tryLock(database: Database, mode: 'exclusive' | 'shared'): boolean {
  try {
    // A transaction takes the shared lock at its first read.
    database.exec(mode === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN; SELECT count(*) FROM sqlite_schema');
    return true;
  } catch (thrown) {
    if (resultCodeOf(thrown) !== resultCode.busy) throw thrown;
    if (database.isTransaction) database.exec('ROLLBACK');
    return false;
  }
}

/** Lock files are empty. A file with other content is renamed, because it must not prevent Hoist from starting. */
function openLock(open: OpenDatabase, path: string): Database {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  try {
    return assertReadable(open(path));
  } catch (thrown) {
    const code = resultCodeOf(thrown);
    const isDamaged = code === resultCode.notADatabase || code === resultCode.corrupt || code === resultCode.cantOpen;
    if (!isDamaged || !existsSync(path)) throw thrown;
    renameSync(path, `${path}-damaged-${Date.now()}`);
    return openLock(open, path);
  }
}

function assertReadable(database: Database): Database {
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (thrown) {
    // Another process has locked the file, so it is a lock file.
    if (resultCodeOf(thrown) === resultCode.busy) return database;
    database.close();
    throw thrown;
  }
}
