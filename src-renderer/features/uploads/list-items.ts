/**
 * All rows of the window as one flat list, first the active entries and then the history, of which the virtual list
 * renders only the visible part. Pure.
 */
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { dayOf, formatDay } from '../../format/dates.ts';
import {
  folderKey,
  isActive,
  unfinishedCount,
  type UploadFolder,
  type FolderKey,
  type UploadFolders,
} from '../../stores/folders.ts';
import { errorGroupKey, type ErrorGroup, type ErrorGroups } from './error-groups.ts';

/**
 * Where a row is shown. `first`, `last`: whether it is the first or last row of its card. `position`: counts from 1 in
 * its list or open folder. `heading`: the day, above its first row.
 */
interface ListPosition {
  list: 'now' | 'history';
  position: number;
  first: boolean;
  last: boolean;
  heading?: string;
}
interface FileItem extends ListPosition {
  kind: 'row';
  id: UploadId;
  /** The open row that contains this one. `size`: the number of rows in it. */
  parent?: { kind: GroupKind; key: GroupRowKey; size: number };
}
type GroupKind = 'folder' | 'errors';
/** The key of a folder or of an error group. */
type GroupRowKey = string;
/** All files of a folder, or all uploads with the same error; its ID is the key of the folder or group. */
interface GroupItem extends ListPosition {
  kind: GroupKind;
  id: GroupRowKey;
  isOpen: boolean;
}
export type RowItem = FileItem | GroupItem;
export type ListItem = { kind: 'now-header' } | RowItem;

/**
 * One entry of the column: an upload, all files of a folder, or all uploads with the same error. `at`: ms since 1970,
 * when it ended.
 */
export type ListEntry =
  | { kind: 'row'; id: UploadId; at: number }
  | { kind: 'folder'; folder: UploadFolder; at: number }
  | { kind: 'errors'; group: ErrorGroup; at: number };

type Records = ReadonlyMap<UploadId, UploadView>;

/**
 * The active entries. Each folder appears once: at its first unfinished file, or if it has none, at its first failed
 * file. Each group of uploads with the same error appears once: at its first upload.
 */
export function nowEntries(
  now: readonly UploadId[],
  records: Records,
  folders: UploadFolders,
  errors: ErrorGroups = new Map(),
): ListEntry[] {
  const seen = new Set<GroupRowKey>();
  return now.flatMap((id) => {
    const entry = nowEntry(id, records, folders, errors);
    if (!entry || entry.kind === 'row') return entry ?? [];
    const { key } = entry.kind === 'folder' ? entry.folder : entry.group;
    if (seen.has(key)) return [];
    seen.add(key);
    return entry;
  });
}

/** Undefined for a failed file of a folder with unfinished files: the folder is shown at the first of those. */
function nowEntry(id: UploadId, records: Records, folders: UploadFolders, errors: ErrorGroups): ListEntry | undefined {
  const upload = records.get(id);
  const folder = upload && findFolder(upload, folders);
  if (folder)
    return upload.status === 'failed' && unfinishedCount(folder) > 0 ? undefined : { kind: 'folder', folder, at: 0 };
  const group = upload && findErrorGroup(upload, errors);
  return group ? { kind: 'errors', group, at: 0 } : { kind: 'row', id, at: 0 };
}

/**
 * Puts the files of a batch that ended on the same day next to each other in drop order, where the last of them ended.
 */
function inBatchOrder(history: readonly UploadView[]): UploadView[] {
  const batches = new Map<string, UploadView[]>();
  for (const upload of history) {
    const key = `${upload.batchId} ${dayOf(upload.endedAt ?? upload.createdAt)}`;
    const batch = batches.get(key);
    if (batch) batch.push(upload);
    else batches.set(key, [upload]);
  }
  return [...batches.values()].flatMap((batch) => batch.sort((a, b) => a.position - b.position));
}

/** The entries of the history. Finished files of an active folder are not among them: the folder shows them. */
export function historyEntries(history: readonly UploadView[], folders: UploadFolders): ListEntry[] {
  const seen = new Set<FolderKey>();
  const entries: ListEntry[] = [];
  for (const upload of inBatchOrder(history)) {
    const at = upload.endedAt ?? upload.createdAt;
    const folder = findFolder(upload, folders);
    if (!folder) {
      entries.push({ kind: 'row', id: upload.id, at });
      continue;
    }
    if (seen.has(folder.key) || isActive(folder)) continue;
    seen.add(folder.key);
    entries.push({ kind: 'folder', folder, at });
  }
  return entries;
}

function findFolder(upload: UploadView, folders: UploadFolders): UploadFolder | undefined {
  const key = folderKey(upload);
  return key === undefined ? undefined : folders.get(key);
}

function findErrorGroup(upload: UploadView, errors: ErrorGroups): ErrorGroup | undefined {
  const key = errors.size === 0 ? undefined : errorGroupKey(upload);
  return key === undefined ? undefined : errors.get(key);
}

/** The row of an entry, followed by the rows of its files when it is open. */
function entryRows(entry: ListEntry, position: ListPosition, open: ReadonlySet<GroupRowKey>): RowItem[] {
  const { kind } = entry;
  if (kind === 'row') return [{ kind, id: entry.id, ...position }];
  const { key } = kind === 'folder' ? entry.folder : entry.group;
  if (!open.has(key)) return [{ kind, id: key, isOpen: false, ...position }];
  const ids = kind === 'folder' ? entry.folder.ids : entry.group.uploads.map(({ id }) => id);
  const parent = { kind, key, size: ids.length };
  return [
    { kind, id: key, isOpen: true, ...position, last: false },
    ...ids.map((id, index): FileItem => ({
      kind: 'row',
      id,
      parent,
      list: position.list,
      position: index + 1,
      first: false,
      last: position.last && index === ids.length - 1,
    })),
  ];
}

const noneOpen: ReadonlySet<GroupRowKey> = new Set();

export function nowItems(entries: readonly ListEntry[], open: ReadonlySet<GroupRowKey> = noneOpen): ListItem[] {
  if (entries.length === 0) return [];
  return [
    { kind: 'now-header' },
    ...entries.flatMap((entry, index) =>
      entryRows(
        entry,
        { list: 'now', position: index + 1, first: index === 0, last: index === entries.length - 1 },
        open,
      ),
    ),
  ];
}

export function historyItems(
  entries: readonly ListEntry[],
  now: number,
  locale?: string,
  open: ReadonlySet<GroupRowKey> = noneOpen,
): RowItem[] {
  const days = entries.map(({ at }) => dayOf(at));
  return entries.flatMap((entry, index) => {
    const day = days[index] ?? 0;
    const first = days[index - 1] !== day;
    return entryRows(
      entry,
      {
        list: 'history',
        position: index + 1,
        first,
        last: days[index + 1] !== day,
        ...(first && { heading: formatDay(day, now, locale) }),
      },
      open,
    );
  });
}

const isSameItem = (a: ListItem | undefined, b: ListItem): boolean => {
  if (!a || a.kind === 'now-header' || b.kind === 'now-header') return a?.kind === b.kind;
  return (
    a.id === b.id &&
    a.list === b.list &&
    a.position === b.position &&
    a.first === b.first &&
    a.last === b.last &&
    a.heading === b.heading &&
    isSameExpansion(a, b)
  );
};
/** Whether both rows are open or closed alike, or are in the same open row. */
const isSameExpansion = (a: RowItem, b: RowItem): boolean =>
  a.kind === 'row'
    ? b.kind === 'row' && a.parent?.key === b.parent?.key && a.parent?.size === b.parent?.size
    : b.kind === a.kind && a.isOpen === b.isOpen;

/** Returns the previous list if nothing changed: a new list would make the virtual list measure all rows again. */
export const reuseIfUnchanged = (before: ListItem[], items: ListItem[]): ListItem[] =>
  before.length === items.length && items.every((item, index) => isSameItem(before[index], item)) ? before : items;

/** The keys that move the focus to another row. */
export type ListKey = 'ArrowUp' | 'ArrowDown' | 'Home' | 'End' | 'PageUp' | 'PageDown';
export const isListKey = (key: string): key is ListKey =>
  key === 'ArrowUp' || key === 'ArrowDown' || key === 'Home' || key === 'End' || key === 'PageUp' || key === 'PageDown';

/** The index of the row that a key moves to, limited to the list. `page`: number of visible rows. */
export function rowAfterKey(key: ListKey, from: number, count: number, page: number): number {
  const to = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    Home: 0,
    End: count - 1,
    // One row of the page stays visible.
    PageUp: from - Math.max(1, page - 1),
    PageDown: from + Math.max(1, page - 1),
  }[key];
  return Math.min(count - 1, Math.max(0, to));
}
