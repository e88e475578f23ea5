import { defaultRangeExtractor, measureElement, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactElement, type RefObject } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { loadAll, loadOlder } from '../../stores/uploads.ts';
import { useHoist } from '../../use-hoist.ts';
import { useSearch } from '../history/use-search.ts';
import { act } from './act.ts';
import type { ListItem, ListKey, RowItem } from './list-items.ts';
import { NowHead } from './NowHead.tsx';
import { PlacedRow } from './PlacedRow.tsx';
import { keyAction, menuActions } from './row-actions.ts';
import { moveInside, readRowKey } from './row-keys.ts';
import { RowMenu, type OpenMenu } from './RowMenu.tsx';
import styles from './UploadList.module.css';
import { useItems } from './use-items.ts';
import { useRoving } from './use-roving.ts';

const rowHeight = 60;
const headHeight = 30;
const dayHeight = 34;
/** Rows before the end at which older ones are fetched. */
const ahead = 40;

const estimate = (item: ListItem | undefined): number => (item?.kind === 'row' ? rowHeight + (item.heading === undefined ? 0 : dayHeight) : headHeight);
const keyOf = (item: ListItem | undefined): string => (item?.kind === 'row' ? item.id : 'now-head');

/** The row with the focus stays in the page wherever the list is scrolled to. */
const withPlace = (range: Range, place: number): number[] => {
  const seen = defaultRangeExtractor(range);
  return place < 0 || seen.includes(place) ? seen : [...seen, place].toSorted((a, b) => a - b);
};

/** What goes on and what happened, in one column of which only the seen part is in the page. */
export function UploadList({ search }: { search?: string }) {
  const hoist = useHoist();
  const scroller = useRef<HTMLDivElement>(null);
  const { found, loadMore } = useSearch(search);
  const { items, rows, records, sizes } = useItems(found);
  const roving = useRoving(rows);
  const [menu, setMenu] = useState<OpenMenu>();

  const activePlace = items.findIndex((item) => item.kind === 'row' && item.id === roving.active);
  const virtual = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: items.length, overscan: 3, scrollPaddingEnd: 60, useFlushSync: false, getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(items[index]), getItemKey: (index) => keyOf(items[index]), rangeExtractor: (range) => withPlace(range, activePlace),
    // A row of the history is as high as expected; looking at once would lay the page out for each row that comes.
    measureElement: (element, entry, instance) =>
      (entry || element.dataset.list === 'now' ? measureElement(element, entry, instance) : estimate(items[instance.indexFromElement(element)])),
  });
  const seen = virtual.getVirtualItems();
  const lastSeen = virtual.range?.endIndex ?? 0;

  useEffect(() => {
    if (lastSeen < items.length - ahead) return;
    if (found) loadMore();
    else void loadOlder(hoist.uploads, hoist.bridge);
  });

  const move = async (key: ListKey, from: string): Promise<void> => {
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight);
    // The end is the oldest entry of all, not of what was fetched so far.
    if (key === 'End' && !found) await loadAll(hoist.uploads, hoist.bridge);
    const last = found ? undefined : hoist.uploads.getState().history.at(-1);
    if (key === 'End' && last !== undefined) roving.focus(last);
    else roving.move(key, from, page);
    if (key === 'Home') virtual.scrollToOffset(0);
  };
  // Always the same, so that a row is drawn again only when it changes.
  const openMenu = useCallback((upload: UploadView, anchor: RefObject<Element | null>): void => { if (menuActions(upload).length > 0) setMenu({ upload, anchor }); }, []);
  const onKey = (event: KeyboardEvent<HTMLElement>, upload: UploadView): void => {
    const press = readRowKey(event);
    if (!press) return;
    event.preventDefault();
    if (press.kind === 'move') void move(press.key, upload.id);
    else if (press.kind === 'inside') moveInside(event.currentTarget, press.step);
    else if (press.kind === 'menu') openMenu(upload, { current: event.currentTarget.querySelector('[data-row-menu]') });
    else {
      const action = keyAction(upload, press.key);
      if (action) act(hoist, upload, action);
    }
  };
  const onContextMenu = (event: MouseEvent<HTMLElement>, upload: UploadView): void => {
    event.preventDefault();
    if (menuActions(upload).length > 0) setMenu({ upload, anchor: { current: event.currentTarget }, rect: new DOMRect(event.clientX, event.clientY, 0, 0) });
  };

  const draw = (list: RowItem['list']) => seen.flatMap((place) => {
    const item = items[place.index];
    const upload = item?.kind === 'row' && item.list === list ? records.get(item.id) : undefined;
    if (item?.kind !== 'row' || !upload) return [];
    return [(
      <PlacedRow
        key={item.id} place={place} item={item} upload={upload} setSize={sizes[list]} roving={roving} measure={virtual.measureElement}
        onMenu={openMenu} onKey={onKey} onContextMenu={onContextMenu}
      />
    )];
  });
  const head = seen.find(({ index }) => items[index]?.kind === 'now-head');

  return (
    <div ref={scroller} className={styles.scroller}>
      {found?.uploads.length === 0 && <p className={styles.nothing}>{text('ui.history.nothing', { text: found.text })}</p>}
      <div className={styles.column} style={{ height: virtual.getTotalSize() }}>
        {head && <div className={styles.placed} style={{ transform: `translateY(${head.start}px)` }}><NowHead /></div>}
        <Rows label={text('ui.now.list')}>{draw('now')}</Rows>
        <Rows label={text('ui.history.list')}>{draw('history')}</Rows>
      </div>
      {menu && <RowMenu menu={menu} onClose={() => setMenu(undefined)} />}
    </div>
  );
}

function Rows({ label, children }: { label: string; children: ReactElement[] }) {
  return children.length === 0 ? null : <ul className={styles.rows} aria-label={label}>{children}</ul>;
}
