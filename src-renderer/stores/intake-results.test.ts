import { expect, test } from 'vitest';
import { text } from '../../src-shared/text/text.ts';
import { acceptedItems, groupRefused, listSkippedFiles, mergeRefusedGroups } from './intake-results.ts';

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
