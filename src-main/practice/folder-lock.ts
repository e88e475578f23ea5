/**
 * One process at a time serves a folder. Node has no file locks but SQLite has; the system drops them with the process,
 * however it ends, so nothing can be left locked.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSqlite, resultCode, resultCodeOf, type Database } from '../store/sqlite.ts';

export interface FolderLock {
  release(): void;
}

/** @returns undefined while another process, or another part of this one, has it */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  const open = await loadSqlite();
  const file = join(folder, 'serving');
  // Not when it is there: closing it again would drop a lock that this very process has on it.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  const database = open(file);
  try {
    return tryLock(database);
  } catch (cause) {
    database.close();
    const code = resultCodeOf(cause);
    if (code !== resultCode.notADatabase && code !== resultCode.corrupt) throw cause;
    // Something else in the place of the file, which nobody can have locked: the next look finds a new one.
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
