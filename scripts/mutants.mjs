// `npm run test:mutants [-- [--changed] [PART OF A NAME]]`: applies each committed mutant of e2e/mutants/ to a copy of
// the project and checks that the named test fails. A test that still passes does not test the broken code. --changed:
// only the mutants whose file or test differs from the merge base with main.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { changedMutants } from './mutants/changed-mutants.mjs';
import { copyTree, withMutant } from './mutants/working-copy.mjs';
import { mutantName, readMutants } from './mutants/lists.mjs';
import { filesWithTitles, runE2e, runUnit } from './mutants/run-tests.mjs';
import { UserError, runMain, log } from './run-main.mjs';
import { root, setUp } from './set-up.mjs';
import { startRgw, stopRgw } from './test/rgw.mjs';

/**
 * @typedef {import('./mutants/lists.mjs').Mutant} Mutant
 * @typedef {import('./mutants/run-tests.mjs').WorkingCopy} WorkingCopy
 * @typedef {import('./mutants/run-tests.mjs').TestRun} TestRun
 */

await runMain(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { changed: { type: 'boolean' } } });
  const named = await readMutants(root, positionals[0] ?? '');
  if (!named.length) throw new UserError(`No mutant in e2e/mutants/ has "${positionals[0]}" in its name.`);
  const mutants = values.changed ? await changedMutants(root, named) : named;
  if (!mutants.length) {
    log('no mutant is affected by what changed since the merge base with main');
    return 0;
  }
  const runtime = await setUp({ for: 'test' });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-mutants-'));
  fs.chmodSync(folder, 0o711); // some tests run as another user, who needs access
  const rgw = { root, folder: path.join(folder, 'rgw') };
  const cleanUp = async () => {
    await stopRgw(rgw);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]))
    process.once(signal, () => void cleanUp().finally(() => process.exit(code)));
  try {
    const copy = path.join(folder, 'copy');
    fs.mkdirSync(copy);
    await copyTree(root, copy);
    const server = await startRgw(rgw);
    if (server.state !== 'running') log(`no real S3 server is available: ${server.reason}`);
    const TMPDIR = path.join(folder, 'tmp'); // files that a broken app leaves behind are removed with this folder
    fs.mkdirSync(TMPDIR);
    const env = {
      ...process.env,
      HOIST_TESTS: 'full', // a sample may leave out the case that notices the mutant
      TMPDIR,
      ELECTRON_OVERRIDE_DIST_PATH: runtime.dist,
      ...(server.state === 'running' && server.env),
    };
    return await runMutants(mutants, { folder: copy, env });
  } finally {
    await cleanUp();
  }
});

/** @param {Mutant[]} mutants @param {WorkingCopy} workingCopy */
async function runMutants(mutants, workingCopy) {
  const baseline = await runBaseline(mutants, workingCopy);
  let failed = 0;
  for (const mutant of mutants) {
    const startedAt = Date.now();
    const problem =
      baseline.get(testId(mutant))?.problem ??
      (await runMutant(mutant, workingCopy, baseline.get(testId(mutant))?.files ?? []));
    if (problem) failed++;
    process.stdout.write(
      `${problem ? 'NOT CAUGHT' : 'caught    '}  ${mutantName(mutant)}\n            ${mutant.kind} "${mutant.title}", ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n` +
        (problem ? `            ${problem}\n` : ''),
    );
  }
  process.stdout.write(`\n${mutants.length - failed} passed, ${failed} failed\n`);
  return failed ? 1 : 0;
}

/** @param {Mutant} mutant */
function testId({ kind, title }) {
  return `${kind} ${title}`;
}

/**
 * Runs the named tests without any mutant. Returns the files of each test, and a `problem` if the test does not pass.
 * @param {Mutant[]} mutants
 * @param {WorkingCopy} workingCopy
 * @returns {Promise<Map<string, { problem?: string, files: string[] }>>}
 */
async function runBaseline(mutants, workingCopy) {
  const titles = mutants.filter(({ kind }) => kind === 'unit').map(({ title }) => title);
  const units = titles.length
    ? await runUnit(workingCopy, { files: filesWithTitles(workingCopy.folder, titles), titles })
    : undefined;
  /** @type {Map<string, { problem?: string, files: string[] }>} */
  const baseline = new Map();
  for (const mutant of mutants) {
    if (baseline.has(testId(mutant))) continue;
    const ran = mutant.kind === 'unit' ? /** @type {TestRun} */ (units) : await runE2e(workingCopy, mutant);
    const matching = ran.outcomes.filter(({ title }) => title.includes(mutant.title));
    const problem = baselineProblem(ran, matching);
    baseline.set(testId(mutant), { problem, files: [...new Set(matching.map(({ file }) => file))] });
  }
  return baseline;
}

/**
 * Why a test cannot be used to catch mutants; undefined when it passes without a mutant.
 * @param {TestRun} run
 * @param {TestRun['outcomes']} matching the outcomes of the tests with the mutant's title
 */
function baselineProblem({ broken, out }, matching) {
  if (!matching.length)
    return broken
      ? `the tests do not run even without a mutant:\n${lastLines(out)}`
      : 'there is no test with that title';
  const notPassed = matching.find(({ status }) => status !== 'green');
  return notPassed && `"${notPassed.title}" is ${notPassed.status} even without a mutant`;
}

/**
 * @param {Mutant} mutant
 * @param {WorkingCopy} workingCopy
 * @param {string[]} files
 * @returns {Promise<string | undefined>} why it does not count as caught
 */
async function runMutant(mutant, workingCopy, files) {
  const ran = await withMutant(workingCopy.folder, mutant, () =>
    mutant.kind === 'unit' ? runUnit(workingCopy, { files, titles: [mutant.title] }) : runE2e(workingCopy, mutant),
  );
  if (!ran) return `its expression does not occur exactly once in ${mutant.file}`;
  const matching = ran.outcomes.filter(({ title }) => title.includes(mutant.title));
  if (matching.some(({ status }) => status === 'red')) return undefined;
  return ran.broken || !matching.length
    ? `with the mutant the tests do not run at all:\n${lastLines(ran.out)}`
    : 'the test stays green';
}

/** @param {string} text */
function lastLines(text) {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('JSON report'))
    .slice(-12)
    .join('\n');
}
