/** The one column as a flat list: the virtual list draws only the part of it that is seen. Pure. */
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import { dayOf, formatDay } from '../../format/dates.ts';

/** A row; `heading` stands above the first of a day; `first` and `last` are the ends of its card; `place` counts from 1 in its list. */
export interface RowItem { kind: 'row'; list: 'now' | 'history'; id: UploadId; place: number; first: boolean; last: boolean; heading?: string }
export type ListItem = { kind: 'now-head' } | RowItem;

function nowItems(now: readonly UploadId[]): ListItem[] {
  if (now.length === 0) return [];
  return [{ kind: 'now-head' }, ...now.map((id, index): RowItem => ({
    kind: 'row', list: 'now', id, place: index + 1, first: index === 0, last: index === now.length - 1,
  }))];
}

export function historyItems(history: readonly UploadView[], now: number, locale?: string): RowItem[] {
  const days = history.map((upload) => dayOf(upload.endedAt ?? upload.createdAt));
  return history.map((upload, index): RowItem => {
    const day = days[index] ?? 0;
    const first = days[index - 1] !== day;
    return {
      kind: 'row', list: 'history', id: upload.id, place: index + 1, first, last: days[index + 1] !== day, ...(first && { heading: formatDay(day, now, locale) }),
    };
  });
}

export const listItems = (now: readonly UploadId[], history: readonly RowItem[]): ListItem[] => [...nowItems(now), ...history];

export type ListKey = 'ArrowUp' | 'ArrowDown' | 'Home' | 'End' | 'PageUp' | 'PageDown';
export const isListKey = (key: string): key is ListKey =>
  key === 'ArrowUp' || key === 'ArrowDown' || key === 'Home' || key === 'End' || key === 'PageUp' || key === 'PageDown';

/** The row that a key leads to from the row at `from`; stays inside the list. `page` is how many rows are seen at once. */
export function rowAfterKey(key: ListKey, from: number, count: number, page: number): number {
  const to = {
    ArrowUp: from - 1, ArrowDown: from + 1, Home: 0, End: count - 1, PageUp: from - Math.max(1, page - 1), PageDown: from + Math.max(1, page - 1),
  }[key];
  return Math.min(count - 1, Math.max(0, to));
}
