import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram, findSystemProgram, removeRelativeFolders } from './search-path.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-path-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writeProgram(...parts: string[]): string {
  const file = path.join(folder, ...parts);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

test('a program is found only in absolute folders of PATH, in their order', () => {
  const first = writeProgram('first', 'tool');
  writeProgram('second', 'tool');
  const relative = path.relative(process.cwd(), path.join(folder, 'first'));
  const find = (PATH: string) => findProgram('tool', { PATH }, 'linux');
  expect(find(`${relative}:.::${folder}/missing:${folder}/first:${folder}/second`)).toBe(first);
  expect(find(`${relative}:.:`)).toBeUndefined();
  expect(findProgram('tool', {}, 'linux')).toBeUndefined();
});

test('an absolute path is used as it is, and a relative path is refused', () => {
  const tool = writeProgram('tool');
  expect(findProgram(tool, {}, 'linux')).toBe(tool);
  for (const typed of [path.relative(process.cwd(), tool), './tool', '../tool'])
    expect(findProgram(typed, { PATH: folder }, 'linux')).toBeUndefined();
  expect(findProgram(String.raw`tools\tool.exe`, { Path: String.raw`C:\tools` }, 'win32')).toBeUndefined();
  expect(findProgram(String.raw`C:\tools\tool.exe`, {}, 'win32')).toBe(String.raw`C:\tools\tool.exe`);
});

test('a folder or a file without permission to run is not a program', () => {
  mkdirSync(path.join(folder, 'first', 'tool'), { recursive: true });
  const tool = writeProgram('second', 'tool');
  expect(findProgram('tool', { PATH: `${folder}/first:${folder}/second` }, 'linux')).toBe(tool);
  writeFileSync(path.join(folder, 'plain'), '');
  chmodSync(path.join(folder, 'plain'), 0o644);
  expect(findProgram('plain', { PATH: folder }, 'linux')).toBeUndefined();
});

test('a program of the system is found only in the folders of the system', () => {
  expect(findSystemProgram('sh')).toMatch(/^\/(?:usr\/|run\/.*)?bin\/sh$/);
  expect(findSystemProgram('no-such-program')).toBeUndefined();
  expect(findSystemProgram('tool', [path.join(folder, 'none'), folder])).toBeUndefined();
  expect(findSystemProgram('tool', [path.dirname(writeProgram('bin', 'tool'))])).toBe(path.join(folder, 'bin/tool'));
});

test('relative folders are removed from PATH', () => {
  const env = { PATH: '.:bin:/usr/bin::../x:/bin:', HOME: '/home/a' };
  removeRelativeFolders(env, 'linux');
  expect(env).toEqual({ PATH: '/usr/bin:/bin', HOME: '/home/a' });
  const onWindows = { Path: String.raw`.;C:\Windows;tools;\\share\tools` };
  removeRelativeFolders(onWindows, 'win32');
  expect(onWindows).toEqual({ Path: String.raw`C:\Windows;\\share\tools` });
  const without = {};
  removeRelativeFolders(without, 'linux');
  expect(without).toEqual({});
});
