/**
 * Visits the files of a folder and its subfolders. Memory holds the names in the folders between the root and the
 * current file, not the whole tree. Links are not followed, so that no file outside the folder is visited and no cycle
 * is walked.
 */
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { SkippedEntries } from '../../src-shared/upload.ts';
import { systemCodeOf } from './file-errors.ts';
import { diskPathsBelow, joinDiskPath, type DiskPath } from './raw-path.ts';

export interface WalkListener {
  skipped(kind: keyof SkippedEntries): void;
  /** A subfolder, or the rest of it, can't be read. */
  unreadable(relativePath: string, cause: unknown): void;
}

/** Entries per read of a folder; Node's default is 32. */
const readSize = 512;

/**
 * Yields the relative paths of the files, in the order of their text, in groups of at most `groupSize`.
 * @param root the real path of the folder
 * @throws the system error when the root can't be read; the reason of `signal` when it aborts
 */
export async function* walkFolder(
  root: DiskPath,
  listener: WalkListener,
  { groupSize, signal }: { groupSize: number; signal?: AbortSignal | undefined },
): AsyncGenerator<string[]> {
  /** @param prefix the folder's relative path with a slash at the end; '' for the root */
  const readNames = async (prefix: string): Promise<string[]> => {
    const names: string[] = [];
    try {
      for (const folder of await foldersShownAs(root, prefix.slice(0, -1)))
        await addNames(names, folder, listener, signal);
    } catch (cause) {
      if (prefix === '' || systemCodeOf(cause) === undefined) throw cause;
      listener.unreadable(prefix.slice(0, -1), cause);
    }
    return sortNames(names).reverse();
  };
  let group: string[] = [];
  // One entry for each folder between the root and the current file. The last of `names` is the next one to visit.
  // Names of folders end with a slash.
  const stack = [{ prefix: '', names: await readNames('') }];
  for (let level = stack.at(-1); level; level = stack.at(-1)) {
    const name = level.names.pop();
    if (name === undefined) {
      stack.pop();
    } else if (name.endsWith('/')) {
      const prefix = level.prefix + name;
      stack.push({ prefix, names: await readNames(prefix) });
    } else if (group.push(level.prefix + name) === groupSize) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

/** Several folders have the same text if their names are not valid UTF-8. */
async function foldersShownAs(root: DiskPath, relativePath: string): Promise<DiskPath[]> {
  const found = await diskPathsBelow(root, relativePath, 'folder');
  return found.length === 0 ? [joinDiskPath(root, relativePath)] : found;
}

/** Folders with the same text are visited together, as one folder. */
const sortNames = (names: string[]): string[] =>
  names.sort().filter((name, index) => !(name.endsWith('/') && name === names[index - 1]));

async function addNames(
  names: string[],
  folder: DiskPath,
  listener: WalkListener,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const entry of await opendir(folder, { bufferSize: readSize })) {
    signal?.throwIfAborted();
    const kind = kindOf(entry);
    if (kind === 'file') names.push(entry.name);
    else if (kind === 'folder') names.push(`${entry.name}/`);
    else listener.skipped(kind);
  }
}

function kindOf(entry: Dirent): 'file' | 'folder' | keyof SkippedEntries {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'links' : 'special';
}
