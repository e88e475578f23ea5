/**
 * Finds programs without the current folder and without relative folders of PATH: a downloaded folder may contain a
 * program with the name of a system program.
 */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf } from './file-errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folders of the system on Linux, which only an administrator can change. The last one exists on NixOS. */
const systemFolders = ['/usr/bin', '/bin', '/run/current-system/sw/bin'];

/** @returns the path of a program of the system; undefined if it is not installed */
export const findSystemProgram = (name: string, folders: readonly string[] = systemFolders): string | undefined =>
  folders.map((folder) => path.join(folder, name)).find(isExecutable);

/**
 * Finds a program as a shell does, but only in the absolute folders of PATH.
 * @param program a name or an absolute path
 * @returns undefined for a relative path, and for a program that is not found
 */
export function findProgram(program: string, env: Environment, platform: NodeJS.Platform): string | undefined {
  const rules = platform === 'win32' ? path.win32 : path.posix;
  if (rules.isAbsolute(program)) return program;
  if (rules.basename(program) !== program) return undefined;
  const hasExtension = rules.extname(program) !== '';
  const names = platform === 'win32' && !hasExtension ? [`${program}.com`, `${program}.exe`] : [program];
  return absoluteFolders(env[pathVariable(env, platform)], rules)
    .flatMap((folder) => names.map((name) => rules.join(folder, name)))
    .find(isExecutable);
}

/** Removes the relative folders from PATH, so that Electron, Chromium and child processes find no program in them. */
export function removeRelativeFolders(env: Record<string, string | undefined>, platform: NodeJS.Platform): void {
  const rules = platform === 'win32' ? path.win32 : path.posix;
  const variable = pathVariable(env, platform);
  const value = env[variable];
  if (value !== undefined) env[variable] = absoluteFolders(value, rules).join(rules.delimiter);
}

const absoluteFolders = (value: string | undefined, rules: path.PlatformPath): string[] =>
  (value ?? '').split(rules.delimiter).filter((folder) => rules.isAbsolute(folder));

/** Windows ignores the case of the names of variables. */
const pathVariable = (env: Environment, platform: NodeJS.Platform): string =>
  (platform === 'win32' ? Object.keys(env).find((name) => name.toUpperCase() === 'PATH') : undefined) ?? 'PATH';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    return false;
  }
}
