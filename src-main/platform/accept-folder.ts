/**
 * Lists the files of a dropped folder with their relative paths. It skips links, so that no file outside the folder is
 * uploaded and no cycle is walked. It also skips special files.
 */
import { randomBytes } from 'node:crypto';
import { opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, FolderLocation } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { problemParams, systemCodeOf } from './file-errors.ts';
import { acceptFile } from './source-file.ts';

/** The user probably dropped a larger folder by mistake. It would block other uploads. */
export const folderLimits = { entries: 50_000, depth: 32 };
/** Files opened at once. */
const openConcurrency = 16;
/** 96 bits, as 16 characters. */
const tokenBytes = 12;

export interface AcceptedFolder {
  name: string;
  /** Sorted by relative path. */
  files: AcceptedFile<FileRef>[];
  /** Number of entries that are not in `files`: links, special files, unreadable entries, and those over the limits. */
  skippedCount: number;
  /** The skipped files and subfolders that can't be read. */
  unreadable: UnreadableEntry[];
}

interface UnreadableEntry {
  relativePath: string;
  error: AppError;
}

/**
 * @param folder a folder, or a link to one
 * @param now ms since 1970
 * @throws AppFailure source-missing, source-unreadable
 */
export async function acceptFolder(folder: string, now: number, limits = folderLimits): Promise<AcceptedFolder> {
  const name = path.basename(path.resolve(folder));
  const root = await withReadFailure(() => realpath(folder));
  const walk: Walk = { limits, paths: [], skippedCount: 0, entryCount: 0, unreadable: [] };
  await withReadFailure(() => collect(walk, root, []));
  const shared = { name, token: randomBytes(tokenBytes).toString('base64url'), at: now };
  const accepted = await mapConcurrent(walk.paths.sort(), openConcurrency, (relativePath) =>
    acceptEntry(root, { ...shared, relativePath }),
  );
  const files = accepted.flatMap((entry) => ('error' in entry ? [] : [entry]));
  const unreadable = [...walk.unreadable, ...accepted.flatMap((entry) => ('error' in entry ? [entry] : []))];
  return { name, files, skippedCount: walk.skippedCount + unreadable.length, unreadable };
}

interface Walk {
  limits: typeof folderLimits;
  paths: string[];
  skippedCount: number;
  /** entries visited so far */ entryCount: number;
  /** folders */ unreadable: UnreadableEntry[];
}

async function collect(walk: Walk, root: string, parents: string[]): Promise<void> {
  for await (const entry of await opendir(path.join(root, ...parents))) {
    if (++walk.entryCount > walk.limits.entries) {
      walk.skippedCount++;
      continue;
    }
    const segments = [...parents, entry.name];
    if (entry.isFile()) walk.paths.push(segments.join('/'));
    else if (entry.isDirectory() && segments.length < walk.limits.depth) await collectSubfolder(walk, root, segments);
    else walk.skippedCount++;
  }
}

/** An unreadable subfolder does not stop the upload of the other files. */
async function collectSubfolder(walk: Walk, root: string, segments: string[]): Promise<void> {
  try {
    await collect(walk, root, segments);
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    walk.unreadable.push({ relativePath: segments.join('/'), error: folderReadFailure(cause).error });
  }
}

async function acceptEntry(root: string, folder: FolderLocation): Promise<AcceptedFile<FileRef> | UnreadableEntry> {
  try {
    return { ...(await acceptFile(path.join(root, folder.relativePath))), folder };
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return { relativePath: folder.relativePath, error: cause.error };
  }
}

async function withReadFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    throw folderReadFailure(cause);
  }
}

function folderReadFailure(cause: unknown): AppFailure {
  const code = systemCodeOf(cause);
  return failure(
    code === 'ENOENT' || code === 'ENOTDIR' ? 'source-missing' : 'source-unreadable',
    problemParams(code ?? ''),
    cause,
  );
}
