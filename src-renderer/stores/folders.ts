/**
 * Files that came in one folder, as one thing: which they are, how far they are. Kept up to date record by record, so that
 * a folder of fifty thousand files costs no more at each change than what changed. Pure.
 */
import type { Status, UploadId, UploadView, Verification } from '../../src-shared/upload.ts';
import type { Share } from '../features/uploads/progress.ts';

/** `BATCH/FOLDER`: the same folder dropped twice is two rows. */
export type FolderKey = string;

export interface Folder {
  key: FolderKey;
  name: string;
  /** In the order in which they arrived. */
  ids: readonly UploadId[];
  counts: Readonly<Record<Status, number>>;
  /** Of those that are done: how far their links reach. */
  reach: Readonly<Record<Verification, number>>;
  /** Run by another Hoist process. */
  elsewhere: number;
  /** bytes of what is neither failed nor canceled, and how many of them were sent */
  bytes: number;
  sent: number;
}

export type Folders = ReadonlyMap<FolderKey, Folder>;

export const folderKey = ({ batchId, folder }: UploadView): FolderKey | undefined =>
  folder ? `${batchId}/${folder.id}` : undefined;

/** A record before and after a change, each with the share that its bar shows. */
export interface Step {
  before?: UploadView;
  beforeShare?: Share;
  after?: UploadView;
  afterShare?: Share;
}

interface Draft extends Folder {
  counts: Record<Status, number>;
  reach: Record<Verification, number>;
  added: UploadView[];
  gone: Set<UploadId>;
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

const sentOf = (upload: UploadView, share: Share | undefined): number =>
  upload.status === 'done' ? upload.size : typeof share === 'number' ? Math.round(share * upload.size) : 0;

/** Adds one record to the sums, or takes it out of them. */
function count(draft: Draft, upload: UploadView, share: Share | undefined, by: 1 | -1): void {
  draft.counts[upload.status] += by;
  if (upload.elsewhere) draft.elsewhere += by;
  if (upload.status === 'done' && upload.verification) draft.reach[upload.verification] += by;
  if (upload.status === 'failed' || upload.status === 'canceled') return;
  draft.bytes += by * upload.size;
  draft.sent += by * sentOf(upload, share);
}

/** One step of one file; `draft` is that of its folder. */
function take(draft: Draft, { before, beforeShare, after, afterShare }: Step): void {
  if (before) count(draft, before, beforeShare, -1);
  if (after) count(draft, after, afterShare, 1);
  if (after && !before) draft.added.push(after);
  if (before && !after) draft.gone.add(before.id);
}

function draftOf(folders: Folders, key: FolderKey, name: string): Draft {
  const known = folders.get(key) ?? {
    key,
    name,
    ids: [],
    counts: noCounts,
    reach: noReach,
    elsewhere: 0,
    bytes: 0,
    sent: 0,
  };
  return { ...known, counts: { ...known.counts }, reach: { ...known.reach }, added: [], gone: new Set() };
}

/** @param recordOf the newest record of an id, for the order */
export function withSteps(
  folders: Folders,
  steps: readonly Step[],
  recordOf: (id: UploadId) => UploadView | undefined,
): Folders {
  const drafts = new Map<FolderKey, Draft>();
  for (const step of steps) {
    const upload = step.after ?? step.before;
    const key = upload && folderKey(upload);
    if (key === undefined) continue;
    const draft = drafts.get(key) ?? draftOf(folders, key, upload?.folder?.name ?? '');
    drafts.set(key, draft);
    take(draft, step);
  }
  if (drafts.size === 0) return folders;
  const next = new Map(folders);
  for (const [key, { added, gone, ...folder }] of drafts) {
    const ids = membersOf(folder.ids, added, gone, recordOf);
    if (ids.length === 0) next.delete(key);
    else next.set(key, { ...folder, ids });
  }
  return next;
}

function membersOf(
  ids: readonly UploadId[],
  added: readonly UploadView[],
  gone: ReadonlySet<UploadId>,
  recordOf: (id: UploadId) => UploadView | undefined,
): readonly UploadId[] {
  if (added.length === 0 && gone.size === 0) return ids;
  const placeOf = (id: UploadId): number => recordOf(id)?.position ?? 0;
  const staying = gone.size === 0 ? ids : ids.filter((id) => !gone.has(id));
  return added.length === 0
    ? staying
    : [...staying, ...added.map(({ id }) => id)].sort((a, b) => placeOf(a) - placeOf(b));
}

export const totalOf = ({ ids, counts }: Folder): number => ids.length - counts.canceled;

export const unfinishedOf = ({ counts }: Folder): number =>
  counts.queued + counts.uploading + counts.waiting + counts.paused + counts.verifying;

/** Something in it goes on, or needs a person. */
export const isNow = (folder: Folder): boolean => unfinishedOf(folder) + folder.counts.failed > 0;

/** From 0 to 1, full only when everything is over. */
export function shareOfFolder(folder: Folder): number {
  const share = folder.bytes > 0 ? folder.sent / folder.bytes : folder.counts.done / Math.max(1, totalOf(folder));
  return unfinishedOf(folder) > 0 ? Math.min(0.99, share) : share;
}
