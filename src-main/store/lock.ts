/**
 * Who has the store open. Node has no file locks but SQLite has: each Hoist holds a shared lock on a small file beside
 * the database for as long as it runs, and is alone when it can have that for itself. A second file is held by the one
 * that is just opening, so that of several that start at once one is first. The system drops locks with the process,
 * however it ends, so nothing can be left locked.
 */
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { resultCode, resultCodeOf, type Database, type OpenDatabase } from './sqlite.ts';
import { StoreFailure } from './store-failure.ts';

export interface LockFiles {
  /** Held shared by every Hoist that has the store open. */
  presence: string;
  /** Held by the one that is opening it. */
  opening: string;
}

export interface StoreLock {
  /** No other process has the store open, and none can come in until {@link StoreLock.allowOthers}. */
  readonly isExclusive: boolean;
  /** Done with opening: others may come in. */
  allowOthers(): void;
  release(): void;
}

/** How long to wait for another Hoist that is just opening or repairing, in ms, and how often to look. */
const lockTimeoutMs = 15_000;
const lockPollMs = 15;

/**
 * The files are made when they are missing.
 * @throws StoreFailure in-use when another process stays in the middle of opening
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
    const presenceLock = (presence = openLock(open, files.presence));
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

function tryLock(database: Database, what: 'exclusive' | 'shared'): boolean {
  try {
    database.exec(what === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN; SELECT count(*) FROM sqlite_schema');
    return true;
  } catch (thrown) {
    if (resultCodeOf(thrown) !== resultCode.busy) throw thrown;
    if (database.isTransaction) database.exec('ROLLBACK');
    return false;
  }
}

/** Something else in the place of the lock file, which has no content, is put aside: it must not keep Hoist from starting. */
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
    if (resultCodeOf(thrown) === resultCode.busy) return database;
    database.close();
    throw thrown;
  }
}
