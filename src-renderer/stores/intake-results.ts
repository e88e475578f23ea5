/**
 * Sorts main's answer to dropped files: accepted files, rejected files by cause, and skipped entries of folders. Pure.
 */
import type { AppError } from '../../src-shared/errors.ts';
import type { IntakeResult } from '../../src-shared/ipc/contract.ts';
import type { SkippedEntries } from '../../src-shared/upload.ts';

/** An accepted file or folder, with the token that stands for it. `files`: the number of files, only for a folder. */
export interface AcceptedItem {
  name: string;
  size: number;
  token: string;
  files?: number;
}
/** Rejected files with the same cause. `error` and `name` are those of the first file. */
export interface RefusedGroup {
  key: string;
  error: AppError;
  count: number;
  name: string;
}

/** The number of entries of one kind that Hoist does not upload in the folder `name`. */
export interface SkippedFiles {
  name: string;
  kind: keyof SkippedEntries;
  count: number;
}

const skippedKinds = ['links', 'special'] as const;

export const listSkippedFiles = (files: readonly IntakeResult[]): SkippedFiles[] =>
  files.flatMap((file) => {
    const { skipped } = 'token' in file ? file : {};
    if (!skipped) return [];
    return skippedKinds
      .map((kind) => ({ name: file.name, kind, count: skipped[kind] }))
      .filter(({ count }) => count > 0);
  });

export const acceptedItems = (files: readonly IntakeResult[]): AcceptedItem[] =>
  files.filter((file) => 'token' in file);

export function groupRefused(files: readonly IntakeResult[]): RefusedGroup[] {
  const groups = new Map<string, RefusedGroup>();
  for (const file of files) {
    if (!('error' in file)) continue;
    const { name, error, count = 1 } = file;
    const problem = error.params?.['problem'];
    const key = problem === undefined ? error.code : `${error.code} ${problem}`;
    const existing = groups.get(key);
    groups.set(key, existing ? { ...existing, count: existing.count + count } : { key, error, count, name });
  }
  return [...groups.values()];
}

/** Adds newly rejected files to the groups that are already shown. */
export function mergeRefusedGroups(current: readonly RefusedGroup[], added: readonly RefusedGroup[]): RefusedGroup[] {
  const merged = new Map(current.map((group) => [group.key, group]));
  for (const group of added) {
    const existing = merged.get(group.key);
    merged.set(group.key, existing ? { ...existing, count: existing.count + group.count } : group);
  }
  return [...merged.values()];
}
