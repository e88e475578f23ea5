import { expect, test } from 'vitest';
import type { UploadView } from '../../../src-shared/upload.ts';
import { historyItems, listItems, rowAfterKey } from './list-items.ts';

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
const done = (id: string, endedAt: number): UploadView => ({
  id, batchId: 'b', position: 0, name: id, size: 1, contentType: '', status: 'done', profileId: 'p', destination: 'Work', visibility: 'expiring', createdAt: 0, endedAt,
});

test('history is grouped by day', () => {
  const items = historyItems([done('a', at(23, 9)), done('b', at(23, 8)), done('c', at(22, 23)), done('d', at(2, 1))], at(23, 10));
  expect(items.map(({ heading, first, last }) => [heading, first, last])).toEqual([
    ['Today', true, false], [undefined, false, true], ['Yesterday', true, true], ['Monday, November 2', true, true],
  ]);
  expect(items.map(({ place }) => place)).toEqual([1, 2, 3, 4]);
});

test('what goes on stands above, under its own heading', () => {
  const items = listItems(['x', 'y'], historyItems([done('a', at(23, 9))], at(23, 10)));
  expect(items.map((item) => (item.kind === 'row' ? `${item.list} ${item.id} ${item.place}` : item.kind))).toEqual(['now-head', 'now x 1', 'now y 2', 'history a 1']);
  expect(listItems([], [])).toEqual([]);
});

test.each([
  ['ArrowUp', 0, 0], ['ArrowDown', 0, 1], ['ArrowDown', 9, 9], ['Home', 5, 0], ['End', 5, 9], ['PageDown', 0, 4], ['PageDown', 8, 9], ['PageUp', 8, 4],
] as const)('%s at %d leads to %d', (key, from, to) => expect(rowAfterKey(key, from, 10, 5)).toBe(to));
