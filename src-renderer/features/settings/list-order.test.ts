import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { moveTo, moveBy, withFallback, fallbackOrder } from './list-order.ts';

const profile = (id: string): ProfileView => ({
  id,
  providerId: 's3',
  name: id,
  settings: {},
  secrets: [],
  secretStorage: 'saved',
  visibility: 'expiring',
  status: { state: 'ready' },
});
const profiles = ['a', 'b', 'c'].map(profile);

test('an item moves by one position, and stops at the ends', () => {
  expect(moveBy(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
  expect(moveBy(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
  expect(moveBy(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
  expect(moveBy(['a', 'b'], 'b', 1)).toEqual(['a', 'b']);
});

test('a dragged item goes before or after the item that it is dropped on', () => {
  expect(moveTo(['a', 'b', 'c'], new Set(['c']), 'a', 'before')).toEqual(['c', 'a', 'b']);
  expect(moveTo(['a', 'b', 'c'], new Set(['a']), 'c', 'after')).toEqual(['b', 'c', 'a']);
  expect(moveTo(['a', 'b', 'c'], new Set(['a']), 'a', 'after')).toEqual(['a', 'b', 'c']);
});

test('the fallback order is the order of the list, not the order in which destinations were added to it', () => {
  expect(fallbackOrder(profiles, ['c', 'gone', 'a'])).toEqual(['a', 'c']);
  expect(withFallback(profiles, ['c'], { id: 'b', isOn: true })).toEqual(['b', 'c']);
  expect(withFallback(profiles, ['c', 'b'], { id: 'c', isOn: false })).toEqual(['b']);
});
