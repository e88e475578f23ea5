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
import { safeName } from '../../format/file-name.ts';
import { folderKey, type Folder, type FolderKey } from '../../stores/folders.ts';
import type { Mirror } from '../../stores/mirror.ts';
import { toggleFolder } from '../../stores/screen.ts';
import { loadAll, loadOlder } from '../../stores/uploads.ts';
import { useHoist } from '../../use-hoist.ts';
import { useSearch } from '../history/use-search.ts';
import { act } from './act.ts';
import { actOnFolder, folderKeyAction } from './folder-actions.ts';
import { spokenFolder } from './folder-line.ts';
import { FolderRow } from './FolderRow.tsx';
import type { ListItem, ListKey, RowItem } from './list-items.ts';
import { folderChoices, rowChoices, type MenuChoice } from './menu-choices.ts';
import { NowHead } from './NowHead.tsx';
import { PlacedRow } from './PlacedRow.tsx';
import { keyAction } from './row-actions.ts';
import { moveInside, readRowKey, type RowPress } from './row-keys.ts';
import { RowMenu, type OpenMenu } from './RowMenu.tsx';
import { spokenStatus } from './status-line.ts';
import styles from './UploadList.module.css';
import { UploadRow } from './UploadRow.tsx';
import { useItems } from './use-items.ts';
import { useRoving } from './use-roving.ts';

const rowHeight = 60;
const nestedHeight = 50;
const headHeight = 34;
const dayHeight = 34;
/** Rows before the end at which older ones are fetched. */
const ahead = 40;

const heightOf = (item: RowItem): number =>
  item.kind === 'row' && item.inFolder !== undefined ? nestedHeight : rowHeight;
const estimate = (item: ListItem | undefined): number =>
  !item || item.kind === 'now-head' ? headHeight : heightOf(item) + (item.heading === undefined ? 0 : dayHeight);

/** The row with the focus stays in the page wherever the list is scrolled to. */
const withPlace = (range: Range, place: number): number[] => {
  const seen = defaultRangeExtractor(range);
  return place < 0 || seen.includes(place) ? seen : [...seen, place].toSorted((a, b) => a - b);
};

/** What a row of the list is of. */
type Shown =
  | { item: RowItem; upload: UploadView; folder?: undefined }
  | { item: RowItem; folder: Folder; upload?: undefined };

const nameOf = ({ upload, folder }: Shown): string => (upload ? upload.name : folder.name);
const labelOf = ({ upload, folder }: Shown): string =>
  upload
    ? `${safeName(upload.name)}, ${spokenStatus(upload)}`
    : text('ui.folder.label', { name: safeName(folder.name), status: spokenFolder(folder) });

/** What was fetched may end in the middle of a folder, which then says less than there is in it. */
const endsInFolder = ({ history, byId }: Mirror): boolean => {
  const last = history.at(-1);
  return last !== undefined && byId.get(last)?.folder !== undefined;
};

/** The folder that opens and closes here: its own, or the open one that it is in. */
const foldedBy = ({ item, upload, folder }: Shown): FolderKey | undefined =>
  folder ? folder.key : item.kind === 'row' && item.inFolder !== undefined && upload ? folderKey(upload) : undefined;

/** What goes on and what happened, in one column of which only the seen part is in the page. */
export function UploadList({ search }: { search?: string }) {
  const hoist = useHoist();
  const scroller = useRef<HTMLDivElement>(null);
  const { found, loadMore } = useSearch(search);
  const { items, rows, records, folders, sizes } = useItems(found);
  const roving = useRoving(rows);
  const [menu, setMenu] = useState<OpenMenu>();

  const activePlace = items.findIndex((item) => item.kind !== 'now-head' && item.id === roving.active);
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
        return item && item.kind !== 'now-head' ? item.id : 'now-head';
      },
      [items],
    ),
    rangeExtractor: (range) => withPlace(range, activePlace),
    // A row of the history or of a folder is as high as expected; looking at once would lay the page out for each row that comes.
    measureElement: (element, entry, instance) =>
      entry || (element.dataset.list === 'now' && element.dataset.kind !== 'nested')
        ? measureElement(element, entry, instance)
        : estimate(items[instance.indexFromElement(element)]),
  });
  const seen = virtual.getVirtualItems();
  const lastSeen = virtual.range?.endIndex ?? 0;

  useEffect(() => {
    const isNearEnd = lastSeen >= items.length - ahead;
    if (!isNearEnd && (found || !endsInFolder(hoist.uploads.getState()))) return;
    if (found) loadMore();
    else void loadOlder(hoist.uploads, hoist.bridge);
  });

  const move = async (key: ListKey, from: string): Promise<void> => {
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight);
    // The end is the oldest entry of all, not of what was fetched so far.
    if (key === 'End' && !found) {
      await loadAll(hoist.uploads, hoist.bridge);
      wantsEnd.current = true;
    }
    roving.move(key, from, page);
    if (key === 'Home') virtual.scrollToOffset(0);
  };
  // What was fetched for the end is in the list one drawing later.
  const wantsEnd = useRef(false);
  useEffect(() => {
    const last = rows.at(-1);
    if (!wantsEnd.current || !last) return;
    wantsEnd.current = false;
    roving.focus(last.id);
  });

  const showMenu = useCallback(
    (name: string, choices: MenuChoice[], anchor: RefObject<Element | null>, rect?: DOMRect): void => {
      if (choices.length > 0) setMenu({ name, choices, anchor, rect });
    },
    [],
  );
  // Always the same, so that a row is drawn again only when it changes.
  const openRowMenu = useCallback(
    (upload: UploadView, anchor: RefObject<Element | null>): void =>
      showMenu(upload.name, rowChoices(hoist, upload), anchor),
    [hoist, showMenu],
  );
  const openFolderMenu = useCallback(
    (folder: Folder, anchor: RefObject<Element | null>): void =>
      showMenu(folder.name, choicesOfFolder(hoist, folder), anchor),
    [hoist, showMenu],
  );
  const choicesOf = (shown: Shown): MenuChoice[] =>
    shown.upload ? rowChoices(hoist, shown.upload) : choicesOfFolder(hoist, shown.folder);

  /** Right opens a folder, left closes it; in an open folder left leads to it. Whether that was it. */
  const fold = (shown: Shown, step: 1 | -1): boolean => {
    const key = foldedBy(shown);
    if (key === undefined) return false;
    const isOpen = hoist.screen.getState().openFolders.has(key);
    if (shown.upload) {
      if (step < 0) roving.focus(key);
      return step < 0;
    }
    if (isOpen !== step < 0) return false;
    toggleFolder(hoist.screen, key);
    return true;
  };
  const runKey = (shown: Shown, key: Extract<RowPress, { kind: 'act' }>['key']): void => {
    if (shown.upload) {
      const action = keyAction(shown.upload, key);
      if (action) act(hoist, shown.upload, action);
      return;
    }
    const action = folderKeyAction(shown.folder, key);
    if (action === 'toggle') toggleFolder(hoist.screen, shown.folder.key);
    else if (action) actOnFolder(hoist, shown.folder, action);
  };
  const onKey = (event: KeyboardEvent<HTMLElement>, shown: Shown): void => {
    const press = readRowKey(event);
    if (!press) return;
    event.preventDefault();
    switch (press.kind) {
      case 'move':
        void move(press.key, shown.item.id);
        return;
      case 'inside':
        if (event.target !== event.currentTarget || !fold(shown, press.step))
          moveInside(event.currentTarget, press.step);
        return;
      case 'menu':
        showMenu(nameOf(shown), choicesOf(shown), { current: event.currentTarget.querySelector('[data-row-menu]') });
        return;
      case 'act':
        runKey(shown, press.key);
    }
  };
  const onContextMenu = (event: MouseEvent<HTMLElement>, shown: Shown): void => {
    event.preventDefault();
    showMenu(
      nameOf(shown),
      choicesOf(shown),
      { current: event.currentTarget },
      new DOMRect(event.clientX, event.clientY, 0, 0),
    );
  };

  const shownAt = (place: VirtualItem, list: RowItem['list']): Shown | undefined => {
    const item = items[place.index];
    if (!item || item.kind === 'now-head' || item.list !== list) return undefined;
    const upload = item.kind === 'row' ? records.get(item.id) : undefined;
    const folder = item.kind === 'folder' ? folders.get(item.id) : undefined;
    return upload ? { item, upload } : folder && { item, folder };
  };
  const draw = (list: RowItem['list']) =>
    seen.flatMap((place) => {
      const shown = shownAt(place, list);
      if (!shown) return [];
      const { item } = shown;
      const ends = { isFirst: item.first, isLast: item.last };
      return [
        <PlacedRow
          key={item.id}
          place={place}
          item={item}
          label={labelOf(shown)}
          setSize={(item.kind === 'row' ? item.inFolder : undefined) ?? sizes[list]}
          roving={roving}
          measure={virtual.measureElement}
          onKey={(event) => onKey(event, shown)}
          onContextMenu={(event) => onContextMenu(event, shown)}
        >
          {shown.upload ? (
            <UploadRow
              upload={shown.upload}
              isInFolder={item.kind === 'row' && item.inFolder !== undefined}
              {...ends}
              onMenu={openRowMenu}
            />
          ) : (
            <FolderRow
              folder={shown.folder}
              isOpen={item.kind === 'folder' && item.isOpen}
              {...ends}
              onMenu={openFolderMenu}
            />
          )}
        </PlacedRow>,
      ];
    });
  const head = seen.find(({ index }) => items[index]?.kind === 'now-head');

  return (
    <div ref={scroller} className={styles.scroller}>
      {found?.uploads.length === 0 && (
        <p className={styles.nothing}>{text('ui.history.nothing', { text: found.text })}</p>
      )}
      <div className={styles.column} style={{ height: virtual.getTotalSize() }}>
        {head && (
          <div className={styles.placed} style={{ transform: `translateY(${head.start}px)` }}>
            <NowHead />
          </div>
        )}
        <Rows label={text('ui.now.list')}>{draw('now')}</Rows>
        <Rows label={text('ui.history.list')}>{draw('history')}</Rows>
      </div>
      {menu && <RowMenu menu={menu} onClose={() => setMenu(undefined)} />}
    </div>
  );
}

const choicesOfFolder = (hoist: ReturnType<typeof useHoist>, folder: Folder): MenuChoice[] => {
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
