/** Describes the files that wait for a destination: "1 folder (120 files) and 2 files wait for a destination." Pure. */
import { text } from '../../../src-shared/text/text.ts';
import type { AcceptedItem } from '../../stores/intake-results.ts';

export function pendingSummary(pending: readonly AcceptedItem[]): string {
  // Of each folder, the number of its files; a single file has none.
  const fileCounts = pending.flatMap(({ files }) => files ?? []);
  const inFolders = fileCounts.reduce((sum, count) => sum + count, 0);
  const singleFiles = pending.length - fileCounts.length;
  const folderText = text('ui.pending.folders', { count: fileCounts.length, files: inFolders });
  const fileText = text('ui.pending.files', { count: singleFiles });
  const describe = (): string => {
    if (fileCounts.length === 0) return fileText;
    return singleFiles === 0 ? folderText : text('ui.pending.both', { folders: folderText, files: fileText });
  };
  return text('ui.pending', { what: describe(), count: pending.length });
}

/** The number of all files, including those in folders. */
export const countPending = (pending: readonly AcceptedItem[]): number =>
  pending.reduce((sum, { files = 1 }) => sum + files, 0);
