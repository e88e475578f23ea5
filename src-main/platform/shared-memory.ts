/** The size of /dev/shm, where Chromium puts the memory that its processes share. */
import { statfsSync } from 'node:fs';
import { systemCodeOf } from './file-errors.ts';

/** Bytes. Chromium uses a few tens of megabytes for a large window. */
const minimumFree = 256 * 1024 * 1024;

/** Whether Chromium may crash because /dev/shm gets full. Containers often have 64 MiB or less. */
export function hasLittleSharedMemory(folder = '/dev/shm', platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'linux') return false;
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < minimumFree;
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return true;
  }
}
