/** What this computer already has, for manifests to look at: variables and small files. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Computer } from '../providers/contract/provider.ts';
import { systemCodeOf } from './file-errors.ts';

/** No file that holds settings is larger. */
const maxBytes = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** @param shellEnv variables that only a login shell has; what this process has counts first */
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

/** Never waits, whatever is behind the name: a pipe would for ever. */
export function readSmallFile(path: string): string | undefined {
  try {
    const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = fstatSync(handle);
      return stat.isFile() && stat.size <= maxBytes ? readFileSync(handle, 'utf8') : undefined;
    } finally {
      closeSync(handle);
    }
  } catch (thrown) {
    if (systemCodeOf(thrown) === undefined) throw thrown;
    return undefined; // not there, not ours to read, a name that cannot be one: nothing was found
  }
}
