/** The copy of the database that is made when Hoist quits, for the day when the file is damaged. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './connection.ts';
import { makePrivate, replaceDurably, sideFiles, type StoreFiles } from './files.ts';

const temporaryFiles = /^hoist-(?:backup-\d+\.tmp|new\.db|rescue\.db)/u;

/**
 * Writes a whole, compact copy and then puts it in the place of the last one. Others may read and write meanwhile.
 * A database that cannot be read to its end keeps its last copy.
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

/** Removes what a backup or repair that was cut short left behind. Only while no other process has the store open. */
export function removeTemporaryFiles(files: StoreFiles): void {
  for (const name of readdirSync(files.folder)) {
    if (temporaryFiles.test(name)) rmSync(join(files.folder, name), { force: true });
  }
}
