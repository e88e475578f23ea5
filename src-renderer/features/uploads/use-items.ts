/** What the column lists: everything that goes on and happened, or what a search found. */
import { useMemo, useState } from 'react';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { dayOf } from '../../format/dates.ts';
import { readerLocale } from '../../format/locale.ts';
import type { Folders } from '../../stores/folders.ts';
import { useNow } from '../../ui/use-now.ts';
import { useScreen, useUploads } from '../../use-hoist.ts';
import type { Found } from '../history/use-search.ts';
import {
  historyEntries,
  historyItems,
  nowEntries,
  nowItems,
  unchanged,
  type Entry,
  type ListItem,
  type RowItem,
} from './list-items.ts';

export interface Items {
  items: ListItem[];
  rows: RowItem[];
  /** The newest state of each. */
  records: ReadonlyMap<UploadId, UploadView>;
  folders: Folders;
  /** How many each list has in all, the ones that were not fetched included; -1: nobody knows. */
  sizes: Record<RowItem['list'], number>;
}

const minuteMs = 60_000;
const noEntries: readonly Entry[] = [];
/** What a search finds stands for itself, not for its folder. */
const noFolders: Folders = new Map();

export function useItems(found: Found | undefined): Items {
  const byId = useUploads((state) => state.byId);
  const now = useUploads((state) => state.now);
  const history = useUploads((state) => state.history);
  const allFolders = useUploads((state) => state.folders);
  const total = useUploads((state) => (state.paging.complete ? 0 : state.totals.done));
  const open = useScreen((state) => state.openFolders);
  const today = dayOf(useNow(minuteMs));

  const folders = found ? noFolders : allFolders;
  const records = useMemo(
    () => (found ? new Map(found.uploads.map((upload) => [upload.id, upload])) : byId),
    [found, byId],
  );
  const past = useMemo(
    () => historyEntries(found?.uploads ?? history.flatMap((id) => byId.get(id) ?? []), folders),
    [found, history, byId, folders],
  );
  const present = useMemo(() => (found ? noEntries : nowEntries(now, byId, folders)), [found, now, byId, folders]);
  const items = useSame(
    useMemo(
      () => [...nowItems(present, open), ...historyItems(past, today, readerLocale, open)],
      [present, past, today, open],
    ),
  );
  const rows = useMemo(() => items.filter((item) => item.kind !== 'now-head'), [items]);
  const isCountKnown = found ? found.next === undefined : folders.size === 0 || total === 0;
  return {
    items,
    rows,
    records,
    folders,
    sizes: { now: present.length, history: isCountKnown ? Math.max(past.length, found ? 0 : total) : -1 },
  };
}

/** The list from before, when nothing of it changed. */
function useSame(items: ListItem[]): ListItem[] {
  const [before, setBefore] = useState(items);
  const same = unchanged(before, items);
  if (same !== before) setBefore(same);
  return same;
}
