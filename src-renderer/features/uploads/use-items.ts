/** What the column lists: everything that goes on and happened, or what a search found. */
import { useMemo } from 'react';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { dayOf } from '../../format/dates.ts';
import { readerLocale } from '../../format/locale.ts';
import { useNow } from '../../ui/use-now.ts';
import { useUploads } from '../../use-hoist.ts';
import type { Found } from '../history/use-search.ts';
import { historyItems, listItems, type ListItem, type RowItem } from './list-items.ts';

export interface Items {
  items: ListItem[];
  rows: RowItem[];
  /** The newest state of each. */
  records: ReadonlyMap<UploadId, UploadView>;
  /** How many each list has in all, the ones that were not fetched included; -1: nobody knows. */
  sizes: Record<RowItem['list'], number>;
}

const minuteMs = 60_000;
const noUploads: readonly UploadId[] = [];

export function useItems(found: Found | undefined): Items {
  const byId = useUploads((state) => state.byId);
  const now = useUploads((state) => state.now);
  const history = useUploads((state) => state.history);
  const total = useUploads((state) => (state.paging.complete ? 0 : state.totals.done));
  const today = dayOf(useNow(minuteMs));

  const records = useMemo(() => (found ? new Map(found.uploads.map((upload) => [upload.id, upload])) : byId), [found, byId]);
  const past = useMemo(() => found?.uploads ?? history.flatMap((id) => byId.get(id) ?? []), [found, history, byId]);
  const days = useMemo(() => historyItems(past, today, readerLocale), [past, today]);
  const items = useMemo(() => listItems(found ? noUploads : now, days), [found, now, days]);
  const rows = useMemo(() => items.filter((item) => item.kind === 'row'), [items]);
  const pastSize = found?.next === undefined ? Math.max(days.length, found ? 0 : total) : -1;
  return { items, rows, records, sizes: { now: rows.length - days.length, history: pastSize } };
}
