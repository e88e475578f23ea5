/** Files with credentials, in the folders that the AWS tools share. */
import { randomBytes } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../../../platform/make-folder.ts';

/** Writes a file that only the owner can read. Readers see the old or the new content, never a part. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  makeFolder(path.dirname(file));
  const temporaryFile = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporaryFile, text, { mode: 0o600, flag: 'wx' });
    await chmod(temporaryFile, 0o600);
    await rename(temporaryFile, file);
  } catch (cause) {
    await rm(temporaryFile, { force: true });
    throw cause;
  }
}
