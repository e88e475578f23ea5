import { defaultRangeExtractor, measureElement, useVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type RefObject,
} from 'react';
import { text } from '../../../src-shared/text/text.ts';
import type { Mirror } from '../../stores/mirror.ts';
import { toggleExpanded } from '../../stores/screen.ts';
import { loadAll, loadOlder } from '../../stores/uploads.ts';
import { useNow } from '../../ui/use-now.ts';
import { useHoist } from '../../use-hoist.ts';
import { useSearch } from '../history/use-search.ts';
import { ContentRow } from './ContentRow.tsx';
import type { ListItem, ListKey, RowItem } from './list-items.ts';
import { NowHeader } from './NowHeader.tsx';
import { PositionedRow } from './PositionedRow.tsx';
import { menuChoices, rowContent, rowLabel, rowName, runKey, type RowContent, type RowSubject } from './row-content.ts';
import { moveInside, readRowKey } from './row-keys.ts';
import { RowMenu, type OpenMenu } from './RowMenu.tsx';
import styles from './UploadList.module.css';
import { useItems } from './use-items.ts';
import { useRoving } from './use-roving.ts';
import { useSearchScroll } from './use-search-scroll.ts';

// The heights in UploadRow.module.css and UploadList.module.css, in pixels
const rowHeight = 60;
const nestedHeight = 50;
const headHeight = 34;
const dayHeight = 34;
/** Older entries are loaded when the visible part is this many rows from the end of the list. */
const prefetchRows = 40;

const rowHeightOf = (item: RowItem): number => (item.kind === 'row' && item.parent ? nestedHeight : rowHeight);
/** The height of an item before it is measured, with the day above its row. */
const estimate = (item: ListItem | undefined): number =>
  !item || item.kind === 'now-header' ? headHeight : rowHeightOf(item) + (item.heading === undefined ? 0 : dayHeight);

/** Adds the focused row to the visible range, so that it stays rendered at any scroll position. */
const withActiveIndex = (range: Range, index: number): number[] => {
  const visible = defaultRangeExtractor(range);
  return index < 0 || visible.includes(index) ? visible : [...visible, index].toSorted((a, b) => a - b);
};

/** Whether the oldest loaded entry is a file of a folder: other files of the folder may not be loaded yet. */
const endsInFolder = ({ history, byId }: Mirror): boolean => {
  const last = history.at(-1);
  return last !== undefined && byId.get(last)?.folder !== undefined;
};

/** The key of the row that the left and right arrow keys open and close: this one, or the one that contains it. */
const expandableKey = ({ item }: RowContent): string | undefined => (item.kind === 'row' ? item.parent?.key : item.id);

/** Active and finished uploads in one column; only the visible part is rendered. */
export function UploadList({ search }: { search?: string }) {
  const hoist = useHoist();
  const { result: searchResult, loadMore } = useSearch(search);
  const { scroller, onScroll } = useSearchScroll(searchResult?.text);
  const data = useItems(searchResult);
  // `items` also contains the heading of the uploads in progress; `rows` does not.
  const { items, rows, sizes } = data;
  const roving = useRoving(rows);
  const now = useNow(60_000);
  const [menu, setMenu] = useState<OpenMenu>();

  const activeIndex = items.findIndex((item) => item.kind !== 'now-header' && item.id === roving.active);
  const virtual = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: items.length,
    overscan: 3,
    scrollPaddingEnd: rowHeight,
    useFlushSync: false,
    getScrollElement: () => scroller.current,
    estimateSize: useCallback((index: number) => estimate(items[index]), [items]),
    getItemKey: useCallback(
      (index: number) => {
        const item = items[index];
        return item && item.kind !== 'now-header' ? item.id : 'now-header';
      },
      [items],
    ),
    rangeExtractor: (range) => withActiveIndex(range, activeIndex),
    // Only rows of uploads in progress are measured when they appear. The others have exactly the estimated height, and
    // measuring them would force a layout of the page. `entry` is set when a row changes its size later.
    measureElement: (element, entry, instance) =>
      entry || (element.dataset.list === 'now' && element.dataset.kind !== 'nested')
        ? measureElement(element, entry, instance)
        : estimate(items[instance.indexFromElement(element)]),
  });
  const showFocusedRow = useEffectEvent(() => {
    if (activeIndex >= 0 && scroller.current?.contains(document.activeElement))
      virtual.scrollToIndex(activeIndex, { align: 'center' });
  });
  const isSearching = searchResult !== undefined;
  // When the search ends, the list returns to its old position, where the focused result may be out of sight.
  useEffect(() => {
    if (!isSearching) showFocusedRow();
  }, [isSearching]);
  const visible = virtual.getVirtualItems();
  const lastVisible = virtual.range?.endIndex ?? 0;

  useEffect(() => {
    const isNearEnd = lastVisible >= items.length - prefetchRows;
    if (!isNearEnd && (searchResult || !endsInFolder(hoist.uploads.getState()))) return;
    if (searchResult) loadMore();
    else void loadOlder(hoist.uploads, hoist.bridge);
  });

  const move = async (key: ListKey, from: string): Promise<void> => {
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight);
    // The End key moves to the oldest entry, so load all entries first.
    if (key === 'End' && !searchResult) {
      await loadAll(hoist.uploads, hoist.bridge);
      shouldFocusEnd.current = true;
    }
    roving.move(key, from, page);
    if (key === 'Home') virtual.scrollToOffset(0);
  };
  // Set by the End key: the oldest entry appears in the list only one render after all entries were loaded.
  const shouldFocusEnd = useRef(false);
  useEffect(() => {
    const last = rows.at(-1);
    if (!shouldFocusEnd.current || !last) return;
    shouldFocusEnd.current = false;
    roving.focus(last.id);
  });

  // Memoized, so that a row re-renders only when its upload changes.
  const showMenu = useCallback(
    (subject: RowSubject, anchor: RefObject<Element | null>, rect?: DOMRect): void => {
      const choices = menuChoices(hoist, subject);
      if (choices.length > 0) setMenu({ name: rowName(subject), choices, anchor, rect });
    },
    [hoist],
  );
  /**
   * Right opens a row of several files, and left closes it. On a file in an open row, left moves to that row. Returns
   * whether the key was handled.
   */
  const expandOrCollapse = (content: RowContent, step: 1 | -1): boolean => {
    const key = expandableKey(content);
    if (key === undefined) return false;
    const isOpen = hoist.screen.getState().expandedRows.has(key);
    if (content.kind === 'row') {
      if (step < 0) roving.focus(key);
      return step < 0;
    }
    // Right needs a closed row, and left an open one.
    const isOpening = step > 0;
    if (isOpen === isOpening) return false;
    toggleExpanded(hoist.screen, key);
    return true;
  };
  const onKey = (event: KeyboardEvent<HTMLElement>, content: RowContent): void => {
    const press = readRowKey(event);
    if (!press) return;
    event.preventDefault();
    switch (press.kind) {
      case 'move':
        void move(press.key, content.item.id);
        return;
      case 'inside':
        // On a button inside the row, the arrow keys only move between the buttons.
        if (event.target !== event.currentTarget || !expandOrCollapse(content, press.step))
          moveInside(event.currentTarget, press.step);
        return;
      case 'menu':
        showMenu(content, { current: event.currentTarget.querySelector('[data-row-menu]') });
        return;
      case 'act':
        runKey(hoist, content, press.key);
    }
  };
  const onContextMenu = (event: MouseEvent<HTMLElement>, content: RowContent): void => {
    event.preventDefault();
    showMenu(content, { current: event.currentTarget }, new DOMRect(event.clientX, event.clientY, 0, 0));
  };

  const renderRows = (list: RowItem['list']) =>
    visible.flatMap((virtualItem) => {
      const content = rowContent(items[virtualItem.index], data);
      if (!content || content.item.list !== list) return [];
      const { item } = content;
      return [
        <PositionedRow
          key={item.id}
          virtualItem={virtualItem}
          item={item}
          label={rowLabel(content, now, data.records)}
          setSize={(item.kind === 'row' ? item.parent?.size : undefined) ?? sizes[list]}
          roving={roving}
          measure={virtual.measureElement}
          onKey={(event) => onKey(event, content)}
          onContextMenu={(event) => onContextMenu(event, content)}
        >
          <ContentRow content={content} onMenu={showMenu} />
        </PositionedRow>,
      ];
    });
  const nowHeader = visible.find(({ index }) => items[index]?.kind === 'now-header');

  return (
    <div ref={scroller} className={styles.scroller} onScroll={onScroll}>
      {searchResult?.uploads.length === 0 && (
        <p className={styles.nothing}>{text('ui.history.nothing', { text: searchResult.text })}</p>
      )}
      <div className={styles.column} style={{ height: virtual.getTotalSize() }}>
        {nowHeader && (
          <div className={styles.positioned} style={{ transform: `translateY(${nowHeader.start}px)` }}>
            <NowHeader />
          </div>
        )}
        <Rows label={text('ui.now.list')}>{renderRows('now')}</Rows>
        <Rows label={text('ui.history.list')}>{renderRows('history')}</Rows>
      </div>
      {menu && <RowMenu menu={menu} onClose={() => setMenu(undefined)} />}
    </div>
  );
}

function Rows({ label, children }: { label: string; children: ReactElement[] }) {
  return children.length === 0 ? null : (
    <ul className={styles.rows} aria-label={label}>
      {children}
    </ul>
  );
}
