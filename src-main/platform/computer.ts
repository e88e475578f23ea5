/** The environment variables and small files of this computer that a provider may read to discover credentials. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { decodeText } from './decode-text.ts';
import { systemCodeOf } from './file-errors.ts';

/** Larger than any settings file. */
const maxBytes = 1024 * 1024;

/** Every call returns at once and contacts no other process. */
export interface Computer {
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder; '' when it is unknown. */
  home: string;
  platform: NodeJS.Platform;
  /** Text of a small file; undefined when the file is missing, unreadable or larger than 1 MiB. Never throws. */
  read(path: string): string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @param shellEnv variables of the login shell; a variable of this process overrides one of the same name */
export function createComputer(env: Environment, shellEnv: Environment = {}): Computer {
  const mergedEnv = {
    ...shellEnv,
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
  };
  return {
    env: mergedEnv,
    home: mergedEnv['HOME'] ?? mergedEnv['USERPROFILE'] ?? '',
    platform: process.platform,
    read: readSmallFile,
  };
}

/** O_NONBLOCK, because opening a named pipe would otherwise wait for a writer forever. */
function readSmallFile(path: string): string | undefined {
  try {
    const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = fstatSync(handle);
      return stat.isFile() && stat.size <= maxBytes ? decodeText(readFileSync(handle)) : undefined;
    } finally {
      closeSync(handle);
    }
  } catch (thrown) {
    if (systemCodeOf(thrown) === undefined) throw thrown;
    return undefined; // Missing, no permission, or an invalid name.
  }
}
