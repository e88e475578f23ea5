/** The window's copy of main's records, and the only ways it changes. Pure: the store in uploads.ts holds the result. */
import type { Changes, HistoryPage, Snapshot, Totals } from '../../src-shared/ipc/contract.ts';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { shownShare, type Share } from '../features/uploads/progress.ts';

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
  removed: ReadonlySet<UploadId>;
  totals: Totals;
  paging: { next?: string; complete: boolean };
}

export const emptyMirror: Mirror = {
  ready: false, revision: 0, byId: new Map(), now: [], history: [], shown: new Map(), removed: new Set(),
  totals: { done: 0, unfinished: 0 }, paging: { complete: false },
};

export const isHistory = (upload: UploadView): boolean => upload.status === 'done' || upload.status === 'canceled';

const endOf = (upload: UploadView): number => upload.endedAt ?? upload.createdAt;

/** Newest end first; what ended in the same millisecond in drop order. */
export const byEnd = (a: UploadView, b: UploadView): number => endOf(b) - endOf(a) || a.position - b.position || (a.id < b.id ? -1 : 1);

const failedFirst = (upload: UploadView): number => (upload.status === 'failed' ? 0 : 1);
const byArrival = (a: UploadView, b: UploadView): number =>
  failedFirst(a) - failedFirst(b) || a.createdAt - b.createdAt || a.position - b.position || (a.id < b.id ? -1 : 1);

function lists(byId: ReadonlyMap<UploadId, UploadView>): Pick<Mirror, 'now' | 'history'> {
  const now: UploadView[] = [];
  const history: UploadView[] = [];
  for (const upload of byId.values()) (isHistory(upload) ? history : now).push(upload);
  return { now: now.sort(byArrival).map(({ id }) => id), history: history.sort(byEnd).map(({ id }) => id) };
}

const samePlace = (a: UploadView | undefined, b: UploadView): boolean => a?.status === b.status && a.endedAt === b.endedAt;

function takeRecords(mirror: Mirror, uploads: UploadView[], removed: UploadId[]): Pick<Mirror, 'byId' | 'shown' | 'now' | 'history'> {
  const byId = new Map(mirror.byId);
  const shown = new Map(mirror.shown);
  let moved = removed.length > 0;
  for (const upload of uploads) {
    const before = mirror.byId.get(upload.id);
    if (isHistory(upload) || upload.status === 'failed') shown.delete(upload.id);
    else shown.set(upload.id, shownShare(upload, before, mirror.shown.get(upload.id)));
    byId.set(upload.id, upload);
    moved ||= !samePlace(before, upload);
  }
  for (const id of removed) { byId.delete(id); shown.delete(id); }
  return { byId, shown, ...(moved ? lists(byId) : { now: mirror.now, history: mirror.history }) };
}

export function withSnapshot(mirror: Mirror, { revision, uploads, totals }: Snapshot): Mirror {
  const known: Mirror = { ...emptyMirror, byId: mirror.byId, shown: mirror.shown };
  const { shown } = takeRecords(known, uploads, []);
  const byId = new Map(uploads.map((upload) => [upload.id, upload]));
  return {
    ...emptyMirror, ready: true, revision, totals, byId, ...lists(byId),
    shown: new Map([...shown].filter(([id]) => byId.has(id))),
    paging: { complete: uploads.length >= totals.done + totals.unfinished },
  };
}

/** `gap`: changes are missing in between, so a new snapshot is needed. Changes that are already known alter nothing. */
export function withChanges(mirror: Mirror, changes: Changes): Mirror | 'gap' {
  if (changes.revision <= mirror.revision) return mirror;
  if (changes.revision !== mirror.revision + 1) return 'gap';
  return {
    ...mirror, ...takeRecords(mirror, changes.changed, changes.removed), revision: changes.revision, totals: changes.totals,
    removed: changes.removed.length > 0 ? new Set([...mirror.removed, ...changes.removed]) : mirror.removed,
  };
}

/** Older entries. What the mirror already knows is newer than a page, and what was removed stays removed. */
export function withPage(mirror: Mirror, page: HistoryPage): Mirror {
  const fresh = page.uploads.filter(({ id }) => !mirror.byId.has(id) && !mirror.removed.has(id));
  return { ...mirror, ...takeRecords(mirror, fresh, []), paging: { next: page.next, complete: page.next === undefined } };
}
