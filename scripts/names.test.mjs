import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exportedNames, privateWordsIn, privateWordsInPath, privateWordsInTexts } from './names.mjs';

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

/** Names that other programs or saved data require. */
const requiredNames = [
  { names: ['exposeInMainWorld'], files: /^src-main\/preload\/preload\.ts$/ }, // Electron
  { names: ['kept'], files: /^(src-main\/cli\/setup\/|e2e\/setup-commands\.spec)/ }, // the command line's JSON
  { names: ['pieces', 'piece'], files: /^src-main\/(practice\/records|core\.file-faults)/ }, // Practice's files
  { names: ['kept', 'place', 'said'], files: /^src-main\/store\/upload-record\.test\.ts$/ }, // earlier upload records
];
const isRequired = (/** @type {string} */ file, /** @type {string} */ name) =>
  requiredNames.some(({ names, files: pattern }) => names.includes(name) && pattern.test(file));

test('identifiers use standard terms', () => {
  expect(sources.length).toBeGreaterThan(500);
  const found = sources.flatMap(({ file, text }) => privateWordsIn(text).map((name) => ({ file, name })));
  expect(found.filter(({ file, name }) => !isRequired(file, name))).toEqual([]);
});

test('the keys and parameters of texts use standard terms', () => {
  const catalogues = sources.filter(({ file }) => file.startsWith('src-shared/text/en/'));
  expect(catalogues.length).toBeGreaterThan(10);
  expect(catalogues.flatMap(({ file, text }) => privateWordsInTexts(text).map((name) => `${file}: ${name}`))).toEqual(
    [],
  );
});

/** Names that several files export, because the importer chooses one of the files. */
const sharedExports = [
  { name: 'mutants', files: /^e2e\/mutants\// }, // each list of mutants; scripts/mutants/lists.mjs reads all
  { name: 'test', files: /^e2e\/(app-fixture|proxied-bucket)\.ts$/ }, // Playwright's test with its fixtures
];

test('no two exports share a name', () => {
  /** @type {Map<string, string[]>} */
  const owners = new Map();
  for (const { file, text } of sources) {
    for (const name of exportedNames(text)) {
      if (sharedExports.some((shared) => shared.name === name && shared.files.test(file))) continue;
      owners.set(name, [...(owners.get(name) ?? []), file]);
    }
  }
  expect([...owners].filter(([, owning]) => owning.length > 1)).toEqual([]);
});

test.each([
  ['const laneCount = 1;', ['laneCount']],
  ['class OwedQueue {}', ['OwedQueue']],
  ['const text = `${wish}`;', ['wish']],
  ["const a = 'the guest'; // a guest", []],
  ['const planes = islands;', []],
  ['const unknownRecord = ownRecord;', ['ownRecord']],
])('finds the private words in the code %s', (text, names) => {
  expect(privateWordsIn(text)).toEqual(names);
});

test.each([
  ["'ui.row.kept': 'Of {total}, {bytes} stay.'", ['ui.row.kept']],
  ["'ui.row.sent': 'To {place}, and {verdict, select, other {}}.'", ['place', 'verdict']],
  ["'ui.row.done': 'Nothing is kept in this place.'", []],
])('finds the private words in the text %s', (line, names) => {
  expect(privateWordsInTexts(`  ${line},`)).toEqual(names);
});

test.each([
  ['export async function load() {}', ['load']],
  ['export { a, b as c };', ['a', 'c']],
  ['export {\n  a as b,\n  type C,\n};', ['b', 'C']],
  ["export { a } from './a.mjs';", ['a']],
  ["export type { A } from './a.ts';", ['A']],
  ['export const { a, b: c } = all;', ['a', 'c']],
  ['const hidden = 1;', []],
])('finds the exports of %j', (text, names) => {
  expect(exportedNames(text)).toEqual(names);
});

test.each([
  ['src-main/ipc/door.ts', ['door', 'door']],
  ['src-main/cli/given-names.ts', ['given-names']],
  ['src-main/practice/request-target.ts', []],
])('finds the private words in the file name %s', (file, words) => {
  expect(privateWordsInPath(file)).toEqual(words);
});
