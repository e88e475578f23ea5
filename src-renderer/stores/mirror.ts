/** The window's copy of main's records, and the only ways it changes. Pure: the store in uploads.ts holds the result. */
import type { Changes, HistoryPage, Snapshot, Totals } from '../../src-shared/ipc/contract.ts';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { shownShare, type Share } from '../features/uploads/progress.ts';
import { withSteps, type Folders, type Step } from './folders.ts';

export interface Mirror {
  /** A snapshot was taken: an empty list means that there is nothing. */
  ready: boolean;
  revision: number;
  byId: ReadonlyMap<UploadId, UploadView>;
  /** Unfinished and failed: what is going on or needs a person. Failed first, then in the order of arrival. */
  now: readonly UploadId[];
  /** Done and canceled, newest first. */
  history: readonly UploadId[];
  /** The share that each bar shows. */
  shown: ReadonlyMap<UploadId, Share>;
  /** Files that came in one folder, as one. */
  folders: Folders;
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
  shown: new Map(),
  folders: new Map(),
  removed: new Set(),
  totals: { done: 0, unfinished: 0 },
  paging: { complete: false },
};

export const isHistory = (upload: UploadView): boolean => upload.status === 'done' || upload.status === 'canceled';

const endOf = (upload: UploadView): number => upload.endedAt ?? upload.createdAt;

/** Newest end first; what ended in the same millisecond in drop order. */
export const byEnd = (a: UploadView, b: UploadView): number =>
  endOf(b) - endOf(a) || a.position - b.position || (a.id < b.id ? -1 : 1);

const failedFirst = (upload: UploadView): number => (upload.status === 'failed' ? 0 : 1);
const byArrival = (a: UploadView, b: UploadView): number =>
  failedFirst(a) - failedFirst(b) || a.createdAt - b.createdAt || a.position - b.position || (a.id < b.id ? -1 : 1);

function lists(byId: ReadonlyMap<UploadId, UploadView>): Pick<Mirror, 'now' | 'history'> {
  const now: UploadView[] = [];
  const history: UploadView[] = [];
  for (const upload of byId.values()) (isHistory(upload) ? history : now).push(upload);
  return { now: now.sort(byArrival).map(({ id }) => id), history: history.sort(byEnd).map(({ id }) => id) };
}

/** Where a record stands, as far as its list is concerned. */
const placeOf = (upload: UploadView | undefined): string | undefined =>
  upload && (isHistory(upload) ? `past ${endOf(upload)}` : upload.status === 'failed' ? 'failed' : 'now');

type Compare = (a: UploadView, b: UploadView) => number;

/** The list without those that left it and with those that came, without sorting all of it again. */
function relisted(
  ids: readonly UploadId[],
  left: ReadonlySet<UploadId>,
  came: UploadView[],
  compare: Compare,
  byId: ReadonlyMap<UploadId, UploadView>,
): UploadId[] {
  const next: UploadId[] = [];
  const coming = came.sort(compare);
  let at = 0;
  for (const id of ids) {
    const upload = left.has(id) ? undefined : byId.get(id);
    if (!upload) continue;
    for (let first = coming[at]; first && compare(first, upload) < 0; first = coming[at]) {
      next.push(first.id);
      at += 1;
    }
    next.push(id);
  }
  for (; at < coming.length; at += 1) {
    const last = coming[at];
    if (last) next.push(last.id);
  }
  return next;
}

type Records = Pick<Mirror, 'byId' | 'shown' | 'now' | 'history' | 'folders'>;

/** The share of one that is not running is kept while going on would begin there. */
const keepsShare = (upload: UploadView): boolean =>
  !isHistory(upload) && (upload.status !== 'failed' || upload.resumable === true);

function takeRecords(mirror: Mirror, uploads: UploadView[], removed: UploadId[]): Records {
  const byId = new Map(mirror.byId);
  const shown = new Map(mirror.shown);
  const steps: Step[] = [];
  const left = new Set<UploadId>();
  const came = new Map<UploadId, UploadView>();
  for (const upload of uploads) {
    const before = byId.get(upload.id);
    const beforeShare = shown.get(upload.id);
    if (keepsShare(upload)) shown.set(upload.id, shownShare(upload, before, beforeShare));
    else shown.delete(upload.id);
    byId.set(upload.id, upload);
    if (placeOf(before) !== placeOf(upload)) {
      left.add(upload.id);
      came.set(upload.id, upload);
    }
    if (upload.folder) steps.push({ before, beforeShare, after: upload, afterShare: shown.get(upload.id) });
  }
  for (const id of removed) {
    const before = byId.get(id);
    if (before?.folder) steps.push({ before, beforeShare: shown.get(id) });
    byId.delete(id);
    shown.delete(id);
    left.add(id);
    came.delete(id);
  }
  const folders = steps.length === 0 ? mirror.folders : withSteps(mirror.folders, steps, (id) => byId.get(id));
  if (left.size === 0) return { byId, shown, folders, now: mirror.now, history: mirror.history };
  const coming = [...came.values()];
  return {
    byId,
    shown,
    folders,
    now: relisted(
      mirror.now,
      left,
      coming.filter((upload) => !isHistory(upload)),
      byArrival,
      byId,
    ),
    history: relisted(mirror.history, left, coming.filter(isHistory), byEnd, byId),
  };
}

export function withSnapshot(mirror: Mirror, { revision, uploads, totals }: Snapshot): Mirror {
  const shown = new Map<UploadId, Share>();
  const steps: Step[] = [];
  for (const upload of uploads) {
    if (keepsShare(upload))
      shown.set(upload.id, shownShare(upload, mirror.byId.get(upload.id), mirror.shown.get(upload.id)));
    if (upload.folder) steps.push({ after: upload, afterShare: shown.get(upload.id) });
  }
  const byId = new Map(uploads.map((upload) => [upload.id, upload]));
  return {
    ...emptyMirror,
    ready: true,
    revision,
    totals,
    byId,
    shown,
    ...lists(byId),
    folders: withSteps(emptyMirror.folders, steps, (id) => byId.get(id)),
    paging: { complete: uploads.length >= totals.done + totals.unfinished },
  };
}

/** `gap`: changes are missing in between, so a new snapshot is needed. Changes that are already known alter nothing. */
export function withChanges(mirror: Mirror, changes: Changes): Mirror | 'gap' {
  if (changes.revision <= mirror.revision) return mirror;
  if (changes.revision !== mirror.revision + 1) return 'gap';
  return {
    ...mirror,
    ...takeRecords(mirror, changes.changed, changes.removed),
    revision: changes.revision,
    totals: changes.totals,
    removed: changes.removed.length > 0 ? new Set([...mirror.removed, ...changes.removed]) : mirror.removed,
  };
}

/** Older entries. What the mirror already knows is newer than a page, and what was removed stays removed. */
export function withPage(mirror: Mirror, page: HistoryPage): Mirror {
  const fresh = page.uploads.filter(({ id }) => !mirror.byId.has(id) && !mirror.removed.has(id));
  return {
    ...mirror,
    ...takeRecords(mirror, fresh, []),
    paging: { next: page.next, complete: page.next === undefined },
  };
}
