/** The files of the store, and checks of the database file before SQLite opens it. */
import { closeSync, fsyncSync, lstatSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LockFiles } from './lock.ts';
import { applicationId } from './migrations.ts';

export interface StoreFiles {
  folder: string;
  database: string;
  backup: string;
  locks: LockFiles;
  /** A new database is completed here and then renamed, so that a crash can't leave an incomplete database. */
  newDatabase: string;
  /** Temporary copy of a damaged database, from which intact rows are read. */
  rescueCopy: string;
}

export const filesIn = (folder: string): StoreFiles => ({
  folder,
  database: join(folder, 'hoist.db'),
  backup: join(folder, 'hoist-backup.db'),
  locks: { presence: join(folder, 'hoist.lock'), opening: join(folder, 'hoist-opening.lock') },
  newDatabase: join(folder, 'hoist-new.db'),
  rescueCopy: join(folder, 'hoist-rescue.db'),
});

/** Files that SQLite keeps next to an open database. They must move together with it. */
export const sideFiles = (database: string): string[] => [`${database}-wal`, `${database}-shm`];

/** `damaged`: the file is not a Hoist database. A file that looks right may still be damaged inside. */
export type FileState = 'missing' | 'damaged' | { looksRight: true; version: number };

/** The header of a SQLite file. Its user_version is at byte 60 and its application_id at byte 68. */
const headerBytes = 100;
const magic = 'SQLite format 3\0';

/**
 * Reads the header with plain file calls, so that the file of a newer version is not changed. Never call this while
 * this process has the database open: closing any handle of a file drops all of the process's locks on it.
 */
export function inspect(path: string): FileState {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 'missing';
  if (!stat.isFile()) return 'damaged';
  const header = Buffer.alloc(headerBytes);
  const handle = openSync(path, 'r');
  try {
    if (readSync(handle, header, 0, headerBytes, 0) < headerBytes) return 'damaged';
  } finally {
    closeSync(handle);
  }
  const version = header.readUInt32BE(60);
  // Write and read format: both 1 or both 2. With another number SQLite silently opens the file read-only.
  const [toWrite, toRead] = [header[18], header[19]];
  const hasValidFormats = toWrite === toRead && (toWrite === 1 || toWrite === 2);
  const isOurs =
    header.toString('latin1', 0, magic.length) === magic &&
    hasValidFormats &&
    header.readUInt32BE(68) === applicationId(version);
  return isOurs ? { looksRight: true, version } : 'damaged';
}

/** Renames `from` over `to`. After a power cut either the old or the complete new file exists. */
export function replaceDurably(from: string, to: string): void {
  syncFile(from);
  renameSync(from, to);
  // Windows can't open a folder, and renames are durable there without it.
  if (process.platform !== 'win32') syncFile(dirname(to));
}

function syncFile(path: string): void {
  const handle = openSync(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Replaces `path` by an empty file that only this user can read. */
export function makePrivate(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}

/**
 * Renames a damaged database together with its side files. Otherwise SQLite would replay the log of the old file into
 * the new one.
 * @param now ms since 1970
 * @returns the new file name, without the folder
 */
export function moveAside(path: string, now: number, suffix = ''): string {
  // For example 20240131T235959Z.
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/gu, '');
  const nameAt = (copy: number) => `hoist-damaged-${stamp}${suffix}${copy === 1 ? '' : `-${copy}`}.db`;
  let copy = 1;
  while (lstatSync(join(dirname(path), nameAt(copy)), { throwIfNoEntry: false })) copy++;
  const to = join(dirname(path), nameAt(copy));
  renameSync(path, to);
  for (const [index, side] of sideFiles(path).entries()) {
    if (lstatSync(side, { throwIfNoEntry: false })) renameSync(side, sideFiles(to)[index] ?? `${to}-side`);
  }
  return nameAt(copy);
}
