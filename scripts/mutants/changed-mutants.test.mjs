import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changedMutants } from './changed-mutants.mjs';

/** A project with two source files, two tests and one mutant for each. */
let root = '';

/** @param {string} name @param {string} text */
const write = (name, text) => {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  fs.writeFileSync(path.join(root, name), text);
};

/** @param {...string} args */
const git = (...args) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.invalid', ...args], { cwd: root });

/** @param {string} name @returns {import('./lists.mjs').Mutant} */
const mutant = (name) => ({
  module: 'm',
  list: 'e2e/mutants/m.mjs',
  file: `src-main/${name}.ts`,
  find: '1',
  replace: '2',
  breaks: name,
  kind: 'unit',
  title: `${name} works`,
});
const mutants = [mutant('send'), mutant('list')];

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-changed-'));
  for (const folder of ['src-renderer', 'src-shared', 'scripts', 'e2e/mutants'])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  for (const name of ['send', 'list']) {
    write(`src-main/${name}.ts`, 'export const value = 1;\n');
    write(`src-main/${name}.test.ts`, `test('${name} works', () => {});\n`);
  }
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  git('checkout', '-q', '-b', 'topic');
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const changed = async () => (await changedMutants(root, mutants)).map(({ breaks }) => breaks);

test('selects no mutant when nothing changed', async () => {
  expect(await changed()).toEqual([]);
});

test('a changed source file selects its mutants, before and after the commit', async () => {
  write('src-main/send.ts', 'export const value = 3;\n');
  expect(await changed()).toEqual(['send']);
  git('commit', '-q', '-a', '-m', 'second');
  expect(await changed()).toEqual(['send']);
});

test('a changed test selects the mutants that it catches', async () => {
  write('src-main/list.test.ts', "test('list works', () => { check(); });\n");
  expect(await changed()).toEqual(['list']);
});

test('a new list selects all its mutants', async () => {
  write('e2e/mutants/m.mjs', 'export const mutants = [];\n');
  expect(await changed()).toEqual(['send', 'list']);
});
