// Checks the Electron release that users get. The test runtime, an older Electron that only tests use, is exempt:
// `npm run dist` names its packages `-test` and says that they are not for a release.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { electronVersions, findSupportProblem, readEndOfLife } from './electron-support.mjs';

const root = path.resolve(import.meta.dirname, '..');
const read = (/** @type {string} */ file) => fs.readFileSync(path.join(root, file), 'utf8');

const files = {
  manifest: read('package.json'),
  lockFile: read('package-lock.json'),
  builderSettings: read('electron-builder.yml'),
};

test.each(electronVersions(files))('the Electron that users get is supported: $version in $source', ({ version }) => {
  expect(findSupportProblem(version, new Date())).toBeUndefined();
});

test('all files name the same Electron release', () => {
  expect(new Set(electronVersions(files).map(({ version }) => version)).size).toBe(1);
  const other = electronVersions({ ...files, builderSettings: `${files.builderSettings}electronVersion: 41.0.0\n` });
  expect(other).toContainEqual({ source: 'electron-builder.yml', version: '41.0.0' });
});

const endOfLife = { 90: '2030-01-01' };

test.each([
  ['before its end of life', '2029-12-31'],
  ['on the last day of 8 weeks', '2030-02-26'],
])('an Electron release may be shipped %s', (_, today) => {
  expect(findSupportProblem('90.1.2', new Date(today), endOfLife)).toBeUndefined();
});

test('an Electron release that ended more than 8 weeks ago is refused, with the steps to take', () => {
  const problem = findSupportProblem('90.1.2', new Date('2030-02-27'), endOfLife);
  expect(problem).toContain('Electron 90.1.2 reached its end of life on 2030-01-01');
  expect(problem).toContain('npm install --save-dev electron@latest');
});

test('an Electron release without a date is refused, with the source of the dates', () => {
  expect(findSupportProblem('9.0.0', new Date('2029-01-01'), endOfLife)).toContain('releases.electronjs.org/schedule');
});

test('the dates of the end of life are valid and in order', () => {
  const dates = Object.entries(readEndOfLife());
  expect(dates.map(([, date]) => new Date(date).toISOString().slice(0, 10))).toEqual(dates.map(([, date]) => date));
  expect(dates.map(([, date]) => date)).toEqual(dates.map(([, date]) => date).sort());
});
