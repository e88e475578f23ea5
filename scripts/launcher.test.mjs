// Tests build/launchers/hoist with a fake app that prints its arguments.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** @type {string} */
let folder;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist launcher-'));
  fs.copyFileSync(path.resolve(import.meta.dirname, '..', 'build', 'launchers', 'hoist'), path.join(folder, 'hoist'));
  fs.writeFileSync(path.join(folder, 'chrome-sandbox'), '');
  // Without this setuid helper, the launcher refuses to start on systems that forbid unprivileged sandboxes.
  fs.chmodSync(path.join(folder, 'chrome-sandbox'), 0o4755);
  // The fake app prints its arguments, each with a NUL at the end, and exits with 7.
  fs.writeFileSync(path.join(folder, 'hoist-app'), '#!/bin/sh\nprintf "%s\\0" "$@"\nexit 7\n', { mode: 0o755 });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** @param {string[]} args @param {NodeJS.ProcessEnv} [env] @param {string} [command] */
function hoist(args, env = {}, command = path.join(folder, 'hoist')) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  const received = stdout.split('\0').slice(0, -1);
  const end = received.indexOf('--');
  return {
    status,
    stderr,
    switches: end < 0 ? received : received.slice(0, end),
    args: end < 0 ? undefined : received.slice(end + 1),
  };
}

const specialArgs = [
  'two  words',
  '',
  '-n',
  '--',
  '--no-sandbox',
  '$HOME `id` "q" \'q\'',
  'Grüße',
  'line\nbreak',
  'end\n',
  '*',
  '\\',
  'file:///a%20b',
];

test('the launcher passes arguments on unchanged, after Chromium’s own switches', () => {
  const called = hoist(specialArgs);
  expect(called).toMatchObject({ status: 7, stderr: '', args: specialArgs });
  expect(called.switches).toContain('--ozone-platform=headless');
  expect(called.switches.at(-1)).toBe('--command-line');
  expect(hoist([''], { DISPLAY: ':0' }).args).toEqual(['']);
});

test('the launcher runs no program of the current folder or of a folder of the user', () => {
  const tools = path.join(folder, 'tools');
  fs.mkdirSync(tools);
  for (const name of ['readlink', 'dirname', 'id', 'cat', 'grep'])
    fs.writeFileSync(path.join(tools, name), '#!/bin/sh\necho changed >&2\nexit 9\n', { mode: 0o755 });
  fs.chmodSync(path.join(folder, 'chrome-sandbox'), 0o644);
  const { stderr } = spawnSync(path.join(folder, 'hoist'), ['--help'], {
    env: { PATH: `.:${tools}:${process.env.PATH}` },
    cwd: tools,
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('changed');
});

test('the launcher opens the window when it is called without arguments', () => {
  expect(hoist([], { DISPLAY: ':0' })).toMatchObject({ status: 7, args: undefined });
  expect(hoist([], { DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' }).switches.join()).not.toContain('ozone');
  expect(hoist([], { WAYLAND_DISPLAY: 'wayland-0' }).switches).toContain('--ozone-platform=wayland');
  expect(hoist([])).toMatchObject({ status: 1, switches: [] });
});

if (process.platform === 'linux')
  test('the launcher turns core dumps off', () => {
    const app = '#!/bin/sh\ngrep core /proc/$$/limits\ncat /proc/$$/coredump_filter\n';
    fs.writeFileSync(path.join(folder, 'hoist-app'), app, { mode: 0o755 });
    const withDumps = 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" --help';
    const shell = spawnSync('sh', ['-c', withDumps, path.join(folder, 'hoist')], { encoding: 'utf8' });
    expect(shell.stderr).toBe('');
    // `prlimit` sets one byte. Without it, the shell sets 0.
    expect(shell.stdout).toMatch(/^Max core file size +[01] .*\n0+\n$/);
  });

test('only root runs without the sandbox', () => {
  expect(hoist(['x']).switches.includes('--no-sandbox')).toBe(process.getuid?.() === 0);
  expect(hoist([], { DISPLAY: ':0' }).switches.includes('--no-sandbox')).toBe(process.getuid?.() === 0);
});

test('the launcher finds its folder through symbolic links', () => {
  fs.symlinkSync('hoist', path.join(folder, 'second'));
  fs.symlinkSync(path.join(folder, 'second'), path.join(folder, 'first'));
  expect(hoist(['x'], {}, path.join(folder, 'first'))).toMatchObject({ status: 7, args: ['x'] });
});
