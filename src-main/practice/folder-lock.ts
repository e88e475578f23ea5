/**
 * Ensures that only one process serves a folder. Node has no file locks, so SQLite's are used. The system releases them
 * when the process ends, even after a crash.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSqlite, resultCode, resultCodeOf, type Database } from '../store/sqlite.ts';

export interface FolderLock {
  release(): void;
}

/** @returns undefined while another process, or another Practice of this process, holds the lock */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  const open = await loadSqlite();
  const file = join(folder, 'serving');
  // Don't open an existing file here: on Linux and macOS, closing it releases all locks that this process holds on it.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  const database = open(file);
  try {
    return tryLock(database);
  } catch (cause) {
    database.close();
    const code = resultCodeOf(cause);
    if (code !== resultCode.notADatabase && code !== resultCode.corrupt) throw cause;
    // The file is not an SQLite database, so no process can have locked it. The next attempt creates a new one.
    await rm(file, { force: true });
    return undefined;
  }
}

function tryLock(database: Database): FolderLock | undefined {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (cause) {
    if (resultCodeOf(cause) !== resultCode.busy) throw cause;
    database.close();
    return undefined;
  }
}
