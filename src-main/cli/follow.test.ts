import { afterEach, expect, test, vi } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { Follow } from './follow.ts';
import type { Given } from './given-files.ts';
import { exitCodes, type World } from './world.ts';

afterEach(() => {
  vi.useRealTimers();
});

const upload = (status: 'uploading' | 'paused'): Upload => ({
  v: 1,
  id: 'u1',
  batchId: 'b1',
  position: 0,
  name: 'a.txt',
  size: 1,
  contentType: 'text/plain',
  source: { stream: 'standard-input' as const },
  chain: [],
  step: 0,
  attempts: [],
  createdAt: 0,
  ...(status === 'paused' ? { status, failures: 0 } : { status, attempt: 1, failures: 0, sent: 0 }),
});

test('once the command has told how all ended, nothing is looked up any more: what it looks into is closed', async () => {
  vi.useFakeTimers();
  const stop = new AbortController();
  const world = {
    stop: stop.signal,
    terminal: { progress: () => undefined, say: () => undefined, result: async () => undefined },
  } as unknown as World;
  let isOpen = true;
  const got: string[] = [];
  const core = {
    view: (one: Upload) => ({ ...one, destination: 'Work' }),
    engine: {
      pause: (id: string) => {
        if (!isOpen) got.push(`pause ${id}`);
      },
      cancel: () => undefined,
    },
    store: {
      uploads: {
        get: (id: string) => {
          if (!isOpen) got.push(`get ${id}`);
          return undefined;
        },
      },
    },
  } as unknown as Core;
  const follow = new Follow(world, [{ typed: 'a.txt', file: {} } as unknown as Given], 'json');
  const run = follow.run(core, [0], () => [upload('uploading')]);
  await vi.advanceTimersByTimeAsync(10);
  stop.abort();
  follow.changed(upload('paused'));
  expect(await run).toBe(exitCodes.interrupted);
  isOpen = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(got).toEqual([]);
});
