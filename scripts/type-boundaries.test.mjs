// Some projects must not use certain global objects: the engine, for example, has no timers. Checks with the real
// compiler and each project's configuration that code with such an object does not compile.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const node = ['process', 'Buffer', 'require'];
const dom = ['window', 'document', 'localStorage'];
const boundaries = [
  {
    project: 'src-main/engine',
    allowed: ['AbortController'],
    missing: [...timers, ...node, ...dom, 'crypto', 'performance', 'fetch', 'console'],
  },
  { project: 'src-shared', allowed: ['Intl'], missing: [...timers, ...node, ...dom, 'crypto', 'fetch'] },
  { project: 'src-main', allowed: ['process', 'setTimeout'], missing: dom },
  { project: 'src-renderer', allowed: ['window', 'setTimeout'], missing: node },
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-types-'));
fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

test.each(boundaries)(
  'code with a forbidden global object does not compile in $project',
  ({ project, allowed, missing }) => {
    expect(unknownNames(project, [...allowed, ...missing])).toEqual(missing);
  },
);

/**
 * The names that do not exist for the code of a project.
 * @param {string} project a folder with a tsconfig.json
 * @param {string[]} names
 */
function unknownNames(project, names) {
  const name = project.replaceAll('/', '-');
  const example = path.join(folder, `${name}.ts`);
  fs.writeFileSync(example, names.map((used) => `void ${used};\n`).join(''));
  const config = {
    extends: path.join(root, project, 'tsconfig.json'),
    compilerOptions: {
      rootDir: '/',
      noEmit: true,
      composite: false,
      incremental: false,
      emitDeclarationOnly: false,
    },
    include: [example, path.join(root, project, '*.d.ts')],
    references: [],
  };
  const file = path.join(folder, `${name}.json`);
  fs.writeFileSync(file, JSON.stringify(config));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', file, '--pretty', 'false'],
    { encoding: 'utf8' },
  );
  const problems = `${stdout}${stderr}`.split('\n').filter(Boolean);
  const unknown = problems.map((problem) => /\.ts\((\d+),\d+\): error TS2\d+: Cannot find name/.exec(problem)?.[1]);
  expect(problems.filter((_, i) => !unknown[i])).toEqual([]);
  return unknown.map((line) => names[Number(line) - 1]);
}
