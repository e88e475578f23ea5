/** The files of the store, and what can be said about the database file before SQLite opens it. */
import { closeSync, fsyncSync, lstatSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LockFiles } from './lock.ts';
import { applicationId } from './migrations.ts';

export interface StoreFiles {
  folder: string;
  database: string;
  backup: string;
  locks: LockFiles;
  /** Where a new database is made before it takes its place: a crash in between leaves no half of one. */
  newDatabase: string;
  /** A copy of a damaged database, while it is searched for what is whole. */
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

/** What SQLite puts beside a database while it is open. They belong to that one file and go where it goes. */
export const sideFiles = (database: string): string[] => [`${database}-wal`, `${database}-shm`];

/** `damaged`: this is surely no database of ours. A file that `looks-right` may still be damaged inside. */
export type FileState = 'missing' | 'damaged' | { looksRight: true; version: number };

const headerBytes = 100;
const magic = 'SQLite format 3\0';

/**
 * Reads the header with plain file calls, so that a newer version's file is not touched. Closing any handle of a file drops
 * this process's locks on it: never call this while the database is open here.
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
  // 1 or 2, and both alike: how to write and how to read it. With another number SQLite quietly opens it for reading only.
  const [toWrite, toRead] = [header[18], header[19]];
  const formats = toWrite === toRead && (toWrite === 1 || toWrite === 2);
  const isOurs =
    header.toString('latin1', 0, magic.length) === magic &&
    formats &&
    header.readUInt32BE(68) === applicationId(version);
  return isOurs ? { looksRight: true, version } : 'damaged';
}

/** Renames over `to` so that after a power cut either the old or the whole new file is there. */
export function replaceDurably(from: string, to: string): void {
  syncFile(from);
  renameSync(from, to);
  // Windows cannot open a folder, and does not need it.
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

/** Makes an empty file that only this user can read, in the place of whatever file was there. */
export function makePrivate(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}

/**
 * Moves a damaged database out of the way, with what SQLite keeps beside it: left there, a log of the old file would be
 * replayed into the new one.
 * @param now ms since 1970
 * @returns the new file name, without the folder
 */
export function moveAside(path: string, now: number, suffix = ''): string {
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
