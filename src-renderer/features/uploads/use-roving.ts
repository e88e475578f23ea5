/**
 * Roving tab index: one row at a time is the tab stop, and keys move it. The focus survives when rows scroll, move or
 * are removed.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { UploadId } from '../../../src-shared/upload.ts';
import { rowAfterKey, type ListKey, type RowItem } from './list-items.ts';

export interface Roving {
  /** The row with the tab stop. */
  active?: UploadId;
  onFocus: (id: UploadId) => void;
  onBlur: () => void;
  /** @param page number of visible rows */
  move: (key: ListKey, from: UploadId, page: number) => void;
  /** Focuses the row once it is rendered. */
  focus: (id: UploadId) => void;
  /** The ref callback of a row's element. The function never changes. */
  register: (id: UploadId, element: HTMLElement | null) => void;
}

/**
 * The row with the tab stop, and its position: when the row leaves the list, the row at this position becomes the tab
 * stop.
 */
interface Stop {
  id: UploadId;
  list: RowItem['list'] | undefined;
  index: number;
}

/** Whether no element has the focus, as after the focused element was removed. */
const isFocusLost = (): boolean => document.activeElement === document.body || document.activeElement === null;

export function useRoving(rows: readonly RowItem[]): Roving {
  const [stop, setStop] = useState<Stop>();
  const elements = useRef(new Map<UploadId, HTMLElement>());
  /** Whether a row, or a button in it, has the focus or had it until it was removed. */
  const hasFocus = useRef(false);
  const pendingFocus = useRef<UploadId>(undefined);

  // An upload that has moved to another list, such as from the active uploads to the history, counts as gone.
  const isPresent = rows.some(({ id, list }) => id === stop?.id && list === (stop.list ?? list));
  const active = isPresent ? stop?.id : rows[Math.min(stop?.index ?? 0, rows.length - 1)]?.id;

  useEffect(() => {
    const target = pendingFocus.current ?? (hasFocus.current && isFocusLost() ? active : undefined);
    const element = target === undefined ? undefined : elements.current.get(target);
    if (!element) return;
    // When a row was removed, focus its successor without scrolling.
    element.focus({ preventScroll: pendingFocus.current === undefined });
    pendingFocus.current = undefined;
  });

  /** Makes the row the tab stop. */
  const stopAt = (id: UploadId): Stop => {
    const index = rows.findIndex((row) => row.id === id);
    return { id, list: rows[index]?.list, index: Math.max(0, index) };
  };
  const focus = (id: UploadId): void => {
    pendingFocus.current = id;
    setStop(stopAt(id));
  };
  const register = useCallback((id: UploadId, element: HTMLElement | null): void => {
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
    // When the focused element is removed, no element has the focus; the row's successor then gets it.
    onBlur: () => {
      setTimeout(() => {
        if (!isFocusLost()) hasFocus.current = containsFocus(elements.current);
      });
    },
    move: (key, from, page) => {
      const index = rows.findIndex(({ id }) => id === from);
      const target = rows[rowAfterKey(key, index, rows.length, page)];
      if (target) focus(target.id);
    },
    register,
  };
}

const containsFocus = (elements: ReadonlyMap<UploadId, HTMLElement>): boolean =>
  [...elements.values()].some((element) => element.contains(document.activeElement));
