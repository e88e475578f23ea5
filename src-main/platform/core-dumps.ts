/** Keeps this process's memory, with the secrets in it, out of core dumps. */
import { writeFileSync } from 'node:fs';
import { systemCodeOf } from './file-errors.ts';

/**
 * Tells Linux to write no memory of this process, and of programs that it starts later, to core dumps. It works however
 * the app was started; the launcher and `npm start` also cover Chromium's first processes. macOS and Windows write no
 * dumps by default.
 */
export function excludeMemoryFromCoreDumps(platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause; // this kernel writes no dumps, or /proc is missing
  }
}
