/** Puts a database in the place of one that is damaged or missing. Only while no other process has the store open. */
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { openConnection, type Connection } from './connection.ts';
import { inspect, makePrivate, moveAside, replaceDurably, sideFiles, type StoreFiles } from './files.ts';
import { migrate, migrations, versionOf } from './migrations.ts';
import { rescue } from './rescue.ts';
import { isIntact, schemaOf } from './integrity.ts';
import type { OpenDatabase } from './sqlite.ts';

/** A damaged database that had to be replaced: the user is told. */
export interface DatabaseReplacement {
  /** File name of the damaged one, in the same folder; the backup's, when the database was gone and only that was there. */
  movedTo: string;
  /** What the new one started from. */
  from: 'backup' | 'empty';
  /** Uploads that were still whole in the damaged one and were brought over. */
  rescued: number;
}

/** `new`: there was none, as at the first start. `found-gone`: there was none but a backup, which is in its place now. */
export type ReplaceOutcome = 'new' | 'restored-from-backup' | DatabaseReplacement;

/**
 * Until the last step everything happens in a draft, so a crash or a full disk leaves the damaged file where it was.
 * @param now ms since 1970
 */
export function replaceDatabase(open: OpenDatabase, files: StoreFiles, now: () => number): ReplaceOutcome {
  const damaged = inspect(files.database) !== 'missing';
  const backup = copyBackup(open, files);
  if (backup !== 'used') makePrivate(files.newDatabase);

  const newDatabase = openConnection(open, files.newDatabase);
  let rescued = 0;
  try {
    migrate(newDatabase);
    // The older one first: what the newer one has is put over it.
    if (backup === 'damaged')
      rescued += rescue(open, { damaged: files.backup, copy: files.rescueCopy }, newDatabase, now);
    if (damaged) rescued += rescue(open, { damaged: files.database, copy: files.rescueCopy }, newDatabase, now);
  } finally {
    newDatabase.close();
  }

  const movedBackup = backup === 'damaged' ? moveAside(files.backup, now(), '-backup') : undefined;
  const movedTo = damaged ? moveAside(files.database, now()) : movedBackup;
  for (const file of sideFiles(files.database)) rmSync(file, { force: true });
  replaceDurably(files.newDatabase, files.database);
  if (movedTo === undefined) return backup === 'used' ? 'restored-from-backup' : 'new';
  return { movedTo, from: backup === 'used' ? 'backup' : 'empty', rescued };
}

function copyBackup(open: OpenDatabase, files: StoreFiles): 'missing' | 'damaged' | 'used' {
  const state = inspect(files.backup);
  if (state === 'missing') return 'missing';
  if (state === 'damaged' || state.version > migrations.length) return 'damaged';
  makePrivate(files.newDatabase);
  copyFileSync(files.backup, files.newDatabase);
  chmodSync(files.newDatabase, 0o600);
  const newDatabase = openConnection(open, files.newDatabase);
  try {
    return isIntact(newDatabase, schemaAt(open, state.version), 'full') ? 'used' : 'damaged';
  } finally {
    newDatabase.close();
  }
}

/** The schema of a database that is made now and brought to `version`. */
export function schemaAt(open: OpenDatabase, version: number): string {
  const fresh: Connection = openConnection(open, ':memory:');
  try {
    migrate(fresh, migrations.slice(0, version));
    return schemaOf(fresh);
  } finally {
    fresh.close();
  }
}

/** True when the file's tables are older than this Hoist's. */
export const needsMigration = (connection: Connection): boolean => versionOf(connection) < migrations.length;
