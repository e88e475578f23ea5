// The parts of `npm test`. Each runs one tool, shows what it says and returns what it came to.
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from '../build.mjs';
import { run } from '../run.mjs';
import { Advice, say } from '../say.mjs';
import { sqliteNode } from '../sqlite-node.mjs';
import { add, nothing, ofPlaywright, ofVitest, readReport, withExitCode } from './tally.mjs';

/**
 * @typedef {{ root: string, env: NodeJS.ProcessEnv, filter: string[], onStart: (child: import('node:child_process').ChildProcess) => void }} Context
 * `filter`: what the runners take as file names and options
 * @typedef {import('./tally.mjs').Tally} Tally
 */

/** A check has no count of its own: it fails as one. @param {boolean} ok @returns {Tally} */
const check = (ok) => ({ ...nothing(), failed: ok ? 0 : 1 });

/** @param {Context} context @param {string} file inside node_modules @param {string[]} args @param {string} [node] */
const tool = ({ root, env, onStart }, file, args, node = process.execPath) =>
  run(node, [path.join(root, 'node_modules', file), ...args], { cwd: root, env, output: 'inherit', onStart });

/** @param {Context} context */
export async function types(context) {
  const projects = await tool(context, 'typescript/bin/tsc', ['-b']);
  const older = await tool(context, 'typescript/bin/tsc', ['-p', 'tsconfig.electron33.json']);
  return add(check(projects.code === 0), check(older.code === 0));
}

/** @param {Context} context */
export async function lint(context) {
  const rules = await tool(context, 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']);
  const format = await tool(context, 'oxfmt/bin/oxfmt', ['--check']);
  return add(check(rules.code === 0), check(format.code === 0));
}

/** On this Node, and what touches SQLite once more on a Node that has its own. @param {Context} context */
export async function unit(context) {
  const here = await vitest(context, 'unit', context.filter);
  const node = await sqliteNode();
  if (!node) say('no Node with node:sqlite can be had here: the store is tested on this Node only');
  if (!node || node === process.execPath || context.filter.length) return here;
  say('the store once more, on a Node with node:sqlite');
  return add(here, await vitest(context, 'unit-sqlite', ['src-main/store'], node));
}

/** @param {Context} context @param {string} name @param {string[]} args @param {string} [node] */
async function vitest(context, name, args, node) {
  const report = reportFile(context, name);
  const { code } = await tool(
    context,
    'vitest/vitest.mjs',
    ['run', ...args, '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    node,
  );
  const read = readReport(report);
  return withExitCode(read ? ofVitest(read, context.root) : nothing(), code);
}

/** @param {Context} context */
export async function build({ root }) {
  try {
    await ensureBuilt(root);
    return check(true);
  } catch (error) {
    if (!(error instanceof Advice)) throw error;
    say(error.message);
    return check(false);
  }
}

/** The real app, in one desktop after the other: with a key store, without one, with a locked one. @param {Context} context */
export async function e2e(context) {
  const files = fs.readdirSync(path.join(context.root, 'e2e'), { recursive: true, encoding: 'utf8' });
  const desktops = [
    { keyring: '1', when: true },
    { keyring: 'none', when: files.some((file) => file.endsWith('.no-keyring.spec.ts')) },
    { keyring: 'locked', when: files.some((file) => file.endsWith('.locked-keyring.spec.ts')) },
  ];
  let tally = nothing();
  for (const { keyring } of desktops.filter(({ when }) => when)) tally = add(tally, await playwright(context, keyring));
  return tally;
}

/** @param {Context} context @param {string} keyring */
async function playwright({ root, env, filter, onStart }, keyring) {
  const report = reportFile({ root }, `e2e-${keyring}`);
  const cli = [
    process.execPath,
    path.join(root, 'node_modules/playwright/cli.js'),
    'test',
    '--pass-with-no-tests',
    ...filter,
  ];
  const [command = '', ...args] =
    process.platform === 'linux' ? ['bash', path.join(root, 'e2e/desktop.sh'), ...cli] : cli;
  const { code } = await run(command, args, {
    cwd: root,
    output: 'inherit',
    onStart,
    env: { ...env, HOIST_KEYRING: keyring, HOIST_E2E_REPORT: report },
  });
  const read = readReport(report);
  return withExitCode(read ? ofPlaywright(read) : nothing(), code);
}

/** @param {{ root: string }} context @param {string} name */
function reportFile({ root }, name) {
  const file = path.join(root, 'out', 'test', `${name}.json`);
  fs.rmSync(file, { force: true }); // an old report must not be taken for this run's
  return file;
}
