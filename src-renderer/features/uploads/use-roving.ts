/** One tab stop for all rows: which row has it, and how keys move it. The focus survives scrolling, moving and removal. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { UploadId } from '../../../src-shared/upload.ts';
import { rowAfterKey, type ListKey, type RowItem } from './list-items.ts';

export interface Roving {
  /** The row with the tab stop. */
  active?: UploadId;
  onFocus: (id: UploadId) => void;
  onBlur: () => void;
  /** @param page how many rows are seen at once */
  move: (key: ListKey, from: UploadId, page: number) => void;
  /** Focuses the row, once it is there. */
  focus: (id: UploadId) => void;
  /** The element of a row, as it comes and goes. Always the same function. */
  keep: (id: UploadId, element: HTMLElement | null) => void;
}

/** Where the row was when it got the tab stop: when it leaves its list, the one that takes its place inherits. */
interface Stop {
  id: UploadId;
  list: RowItem['list'] | undefined;
  place: number;
}

const isNowhere = (): boolean => document.activeElement === document.body || document.activeElement === null;

export function useRoving(rows: readonly RowItem[]): Roving {
  const [stop, setStop] = useState<Stop>();
  const elements = useRef(new Map<UploadId, HTMLElement>());
  const hasFocus = useRef(false);
  const wanted = useRef<UploadId>(undefined);

  const isThere = rows.some(({ id, list }) => id === stop?.id && list === (stop.list ?? list));
  const active = isThere ? stop?.id : rows[Math.min(stop?.place ?? 0, rows.length - 1)]?.id;

  useEffect(() => {
    const target = wanted.current ?? (hasFocus.current && isNowhere() ? active : undefined);
    const element = target === undefined ? undefined : elements.current.get(target);
    if (!element) return;
    // An heir is focused where it is: the list does not jump because a row left it.
    element.focus({ preventScroll: wanted.current === undefined });
    wanted.current = undefined;
  });

  const stopAt = (id: UploadId): Stop => {
    const place = rows.findIndex((row) => row.id === id);
    return { id, list: rows[place]?.list, place: Math.max(0, place) };
  };
  const focus = (id: UploadId): void => {
    wanted.current = id;
    setStop(stopAt(id));
  };
  const keep = useCallback((id: UploadId, element: HTMLElement | null): void => {
    if (element) elements.current.set(id, element);
    else elements.current.delete(id);
  }, []);
  return {
    active,
    focus,
    onFocus: (id) => {
      hasFocus.current = true;
      if (id !== active || id !== stop?.id) setStop(stopAt(id));
    },
    // An element that is taken away loses the focus without anyone wanting to leave: then it is nowhere.
    onBlur: () => {
      setTimeout(() => {
        if (!isNowhere()) hasFocus.current = elementsHold(elements.current);
      });
    },
    move: (key, from, page) => {
      const target =
        rows[
          rowAfterKey(
            key,
            rows.findIndex(({ id }) => id === from),
            rows.length,
            page,
          )
        ];
      if (target) focus(target.id);
    },
    keep,
  };
}

const elementsHold = (elements: ReadonlyMap<UploadId, HTMLElement>): boolean =>
  [...elements.values()].some((element) => element.contains(document.activeElement));
