/** Finds out whether another Hoist has its window open. */
import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf } from '../platform/file-errors.ts';
import { notRunning, processStart } from '../platform/process-start.ts';

/** Reads Chromium's lock: a symbolic link to the name of the computer and the id of the process. Windows has none. */
export function isWindowOpen(folder: string): boolean {
  try {
    const [, pid] = /-(\d+)$/.exec(readlinkSync(path.join(folder, 'SingletonLock'))) ?? [];
    return pid !== undefined && processStart(Number(pid)) !== notRunning;
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return false;
  }
}
