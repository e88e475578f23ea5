/** Imports destinations and history entries from a file that the user chose. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../../src-shared/errors.ts';
import type { ImportReport } from '../../../src-shared/profile.ts';
import { unusableFile, type ParsedImport } from './parsed-import.ts';
import { maxImportBytes, parseImport } from './parse-import.ts';
import { findKnownLocation, type ImportEnvironment } from './import-locations.ts';
import { applyImport, type ApplyImportOptions, type ImportPorts } from './apply-import.ts';

/** @throws AppFailure source-missing, source-unreadable, source-is-folder, source-not-a-file */
export async function readImportFile(file: string, environment: ImportEnvironment): Promise<ParsedImport> {
  const knownLocation = findKnownLocation(file, environment);
  const name = path.basename(file);
  const bytes = await readBytes(file);
  return bytes === undefined
    ? unusableFile(name, 'unreadable')
    : parseImport({
        name,
        bytes,
        location: knownLocation ? 'own' : 'elsewhere',
        ...(knownLocation?.from === undefined ? {} : { from: knownLocation.from }),
      });
}

/** @throws AppFailure as {@link readImportFile}, and disk-full */
export async function importFile(
  file: string,
  environment: ImportEnvironment,
  ports: ImportPorts,
  options?: ApplyImportOptions,
): Promise<ImportReport> {
  return applyImport(await readImportFile(file, environment), ports, options);
}

const errorCodes: Record<string, 'source-missing' | 'source-unreadable'> = {
  ENOENT: 'source-missing',
  ENOTDIR: 'source-missing',
  EACCES: 'source-unreadable',
  EPERM: 'source-unreadable',
};

/** Undefined when the file is too large to be a settings file. */
async function readBytes(file: string): Promise<Uint8Array | undefined> {
  try {
    // Without O_NONBLOCK, opening a named pipe could block indefinitely.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = await handle.stat();
      if (stat.isDirectory()) throw failure('source-is-folder');
      if (!stat.isFile()) throw failure('source-not-a-file');
      return stat.size > maxImportBytes ? undefined : await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw failure(errorCodes[String(cause.code)] ?? 'source-unreadable', {}, cause);
  }
}
