import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { changedOrder, fallbackOrder } from './fallback-order.ts';

const profile = (id: string): ProfileView => ({ id, providerId: 's3', name: id, settings: {}, secrets: [], kept: 'saved', visibility: 'expiring', status: { state: 'ready' } });

test('what was removed from Hoist takes over nowhere, and what was not chosen can be added', () => {
  const { order, others } = fallbackOrder(['b', 'gone', 'a'], ['a', 'b', 'c'].map(profile));
  expect(order.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(others.map(({ id }) => id)).toEqual(['c']);
});

test('the order changes by one step, and the ends stay', () => {
  expect(changedOrder(['a', 'b', 'c'], { move: 'c', by: -1 })).toEqual(['a', 'c', 'b']);
  expect(changedOrder(['a', 'b', 'c'], { move: 'a', by: 1 })).toEqual(['b', 'a', 'c']);
  expect(changedOrder(['a', 'b'], { move: 'a', by: -1 })).toEqual(['a', 'b']);
  expect(changedOrder(['a', 'b'], { move: 'b', by: 1 })).toEqual(['a', 'b']);
  expect(changedOrder(['a'], { add: 'b' })).toEqual(['a', 'b']);
  expect(changedOrder(['a', 'b'], { leaveOut: 'a' })).toEqual(['b']);
});
