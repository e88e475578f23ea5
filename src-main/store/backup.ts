/** The backup of the database. Hoist makes it when it quits, and restores it if the database is damaged. */
import { readdirSync, rmSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../platform/file-errors.ts';
import type { Connection } from './connection.ts';
import { makePrivate, replaceDurably, sideFiles, type StoreFiles } from './files.ts';

/** The names of the files of an interrupted backup, first start or repair. */
const temporaryFiles = /^hoist-(?:backup-\d+\.tmp|new\.db|rescue\.db)/u;

/** A database of at most this size, in bytes, is copied in milliseconds, so each close makes a backup. */
const alwaysBackUpBytes = 8 * 1024 * 1024;
const backupIntervalMs = 24 * 60 * 60_000;

/**
 * Whether closing should make a backup. With a long history the copy takes seconds, so it is made once a day instead of
 * at the end of each command. @param now ms since 1970
 */
export function isBackupDue({ database, backup }: Pick<StoreFiles, 'database' | 'backup'>, now: number): boolean {
  const size = statIfPossible(database)?.size ?? 0;
  const madeAt = statIfPossible(backup)?.mtimeMs;
  return size <= alwaysBackUpBytes || madeAt === undefined || Math.abs(now - madeAt) > backupIntervalMs;
}

/** Undefined for a missing file, and on a failing disk: an unneeded backup does no harm. */
function statIfPossible(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return undefined;
  }
}

/**
 * Writes a complete, compact copy, then replaces the previous backup. Other processes may read and write in the
 * meantime. If the database can't be read completely, the previous backup remains.
 * @throws AppFailure
 */
export function makeBackup(connection: Connection, files: StoreFiles): void {
  const temporary = join(files.folder, `hoist-backup-${process.pid}.tmp`);
  makePrivate(temporary);
  try {
    connection.run('VACUUM INTO ?', temporary);
    replaceDurably(temporary, files.backup);
  } finally {
    for (const file of [temporary, ...sideFiles(temporary)]) rmSync(file, { force: true });
  }
}

/** Removes the files of an interrupted backup or repair. Call it only while no other process has the store open. */
export function removeTemporaryFiles(files: StoreFiles): void {
  for (const name of readdirSync(files.folder)) {
    if (temporaryFiles.test(name)) rmSync(join(files.folder, name), { force: true });
  }
}
