// Runs single tests by their title in a copy of the tree, and tells green from red.
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../run.mjs';

/**
 * @typedef {{ title: string, file: string, status: 'green' | 'red' | 'skipped' }} Outcome
 * @typedef {{ outcomes: Outcome[], broken: boolean, out: string }} Ran `broken`: the tests could not be run at all
 * @typedef {{ folder: string, env: NodeJS.ProcessEnv }} Place
 */

/** The unit tests with one of the titles. @param {Place} place @param {{ files: string[], titles: string[] }} only @returns {Promise<Ran>} */
export async function runUnit({ folder, env }, { files, titles }) {
  const report = reportFile(folder);
  const args = [
    'run',
    ...files,
    '-t',
    titles.map(escaped).join('|'),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { out } = await run(process.execPath, [path.join(folder, 'node_modules/vitest/vitest.mjs'), ...args], {
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
      status: colour(test.status, 'passed', 'failed'),
    })),
  );
  return {
    outcomes,
    broken: testResults.some(({ status, assertionResults }) => status === 'failed' && !assertionResults.length),
    out,
  };
}

/** Builds the app of the copy and runs the e2e tests with that title. @param {Place} place @param {{ title: string }} only @returns {Promise<Ran>} */
export async function runE2e({ folder, env }, { title }) {
  const report = reportFile(folder);
  const built = await run(process.execPath, [path.join(folder, 'node_modules/vite/bin/vite.js'), 'build'], {
    cwd: folder,
    env,
    output: 'capture',
  });
  if (built.code !== 0) return { outcomes: [], broken: true, out: built.out };
  const cli = [process.execPath, path.join(folder, 'node_modules/playwright/cli.js'), 'test', '-g', escaped(title)];
  const [command = '', ...args] =
    process.platform === 'linux' ? ['bash', path.join(folder, 'e2e/desktop.sh'), ...cli] : cli;
  const { out } = await run(command, args, {
    cwd: folder,
    output: 'capture',
    env: { HOIST_KEYRING: '1', ...env, HOIST_E2E_REPORT: report },
  });
  if (!fs.existsSync(report)) return { outcomes: [], broken: true, out };
  const { suites, errors = [] } = JSON.parse(fs.readFileSync(report, 'utf8'));
  /** @type {Outcome[]} */
  const outcomes = suites
    .flatMap((/** @type {any} */ suite) => specs(suite))
    .flatMap((/** @type {any} */ spec) =>
      spec.tests.map((/** @type {any} */ test) => ({
        title: spec.title,
        file: spec.file,
        status: colour(test.status, 'expected', 'unexpected'),
      })),
    );
  return { outcomes, broken: errors.length > 0 && !outcomes.length, out };
}

/**
 * Where to look for tests with these titles: the files that have the words in them, or every file when a title is put
 * together at run time.
 * @param {string} folder @param {string[]} titles
 */
export function filesWith(folder, titles) {
  const texts = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.(tsx?|mjs)$/.test(file) && !file.startsWith('node_modules'))
    .map((file) => ({ file, text: fs.readFileSync(path.join(folder, file), 'utf8') }));
  const found = titles.map((title) => texts.filter(({ text }) => text.includes(title)).map(({ file }) => file));
  return found.some((files) => !files.length) ? [] : [...new Set(found.flat())];
}

/** @param {any} suite @returns {any[]} */
const specs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)];

/** @param {string} status @param {string} green @param {string} red @returns {Outcome['status']} */
const colour = (status, green, red) => (status === green ? 'green' : status === red ? 'red' : 'skipped');

/** @param {string} title */
const escaped = (title) => title.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** @param {string} folder */
function reportFile(folder) {
  const file = path.join(folder, 'out', 'mutant.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.rmSync(file, { force: true });
  return file;
}
