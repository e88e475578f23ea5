/** What waits for a destination: "1 folder, 120 files and 2 files wait for a destination." Pure. */
import { text } from '../../../src-shared/text/text.ts';
import type { AcceptedFile } from './refused.ts';

export function pendingWords(pending: readonly AcceptedFile[]): string {
  const folders = pending.flatMap(({ files }) => files ?? []);
  const inFolders = folders.reduce((sum, files) => sum + files, 0);
  const loose = pending.length - folders.length;
  const folderWords = text('ui.pending.folders', { count: folders.length, files: inFolders });
  const fileWords = text('ui.pending.files', { count: loose });
  const what =
    folders.length === 0
      ? fileWords
      : loose === 0
        ? folderWords
        : text('ui.pending.both', { folders: folderWords, files: fileWords });
  return text('ui.pending', { what, count: loose + inFolders });
}

/** Files in all, those in folders included. */
export const countPending = (pending: readonly AcceptedFile[]): number =>
  pending.reduce((sum, { files = 1 }) => sum + files, 0);
