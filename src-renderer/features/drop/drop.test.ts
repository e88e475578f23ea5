import { expect, test } from 'vitest';
import { enter, leave, noDrag, readDrag, type Drag } from './drag-state.ts';
import { acceptedFiles, mergeGroups, refusedGroups } from './refused.ts';

const files = { kind: 'files', count: 3 } as const;

test('crossing children does not end the drag, leaving the window does', () => {
  let drag: Drag = enter(noDrag, files);
  drag = enter(drag, files);
  drag = leave(drag);
  expect(drag).toMatchObject({ over: true, kind: 'files', count: 3 });
  expect(leave(drag)).toBe(noDrag);
  expect(leave(noDrag)).toBe(noDrag);
});

test('what a drag carries', () => {
  const item = { kind: 'file' };
  expect(readDrag({ types: ['Files'], items: [item, item, item] })).toEqual(files);
  expect(readDrag({ types: ['Files', 'text/uri-list'], items: [{ kind: 'string' }, item] })).toEqual({ kind: 'files', count: 1 });
  expect(readDrag({ types: ['text/uri-list', 'text/plain'], items: [] }).kind).toBe('link');
  expect(readDrag({ types: ['text/html', 'text/plain'], items: [] }).kind).toBe('text');
  expect(readDrag({ types: [], items: [] }).kind).toBe('other');
  expect(readDrag(null).kind).toBe('other');
});

test('the same cause is shown once, with a count', () => {
  const folder = (name: string) => ({ name, error: { code: 'source-is-folder' as const } });
  const dropped = [folder('a'), { name: 'ok', size: 1, token: 't' }, folder('b'), { name: 'c', error: { code: 'source-unreadable' as const } }];
  const groups = refusedGroups(dropped);
  expect(groups.map(({ key, count, name }) => [key, count, name])).toEqual([['source-is-folder', 2, 'a'], ['source-unreadable', 1, 'c']]);
  expect(acceptedFiles(dropped).map(({ token }) => token)).toEqual(['t']);
  expect(mergeGroups(groups, refusedGroups([folder('d')])).map(({ count }) => count)).toEqual([3, 1]);
});
