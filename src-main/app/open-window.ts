/** Finds out whether another Hoist has its window open. */
import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf } from '../platform/file-errors.ts';
import { notRunning, processStart } from '../platform/process-start.ts';

/** Reads Chromium's lock: a symbolic link whose target is `COMPUTER-PROCESS_ID`. Windows has no such lock. */
export function isWindowOpen(folder: string): boolean {
  try {
    const [, pid] = /-(\d+)$/.exec(readlinkSync(path.join(folder, 'SingletonLock'))) ?? [];
    return pid !== undefined && processStart(Number(pid)) !== notRunning;
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return false;
  }
}
