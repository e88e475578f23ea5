import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';
import { tempFolder } from './testing/temp-folders.ts';

const isFolder = (folder: string): boolean => statSync(folder).isDirectory();

test('creates a folder and its parents, which only the user can open', () => {
  const folder = path.join(tempFolder(), 'a/b/c');
  makeFolder(folder);
  for (const created of [folder, path.dirname(folder)]) {
    expect(isFolder(created)).toBe(true);
    if (process.platform !== 'win32') expect(statSync(created).mode & 0o777).toBe(0o700);
  }
});

test('accepts an existing folder, the root folder, and a link to a folder', () => {
  const folder = tempFolder();
  makeFolder(folder);
  makeFolder(path.parse(folder).root);
  mkdirSync(path.join(folder, 'target'));
  symlinkSync(path.join(folder, 'target'), path.join(folder, 'link'));
  makeFolder(path.join(folder, 'link/new'));
  expect(isFolder(path.join(folder, 'target/new'))).toBe(true);
});

test('fails when a file is in the place of the folder or of a parent', () => {
  const file = path.join(tempFolder(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow('EEXIST');
  expect(() => makeFolder(path.join(file, 'a/b'))).toThrow('ENOTDIR');
});

if (process.platform === 'linux')
  test('fails when the system reports that a new folder in an existing one does not exist', () => {
    expect(() => makeFolder('/proc/nope/Hoist')).toThrow("ENOENT: no such file or directory, mkdir '/proc/nope'");
  });
