// Runs single tests by their title in a copy of the tree, and reports which passed.
import fs from 'node:fs';
import path from 'node:path';
import { runProcess } from '../child-process.mjs';

/**
 * @typedef {{ title: string, file: string, status: 'green' | 'red' | 'skipped' }} TestOutcome
 * @typedef {{ outcomes: TestOutcome[], broken: boolean, out: string }} TestRun `broken`: the tests could not be run at
 *   all
 * @typedef {{ folder: string, env: NodeJS.ProcessEnv }} WorkingCopy
 */

/**
 * The unit tests with one of the titles.
 * @param {WorkingCopy} workingCopy
 * @param {{ files: string[], titles: string[] }} selection
 * @returns {Promise<TestRun>}
 */
export async function runUnit({ folder, env }, { files, titles }) {
  const report = reportFile(folder);
  const args = [
    'run',
    ...files,
    `--testNamePattern=${titles.map(escapeRegExp).join('|')}`, // a title may begin with dashes
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { out } = await runProcess(process.execPath, [path.join(folder, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: folder,
    env,
    output: 'capture',
  });
  if (!fs.existsSync(report)) return { outcomes: [], broken: true, out };
  /** @type {import('../test/tally.mjs').VitestReport} */
  const { testResults } = JSON.parse(fs.readFileSync(report, 'utf8'));
  const outcomes = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({
      title: [...test.ancestorTitles, test.title].join(' '),
      file: path.relative(folder, name),
      status: toStatus(test.status, 'passed', 'failed'),
    })),
  );
  return {
    outcomes,
    broken: testResults.some(({ status, assertionResults }) => status === 'failed' && !assertionResults.length),
    out,
  };
}

/**
 * Builds the app of the copy and runs the e2e tests with that title.
 * @param {WorkingCopy} workingCopy
 * @param {{ title: string }} selection
 * @returns {Promise<TestRun>}
 */
export async function runE2e({ folder, env }, { title }) {
  const report = reportFile(folder);
  // Builds before the tests start. Otherwise a command that a test runs would build, and report this on standard error.
  const build = await runProcess(process.execPath, [path.join(folder, 'scripts/build.mjs')], {
    cwd: folder,
    env,
    output: 'capture',
  });
  if (build.code !== 0) return { outcomes: [], broken: true, out: build.out };
  const cli = [
    process.execPath,
    path.join(folder, 'node_modules/playwright/cli.js'),
    'test',
    '-g',
    escapeRegExp(title),
  ];
  const [command = '', ...args] =
    process.platform === 'linux' ? ['bash', path.join(folder, 'e2e/desktop.sh'), ...cli] : cli;
  const { out } = await runProcess(command, args, {
    cwd: folder,
    output: 'capture',
    env: { HOIST_KEYRING: '1', ...env, HOIST_E2E_REPORT: report },
  });
  if (!fs.existsSync(report)) return { outcomes: [], broken: true, out };
  const { suites, errors = [] } = JSON.parse(fs.readFileSync(report, 'utf8'));
  /** @type {TestOutcome[]} */
  const outcomes = suites
    .flatMap((/** @type {any} */ suite) => collectSpecs(suite))
    .flatMap((/** @type {any} */ spec) =>
      spec.tests.map((/** @type {any} */ test) => ({
        title: spec.title,
        file: spec.file,
        status: toStatus(test.status, 'expected', 'unexpected'),
      })),
    );
  return { outcomes, broken: errors.length > 0 && !outcomes.length, out };
}

/**
 * The test files that contain these titles. Returns an empty list, which means all files, if a title is in no file
 * because it is composed at run time.
 * @param {string} folder
 * @param {string[]} titles
 */
export function filesWithTitles(folder, titles) {
  const texts = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.(tsx?|mjs)$/.test(file) && !file.startsWith('node_modules'))
    .map((file) => ({ file, text: fs.readFileSync(path.join(folder, file), 'utf8') }));
  const found = titles.map((title) => texts.filter(({ text }) => text.includes(title)).map(({ file }) => file));
  return found.some((files) => !files.length) ? [] : [...new Set(found.flat())];
}

/** @param {any} suite @returns {any[]} */
const collectSpecs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(collectSpecs)];

/** @param {string} status @param {string} passed @param {string} failed @returns {TestOutcome['status']} */
const toStatus = (status, passed, failed) => (status === passed ? 'green' : status === failed ? 'red' : 'skipped');

/** @param {string} title */
const escapeRegExp = (title) => title.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** @param {string} folder */
function reportFile(folder) {
  const file = path.join(folder, 'out', 'mutant.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.rmSync(file, { force: true });
  return file;
}
