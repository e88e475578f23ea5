/**
 * Folders that are shown as one row: their files and progress. Updated record by record, so that the cost of an update
 * depends on the number of changed records, not on the size of the folder. Pure.
 */
import type { Status, UploadId, UploadView, Verification } from '../../src-shared/upload.ts';
import type { ProgressFraction } from './progress.ts';

/** The IDs of the batch and of the folder, `BATCH/FOLDER`, so that a folder that was dropped twice has two rows. */
export type FolderKey = string;

export interface UploadFolder {
  key: FolderKey;
  name: string;
  /** The files, in their original order. */
  ids: readonly UploadId[];
  counts: Readonly<Record<Status, number>>;
  /** The number of finished files by where their links can be opened. */
  reach: Readonly<Record<Verification, number>>;
  /** The number of files that another Hoist process uploads. */
  elsewhere: number;
  /** The bytes of all files that neither failed nor were canceled. */
  bytes: number;
  /** How many of these bytes were sent. */
  sent: number;
}

export type UploadFolders = ReadonlyMap<FolderKey, UploadFolder>;

export const folderKey = ({ batchId, folder }: UploadView): FolderKey | undefined =>
  folder ? `${batchId}/${folder.id}` : undefined;

/** A record before and after a change, each with the fraction that its progress bar shows. */
export interface RecordChange {
  before?: UploadView;
  beforeFraction?: ProgressFraction;
  after?: UploadView;
  afterFraction?: ProgressFraction;
}

/** A folder while changes are applied to it. `added`, `removed`: the files that join and leave it. */
interface FolderDraft extends UploadFolder {
  counts: Record<Status, number>;
  reach: Record<Verification, number>;
  added: UploadView[];
  removed: Set<UploadId>;
}

const noCounts: Record<Status, number> = {
  queued: 0,
  uploading: 0,
  waiting: 0,
  paused: 0,
  verifying: 0,
  done: 0,
  failed: 0,
  canceled: 0,
};
const noReach: Record<Verification, number> = {
  verified: 0,
  'this-computer': 0,
  'this-network': 0,
  private: 0,
  unreachable: 0,
};

/** The sent bytes of a file, from the fraction that its progress bar shows; 0 if its size is unknown. */
function bytesSent(upload: UploadView, fraction: ProgressFraction | undefined): number {
  if (upload.status === 'done') return upload.size;
  return typeof fraction === 'number' ? Math.round(fraction * upload.size) : 0;
}

/** Adds a record to the folder's sums, or subtracts it. */
function addToCounts(draft: FolderDraft, upload: UploadView, fraction: ProgressFraction | undefined, by: 1 | -1): void {
  draft.counts[upload.status] += by;
  if (upload.elsewhere) draft.elsewhere += by;
  if (upload.status === 'done' && upload.verification) draft.reach[upload.verification] += by;
  if (upload.status === 'failed' || upload.status === 'canceled') return;
  draft.bytes += by * upload.size;
  draft.sent += by * bytesSent(upload, fraction);
}

/** Applies the change of one file; `draft` is the state of its folder. */
function applyChange(draft: FolderDraft, { before, beforeFraction, after, afterFraction }: RecordChange): void {
  if (before) addToCounts(draft, before, beforeFraction, -1);
  if (after) addToCounts(draft, after, afterFraction, 1);
  if (after && !before) draft.added.push(after);
  if (before && !after) draft.removed.add(before.id);
}

function createDraft(folders: UploadFolders, key: FolderKey, name: string): FolderDraft {
  const existing = folders.get(key) ?? {
    key,
    name,
    ids: [],
    counts: noCounts,
    reach: noReach,
    elsewhere: 0,
    bytes: 0,
    sent: 0,
  };
  return { ...existing, counts: { ...existing.counts }, reach: { ...existing.reach }, added: [], removed: new Set() };
}

/**
 * The folders after these changes.
 *
 * @param recordOf returns the newest record of an ID; needed to sort the files by their position
 */
export function applyChanges(
  folders: UploadFolders,
  changes: readonly RecordChange[],
  recordOf: (id: UploadId) => UploadView | undefined,
): UploadFolders {
  const drafts = new Map<FolderKey, FolderDraft>();
  for (const change of changes) {
    const upload = change.after ?? change.before;
    const key = upload && folderKey(upload);
    if (key === undefined) continue;
    const draft = drafts.get(key) ?? createDraft(folders, key, upload?.folder?.name ?? '');
    drafts.set(key, draft);
    applyChange(draft, change);
  }
  if (drafts.size === 0) return folders;
  const next = new Map(folders);
  for (const [key, { added, removed, ...folder }] of drafts) {
    const ids = memberIds(folder.ids, added, removed, recordOf);
    if (ids.length === 0) next.delete(key);
    else next.set(key, { ...folder, ids });
  }
  return next;
}

/** The files of a folder after some joined and left it, in their original order. */
function memberIds(
  ids: readonly UploadId[],
  added: readonly UploadView[],
  removed: ReadonlySet<UploadId>,
  recordOf: (id: UploadId) => UploadView | undefined,
): readonly UploadId[] {
  if (added.length === 0 && removed.size === 0) return ids;
  const positionOf = (id: UploadId): number => recordOf(id)?.position ?? 0;
  const remaining = removed.size === 0 ? ids : ids.filter((id) => !removed.has(id));
  return added.length === 0
    ? remaining
    : [...remaining, ...added.map(({ id }) => id)].sort((a, b) => positionOf(a) - positionOf(b));
}

/** The number of files that were not canceled. */
export const fileCount = ({ ids, counts }: UploadFolder): number => ids.length - counts.canceled;

export const unfinishedCount = ({ counts }: UploadFolder): number =>
  counts.queued + counts.uploading + counts.waiting + counts.paused + counts.verifying;

/** Whether a file of the folder is unfinished or failed. */
export const isActive = (folder: UploadFolder): boolean => unfinishedCount(folder) + folder.counts.failed > 0;

/** The folder's progress from 0 to 1. It is 1 only when all files have ended. */
export function folderFraction(folder: UploadFolder): number {
  const fraction = folder.bytes > 0 ? folder.sent / folder.bytes : folder.counts.done / Math.max(1, fileCount(folder));
  return unfinishedCount(folder) > 0 ? Math.min(0.99, fraction) : fraction;
}
