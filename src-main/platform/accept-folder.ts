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
const groupSize = 512;
/** 96 bits, as 16 characters. */
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
 * @param folder the text of the path of a folder, or of a link to one
 * @param now ms since 1970
 * @param options.diskPath the exact path, if known
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

/** Bytes only if the text is not the name on the disk. */
async function realPathOf(folder: DiskPath): Promise<DiskPath> {
  const bytes = await realpath(folder, { encoding: 'buffer' });
  return mayBeRaw(bytes.toString()) ? bytes : realpath(folder);
}

/** Names that are not valid UTF-8 can have the same text. Their order is the order of their bytes. */
function indexOfSameText(relativePath: string, seen: Map<string, number>): number {
  if (!mayBeRaw(relativePath)) return 0;
  const index = seen.get(relativePath) ?? 0;
  seen.set(relativePath, index + 1);
  return index;
}

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

/** Files with the same text need different keys. */
function numbered(relativePath: string, number: number): string {
  const { dir, name, ext } = path.posix.parse(relativePath);
  return path.posix.join(dir, `${name}~${number}${ext}`);
}

function folderReadFailure(cause: unknown): AppFailure {
  const code = systemCodeOf(cause) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return failure('source-missing', {}, cause);
  return failure('source-unreadable', { params: { problem: 'folder', ...problemParams(code).params } }, cause);
}
