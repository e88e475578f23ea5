import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { UserInput } from './user-input.ts';

test('an input counts once, for five seconds, and moving the pointer does not count', () => {
  let now = 0;
  const contents = new EventEmitter();
  const input = new UserInput(() => now);
  input.watch(contents);
  const happens = (type: string): boolean => contents.emit('input-event', {}, { type });
  expect(input.take()).toBe(false);
  happens('mouseMove');
  expect(input.take()).toBe(false);
  happens('mouseUp');
  expect(input.take()).toBe(true);
  expect(input.take()).toBe(false);
  happens('rawKeyDown');
  now += 5000;
  expect(input.take()).toBe(false);
});
