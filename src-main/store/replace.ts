/** Replaces a damaged or missing database. Call it only while no other process has the store open. */
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { openConnection, type Connection } from './connection.ts';
import { inspect, makePrivate, moveAside, replaceDurably, sideFiles, type StoreFiles } from './files.ts';
import { migrate, migrations, versionOf } from './migrations.ts';
import { rescue } from './rescue.ts';
import { isIntact, schemaOf } from './integrity.ts';
import type { OpenDatabase } from './sqlite.ts';

/** A damaged database that was replaced. The window shows it to the user. */
export interface DatabaseReplacement {
  /** New file name of the damaged database, in the same folder; of the damaged backup when the database was missing. */
  movedTo: string;
  /** Starting point of the new database. */
  from: 'backup' | 'empty';
  /** Number of intact uploads that were copied from the damaged database. */
  rescued: number;
}

/** `new`: no database existed, as at the first start. `restored-from-backup`: only the backup existed. */
export type ReplaceOutcome = 'new' | 'restored-from-backup' | DatabaseReplacement;

/**
 * The new database is built under a temporary name, so that a crash or a full disk leaves the damaged file in place.
 * @param now ms since 1970
 */
export function replaceDatabase(open: OpenDatabase, files: StoreFiles, now: () => number): ReplaceOutcome {
  const hasDatabase = inspect(files.database) !== 'missing';
  const backup = copyBackup(open, files);
  if (backup !== 'used') makePrivate(files.newDatabase);

  const newDatabase = openConnection(open, files.newDatabase);
  let rescued = 0;
  try {
    migrate(newDatabase);
    // The older file first: records of the newer file replace its records.
    if (backup === 'damaged')
      rescued += rescue(open, { damaged: files.backup, copy: files.rescueCopy }, newDatabase, now);
    if (hasDatabase) rescued += rescue(open, { damaged: files.database, copy: files.rescueCopy }, newDatabase, now);
  } finally {
    newDatabase.close();
  }

  const movedBackup = backup === 'damaged' ? moveAside(files.backup, now(), '-backup') : undefined;
  const movedTo = hasDatabase ? moveAside(files.database, now()) : movedBackup;
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

/** The schema of a new database of this version. */
export function schemaAt(open: OpenDatabase, version: number): string {
  const fresh: Connection = openConnection(open, ':memory:');
  try {
    migrate(fresh, migrations.slice(0, version));
    return schemaOf(fresh);
  } finally {
    fresh.close();
  }
}

/** True when the database has an older version than this Hoist. */
export const needsMigration = (connection: Connection): boolean => versionOf(connection) < migrations.length;
