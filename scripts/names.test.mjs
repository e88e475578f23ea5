import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exportedNames, privateWordsIn, privateWordsInPath } from './names.mjs';

const root = path.resolve(import.meta.dirname, '..');
const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const files = [...new Set(listed.stdout.split('\n'))].filter((file) => file && fs.existsSync(path.join(root, file)));
const sources = files
  .filter(
    (file) =>
      /^(src-|e2e|scripts|bench).*\.([cm]?[jt]sx?)$/.test(file) && !/^scripts\/(names|plain-english)/.test(file),
  )
  .map((file) => ({ file, text: fs.readFileSync(path.join(root, file), 'utf8') }));

test('file names use standard terms', () => {
  expect(files.filter((file) => privateWordsInPath(file).length > 0)).toEqual([]);
});

test('identifiers use standard terms', () => {
  expect(sources.length).toBeGreaterThan(500);
  expect(sources.flatMap(({ file, text }) => privateWordsIn(text).map((name) => `${file}: ${name}`))).toEqual([]);
});

test('no two exports of the product share a name', () => {
  const product = sources.filter(({ file }) => file.startsWith('src-') && !/\.test\.|\/testing\//.test(file));
  /** @type {Map<string, string[]>} */
  const owners = new Map();
  for (const { file, text } of product) {
    for (const name of new Set(exportedNames(text))) owners.set(name, [...(owners.get(name) ?? []), file]);
  }
  expect([...owners].filter(([, owning]) => owning.length > 1)).toEqual([]);
});

test.each([
  ['const laneCount = 1;', ['laneCount']],
  ['class OwedQueue {}', ['OwedQueue']],
  ['const text = `${wish}`;', ['wish']],
  ["const a = 'the guest'; // a guest", []],
  ['const planes = islands;', []],
])('finds the private words in the code %s', (text, names) => {
  expect(privateWordsIn(text)).toEqual(names);
});
