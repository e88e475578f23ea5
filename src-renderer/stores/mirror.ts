/**
 * The window's copy of main's records, and the functions that change it. Pure: the store in uploads.ts holds the
 * result.
 */
import type { Changes, HistoryPage, Snapshot, Totals } from '../../src-shared/ipc/contract.ts';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { displayedFraction, type ProgressFraction } from './progress.ts';
import { applyChanges, type UploadFolders, type RecordChange } from './folders.ts';

export interface Mirror {
  /** Whether a snapshot has arrived: only then does an empty list mean that there are no uploads. */
  ready: boolean;
  revision: number;
  byId: ReadonlyMap<UploadId, UploadView>;
  /** Unfinished and failed uploads: failed first, then in order of arrival. */
  now: readonly UploadId[];
  /** Finished and canceled uploads, newest first. */
  history: readonly UploadId[];
  /** The fraction that each progress bar shows. */
  progress: ReadonlyMap<UploadId, ProgressFraction>;
  /** Folders that are shown as one row. */
  folders: UploadFolders;
  /**
   * Uploads that were removed since the last snapshot. A page of the history that was requested before may have them.
   */
  removed: ReadonlySet<UploadId>;
  totals: Totals;
  /** `next`: cursor of the next page of older entries. `complete`: all entries are loaded. */
  paging: { next?: string; complete: boolean };
}

export const emptyMirror: Mirror = {
  ready: false,
  revision: 0,
  byId: new Map(),
  now: [],
  history: [],
  progress: new Map(),
  folders: new Map(),
  removed: new Set(),
  totals: { done: 0, unfinished: 0 },
  paging: { complete: false },
};

const isHistory = (upload: UploadView): boolean => upload.status === 'done' || upload.status === 'canceled';

/** ms since 1970 when the upload ended; for an unfinished one, when it was added. */
const endOf = (upload: UploadView): number => upload.endedAt ?? upload.createdAt;

/** Sorts by end, newest first; uploads that ended in the same millisecond are in drop order. */
const byEnd = (a: UploadView, b: UploadView): number =>
  endOf(b) - endOf(a) || a.position - b.position || (a.id < b.id ? -1 : 1);

/** Sorts failed uploads before all others. */
const failedFirst = (upload: UploadView): number => (upload.status === 'failed' ? 0 : 1);
/** Sorts the active uploads: failed ones first, then in the order in which they were added. */
const byArrival = (a: UploadView, b: UploadView): number =>
  failedFirst(a) - failedFirst(b) || a.createdAt - b.createdAt || a.position - b.position || (a.id < b.id ? -1 : 1);

function buildLists(byId: ReadonlyMap<UploadId, UploadView>): Pick<Mirror, 'now' | 'history'> {
  const now: UploadView[] = [];
  const history: UploadView[] = [];
  for (const upload of byId.values()) (isHistory(upload) ? history : now).push(upload);
  return { now: now.sort(byArrival).map(({ id }) => id), history: history.sort(byEnd).map(({ id }) => id) };
}

/** A key that changes when a record moves to another list or position. */
function listKey(upload: UploadView | undefined): string | undefined {
  if (!upload) return undefined;
  if (isHistory(upload)) return `past ${endOf(upload)}`;
  return upload.status === 'failed' ? 'failed' : 'now';
}

type Compare = (a: UploadView, b: UploadView) => number;

/**
 * Merges two sorted lists: the entries that stay, and the added ones. Faster than sorting the whole list again.
 *
 * @param removed entries to leave out; a moved entry is also in `added`
 */
function mergeIntoList(
  ids: readonly UploadId[],
  removed: ReadonlySet<UploadId>,
  added: UploadView[],
  compare: Compare,
  byId: ReadonlyMap<UploadId, UploadView>,
): UploadId[] {
  const next: UploadId[] = [];
  const sorted = added.sort(compare);
  let index = 0;
  for (const id of ids) {
    const upload = removed.has(id) ? undefined : byId.get(id);
    if (!upload) continue;
    // First all added entries that belong before this one
    for (let entry = sorted[index]; entry && compare(entry, upload) < 0; entry = sorted[index]) {
      next.push(entry.id);
      index += 1;
    }
    next.push(id);
  }
  return [...next, ...sorted.slice(index).map(({ id }) => id)];
}

type Records = Pick<Mirror, 'byId' | 'progress' | 'now' | 'history' | 'folders'>;

/** Whether the progress of the upload is kept: it is unfinished, or a retry would resume from there. */
const keepsProgress = (upload: UploadView): boolean =>
  !isHistory(upload) && (upload.status !== 'failed' || upload.resumable === true);

/**
 * The lists and records after these uploads were added or changed, and those with the IDs in `removed` were removed.
 */
function applyRecords(mirror: Mirror, uploads: UploadView[], removed: UploadId[]): Records {
  const byId = new Map(mirror.byId);
  const progress = new Map(mirror.progress);
  const folderChanges: RecordChange[] = [];
  // Entries that leave their position in a list, and those of them that appear at another position
  const moved = new Set<UploadId>();
  const arrived = new Map<UploadId, UploadView>();
  for (const upload of uploads) {
    const before = byId.get(upload.id);
    const beforeFraction = progress.get(upload.id);
    if (keepsProgress(upload)) progress.set(upload.id, displayedFraction(upload, before, beforeFraction));
    else progress.delete(upload.id);
    byId.set(upload.id, upload);
    if (listKey(before) !== listKey(upload)) {
      moved.add(upload.id);
      arrived.set(upload.id, upload);
    }
    if (upload.folder)
      folderChanges.push({ before, beforeFraction, after: upload, afterFraction: progress.get(upload.id) });
  }
  for (const id of removed) {
    const before = byId.get(id);
    if (before?.folder) folderChanges.push({ before, beforeFraction: progress.get(id) });
    byId.delete(id);
    progress.delete(id);
    moved.add(id);
    arrived.delete(id);
  }
  const folders =
    folderChanges.length === 0 ? mirror.folders : applyChanges(mirror.folders, folderChanges, (id) => byId.get(id));
  if (moved.size === 0) return { byId, progress, folders, now: mirror.now, history: mirror.history };
  const arrivals = [...arrived.values()];
  return {
    byId,
    progress,
    folders,
    now: mergeIntoList(
      mirror.now,
      moved,
      arrivals.filter((upload) => !isHistory(upload)),
      byArrival,
      byId,
    ),
    history: mergeIntoList(mirror.history, moved, arrivals.filter(isHistory), byEnd, byId),
  };
}

/** Replaces all records. The progress bars continue from the shown fraction. */
export function withSnapshot(mirror: Mirror, { revision, uploads, totals }: Snapshot): Mirror {
  const progress = new Map<UploadId, ProgressFraction>();
  const folderChanges: RecordChange[] = [];
  for (const upload of uploads) {
    if (keepsProgress(upload))
      progress.set(upload.id, displayedFraction(upload, mirror.byId.get(upload.id), mirror.progress.get(upload.id)));
    if (upload.folder) folderChanges.push({ after: upload, afterFraction: progress.get(upload.id) });
  }
  const byId = new Map(uploads.map((upload) => [upload.id, upload]));
  return {
    ...emptyMirror,
    ready: true,
    revision,
    totals,
    byId,
    progress,
    ...buildLists(byId),
    folders: applyChanges(emptyMirror.folders, folderChanges, (id) => byId.get(id)),
    paging: { complete: uploads.length >= totals.done + totals.unfinished },
  };
}

/** Applies a message from main. `gap`: an earlier message is missing, so a new snapshot is needed. */
export function withChanges(mirror: Mirror, changes: Changes): Mirror | 'gap' {
  // The snapshot already contains these changes.
  if (changes.revision <= mirror.revision) return mirror;
  if (changes.revision !== mirror.revision + 1) return 'gap';
  return {
    ...mirror,
    ...applyRecords(mirror, changes.changed, changes.removed),
    revision: changes.revision,
    totals: changes.totals,
    removed: changes.removed.length > 0 ? new Set([...mirror.removed, ...changes.removed]) : mirror.removed,
  };
}

/**
 * Adds a page of older entries. Records that the mirror already has are newer than those of the page, so they stay.
 * Removed entries do not return.
 */
export function withPage(mirror: Mirror, page: HistoryPage): Mirror {
  const fresh = page.uploads.filter(({ id }) => !mirror.byId.has(id) && !mirror.removed.has(id));
  return {
    ...mirror,
    ...applyRecords(mirror, fresh, []),
    paging: { next: page.next, complete: page.next === undefined },
  };
}
