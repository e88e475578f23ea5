/** The one column as a flat list: the virtual list draws only the part of it that is seen. Pure. */
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { dayOf, formatDay } from '../../format/dates.ts';
import { folderKey, isNow, unfinishedOf, type Folder, type FolderKey, type Folders } from '../../stores/folders.ts';

/** Where a row stands: `first` and `last` are the ends of its card; `place` counts from 1 in its list; `heading` stands above the first of a day. */
interface Placed {
  list: 'now' | 'history';
  place: number;
  first: boolean;
  last: boolean;
  heading?: string;
}
export interface FileItem extends Placed {
  kind: 'row';
  id: UploadId;
  /** In an open folder, of so many files. */ inFolder?: number;
}
/** All files of one folder; its own id is the folder's key. */
export interface FolderItem extends Placed {
  kind: 'folder';
  id: FolderKey;
  isOpen: boolean;
}
export type RowItem = FileItem | FolderItem;
export type ListItem = { kind: 'now-head' } | RowItem;

/** What stands in the column by itself: an upload, or all those of a folder. `at`: ms since 1970, when it ended. */
export type Entry = { kind: 'row'; id: UploadId; at: number } | { kind: 'folder'; folder: Folder; at: number };

type Records = ReadonlyMap<UploadId, UploadView>;

/** Each folder once, where the first of its files stands; while something in it goes on, where that stands. */
export function nowEntries(now: readonly UploadId[], records: Records, folders: Folders): Entry[] {
  const told = new Set<FolderKey>();
  const entries: Entry[] = [];
  for (const id of now) {
    const upload = records.get(id);
    const folder = upload && folderOf(upload, folders);
    if (!folder) {
      entries.push({ kind: 'row', id, at: 0 });
      continue;
    }
    if (told.has(folder.key) || (upload.status === 'failed' && unfinishedOf(folder) > 0)) continue;
    told.add(folder.key);
    entries.push({ kind: 'folder', folder, at: 0 });
  }
  return entries;
}

/** What is over; the files of a folder in which something goes on are shown there. */
export function historyEntries(history: readonly UploadView[], folders: Folders): Entry[] {
  const told = new Set<FolderKey>();
  const entries: Entry[] = [];
  for (const upload of history) {
    const at = upload.endedAt ?? upload.createdAt;
    const folder = folderOf(upload, folders);
    if (!folder) {
      entries.push({ kind: 'row', id: upload.id, at });
      continue;
    }
    if (told.has(folder.key) || isNow(folder)) continue;
    told.add(folder.key);
    entries.push({ kind: 'folder', folder, at });
  }
  return entries;
}

function folderOf(upload: UploadView, folders: Folders): Folder | undefined {
  const key = folderKey(upload);
  return key === undefined ? undefined : folders.get(key);
}

/** An entry, and the files in it when it is an open folder. */
function rowsOf(entry: Entry, placed: Placed, open: ReadonlySet<FolderKey>): RowItem[] {
  if (entry.kind === 'row') return [{ kind: 'row', id: entry.id, ...placed }];
  const { key, ids } = entry.folder;
  if (!open.has(key)) return [{ kind: 'folder', id: key, isOpen: false, ...placed }];
  return [
    { kind: 'folder', id: key, isOpen: true, ...placed, last: false },
    ...ids.map((id, index): FileItem => ({
      kind: 'row',
      id,
      inFolder: ids.length,
      list: placed.list,
      place: index + 1,
      first: false,
      last: placed.last && index === ids.length - 1,
    })),
  ];
}

const noneOpen: ReadonlySet<FolderKey> = new Set();

export function nowItems(entries: readonly Entry[], open: ReadonlySet<FolderKey> = noneOpen): ListItem[] {
  if (entries.length === 0) return [];
  return [
    { kind: 'now-head' },
    ...entries.flatMap((entry, index) =>
      rowsOf(entry, { list: 'now', place: index + 1, first: index === 0, last: index === entries.length - 1 }, open),
    ),
  ];
}

export function historyItems(
  entries: readonly Entry[],
  now: number,
  locale?: string,
  open: ReadonlySet<FolderKey> = noneOpen,
): RowItem[] {
  const days = entries.map(({ at }) => dayOf(at));
  return entries.flatMap((entry, index) => {
    const day = days[index] ?? 0;
    const first = days[index - 1] !== day;
    return rowsOf(
      entry,
      {
        list: 'history',
        place: index + 1,
        first,
        last: days[index + 1] !== day,
        ...(first && { heading: formatDay(day, now, locale) }),
      },
      open,
    );
  });
}

const isSameItem = (a: ListItem | undefined, b: ListItem): boolean => {
  if (!a || a.kind === 'now-head' || b.kind === 'now-head') return a?.kind === b.kind;
  return (
    a.id === b.id &&
    a.list === b.list &&
    a.place === b.place &&
    a.first === b.first &&
    a.last === b.last &&
    a.heading === b.heading &&
    isSameFolding(a, b)
  );
};
const isSameFolding = (a: RowItem, b: RowItem): boolean =>
  a.kind === 'folder' ? b.kind === 'folder' && a.isOpen === b.isOpen : b.kind === 'row' && a.inFolder === b.inFolder;

/** The list from before where nothing of it changed: whoever measures fifty thousand rows need not do so again. */
export const unchanged = (before: ListItem[], items: ListItem[]): ListItem[] =>
  before.length === items.length && items.every((item, index) => isSameItem(before[index], item)) ? before : items;

export type ListKey = 'ArrowUp' | 'ArrowDown' | 'Home' | 'End' | 'PageUp' | 'PageDown';
export const isListKey = (key: string): key is ListKey =>
  key === 'ArrowUp' || key === 'ArrowDown' || key === 'Home' || key === 'End' || key === 'PageUp' || key === 'PageDown';

/** The row that a key leads to from the row at `from`; stays inside the list. `page` is how many rows are seen at once. */
export function rowAfterKey(key: ListKey, from: number, count: number, page: number): number {
  const to = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    Home: 0,
    End: count - 1,
    PageUp: from - Math.max(1, page - 1),
    PageDown: from + Math.max(1, page - 1),
  }[key];
  return Math.min(count - 1, Math.max(0, to));
}
