/** The rows of the window: all active and finished uploads, or the results of a search. */
import { useMemo, useState } from 'react';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { dayOf } from '../../format/dates.ts';
import { readerLocale } from '../../format/locale.ts';
import type { UploadFolders } from '../../stores/folders.ts';
import { useNow } from '../../ui/use-now.ts';
import { useScreen, useUploads } from '../../use-hoist.ts';
import { groupByError, type ErrorGroups } from './error-groups.ts';
import type { SearchResult } from '../history/use-search.ts';
import {
  historyEntries,
  historyItems,
  nowEntries,
  nowItems,
  reuseIfUnchanged,
  type ListEntry,
  type ListItem,
  type RowItem,
} from './list-items.ts';

export interface ListData {
  items: ListItem[];
  /** The items without the heading of the uploads in progress. */
  rows: RowItem[];
  /** The newest state of each upload. */
  records: ReadonlyMap<UploadId, UploadView>;
  folders: UploadFolders;
  errors: ErrorGroups;
  /** The number of entries of each list, including those that are not loaded; -1 if unknown. */
  sizes: Record<RowItem['list'], number>;
}

const minuteMs = 60_000;
const noEntries: readonly ListEntry[] = [];
/** Search results are single files, not folders. */
const noFolders: UploadFolders = new Map();

export function useItems(searchResult: SearchResult | undefined): ListData {
  const byId = useUploads((state) => state.byId);
  const now = useUploads((state) => state.now);
  const history = useUploads((state) => state.history);
  const allFolders = useUploads((state) => state.folders);
  // The number of finished uploads; 0 once all of them are loaded
  const unloadedTotal = useUploads((state) => (state.paging.complete ? 0 : state.totals.done));
  const open = useScreen((state) => state.expandedRows);
  const today = dayOf(useNow(minuteMs));

  const folders = searchResult ? noFolders : allFolders;
  const records = useMemo(
    () => (searchResult ? new Map(searchResult.uploads.map((upload) => [upload.id, upload])) : byId),
    [searchResult, byId],
  );
  const past = useMemo(
    () => historyEntries(searchResult?.uploads ?? history.flatMap((id) => byId.get(id) ?? []), folders),
    [searchResult, history, byId, folders],
  );
  const errors = useMemo(() => groupByError(now, byId), [now, byId]);
  const present = useMemo(
    () => (searchResult ? noEntries : nowEntries(now, byId, folders, errors)),
    [searchResult, now, byId, folders, errors],
  );
  const items = useStableItems(
    useMemo(
      () => [...nowItems(present, open), ...historyItems(past, today, readerLocale, open)],
      [present, past, today, open],
    ),
  );
  const rows = useMemo(() => items.filter((item) => item.kind !== 'now-header'), [items]);
  // Each folder is one row, so the number of rows is known only when all files are loaded or there are no folders.
  const isCountKnown = searchResult ? searchResult.next === undefined : folders.size === 0 || unloadedTotal === 0;
  const historySize = searchResult ? past.length : Math.max(past.length, unloadedTotal);
  return {
    items,
    rows,
    records,
    folders,
    errors,
    sizes: { now: present.length, history: isCountKnown ? historySize : -1 },
  };
}

/** Returns the previous list if nothing changed. */
function useStableItems(items: ListItem[]): ListItem[] {
  const [before, setBefore] = useState(items);
  const current = reuseIfUnchanged(before, items);
  if (current !== before) setBefore(current);
  return current;
}
