/** Free space of the disk that Practice uses. */
import { statfs } from 'node:fs/promises';

/** Free space that Practice leaves for other programs, in bytes. */
export const reservedBytes = 256 * 1024 * 1024;

/** In bytes. */
export async function freeBytesIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
