// Checks that every committed mutant fits the current code and names an existing test.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { occurrences } from './find-once.mjs';
import { mutantName, readMutants } from './lists.mjs';
import { hasTitle, readTestFiles } from './titles.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const mutants = await readMutants(root, '');

test('the expression of each mutant occurs exactly once in its file', () => {
  const misfits = mutants
    .map((mutant) => ({
      mutant,
      count: occurrences(fs.readFileSync(path.join(root, mutant.file), 'utf8'), mutant.find).length,
    }))
    .filter(({ count }) => count !== 1)
    .map(({ mutant, count }) => `${mutantName(mutant)}: ${count} times in ${mutant.file}: ${mutant.find}`);
  expect(misfits).toEqual([]);
});

test('each mutant changes its file', () => {
  expect(mutants.filter(({ find, replace }) => find === replace).map(mutantName)).toEqual([]);
});

test('no two mutants have the same name', () => {
  const names = mutants.map(mutantName);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('each mutant names a test that exists', () => {
  const files = { unit: readTestFiles(root, 'unit'), e2e: readTestFiles(root, 'e2e') };
  const missing = mutants.filter(({ kind, title }) => !files[kind].some((file) => hasTitle(title, file)));
  expect(missing.map((mutant) => `${mutantName(mutant)}: ${mutant.kind} "${mutant.title}"`)).toEqual([]);
});
