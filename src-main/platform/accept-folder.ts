/**
 * A folder that was given as a whole: the files in it, with their places. Links inside are not followed, so that nothing
 * from outside comes along and no circle is walked; what else is no file is passed over.
 */
import { randomBytes } from 'node:crypto';
import { opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, FolderLocation } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { problemParams } from './file-errors.ts';
import { acceptFile } from './source-file.ts';

/** More is hardly meant, and would hold up everything else. */
export const folderLimits = { entries: 50_000, depth: 32 };
/** Files opened at once. */
const openConcurrency = 16;
/** 96 bits, as 16 characters. */
const tokenBytes = 12;

export interface AcceptedFolder {
  name: string;
  /** Sorted by their places. */
  files: AcceptedFile<FileRef>[];
  /** Entries that are not among `files`: links, special files, what cannot be read, what is too deep or too many. */
  skippedCount: number;
  /** Those of them that were meant and cannot be read: files and folders inside, by their places. */
  unreadable: UnreadableEntry[];
}

export interface UnreadableEntry {
  relativePath: string;
  error: AppError;
}

/**
 * @param folder a folder, or a link to one
 * @param now ms since 1970
 * @throws AppFailure source-missing, source-unreadable
 */
export async function acceptFolder(folder: string, now: number): Promise<AcceptedFolder> {
  const name = path.basename(path.resolve(folder));
  const root = await withReadFailure(() => realpath(folder));
  const walk: Walk = { paths: [], skippedCount: 0, entryCount: 0, unreadable: [] };
  await withReadFailure(() => collect(walk, root, []));
  const shared = { name, token: randomBytes(tokenBytes).toString('base64url'), at: now };
  const accepted = await mapConcurrent(walk.paths.sort(), openConcurrency, (relativePath) =>
    acceptEntry(root, { ...shared, relativePath }),
  );
  const files = accepted.flatMap((one) => ('error' in one ? [] : [one]));
  const unreadable = [...walk.unreadable, ...accepted.flatMap((one) => ('error' in one ? [one] : []))];
  return { name, files, skippedCount: walk.skippedCount + unreadable.length, unreadable };
}

interface Walk {
  paths: string[];
  skippedCount: number;
  /** entries looked at */ entryCount: number;
  /** folders */ unreadable: UnreadableEntry[];
}

async function collect(walk: Walk, root: string, parents: string[]): Promise<void> {
  for await (const entry of await opendir(path.join(root, ...parents))) {
    if (++walk.entryCount > folderLimits.entries) {
      walk.skippedCount++;
      continue;
    }
    const segments = [...parents, entry.name];
    if (entry.isFile()) walk.paths.push(segments.join('/'));
    else if (entry.isDirectory() && segments.length < folderLimits.depth) await collectSubfolder(walk, root, segments);
    else walk.skippedCount++;
  }
}

/** A folder inside that cannot be read does not keep the others from being sent. */
async function collectSubfolder(walk: Walk, root: string, segments: string[]): Promise<void> {
  try {
    await collect(walk, root, segments);
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause;
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
    if (codeOf(cause) === undefined) throw cause;
    throw folderReadFailure(cause);
  }
}

function folderReadFailure(cause: unknown): AppFailure {
  const code = codeOf(cause);
  return failure(
    code === 'ENOENT' || code === 'ENOTDIR' ? 'source-missing' : 'source-unreadable',
    problemParams(code ?? ''),
    cause,
  );
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
