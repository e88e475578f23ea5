/** What waits for a destination: "1 folder, 120 files and 2 files wait for a destination." Pure. */
import { text } from '../../../src-shared/text/text.ts';
import type { AcceptedItem } from '../../stores/intake-results.ts';

export function pendingSummary(pending: readonly AcceptedItem[]): string {
  const folders = pending.flatMap(({ files }) => files ?? []);
  const inFolders = folders.reduce((sum, files) => sum + files, 0);
  const loose = pending.length - folders.length;
  const folderText = text('ui.pending.folders', { count: folders.length, files: inFolders });
  const fileText = text('ui.pending.files', { count: loose });
  const what =
    folders.length === 0
      ? fileText
      : loose === 0
        ? folderText
        : text('ui.pending.both', { folders: folderText, files: fileText });
  return text('ui.pending', { what, count: loose + inFolders });
}

/** Files in all, those in folders included. */
export const countPending = (pending: readonly AcceptedItem[]): number =>
  pending.reduce((sum, { files = 1 }) => sum + files, 0);
