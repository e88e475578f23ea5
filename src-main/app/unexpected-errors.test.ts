import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { logUnexpectedErrors } from './unexpected-errors.ts';

test('every unhandled error is logged, and the ID of the first one is reported once', async () => {
  const logged: string[] = [];
  const source = new EventEmitter();
  const log = {
    problem(where: string, cause: unknown) {
      logged.push(`${where}: ${String(cause)}`);
      return `D${logged.length}`;
    },
  };
  const errors = logUnexpectedErrors(log, source);
  source.emit('uncaughtException', new Error('before the listener'));
  const reported: string[] = [];
  errors.onFirst((id) => reported.push(id));
  source.emit('unhandledRejection', new Error('another one'));
  await expect.poll(() => reported).toEqual(['D1']);
  expect(logged).toEqual(['uncaught exception: Error: before the listener', 'unhandled rejection: Error: another one']);
  expect(reported).toEqual(['D1']);
});
