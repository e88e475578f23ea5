/**
 * Files whose names are not valid UTF-8. Node shows each invalid byte as a replacement character, and no file has the
 * resulting name. Hoist finds such a file by comparing this text with the names in the folder.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../src-shared/errors.ts';
import { systemCodeOf } from './file-errors.ts';

/** The path of a file on the disk: bytes if its name is not valid UTF-8. */
export type DiskPath = string | Buffer;

const replacement = '\u{FFFD}';

/** Whether the path may be the text of a name that is not valid UTF-8. */
export const mayBeRaw = (file: string): boolean => file.includes(replacement);

/**
 * Finds the file on the disk whose name Node shows as `file`. Returns `file` unchanged if there is no such file.
 * @throws AppFailure source-unreadable when several files have this text
 */
export async function findDiskPath(file: string): Promise<DiskPath> {
  const found = await findRawPaths(file);
  if (found.length > 1) throw failure('source-unreadable', { params: { problem: 'name' } });
  return found[0] ?? file;
}

/**
 * Returns the existing paths whose text is `file`, in the order of their bytes. Empty if `file` has no replacement
 * characters: then it is the path on the disk.
 */
export async function findRawPaths(file: string): Promise<Buffer[]> {
  if (!mayBeRaw(file)) return [];
  const { root } = path.parse(file);
  return findBelow(Buffer.from(root), file.slice(root.length), () => true);
}

/**
 * Returns the paths with this text of a file or folder below `root`, in the order of their bytes. Links are not
 * followed.
 */
export async function diskPathsBelow(
  root: DiskPath,
  relativePath: string,
  kind: 'file' | 'folder',
): Promise<DiskPath[]> {
  if (!mayBeRaw(relativePath)) return [joinDiskPath(root, relativePath)];
  return findBelow(withSeparator(root), path.normalize(relativePath), (stats, isLast) =>
    isLast && kind === 'file' ? stats.isFile() : stats.isDirectory(),
  );
}

export function joinDiskPath(folder: DiskPath, relativePath: string): DiskPath {
  if (typeof folder === 'string') return path.join(folder, relativePath);
  return Buffer.from(path.join(folder.toString('latin1'), Buffer.from(relativePath).toString('latin1')), 'latin1');
}

function withSeparator(folder: DiskPath): Buffer {
  const bytes = Buffer.from(folder);
  return bytes.at(-1) === path.sep.charCodeAt(0) ? bytes : Buffer.concat([bytes, Buffer.from(path.sep)]);
}

/**
 * Walks down from `root`, one segment of `relativePath` at a time, and keeps every file or folder whose name has the
 * text of the segment.
 * @param root empty, or ends with a separator
 */
async function findBelow(
  root: Buffer,
  relativePath: string,
  accepts: (stats: Stats, isLast: boolean) => boolean,
): Promise<Buffer[]> {
  const segments = relativePath.split(path.sep);
  let found = [root];
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    const prefix = index === 0 ? '' : path.sep;
    const candidates = await Promise.all(
      found.map(async (folder) =>
        (mayBeRaw(segment) ? await namesShownAs(folder, segment) : [Buffer.from(segment)]).map((name) =>
          Buffer.concat([folder, Buffer.from(prefix), name]),
        ),
      ),
    );
    const existing = await Promise.all(
      candidates
        .flat()
        .map(async (candidate) =>
          (await isAccepted(candidate, (stats) => accepts(stats, isLast))) ? [candidate] : [],
        ),
    );
    found = existing.flat();
  }
  return found;
}

async function namesShownAs(folder: Buffer, text: string): Promise<Buffer[]> {
  try {
    const names = await readdir(folder, { encoding: 'buffer' });
    return names.filter((name) => name.toString() === text).sort((a, b) => Buffer.compare(a, b));
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return [];
  }
}

async function isAccepted(file: Buffer, accepts: (stats: Stats) => boolean): Promise<boolean> {
  try {
    return accepts(await lstat(file));
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return false;
  }
}
