import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionFolder } from './session-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hoist-session-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('creates the preferred folder with its parents', () => {
  const preferred = path.join(folder, 'config/Hoist/command-line');
  expect(sessionFolder(preferred)).toBe(preferred);
  expect(statSync(preferred).isDirectory()).toBe(true);
});

test('returns a temporary folder when a file has the name of a parent folder', () => {
  writeFileSync(path.join(folder, 'config'), '');
  const temporary = sessionFolder(path.join(folder, 'config/Hoist/command-line'));
  expect(path.dirname(temporary)).toBe(tmpdir());
  expect(statSync(temporary).isDirectory()).toBe(true);
  rmSync(temporary, { recursive: true });
});
