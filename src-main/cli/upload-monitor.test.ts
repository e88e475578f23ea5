import { afterEach, expect, test, vi } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { UploadMonitor } from './upload-monitor.ts';
import type { InputFile } from './input-files.ts';
import { exitCodes, type CliContext } from './cli-context.ts';

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

const contextWith = (stop: AbortController): CliContext =>
  ({
    stop: stop.signal,
    terminal: { progress: () => undefined, message: () => undefined, result: async () => undefined },
  }) as unknown as CliContext;
const inputs = [{ typed: 'a.txt', file: {} } as unknown as InputFile];

test('ends when an upload stops at once and its record cannot be saved', async () => {
  const core = {
    uploadViews: { of: (record: Upload) => ({ ...record, destination: 'Work' }) },
    profiles: { catalog: { name: () => 'Work' } },
    store: { uploads: { get: () => upload('uploading') } },
  } as unknown as Core;
  const monitor = new UploadMonitor(contextWith(new AbortController()), inputs, 'json');
  const run = monitor.run(core, [0], () => {
    monitor.changed(upload('paused'));
    return [upload('uploading')];
  });
  expect(await run).toBe(exitCodes.failed);
});

test('does not use the core after all uploads have ended, because the core is then closed', async () => {
  vi.useFakeTimers();
  const stop = new AbortController();
  let isOpen = true;
  const lateCalls: string[] = [];
  const core = {
    uploadViews: { of: (record: Upload) => ({ ...record, destination: 'Work' }) },
    profiles: { catalog: { name: () => 'Work' } },
    engine: {
      pause: (id: string) => {
        if (!isOpen) lateCalls.push(`pause ${id}`);
      },
      cancel: () => undefined,
    },
    store: {
      uploads: {
        get: (id: string) => {
          if (!isOpen) lateCalls.push(`get ${id}`);
          return undefined;
        },
      },
    },
  } as unknown as Core;
  const monitor = new UploadMonitor(contextWith(stop), inputs, 'json');
  const run = monitor.run(core, [0], () => [upload('uploading')]);
  await vi.advanceTimersByTimeAsync(10);
  stop.abort();
  monitor.changed(upload('paused'));
  expect(await run).toBe(exitCodes.interrupted);
  isOpen = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lateCalls).toEqual([]);
});
