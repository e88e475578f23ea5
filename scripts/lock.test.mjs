import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLock } from './lock.mjs';

/** @type {string} */
let folder;
/** @type {string} */
let file;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-lock-'));
  file = path.join(folder, 'deep', 'lock');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/**
 * Starts a process that takes the lock, prints a line, and releases the lock after `ms`, or when its standard input ends.
 * @param {number} [ms]
 */
function spawnHolder(ms) {
  const releaseMoment = ms === undefined ? "once(process.stdin.resume(), 'end')" : `delay(${ms})`;
  const code = `
    import { withLock } from ${JSON.stringify(pathToFileURL(path.resolve(import.meta.dirname, 'lock.mjs')).href)};
    import { once } from 'node:events';
    import fs from 'node:fs';
    import { setTimeout as delay } from 'node:timers/promises';
    await withLock(${JSON.stringify(file)}, async () => {
      fs.appendFileSync(${JSON.stringify(`${folder}/trace`)}, 'in ');
      console.log('locked');
      await ${releaseMoment};
      fs.appendFileSync(${JSON.stringify(`${folder}/trace`)}, 'out ');
    });`;
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
}

test('returns the result of the work and leaves no file', async () => {
  expect(await withLock(file, async () => fs.readFileSync(file, 'utf8'))).toContain(`"pid":${process.pid}`);
  expect(fs.readdirSync(path.dirname(file))).toEqual([]);
});

test('leaves no file when the work fails', async () => {
  await expect(
    withLock(file, async () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(fs.existsSync(file)).toBe(false);
});

test('a second process waits for the first and receives its process id', async () => {
  const first = spawnHolder();
  await once(first.stdout, 'data');
  /** @type {(number | undefined)[]} */
  const waitedFor = [];
  const trace = await withLock(file, async () => fs.readFileSync(`${folder}/trace`, 'utf8'), {
    onWait: (pid) => {
      waitedFor.push(pid);
      first.stdin.end();
    },
    announceAfterMs: 0,
  });
  expect(trace).toBe('in out ');
  expect(waitedFor).toEqual([first.pid]);
});

test('a short wait for another process is not announced', async () => {
  const first = spawnHolder(500);
  await once(first.stdout, 'data');
  const onWait = vi.fn();
  expect(await withLock(file, async () => fs.readFileSync(`${folder}/trace`, 'utf8'), { onWait })).toBe('in out ');
  expect(onWait).not.toHaveBeenCalled();
});

test('five processes that start at once run one after the other', async () => {
  const holders = Array.from({ length: 5 }, () => spawnHolder(20));
  await Promise.all(holders.map((child) => once(child, 'exit')));
  expect(fs.readFileSync(`${folder}/trace`, 'utf8')).toBe('in out '.repeat(5));
  expect(fs.readdirSync(path.dirname(file))).toEqual([]);
}, 20_000);

test('a killed holder loses the lock', async () => {
  const killedHolder = spawnHolder();
  await once(killedHolder.stdout, 'data');
  killedHolder.kill('SIGKILL');
  await once(killedHolder, 'exit');
  const startedAt = Date.now();
  expect(await withLock(file, async () => 'mine')).toBe('mine');
  expect(Date.now() - startedAt).toBeLessThan(10_000);
});

test('callers that find the lock of a dead process get the lock one after the other', async () => {
  const killedHolder = spawnHolder();
  await once(killedHolder.stdout, 'data');
  killedHolder.kill('SIGKILL');
  await once(killedHolder, 'exit');
  let active = 0;
  let maxActive = 0;
  const work = async () => {
    maxActive = Math.max(maxActive, ++active);
    await delay(20); // long enough that two holders would overlap
    active--;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(file, work)));
  expect(maxActive).toBe(1);
}, 20_000);

test('a holder on another machine counts as alive until its refreshes stop', async () => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, JSON.stringify({ pid: 1, host: 'elsewhere', id: 'x' }));
  const onWait = vi.fn();
  expect(await withLock(file, async () => 'mine', { staleMs: 500, announceAfterMs: 0, onWait })).toBe('mine');
  expect(onWait).toHaveBeenCalled();
});

test('an old file with other content is removed', async () => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, '');
  fs.utimesSync(file, new Date(0), new Date(0));
  expect(await withLock(file, async () => 'mine')).toBe('mine');
});
