/** Files that were not added: one line for each cause, however many files it has. Pure. */
import type { AppError } from '../../../src-shared/errors.ts';
import type { Accepted } from '../../../src-shared/ipc/contract.ts';

/** `files`: of a folder, how many are in it. */
export interface AcceptedFile {
  name: string;
  size: number;
  token: string;
  files?: number;
}
/** One cause; `error` is that of the first file. */
export interface RefusedGroup {
  key: string;
  error: AppError;
  count: number;
  name: string;
}

/** What in a folder cannot be sent. */
export interface PassedOver {
  name: string;
  count: number;
}

export const passedOverIn = (files: readonly Accepted[]): PassedOver[] =>
  files.flatMap((file) =>
    'token' in file && file.passedOver !== undefined && file.passedOver > 0
      ? [{ name: file.name, count: file.passedOver }]
      : [],
  );

export const acceptedFiles = (files: readonly Accepted[]): AcceptedFile[] => files.filter((file) => 'token' in file);

export function refusedGroups(files: readonly Accepted[]): RefusedGroup[] {
  const groups = new Map<string, RefusedGroup>();
  for (const file of files) {
    if (!('error' in file)) continue;
    const key = file.error.code;
    const known = groups.get(key);
    groups.set(
      key,
      known ? { ...known, count: known.count + 1 } : { key, error: file.error, count: 1, name: file.name },
    );
  }
  return [...groups.values()];
}

/** Lines that are still on the screen take the new files of the same cause. */
export function mergeGroups(shown: readonly RefusedGroup[], more: readonly RefusedGroup[]): RefusedGroup[] {
  const merged = new Map(shown.map((group) => [group.key, group]));
  for (const group of more) {
    const known = merged.get(group.key);
    merged.set(group.key, known ? { ...known, count: known.count + group.count } : group);
  }
  return [...merged.values()];
}
