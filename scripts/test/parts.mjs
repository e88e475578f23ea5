// The parts of `npm test`. Each runs one tool, shows its output and returns its tally.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../build.mjs';
import { runProcess } from '../child-process.mjs';
import { UserError, log } from '../run-main.mjs';
import { sqliteNode } from '../sqlite-node.mjs';
import { addTallies, emptyTally, tallyPlaywright, tallyVitest, readJsonReport, withExitCode } from './tally.mjs';

/**
 * @typedef {{ root: string, env: NodeJS.ProcessEnv, filter: string[], onStart: (child:
 *   import('node:child_process').ChildProcess) => void }} PartContext
 * `filter`: file names and options for the test runners
 * @typedef {import('./tally.mjs').Tally} Tally
 */

/** The tally of a tool that reports no single tests: one failure, or none. @param {boolean} ok @returns {Tally} */
const checkTally = (ok) => ({ ...emptyTally(), failed: ok ? 0 : 1 });

/**
 * @param {PartContext} context
 * @param {string} file inside node_modules
 * @param {string[]} args
 * @param {string} [node]
 */
const runTool = ({ root, env, onStart }, file, args, node = process.execPath) =>
  runProcess(node, [path.join(root, 'node_modules', file), ...args], { cwd: root, env, output: 'inherit', onStart });

/** @param {PartContext} context */
export async function types(context) {
  const projects = await runTool(context, 'typescript/bin/tsc', ['-b']);
  const electron33 = await runTool(context, 'typescript/bin/tsc', ['-p', 'tsconfig.electron33.json']);
  return addTallies(checkTally(projects.code === 0), checkTally(electron33.code === 0));
}

/** @param {PartContext} context */
export async function lint(context) {
  const rules = await runTool(context, 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']);
  const format = await runTool(context, 'oxfmt/bin/oxfmt', ['--check']);
  const unused = await runTool(context, 'knip/bin/knip.js', []);
  return addTallies(...[rules, format, unused].map(({ code }) => checkTally(code === 0)));
}

/** @param {PartContext} context */
export const unit = (context) => vitestProject(context, 'unit');

/** @param {PartContext} context */
export const integration = (context) => vitestProject(context, 'integration');

/**
 * Runs one project of vitest.config.ts on this Node.js, and its tests of the store also on one with node:sqlite.
 * @param {PartContext} context
 * @param {'unit' | 'integration'} project
 */
async function vitestProject(context, project) {
  const result = await vitest(context, project, project, context.filter);
  const node = await sqliteNode();
  if (!node) log('no Node.js with node:sqlite is available, so the store is tested only on this Node.js');
  if (!node || node === process.execPath || context.filter.length) return result;
  log('running the tests of the store again, on a Node.js with node:sqlite');
  return addTallies(result, await vitest(context, project, `${project}-sqlite`, ['src-main/store'], node));
}

/**
 * @param {PartContext} context
 * @param {string} project
 * @param {string} name of the report
 * @param {string[]} args
 * @param {string} [node]
 */
async function vitest(context, project, name, args, node) {
  const report = reportFile(context, name);
  const { code } = await runTool(
    context,
    'vitest/vitest.mjs',
    [
      'run',
      '--project',
      project,
      ...args,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    node,
  );
  const read = readJsonReport(report);
  return withExitCode(read ? tallyVitest(read, context.root) : emptyTally(), code);
}

/** @param {PartContext} context */
export async function build({ root }) {
  try {
    await ensureBuilt(root);
    return checkTally(true);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log(error.message);
    return checkTally(false);
  }
}

/** Many tests wait for a server or a timer, so more desktops than cores keep the cores busy. */
const desktopCount = Math.ceil(os.availableParallelism() * 1.5);

/**
 * The slow tests of the app have a tag: `@slow-1`, `@slow-2` or `@slow-3`. A full run and a run of named tests include
 * all of them, and other runs one group by their seed. Returns the options for Playwright.
 * @param {PartContext} context
 */
function leaveOutSlowTests({ env, filter }) {
  if (env.HOIST_TESTS === 'full' || filter.length) return [];
  const seed = Number(env.HOIST_SEED ?? Date.now() % 1_000_000);
  const group = (seed % 3) + 1;
  process.stdout.write(`slow tests of the app: group ${group} of 3, HOIST_SEED=${seed}\n`);
  return ['--grep-invert', `@slow-(?!${group})`];
}

/** Tests the real app in desktops with a key store, without one and with a locked one. @param {PartContext} context */
export async function e2e(context) {
  const files = fs.readdirSync(path.join(context.root, 'e2e'), { recursive: true, encoding: 'utf8' });
  const desktops = [
    { keyring: '1', when: true },
    { keyring: 'none', when: files.some((file) => file.endsWith('.no-keyring.spec.ts')) },
    { keyring: 'locked', when: files.some((file) => file.endsWith('.locked-keyring.spec.ts')) },
  ];
  let tally = emptyTally();
  const options = [...context.filter, ...leaveOutSlowTests(context)];
  for (const { keyring } of desktops.filter(({ when }) => when))
    tally = addTallies(tally, await playwright(context, keyring, options));
  return tally;
}

/** @param {PartContext} context @param {string} keyring @param {string[]} options */
async function playwright({ root, env, filter, onStart }, keyring, options) {
  const report = reportFile({ root }, `e2e-${keyring}`);
  const cli = [
    process.execPath,
    path.join(root, 'node_modules/playwright/cli.js'),
    'test',
    '--pass-with-no-tests',
    ...options,
  ];
  const [command = '', ...args] =
    process.platform === 'linux' ? ['bash', path.join(root, 'e2e/desktop.sh'), ...cli] : cli;
  const { code } = await runProcess(command, args, {
    cwd: root,
    output: 'inherit',
    onStart,
    env: {
      ...env,
      HOIST_KEYRING: keyring,
      HOIST_E2E_REPORT: report,
      HOIST_DESKTOPS: keyring === '1' && filter.length === 0 ? String(desktopCount) : '1',
    },
  });
  const read = readJsonReport(report);
  return withExitCode(read ? tallyPlaywright(read) : emptyTally(), code);
}

/** @param {{ root: string }} context @param {string} name */
function reportFile({ root }, name) {
  const file = path.join(root, 'out', 'test', `${name}.json`);
  fs.rmSync(file, { force: true }); // an old report must not count for this run
  return file;
}
