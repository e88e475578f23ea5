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
  removed: ReadonlySet<UploadId>;
  totals: Totals;
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

const endOf = (upload: UploadView): number => upload.endedAt ?? upload.createdAt;

/** Sorts by end, newest first; uploads that ended in the same millisecond are in drop order. */
const byEnd = (a: UploadView, b: UploadView): number =>
  endOf(b) - endOf(a) || a.position - b.position || (a.id < b.id ? -1 : 1);

const failedFirst = (upload: UploadView): number => (upload.status === 'failed' ? 0 : 1);
const byArrival = (a: UploadView, b: UploadView): number =>
  failedFirst(a) - failedFirst(b) || a.createdAt - b.createdAt || a.position - b.position || (a.id < b.id ? -1 : 1);

function buildLists(byId: ReadonlyMap<UploadId, UploadView>): Pick<Mirror, 'now' | 'history'> {
  const now: UploadView[] = [];
  const history: UploadView[] = [];
  for (const upload of byId.values()) (isHistory(upload) ? history : now).push(upload);
  return { now: now.sort(byArrival).map(({ id }) => id), history: history.sort(byEnd).map(({ id }) => id) };
}

/** A key that changes when a record moves to another list or position. */
const listKey = (upload: UploadView | undefined): string | undefined =>
  upload && (isHistory(upload) ? `past ${endOf(upload)}` : upload.status === 'failed' ? 'failed' : 'now');

type Compare = (a: UploadView, b: UploadView) => number;

/** Removes and inserts the changed entries without sorting the whole list again. */
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
    for (let first = sorted[index]; first && compare(first, upload) < 0; first = sorted[index]) {
      next.push(first.id);
      index += 1;
    }
    next.push(id);
  }
  for (; index < sorted.length; index += 1) {
    const last = sorted[index];
    if (last) next.push(last.id);
  }
  return next;
}

type Records = Pick<Mirror, 'byId' | 'progress' | 'now' | 'history' | 'folders'>;

/** Whether the progress of the upload is kept: it is unfinished, or a retry would resume from there. */
const keepsProgress = (upload: UploadView): boolean =>
  !isHistory(upload) && (upload.status !== 'failed' || upload.resumable === true);

function applyRecords(mirror: Mirror, uploads: UploadView[], removed: UploadId[]): Records {
  const byId = new Map(mirror.byId);
  const progress = new Map(mirror.progress);
  const folderChanges: RecordChange[] = [];
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

/** `gap`: changes are missing, so a new snapshot is needed. Changes that are already known have no effect. */
export function withChanges(mirror: Mirror, changes: Changes): Mirror | 'gap' {
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
 * Adds older entries. Keeps the records that are already known, which are newer, and does not restore removed entries.
 */
export function withPage(mirror: Mirror, page: HistoryPage): Mirror {
  const fresh = page.uploads.filter(({ id }) => !mirror.byId.has(id) && !mirror.removed.has(id));
  return {
    ...mirror,
    ...applyRecords(mirror, fresh, []),
    paging: { next: page.next, complete: page.next === undefined },
  };
}
