import { expect, test } from 'vitest';
import { createScreenStore, updateCodePrompts } from './screen.ts';

test('a prompt for a code that arrives again replaces the earlier one and keeps its position', () => {
  const screen = createScreenStore();
  const first = { id: 'first', device: 'phone', destination: 'Work' };
  const second = { id: 'second', device: 'phone', destination: 'Archive' };
  updateCodePrompts(screen, first);
  updateCodePrompts(screen, second);
  updateCodePrompts(screen, { ...first, refused: 'wrong' });
  expect(screen.getState().codePrompts).toEqual([{ ...first, refused: 'wrong' }, second]);
  updateCodePrompts(screen, first);
  expect(screen.getState().codePrompts, 'the new prompt has no error').toEqual([first, second]);
  updateCodePrompts(screen, { ...first, closed: true });
  updateCodePrompts(screen, { ...first, closed: true });
  expect(screen.getState().codePrompts).toEqual([second]);
});
