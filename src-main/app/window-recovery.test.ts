import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { describe, expect, test, vi } from 'vitest';
import { WindowRecovery, type RecoveryChoice } from './window-recovery.ts';

const pageUrl = 'app://hoist/';

/** A window whose page counts how often it was loaded. */
function openWindow() {
  const state = {
    url: pageUrl,
    isCrashed: false,
    answer: Promise.resolve(0),
    pid: 42,
    loads: 0,
    ended: [] as number[],
    time: 0,
  };
  const contents = Object.assign(new EventEmitter(), {
    isCrashed: () => state.isCrashed,
    isLoading: () => false,
    isDevToolsOpened: () => false,
    getURL: () => state.url,
    getOSProcessId: () => state.pid,
    mainFrame: { executeJavaScript: () => state.answer },
  });
  const window = Object.assign(new EventEmitter(), {
    webContents: contents,
    isDestroyed: () => false,
  });
  const done: string[] = [];
  const dialogs: { signal: AbortSignal; choose(choice: RecoveryChoice): void }[] = [];
  const recovery = new WindowRecovery({
    window: window as unknown as BrowserWindow,
    pageUrl,
    load() {
      state.loads += 1;
    },
    ask: (signal) => new Promise((resolve) => dialogs.push({ signal, choose: resolve })),
    restart: () => done.push('restart'),
    quit: () => done.push('quit'),
    endProcess: (pid) => state.ended.push(pid),
    note: () => undefined,
    now: () => state.time,
  });
  const crash = async (): Promise<void> => {
    const before = state.loads + dialogs.length;
    contents.emit('render-process-gone', {}, { reason: 'crashed' });
    await expect.poll(() => state.loads + dialogs.length).toBe(before + 1);
  };
  return { state, contents, window, recovery, dialogs, done, crash };
}

describe('a page', () => {
  test('whose process ended is loaded again, at most three times within a minute', async () => {
    const { state, dialogs, crash } = openWindow();
    for (let i = 0; i < 3; i++) await crash();
    expect(dialogs).toHaveLength(0);
    await crash();
    expect(state.loads).toBe(3);
    expect(dialogs).toHaveLength(1);
  });

  test('that fails now and then is always loaded again', async () => {
    const { state, dialogs, crash } = openWindow();
    for (let i = 0; i < 20; i++) {
      await crash();
      state.time += 30_000;
    }
    expect(state.loads).toBe(20);
    expect(dialogs).toHaveLength(0);
  });

  test.each([
    ['about:blank', 1],
    ['https://example.com/', 1],
    [pageUrl, 0],
  ])('that navigated to %s is loaded again %i times', async (url, loads) => {
    const { state, contents } = openWindow();
    contents.emit('did-navigate', {}, url);
    await new Promise(setImmediate);
    expect(state.loads).toBe(loads);
  });

  test('that could not be loaded is loaded again, but not after a replaced navigation or for a frame', async () => {
    const { state, contents } = openWindow();
    contents.emit('did-fail-load', {}, -3, 'ERR_ABORTED', pageUrl, true);
    contents.emit('did-fail-load', {}, -105, 'ERR_NAME_NOT_RESOLVED', 'https://example.com/', false);
    await new Promise(setImmediate);
    expect(state.loads).toBe(0);
    contents.emit('did-fail-load', {}, -2, 'ERR_FAILED', pageUrl, true);
    await new Promise(setImmediate);
    expect(state.loads).toBe(1);
  });

  test('that hangs loses its process, and the end of the process loads it again', () => {
    const { state, window } = openWindow();
    window.emit('unresponsive');
    expect(state.ended).toEqual([42]);
  });

  test('without a process does not end the process group of Hoist', () => {
    const { state, window } = openWindow();
    state.pid = 0;
    window.emit('unresponsive');
    expect(state.ended).toEqual([]);
  });
});

describe('after three reloads', () => {
  test.each(['restart', 'quit'] as const)('the user can choose: %s', async (choice) => {
    const { dialogs, done, crash } = openWindow();
    for (let i = 0; i < 4; i++) await crash();
    dialogs[0]!.choose(choice);
    await expect.poll(() => done).toEqual([choice]);
  });

  test('opening the window closes the dialog, ignores its answer and loads the page again', async () => {
    const { state, recovery, dialogs, done, crash } = openWindow();
    for (let i = 0; i < 4; i++) await crash();
    await recovery.ensureWorking();
    await expect.poll(() => state.loads).toBe(4);
    expect(dialogs[0]!.signal.aborted).toBe(true);
    dialogs[0]!.choose('quit');
    await new Promise(setImmediate);
    expect(done).toEqual([]);
    await crash();
    expect(state.loads, 'the count starts again').toBe(5);
  });
});

describe('when the user opens the window', () => {
  test('a working page is left alone', async () => {
    const { state, recovery } = openWindow();
    await recovery.ensureWorking();
    expect([state.loads, state.ended]).toEqual([0, []]);
  });

  test.each([
    ['crashed', { isCrashed: true }],
    ['away', { url: 'about:blank' }],
  ])('a page that is %s is loaded again', async (_, fault) => {
    const { state, recovery } = openWindow();
    Object.assign(state, fault);
    await recovery.ensureWorking();
    await expect.poll(() => state.loads).toBe(1);
  });

  test('a page that does not answer loses its process', async ({ onTestFinished }) => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { state, recovery } = openWindow();
    state.answer = new Promise(() => undefined);
    const check = recovery.ensureWorking();
    await vi.advanceTimersByTimeAsync(10_000);
    await check;
    expect(state.ended).toEqual([42]);
  });
});
