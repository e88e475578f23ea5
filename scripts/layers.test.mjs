import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stacks, withoutLayer, wrongImport } from './layers.mjs';

const root = path.resolve(import.meta.dirname, '..');

describe.each(stacks)('the layers of $root', ({ root: folder, layers }) => {
  const modules = layers.flatMap((names, layer) => names.map((name) => ({ name, layer })));
  const pairs = modules.flatMap((from) => modules.filter((to) => to !== from).map((to) => ({ from, to })));
  const fileIn = (/** @type {string} */ name) =>
    path.posix.join(folder, /\.tsx?$/.test(name) ? name : `${name}/module.ts`);

  test.each(pairs.filter(({ from, to }) => to.layer < from.layer))('$from.name may import $to.name', ({ from, to }) => {
    expect(wrongImport(fileIn(from.name), fileIn(to.name))).toBeUndefined();
  });

  test.each(pairs.filter(({ from, to }) => to.layer >= from.layer))(
    '$from.name must not import $to.name',
    ({ from, to }) => {
      expect(wrongImport(fileIn(from.name), fileIn(to.name))).toContain('must not import');
    },
  );
});

test.each([
  ['src-main/engine/reduce.ts', 'src-main/engine/testing/engine-fixture.ts'],
  ['src-main/app/main.ts', 'src-main/testing/core-fixture.ts'],
  ['src-renderer/App.tsx', 'e2e/bucket.ts'],
  ['src-shared/errors.ts', 'src-shared/errors.test.ts'],
])('the product must not import code that exists only for tests: %s, %s', (from, to) => {
  expect(wrongImport(from, to)).toContain('only for tests');
});

test('every source file belongs to a layer', () => {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src-*'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = listed.stdout.split('\n').filter((file) => /\.(ts|tsx)$/.test(file) && !file.endsWith('.d.ts'));
  expect(files.length).toBeGreaterThan(100);
  expect(withoutLayer(files)).toEqual([]);
});
