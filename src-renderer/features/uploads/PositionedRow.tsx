import type { VirtualItem } from '@tanstack/react-virtual';
import { useCallback, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { classNames } from '../../ui/class-names.ts';
import type { RowItem } from './list-items.ts';
import styles from './UploadList.module.css';
import rowStyles from './UploadRow.module.css';
import type { Roving } from './use-roving.ts';

export interface PositionedRowProps {
  virtualItem: VirtualItem;
  item: RowItem;
  /** The label for screen readers. */
  label: string;
  /** The number of rows in its list or open group; -1 if unknown. */
  setSize: number;
  roving: Roving;
  measure: (element: HTMLElement | null) => void;
  onKey: (event: KeyboardEvent<HTMLElement>) => void;
  onContextMenu: (event: MouseEvent<HTMLElement>) => void;
  children: ReactNode;
}

/**
 * A row at its position in the virtual list. The whole list has one tab stop, the active row; the left and right arrow
 * keys move between a row and its buttons.
 */
export function PositionedRow({
  virtualItem,
  item,
  label,
  setSize,
  roving,
  measure,
  onKey,
  onContextMenu,
  children,
}: PositionedRowProps) {
  const { id } = item;
  const { register } = roving;
  // Memoized, because a new ref callback would measure the row at every render.
  const setElement = useCallback(
    (element: HTMLLIElement | null): void => {
      measure(element);
      register(id, element);
    },
    [measure, register, id],
  );
  const isNested = item.kind === 'row' && item.parent !== undefined;
  return (
    <li
      ref={setElement}
      data-index={virtualItem.index}
      data-list={item.list}
      data-kind={isNested ? 'nested' : item.kind}
      className={classNames(styles.positioned, rowStyles.item)}
      style={{ transform: `translateY(${virtualItem.start}px)` }}
      tabIndex={roving.active === id ? 0 : -1}
      aria-posinset={item.position}
      aria-setsize={setSize}
      aria-level={isNested ? 2 : undefined}
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
