/** Opens the files of a dropped folder once each, and reports every entry that can't be uploaded. */
import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { FileRef, FolderLocation, SkippedEntries } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { composedPath } from './composed-path.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { problemParams, systemCodeOf } from './file-errors.ts';
import { diskPathsBelow, findDiskPath, mayBeRaw, type DiskPath } from './raw-path.ts';
import { acceptFile } from './source-file.ts';
import { walkFolder } from './walk-folder.ts';

/** Files opened at once. */
const openConcurrency = 16;
/** Paths that {@link walkFolder} returns at once. */
const groupSize = 512;
/** Random bytes of {@link FolderLocation.token}: 96 bits, which are 16 characters in base64. */
const tokenBytes = 12;

export interface AcceptedFolder {
  name: string;
  /** Sorted by relative path. */
  files: AcceptedFile<FileRef>[];
  skipped: SkippedEntries;
  /** The files and subfolders that can't be read, or that changed while Hoist read the folder. */
  unreadable: UnreadableEntry[];
}

interface UnreadableEntry {
  relativePath: string;
  error: AppError;
}

/**
 * @param folder path of a folder or of a link to one, as text: bytes that are not valid UTF-8 are replacement
 * characters
 * @param now ms since 1970
 * @param options.diskPath the same path with its original bytes, if known
 * @throws AppFailure source-missing, source-unreadable; the reason of `options.signal` when it aborts
 */
export async function acceptFolder(
  folder: string,
  now: number,
  { signal, diskPath }: { signal?: AbortSignal; diskPath?: DiskPath } = {},
): Promise<AcceptedFolder> {
  const name = path.basename(path.resolve(folder));
  const shared = { name, token: randomBytes(tokenBytes).toString('base64url'), at: now };
  const accepted: AcceptedFolder = { name, files: [], skipped: { links: 0, special: 0 }, unreadable: [] };
  const listener = {
    skipped: (kind: keyof SkippedEntries): void => void accepted.skipped[kind]++,
    unreadable: (relativePath: string, cause: unknown): void =>
      void accepted.unreadable.push({ relativePath, error: folderReadFailure(cause).error }),
  };
  const seen = new Map<string, number>();
  try {
    const root = await realPathOf(diskPath ?? (await findDiskPath(folder)));
    for await (const group of walkFolder(root, listener, { groupSize, signal })) {
      signal?.throwIfAborted();
      const entries = await mapConcurrent(group, openConcurrency, (relativePath) =>
        acceptEntry(
          { root, given: path.resolve(folder) },
          { ...shared, relativePath },
          indexOfSameText(relativePath, seen),
        ),
      );
      for (const entry of entries) {
        if ('error' in entry) accepted.unreadable.push(entry);
        else accepted.files.push(entry);
      }
    }
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    throw folderReadFailure(cause);
  }
  return accepted;
}

/** Returns text if possible, and bytes if the path is not valid UTF-8. */
async function realPathOf(folder: DiskPath): Promise<DiskPath> {
  const bytes = await realpath(folder, { encoding: 'buffer' });
  return mayBeRaw(bytes.toString()) ? bytes : realpath(folder);
}

/**
 * Several files can have the same relative path as text, if their names are not valid UTF-8. Returns the index of this
 * file among them in the order of their bytes, which is also the order of {@link diskPathsBelow}.
 * @param seen the number of files already accepted, by relative path
 */
function indexOfSameText(relativePath: string, seen: Map<string, number>): number {
  if (!mayBeRaw(relativePath)) return 0;
  const index = seen.get(relativePath) ?? 0;
  seen.set(relativePath, index + 1);
  return index;
}

/**
 * @param paths.root real path of the folder
 * @param paths.given path of the folder as the user gave it
 * @param index see {@link indexOfSameText}
 */
async function acceptEntry(
  { root, given }: { root: DiskPath; given: string },
  folder: FolderLocation,
  index: number,
): Promise<AcceptedFile<FileRef> | UnreadableEntry> {
  try {
    const text = path.join(root.toString(), folder.relativePath);
    const file = await acceptFile(text, (await diskPathsBelow(root, folder.relativePath, 'file'))[index] ?? text);
    const relativePath = await composedPath(root, folder.relativePath);
    return {
      ...file,
      givenPath: path.join(given, folder.relativePath),
      folder: { ...folder, relativePath: index === 0 ? relativePath : numbered(relativePath, index + 1) },
    };
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return { relativePath: folder.relativePath, error: cause.error };
  }
}

/** `a~2.txt` for `a.txt`: files whose paths have the same text need different object keys. */
function numbered(relativePath: string, number: number): string {
  const { dir, name, ext } = path.posix.parse(relativePath);
  return path.posix.join(dir, `${name}~${number}${ext}`);
}

function folderReadFailure(cause: unknown): AppFailure {
  const code = systemCodeOf(cause) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return failure('source-missing', {}, cause);
  return failure('source-unreadable', { params: { problem: 'folder', ...problemParams(code).params } }, cause);
}
