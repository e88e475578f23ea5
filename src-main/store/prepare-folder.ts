/** Creates the store's folder, and makes it and its files private. */
import { accessSync, chmodSync, constants, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../platform/make-folder.ts';
import { filesIn, sideFiles, type StoreFiles } from './files.ts';
import { openingFailure } from './store-failure.ts';

/** @throws system errors */
export function prepareFolder(files: StoreFiles): void {
  makeFolder(files.folder);
  accessSync(files.folder, constants.R_OK | constants.W_OK | constants.X_OK);
  restrict(files.folder, 0o700);
  for (const file of [
    files.database,
    files.backup,
    files.locks.presence,
    files.locks.opening,
    ...sideFiles(files.database),
  ])
    ignoreMissing(() => {
      accessSync(file, constants.R_OK | constants.W_OK);
      if (statSync(file).isFile()) restrict(file, 0o600);
    });
}

/**
 * Checks before the store is opened that Hoist can write to the folder.
 * @throws StoreFailure; AppFailure disk-full
 */
export function checkFolder(folder: string): void {
  try {
    prepareFolder(filesIn(folder));
    checkWritable(folder);
  } catch (thrown) {
    throw openingFailure(thrown, folder);
  }
}

/** @throws StoreFailure; AppFailure disk-full */
export function checkTemporaryFolder(folder: string): void {
  try {
    checkWritable(folder);
  } catch (thrown) {
    throw openingFailure(thrown, folder);
  }
}

const checkWritable = (folder: string): void => rmdirSync(mkdtempSync(join(folder, 'hoist-')));

/** Ignores that a file is missing: another process that closes the store at this moment removes some of the files. */
function ignoreMissing(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
  }
}

/** Removes the permissions of other users. Some file systems have no permissions; Hoist must start there too. */
function restrict(path: string, mode: number): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, mode);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw thrown;
  }
}
