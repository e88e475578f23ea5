import { expect, test } from 'vitest';
import { joinFacts } from './join.ts';

test('missing facts are omitted without an extra separator', () =>
  expect(joinFacts(['1 MB', undefined, '', 'Work'])).toBe('1 MB · Work'));
