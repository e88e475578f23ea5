/** From a file that the user named to destinations and history entries. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../../src-shared/errors.ts';
import type { ImportReport } from '../../../src-shared/profile.ts';
import { unusableFile, type Parsed } from './imported.ts';
import { largestImport, parseImport } from './parse.ts';
import { isOwnPlace, type Surroundings } from './places.ts';
import { takeOver, type TakeOverOptions, type TakeOverPorts } from './take-over.ts';

/** @throws AppFailure source-missing, source-unreadable, source-is-folder, source-not-a-file */
export async function readImport(file: string, surroundings: Surroundings): Promise<Parsed> {
  const own = isOwnPlace(file, surroundings);
  const name = path.basename(file);
  const bytes = await bytesOf(file);
  return bytes === undefined
    ? unusableFile(name, 'unreadable')
    : parseImport({
        name,
        bytes,
        place: own ? 'own' : 'elsewhere',
        ...(own?.from === undefined ? {} : { from: own.from }),
      });
}

/** @throws AppFailure as {@link readImport}, and disk-full */
export async function importFile(
  file: string,
  surroundings: Surroundings,
  ports: TakeOverPorts,
  options?: TakeOverOptions,
): Promise<ImportReport> {
  return takeOver(await readImport(file, surroundings), ports, options);
}

const reasons: Record<string, 'source-missing' | 'source-unreadable'> = {
  ENOENT: 'source-missing',
  ENOTDIR: 'source-missing',
  EACCES: 'source-unreadable',
  EPERM: 'source-unreadable',
};

/** Undefined for what is far larger than any settings. */
async function bytesOf(file: string): Promise<Uint8Array | undefined> {
  try {
    // A pipe would make it wait for ever.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = await handle.stat();
      if (stat.isDirectory()) throw failure('source-is-folder');
      if (!stat.isFile()) throw failure('source-not-a-file');
      return stat.size > largestImport ? undefined : await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw failure(reasons[String(cause.code)] ?? 'source-unreadable', {}, cause);
  }
}
