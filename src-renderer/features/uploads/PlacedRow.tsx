import type { VirtualItem } from '@tanstack/react-virtual';
import { useCallback, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { classNames } from '../../ui/class-names.ts';
import type { RowItem } from './list-items.ts';
import styles from './UploadList.module.css';
import rowStyles from './UploadRow.module.css';
import type { Roving } from './use-roving.ts';

export interface PlacedRowProps {
  place: VirtualItem;
  item: RowItem;
  /** What a screen reader hears of it. */
  label: string;
  setSize: number;
  roving: Roving;
  measure: (element: HTMLElement | null) => void;
  onKey: (event: KeyboardEvent<HTMLElement>) => void;
  onContextMenu: (event: MouseEvent<HTMLElement>) => void;
  children: ReactNode;
}

/** A row at its place in the column. It is one stop for the keyboard: its own keys, then its buttons by the arrow keys. */
export function PlacedRow({
  place,
  item,
  label,
  setSize,
  roving,
  measure,
  onKey,
  onContextMenu,
  children,
}: PlacedRowProps) {
  const { id } = item;
  const { keep } = roving;
  // The same function as long as the row is the same: another one would measure it at every drawing.
  const hold = useCallback(
    (element: HTMLLIElement | null): void => {
      measure(element);
      keep(id, element);
    },
    [measure, keep, id],
  );
  const isInFolder = item.kind === 'row' && item.inFolder !== undefined;
  return (
    <li
      ref={hold}
      data-index={place.index}
      data-list={item.list}
      data-kind={isInFolder ? 'nested' : item.kind}
      className={classNames(styles.placed, rowStyles.item)}
      style={{ transform: `translateY(${place.start}px)` }}
      tabIndex={roving.active === id ? 0 : -1}
      aria-posinset={item.place}
      aria-setsize={setSize}
      aria-level={isInFolder ? 2 : undefined}
      aria-label={label}
      onKeyDown={onKey}
      onFocus={() => roving.onFocus(id)}
      onBlur={() => roving.onBlur()}
      onContextMenu={onContextMenu}
    >
      {item.heading !== undefined && <h2 className={rowStyles.heading}>{item.heading}</h2>}
      {children}
    </li>
  );
}
