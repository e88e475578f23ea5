import { expect, test } from 'vitest';
import { text } from '../../../src-shared/text/text.ts';
import { dragEntered, dragLeft, noDrag, readDrag, type Drag } from './drag-state.ts';
import { countPending, pendingSummary } from './pending-summary.ts';
import { acceptedItems, mergeRefusedGroups, listSkippedFiles, groupRefused } from '../../stores/intake-results.ts';

const files = { kind: 'files', count: 3, mayHoldFolders: false } as const;

test('a drag ends when it leaves the window, not when it moves between child elements', () => {
  let drag: Drag = dragEntered(noDrag, files);
  drag = dragEntered(drag, files);
  drag = dragLeft(drag);
  expect(drag).toMatchObject({ over: true, kind: 'files', count: 3 });
  expect(dragLeft(drag)).toBe(noDrag);
  expect(dragLeft(noDrag)).toBe(noDrag);
});

test('a drag is recognized as files, a link, text or something else', () => {
  const item = { kind: 'file' };
  expect(readDrag({ types: ['Files'], items: [item, item, item] })).toEqual(files);
  expect(readDrag({ types: ['Files', 'text/uri-list'], items: [{ kind: 'string' }, item] })).toEqual({
    kind: 'files',
    count: 1,
    mayHoldFolders: false,
  });
  expect(readDrag({ types: ['text/uri-list', 'text/plain'], items: [] }).kind).toBe('link');
  expect(readDrag({ types: ['text/html', 'text/plain'], items: [] }).kind).toBe('text');
  expect(readDrag({ types: [], items: [] }).kind).toBe('other');
  expect(readDrag(null).kind).toBe('other');
});

test('rejected files with the same cause form one group with a count', () => {
  const folder = (name: string) => ({ name, error: { code: 'source-is-folder' as const } });
  const dropped = [
    folder('a'),
    { name: 'ok', size: 1, token: 't' },
    folder('b'),
    { name: 'c', error: { code: 'source-unreadable' as const } },
  ];
  const groups = groupRefused(dropped);
  expect(groups.map(({ key, count, name }) => [key, count, name])).toEqual([
    ['source-is-folder', 2, 'a'],
    ['source-unreadable', 1, 'c'],
  ]);
  expect(acceptedItems(dropped).map(({ token }) => token)).toEqual(['t']);
  expect(mergeRefusedGroups(groups, groupRefused([folder('d')])).map(({ count }) => count)).toEqual([3, 1]);
});

test('a folder is not described as a file, neither while it is dragged nor while it is pending', () => {
  expect(readDrag({ types: ['Files'], items: [{ kind: 'file', type: '' }] })).toMatchObject({
    count: 1,
    mayHoldFolders: true,
  });
  expect(readDrag({ types: ['Files'], items: [{ kind: 'file', type: 'image/png' }] })).toMatchObject({
    count: 1,
    mayHoldFolders: false,
  });
  const folder = { name: 'Pictures', size: 9, token: 'p', files: 120 };
  const file = { name: 'a', size: 1, token: 'a' };
  expect(pendingSummary([folder])).toBe('1 folder (120 files) waits for a destination.');
  expect(pendingSummary([folder, file])).toBe('1 folder (120 files) and 1 file wait for a destination.');
  expect(pendingSummary([file])).toBe('1 file waits for a destination.');
  expect(countPending([folder, file])).toBe(121);
});

test('skipped entries of a folder are reported by type', () => {
  const partial = { name: 'Pictures', size: 9, token: 'p', files: 120, skipped: { links: 3, special: 1 } };
  const pipes = { name: 'Pipes', size: 9, token: 'q', files: 1, skipped: { links: 0, special: 2 } };
  const whole = { name: 'Whole', size: 9, token: 'w', files: 2 };
  expect(listSkippedFiles([partial, pipes, whole, { name: 'a', size: 1, token: 'a' }])).toEqual([
    { name: 'Pictures', kind: 'links', count: 3 },
    { name: 'Pictures', kind: 'special', count: 1 },
    { name: 'Pipes', kind: 'special', count: 2 },
  ]);
});

test('unreadable files of a folder form one group for each problem, and the notice names the first', () => {
  const error = { code: 'source-unreadable' as const };
  const groups = groupRefused([
    { name: 'Pictures/a.txt', error, count: 3 },
    { name: 'Pictures/b.txt', error: { ...error, params: { problem: 'busy' } } },
    { name: 'c.txt', error },
  ]);
  expect(groups.map(({ name, count }) => text('ui.notice.refused', { name, count }))).toEqual([
    'Pictures/a.txt and 3 other files were not added.',
    'Pictures/b.txt was not added.',
  ]);
  expect(text('ui.notice.refused', { name: 'x', count: 2 })).toBe('x and 1 other file were not added.');
});
