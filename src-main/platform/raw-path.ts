/**
 * Files whose names are not valid UTF-8. Node shows each invalid byte as a replacement character, and no file has the
 * resulting name. Hoist finds such a file by comparing this text with the names in the folder.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemCodeOf } from './file-errors.ts';

const replacement = '\u{FFFD}';

/** Whether the path may be the text of a name that is not valid UTF-8. */
export const mayBeRaw = (file: string): boolean => file.includes(replacement);

/**
 * Returns the existing paths whose text is `file`, in the order of their bytes. Empty without replacement characters.
 */
export async function findRawPaths(file: string, accepts: (stats: Stats) => boolean = () => true): Promise<Buffer[]> {
  if (!mayBeRaw(file)) return [];
  const { root } = path.parse(file);
  const segments = file.slice(root.length).split(path.sep);
  let found = [Buffer.from(root)];
  for (const [index, segment] of segments.entries()) {
    const prefix = index === 0 ? '' : path.sep;
    const candidates = await Promise.all(
      found.map(async (folder) =>
        (mayBeRaw(segment) ? await namesShownAs(folder, segment) : [Buffer.from(segment)]).map((name) =>
          Buffer.concat([folder, Buffer.from(prefix), name]),
        ),
      ),
    );
    found = candidates.flat();
  }
  const existing = await Promise.all(
    found.map(async (candidate) => ((await isAccepted(candidate, accepts)) ? [candidate] : [])),
  );
  return existing.flat();
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
