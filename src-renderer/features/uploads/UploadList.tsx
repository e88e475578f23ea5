import {
  defaultRangeExtractor,
  measureElement,
  useVirtualizer,
  type Range,
  type VirtualItem,
} from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type RefObject,
} from 'react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { folderKey, type UploadFolder, type FolderKey } from '../../stores/folders.ts';
import type { Mirror } from '../../stores/mirror.ts';
import { toggleFolder } from '../../stores/screen.ts';
import { loadAll, loadOlder } from '../../stores/uploads.ts';
import { useNow } from '../../ui/use-now.ts';
import { useHoist } from '../../use-hoist.ts';
import { useSearch } from '../history/use-search.ts';
import { runRowAction } from './run-row-action.ts';
import { runFolderAction, folderKeyAction } from './folder-actions.ts';
import { spokenFolder } from './folder-line.ts';
import { FolderRow } from './FolderRow.tsx';
import type { ListItem, ListKey, RowItem } from './list-items.ts';
import { folderChoices, rowChoices, type MenuChoice } from './menu-choices.ts';
import { NowHeader } from './NowHeader.tsx';
import { PositionedRow } from './PositionedRow.tsx';
import { keyAction } from './row-actions.ts';
import { moveInside, readRowKey, type RowPress } from './row-keys.ts';
import { RowMenu, type OpenMenu } from './RowMenu.tsx';
import { spokenStatus } from './status-line.ts';
import styles from './UploadList.module.css';
import { UploadRow } from './UploadRow.tsx';
import { useItems } from './use-items.ts';
import { useRoving } from './use-roving.ts';
import { useSearchScroll } from './use-search-scroll.ts';

const rowHeight = 60;
const nestedHeight = 50;
const headHeight = 34;
const dayHeight = 34;
/** Distance to the end, in rows, at which older entries are loaded. */
const prefetchRows = 40;

const rowHeightOf = (item: RowItem): number =>
  item.kind === 'row' && item.folderFileCount !== undefined ? nestedHeight : rowHeight;
const estimate = (item: ListItem | undefined): number =>
  !item || item.kind === 'now-header' ? headHeight : rowHeightOf(item) + (item.heading === undefined ? 0 : dayHeight);

/** Adds the focused row to the visible range, so that it stays rendered at any scroll position. */
const withActiveIndex = (range: Range, index: number): number[] => {
  const visible = defaultRangeExtractor(range);
  return index < 0 || visible.includes(index) ? visible : [...visible, index].toSorted((a, b) => a - b);
};

/** The uploads of a row. */
type RowContent =
  | { item: RowItem; upload: UploadView; folder?: undefined }
  | { item: RowItem; folder: UploadFolder; upload?: undefined };

const rowName = ({ upload, folder }: RowContent): string => (upload ? upload.name : folder.name);
const rowLabel = ({ upload, folder }: RowContent, now: number): string =>
  upload
    ? `${displaySafeName(upload.name)}, ${spokenStatus(upload, now)}`
    : text('ui.folder.label', { name: displaySafeName(folder.name), status: spokenFolder(folder) });

/** Whether the loaded entries end inside a folder; the folder may then be incomplete. */
const endsInFolder = ({ history, byId }: Mirror): boolean => {
  const last = history.at(-1);
  return last !== undefined && byId.get(last)?.folder !== undefined;
};

/**
 * The key of the folder that the left and right arrow keys act on: the row's folder, or the folder that contains it.
 */
const enclosingFolderKey = ({ item, upload, folder }: RowContent): FolderKey | undefined =>
  folder
    ? folder.key
    : item.kind === 'row' && item.folderFileCount !== undefined && upload
      ? folderKey(upload)
      : undefined;

/** Active and finished uploads in one column; only the visible part is rendered. */
export function UploadList({ search }: { search?: string }) {
  const hoist = useHoist();
  const { result: searchResult, loadMore } = useSearch(search);
  const { scroller, onScroll } = useSearchScroll(searchResult?.text);
  const { items, rows, records, folders, sizes } = useItems(searchResult);
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
    // Only rows of the current work are measured when they appear. The others have exactly the estimated height, and
    // measuring them would force a layout of the page.
    measureElement: (element, entry, instance) =>
      entry || (element.dataset.list === 'now' && element.dataset.kind !== 'nested')
        ? measureElement(element, entry, instance)
        : estimate(items[instance.indexFromElement(element)]),
  });
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
  // After loading all entries, the last one appears in the list one render later.
  const shouldFocusEnd = useRef(false);
  useEffect(() => {
    const last = rows.at(-1);
    if (!shouldFocusEnd.current || !last) return;
    shouldFocusEnd.current = false;
    roving.focus(last.id);
  });

  const showMenu = useCallback(
    (name: string, choices: MenuChoice[], anchor: RefObject<Element | null>, rect?: DOMRect): void => {
      if (choices.length > 0) setMenu({ name, choices, anchor, rect });
    },
    [],
  );
  // Memoized, so that a row re-renders only when its upload changes.
  const openRowMenu = useCallback(
    (upload: UploadView, anchor: RefObject<Element | null>): void =>
      showMenu(upload.name, rowChoices(hoist, upload), anchor),
    [hoist, showMenu],
  );
  const openFolderMenu = useCallback(
    (folder: UploadFolder, anchor: RefObject<Element | null>): void =>
      showMenu(folder.name, buildFolderChoices(hoist, folder), anchor),
    [hoist, showMenu],
  );
  const rowMenuChoices = (content: RowContent): MenuChoice[] =>
    content.upload ? rowChoices(hoist, content.upload) : buildFolderChoices(hoist, content.folder);

  /**
   * Right opens a folder, and left closes it. On a file in a folder, left moves to the folder. Returns whether the key
   * was handled.
   */
  const expandOrCollapse = (content: RowContent, step: 1 | -1): boolean => {
    const key = enclosingFolderKey(content);
    if (key === undefined) return false;
    const isOpen = hoist.screen.getState().openFolders.has(key);
    if (content.upload) {
      if (step < 0) roving.focus(key);
      return step < 0;
    }
    if (isOpen !== step < 0) return false;
    toggleFolder(hoist.screen, key);
    return true;
  };
  const runKey = (content: RowContent, key: Extract<RowPress, { kind: 'act' }>['key']): void => {
    if (content.upload) {
      const action = keyAction(content.upload, key);
      if (action) runRowAction(hoist, content.upload, action);
      return;
    }
    const action = folderKeyAction(content.folder, key);
    if (action === 'toggle') toggleFolder(hoist.screen, content.folder.key);
    else if (action) runFolderAction(hoist, content.folder, action);
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
        if (event.target !== event.currentTarget || !expandOrCollapse(content, press.step))
          moveInside(event.currentTarget, press.step);
        return;
      case 'menu':
        showMenu(rowName(content), rowMenuChoices(content), {
          current: event.currentTarget.querySelector('[data-row-menu]'),
        });
        return;
      case 'act':
        runKey(content, press.key);
    }
  };
  const onContextMenu = (event: MouseEvent<HTMLElement>, content: RowContent): void => {
    event.preventDefault();
    showMenu(
      rowName(content),
      rowMenuChoices(content),
      { current: event.currentTarget },
      new DOMRect(event.clientX, event.clientY, 0, 0),
    );
  };

  const contentAt = (virtualItem: VirtualItem, list: RowItem['list']): RowContent | undefined => {
    const item = items[virtualItem.index];
    if (!item || item.kind === 'now-header' || item.list !== list) return undefined;
    const upload = item.kind === 'row' ? records.get(item.id) : undefined;
    const folder = item.kind === 'folder' ? folders.get(item.id) : undefined;
    return upload ? { item, upload } : folder && { item, folder };
  };
  const renderRows = (list: RowItem['list']) =>
    visible.flatMap((virtualItem) => {
      const content = contentAt(virtualItem, list);
      if (!content) return [];
      const { item } = content;
      const ends = { isFirst: item.first, isLast: item.last };
      return [
        <PositionedRow
          key={item.id}
          virtualItem={virtualItem}
          item={item}
          label={rowLabel(content, now)}
          setSize={(item.kind === 'row' ? item.folderFileCount : undefined) ?? sizes[list]}
          roving={roving}
          measure={virtual.measureElement}
          onKey={(event) => onKey(event, content)}
          onContextMenu={(event) => onContextMenu(event, content)}
        >
          {content.upload ? (
            <UploadRow
              upload={content.upload}
              isInFolder={item.kind === 'row' && item.folderFileCount !== undefined}
              {...ends}
              onMenu={openRowMenu}
            />
          ) : (
            <FolderRow
              folder={content.folder}
              isOpen={item.kind === 'folder' && item.isOpen}
              {...ends}
              onMenu={openFolderMenu}
            />
          )}
        </PositionedRow>,
      ];
    });
  const head = visible.find(({ index }) => items[index]?.kind === 'now-header');

  return (
    <div ref={scroller} className={styles.scroller} onScroll={onScroll}>
      {searchResult?.uploads.length === 0 && (
        <p className={styles.nothing}>{text('ui.history.nothing', { text: searchResult.text })}</p>
      )}
      <div className={styles.column} style={{ height: virtual.getTotalSize() }}>
        {head && (
          <div className={styles.positioned} style={{ transform: `translateY(${head.start}px)` }}>
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

const buildFolderChoices = (hoist: ReturnType<typeof useHoist>, folder: UploadFolder): MenuChoice[] => {
  const [first] = folder.ids;
  return folderChoices(
    hoist,
    folder,
    (first === undefined ? undefined : hoist.uploads.getState().byId.get(first))?.destination ?? '',
  );
};

function Rows({ label, children }: { label: string; children: ReactElement[] }) {
  return children.length === 0 ? null : (
    <ul className={styles.rows} aria-label={label}>
      {children}
    </ul>
  );
}
