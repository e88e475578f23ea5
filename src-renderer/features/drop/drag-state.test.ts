import { expect, test } from 'vitest';
import { dragEntered, dragLeft, noDrag, readDrag, type Drag } from './drag-state.ts';

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

test('a dragged item without a type may be a folder', () => {
  expect(readDrag({ types: ['Files'], items: [{ kind: 'file', type: '' }] })).toMatchObject({
    count: 1,
    mayHoldFolders: true,
  });
  expect(readDrag({ types: ['Files'], items: [{ kind: 'file', type: 'image/png' }] })).toMatchObject({
    count: 1,
    mayHoldFolders: false,
  });
});
