/** The second line of a folder's row. Pure. */
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import { formatTimeLeft } from '../../../src-shared/format/time-left.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView, Verification } from '../../../src-shared/upload.ts';
import { joinFacts } from '../../format/join.ts';
import { readerLocale } from '../../format/locale.ts';
import { reachFact } from '../history/link-state.ts';
import { fileCount, unfinishedCount, type UploadFolder } from '../../stores/folders.ts';

const bytes = (count: number): string => formatBytes(count, readerLocale);

const countFacts = ({ counts }: UploadFolder): (string | undefined)[] => [
  counts.failed > 0 ? text('ui.folder.failed', { count: counts.failed }) : undefined,
  counts.canceled > 0 ? text('ui.folder.canceled', { count: counts.canceled }) : undefined,
];

/**
 * "1 of 4 done · 1 failed · 1.5 MB of 3 MB".
 *
 * @param reason why files wait or failed, as a sentence
 * @param secondsLeft the time left, if it is known
 */
export function folderLine(folder: UploadFolder, reason?: string, secondsLeft?: number): string {
  const { counts } = folder;
  const total = fileCount(folder);
  const unfinished = unfinishedCount(folder);
  const doneText = text('ui.folder.done-of', { done: counts.done, total });
  if (unfinished > 0) {
    const sent =
      folder.sent > 0
        ? text('ui.row.sent-of', { sent: bytes(folder.sent), size: bytes(folder.bytes) })
        : bytes(folder.bytes);
    const left = secondsLeft === undefined ? undefined : formatTimeLeft(secondsLeft);
    return joinFacts([
      unfinished === counts.paused ? text('ui.row.paused') : undefined,
      doneText,
      ...countFacts(folder),
      sent,
      left,
      unfinished === counts.waiting ? reason : undefined,
    ]);
  }
  // All files were canceled.
  if (total === 0) return joinFacts([text('ui.row.canceled'), text('ui.folder.files', { count: counts.canceled })]);
  if (counts.failed > 0) return joinFacts([doneText, ...countFacts(folder), reason]);
  return joinFacts([text('ui.folder.files', { count: total }), bytes(folder.bytes), ...countFacts(folder)]);
}

/**
 * The line for screen readers. They read it once, so it omits the numbers that change every second.
 *
 * @param first the first file of the folder
 */
export function spokenFolder(folder: UploadFolder, first: UploadView | undefined, now: number): string {
  if (unfinishedCount(folder) === 0) {
    const link = first && folder.counts.failed === 0 ? mostRestricted(folder, first) : undefined;
    return joinFacts([folderLine(folder), link && reachFact(link, now)?.label]);
  }
  const isPaused = unfinishedCount(folder) === folder.counts.paused;
  return joinFacts([
    isPaused ? text('ui.row.paused') : undefined,
    text('ui.folder.done-of', { done: folder.counts.done, total: fileCount(folder) }),
    ...countFacts(folder),
  ]);
}

/**
 * The first file of a finished folder, as if its link were the most restricted one. Undefined while the folder is
 * unfinished and if no file is done.
 */
export function mostRestricted(folder: UploadFolder, first: UploadView): UploadView | undefined {
  const verification = weakestReach(folder);
  return unfinishedCount(folder) > 0 || !verification ? undefined : { ...first, verification };
}

/** Where the most restricted link of the folder opens; undefined if no file is done. */
export function weakestReach({ reach }: UploadFolder): Verification | undefined {
  return (['unreachable', 'this-computer', 'this-network', 'private', 'verified'] as const).find(
    (verification) => reach[verification] > 0,
  );
}
