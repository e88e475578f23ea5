/** The backup of the database. Hoist makes it when it quits, and restores it if the database is damaged. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './connection.ts';
import { makePrivate, replaceDurably, sideFiles, type StoreFiles } from './files.ts';

const temporaryFiles = /^hoist-(?:backup-\d+\.tmp|new\.db|rescue\.db)/u;

/**
 * Writes a complete, compact copy, then replaces the previous backup. Other processes may read and write in the meantime.
 * If the database can't be read completely, the previous backup remains.
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
