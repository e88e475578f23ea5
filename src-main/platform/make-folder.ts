/** Creates folders. */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Creates a folder that only the user can open, and its missing parents. An existing folder stays as it is. Node's
 * recursive mkdir never returns if the system reports ENOENT for a new folder in an existing one, as /proc and some
 * network file systems do. This function then throws ENOENT.
 * @throws system errors
 */
export function makeFolder(folder: string): void {
  if (create(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
}

/** @returns false if a parent folder is missing */
function create(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (cause) {
    // The reason differs by system: EEXIST, EISDIR for `/` on macOS, EPERM for `C:\` on Windows.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return true;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw cause;
  }
}
