import { expect, test } from 'vitest';
import type { UploadView } from '../../../src-shared/upload.ts';
import { applyChanges } from '../../stores/folders.ts';
import {
  historyEntries,
  historyItems,
  nowEntries,
  nowItems,
  rowAfterKey,
  reuseIfUnchanged,
  type ListItem,
} from './list-items.ts';

/** ms since 1970 of a day and hour in November 2026. */
const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
const view = (id: string, overrides: Partial<UploadView>): UploadView => ({
  id,
  batchId: 'b',
  position: 0,
  name: id,
  size: 1,
  contentType: '',
  status: 'done',
  profileId: 'p',
  destination: 'Work',
  visibility: 'expiring',
  createdAt: 0,
  ...overrides,
});
const done = (id: string, endedAt: number): UploadView => view(id, { endedAt });
const indexById = (uploads: UploadView[]) => new Map(uploads.map((upload) => [upload.id, upload]));
const groupFolders = (uploads: UploadView[]) => {
  const byId = indexById(uploads);
  return applyChanges(
    new Map(),
    uploads.map((after) => ({ after })),
    (id) => byId.get(id),
  );
};
/** Each row as its list, kind, ID and position. */
const summarize = (items: ListItem[]): string[] =>
  items.map((item) =>
    item.kind === 'now-header' ? item.kind : `${item.list} ${item.kind} ${item.id} ${item.position}`,
  );

test('history is grouped by day', () => {
  const past = [done('a', at(23, 9)), done('b', at(23, 8)), done('c', at(22, 23)), done('d', at(2, 1))];
  const items = historyItems(historyEntries(past, new Map()), at(23, 10));
  expect(items.map(({ heading, first, last }) => [heading, first, last])).toEqual([
    ['Today', true, false],
    [undefined, false, true],
    ['Yesterday', true, true],
    ['Monday, November 2', true, true],
  ]);
  expect(items.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
});

test('active uploads come first, under their own heading', () => {
  const now = nowItems(
    nowEntries(['x', 'y'], indexById([view('x', { status: 'queued' }), view('y', { status: 'queued' })]), new Map()),
  );
  expect(summarize(now)).toEqual(['now-header', 'now row x 1', 'now row y 2']);
  expect(nowItems([])).toEqual([]);
});

const inFolder = (id: string, position: number, overrides: Partial<UploadView>): UploadView =>
  view(id, { position, folder: { id: 'f', name: 'Pictures', relativePath: `${id}.png` }, ...overrides });

test('the files of a folder are one row, which lists them in their original order when open', () => {
  const files = [
    inFolder('b', 1, { status: 'queued' }),
    inFolder('a', 0, { status: 'uploading' }),
    inFolder('c', 2, { endedAt: 5 }),
    view('lone', { status: 'queued', batchId: 'other' }),
  ];
  const entries = nowEntries(['a', 'b', 'lone'], indexById(files), groupFolders(files));
  expect(summarize(nowItems(entries))).toEqual(['now-header', 'now folder b/f 1', 'now row lone 2']);
  expect(historyEntries([files[2]!], groupFolders(files)), 'a finished file stays in its unfinished folder').toEqual(
    [],
  );
  const open = nowItems(entries, new Set(['b/f']));
  expect(summarize(open)).toEqual([
    'now-header',
    'now folder b/f 1',
    'now row a 1',
    'now row b 2',
    'now row c 3',
    'now row lone 2',
  ]);
  expect(open.map((item) => (item.kind === 'row' ? item.parent?.size : undefined))).toEqual([
    undefined,
    undefined,
    3,
    3,
    3,
    undefined,
  ]);
});

test('a finished folder is one row of the history; the same folder uploaded twice is two rows', () => {
  const files = [
    inFolder('a', 0, { endedAt: at(23, 9) }),
    inFolder('b', 1, { endedAt: at(23, 8) }),
    inFolder('again', 0, { batchId: 'c', endedAt: at(22, 9) }),
  ];
  const items = historyItems(historyEntries(files, groupFolders(files)), at(23, 10), 'en', new Set(['b/f']));
  expect(summarize(items)).toEqual([
    'history folder b/f 1',
    'history row a 1',
    'history row b 2',
    'history folder c/f 2',
  ]);
  expect(items.map(({ first, last }) => [first, last])).toEqual([
    [true, false],
    [false, false],
    [false, true],
    [true, true],
  ]);
});

test('a folder with a failed file keeps its position while other files run, then joins the failed uploads', () => {
  const first = view('first', { status: 'queued', batchId: 'z' });
  const bad = inFolder('bad', 0, { status: 'failed' });
  const running = [bad, first, inFolder('running', 1, { status: 'uploading' })];
  expect(
    nowEntries(['bad', 'first', 'running'], indexById(running), groupFolders(running)).map(({ kind }) => kind),
  ).toEqual(['row', 'folder']);
  const finished = [bad, first, inFolder('running', 1, { endedAt: 1 })];
  expect(nowEntries(['bad', 'first'], indexById(finished), groupFolders(finished)).map(({ kind }) => kind)).toEqual([
    'folder',
    'row',
  ]);
});

test('an unchanged list is the same object', () => {
  const createItems = (): ListItem[] => nowItems([{ kind: 'row', id: 'x', at: 0 }]);
  const before = createItems();
  expect(reuseIfUnchanged(before, createItems())).toBe(before);
  expect(reuseIfUnchanged(before, nowItems([{ kind: 'row', id: 'y', at: 0 }]))).not.toBe(before);
});

test.each([
  ['ArrowUp', 0, 0],
  ['ArrowDown', 0, 1],
  ['ArrowDown', 9, 9],
  ['Home', 5, 0],
  ['End', 5, 9],
  ['PageDown', 0, 4],
  ['PageDown', 8, 9],
  ['PageUp', 8, 4],
] as const)('%s in row %d moves the focus to row %d', (key, from, to) =>
  // A list of ten rows, of which five are visible
  expect(rowAfterKey(key, from, 10, 5)).toBe(to),
);

test('the files of a batch are in drop order, at the position of the file that ended last', () => {
  const ended = (id: string, batchId: string, position: number, endedAt: number): UploadView =>
    ({ id, batchId, position, endedAt, createdAt: 0 }) as UploadView;
  const hour = 3_600_000;
  const noon = new Date(2026, 10, 24, 12).getTime();
  const history = [
    ended('b', 'one', 1, noon + 9),
    ended('other', 'two', 0, noon + 8),
    ended('c', 'one', 2, noon + 7),
    ended('a', 'one', 0, noon + 6),
    ended('yesterday', 'one', 3, noon - 24 * hour),
  ];
  expect(historyEntries(history, new Map()).map((entry) => entry.kind === 'row' && entry.id)).toEqual([
    'a',
    'b',
    'c',
    'other',
    'yesterday',
  ]);
});
