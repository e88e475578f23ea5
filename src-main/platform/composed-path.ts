/**
 * Composed names (NFC) for files of a folder. macOS programs write decomposed names; links and pages use composed ones.
 */
import { lstat } from 'node:fs/promises';
import { systemCodeOf } from './file-errors.ts';
import { joinDiskPath, type DiskPath } from './raw-path.ts';

/**
 * Returns the relative path with composed names. A name stays as it is if the folder has another file with the composed
 * name, so that two files never get the same key.
 * @param relativePath with slashes
 */
export async function composedPath(root: DiskPath, relativePath: string): Promise<string> {
  if (relativePath === relativePath.normalize('NFC')) return relativePath;
  const composed: string[] = [];
  let parent = root;
  for (const segment of relativePath.split('/')) {
    composed.push((await isOnlyName(parent, segment)) ? segment.normalize('NFC') : segment);
    parent = joinDiskPath(parent, segment);
  }
  return composed.join('/');
}

async function isOnlyName(parent: DiskPath, segment: string): Promise<boolean> {
  const name = segment.normalize('NFC');
  if (name === segment) return true;
  // A folder can have several names with the same composed form, but only one of them is fully decomposed. Only that
  // one is composed, so that two files never get the same name.
  if (segment !== segment.normalize('NFD')) return false;
  const [composed, original] = [
    await identityOf(joinDiskPath(parent, name)),
    await identityOf(joinDiskPath(parent, segment)),
  ];
  // A file system may treat both names as the same file.
  return composed === undefined || composed === original;
}

async function identityOf(file: DiskPath): Promise<string | undefined> {
  try {
    const { dev, ino } = await lstat(file, { bigint: true });
    return `${dev}-${ino}`;
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return undefined;
  }
}
