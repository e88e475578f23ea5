import type { VirtualItem } from '@tanstack/react-virtual';
import { useCallback, type KeyboardEvent, type MouseEvent, type RefObject } from 'react';
import type { UploadView } from '../../../src-shared/upload.ts';
import { safeName } from '../../format/file-name.ts';
import { classNames } from '../../ui/class-names.ts';
import type { RowItem } from './list-items.ts';
import { spokenStatus } from './status-line.ts';
import styles from './UploadList.module.css';
import { UploadRow } from './UploadRow.tsx';
import rowStyles from './UploadRow.module.css';
import type { Roving } from './use-roving.ts';

export interface PlacedRowProps {
  place: VirtualItem;
  item: RowItem;
  upload: UploadView;
  setSize: number;
  roving: Roving;
  measure: (element: HTMLElement | null) => void;
  onMenu: (upload: UploadView, anchor: RefObject<Element | null>) => void;
  onKey: (event: KeyboardEvent<HTMLElement>, upload: UploadView) => void;
  onContextMenu: (event: MouseEvent<HTMLElement>, upload: UploadView) => void;
}

/** A row at its place in the column. It is one stop for the keyboard: its own keys, then its buttons by the arrow keys. */
export function PlacedRow({ place, item, upload, setSize, roving, measure, onMenu, onKey, onContextMenu }: PlacedRowProps) {
  const { id } = item;
  const { keep } = roving;
  // The same function as long as the row is the same: another one would measure it at every drawing.
  const hold = useCallback((element: HTMLLIElement | null): void => { measure(element); keep(id, element); }, [measure, keep, id]);
  return (
    <li
      ref={hold} data-index={place.index} data-list={item.list} className={classNames(styles.placed, rowStyles.item)} style={{ transform: `translateY(${place.start}px)` }}
      tabIndex={roving.active === item.id ? 0 : -1} aria-posinset={item.place} aria-setsize={setSize} aria-label={`${safeName(upload.name)}, ${spokenStatus(upload)}`}
      onKeyDown={(event) => onKey(event, upload)} onFocus={() => roving.onFocus(item.id)} onBlur={() => roving.onBlur()}
      onContextMenu={(event) => onContextMenu(event, upload)}
    >
      {item.heading !== undefined && <h2 className={rowStyles.heading}>{item.heading}</h2>}
      <UploadRow upload={upload} isFirst={item.first} isLast={item.last} onMenu={onMenu} />
    </li>
  );
}
