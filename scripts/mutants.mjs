// `npm run test:mutants [-- [--changed] [PART OF A NAME]]`: applies each committed mutant of e2e/mutants/ to a copy of the project
// and checks that the test it names fails. A test that still passes tests nothing.
// --changed: only the mutants whose file or test differs from the merge base with main.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { changedMutants } from './mutants/changed.mjs';
import { copyTree, withMutant } from './mutants/checkout.mjs';
import { nameOf, readMutants } from './mutants/lists.mjs';
import { filesWith, runE2e, runUnit } from './mutants/tests.mjs';
import { Advice, runMain, say } from './say.mjs';
import { root, setUp } from './set-up.mjs';
import { startRgw, stopRgw } from './test/rgw.mjs';

/**
 * @typedef {import('./mutants/lists.mjs').Mutant} Mutant
 * @typedef {import('./mutants/tests.mjs').Place} Place
 * @typedef {import('./mutants/tests.mjs').Ran} Ran
 */

await runMain(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { changed: { type: 'boolean' } } });
  const named = await readMutants(root, positionals[0] ?? '');
  if (!named.length) throw new Advice(`No mutant in e2e/mutants/ has "${positionals[0]}" in its name.`);
  const mutants = values.changed ? await changedMutants(root, named) : named;
  if (!mutants.length) {
    say('no mutant is affected by what changed since the merge base with main');
    return 0;
  }
  const runtime = await setUp({ for: 'test' });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-mutants-'));
  fs.chmodSync(folder, 0o711); // some tests run as another user, who must get through
  const rgw = { root, folder: path.join(folder, 'rgw') };
  const tidy = async () => {
    await stopRgw(rgw);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]))
    process.once(signal, () => void tidy().finally(() => process.exit(code)));
  try {
    const copy = path.join(folder, 'copy');
    fs.mkdirSync(copy);
    await copyTree(root, copy);
    const server = await startRgw(rgw);
    if (server.state !== 'running') say(`no real S3 server here: ${server.reason}`);
    const TMPDIR = path.join(folder, 'tmp'); // a broken product leaves things behind; they go with it
    fs.mkdirSync(TMPDIR);
    const env = {
      ...process.env,
      TMPDIR,
      ELECTRON_OVERRIDE_DIST_PATH: runtime.dist,
      ...(server.state === 'running' && server.env),
    };
    return await judge(mutants, { folder: copy, env });
  } finally {
    await tidy();
  }
});

/** @param {Mutant[]} mutants @param {Place} place */
async function judge(mutants, place) {
  const before = await unbroken(mutants, place);
  let failed = 0;
  for (const mutant of mutants) {
    const began = Date.now();
    const problem =
      before.get(testOf(mutant))?.problem ?? (await tryOut(mutant, place, before.get(testOf(mutant))?.files ?? []));
    if (problem) failed++;
    process.stdout.write(
      `${problem ? 'NOT CAUGHT' : 'caught    '}  ${nameOf(mutant)}\n            ${mutant.kind} "${mutant.title}", ${((Date.now() - began) / 1000).toFixed(1)} s\n` +
        (problem ? `            ${problem}\n` : ''),
    );
  }
  process.stdout.write(`\n${mutants.length - failed} passed, ${failed} failed\n`);
  return failed ? 1 : 0;
}

/** @param {Mutant} mutant */
function testOf({ kind, title }) {
  return `${kind} ${title}`;
}

/**
 * Whether each named test is green while nothing is broken, and in which files it is.
 * @param {Mutant[]} mutants @param {Place} place @returns {Promise<Map<string, { problem?: string, files: string[] }>>}
 */
async function unbroken(mutants, place) {
  const titles = mutants.filter(({ kind }) => kind === 'unit').map(({ title }) => title);
  const units = titles.length ? await runUnit(place, { files: filesWith(place.folder, titles), titles }) : undefined;
  /** @type {Map<string, { problem?: string, files: string[] }>} */
  const before = new Map();
  for (const mutant of mutants) {
    if (before.has(testOf(mutant))) continue;
    const ran = mutant.kind === 'unit' ? /** @type {Ran} */ (units) : await runE2e(place, mutant);
    const named = ran.outcomes.filter(({ title }) => title.includes(mutant.title));
    const notGreen = named.find(({ status }) => status !== 'green');
    const problem = !named.length
      ? ran.broken
        ? `the tests do not run even unbroken:\n${lastLines(ran.out)}`
        : 'there is no test with that title'
      : notGreen
        ? `"${notGreen.title}" is ${notGreen.status} even unbroken`
        : undefined;
    before.set(testOf(mutant), { problem, files: [...new Set(named.map(({ file }) => file))] });
  }
  return before;
}

/** @param {Mutant} mutant @param {Place} place @param {string[]} files @returns {Promise<string | undefined>} why it does not count as caught */
async function tryOut(mutant, place, files) {
  const ran = await withMutant(place.folder, mutant, () =>
    mutant.kind === 'unit' ? runUnit(place, { files, titles: [mutant.title] }) : runE2e(place, mutant),
  );
  if (!ran) return `its expression does not occur exactly once in ${mutant.file}`;
  const named = ran.outcomes.filter(({ title }) => title.includes(mutant.title));
  if (named.some(({ status }) => status === 'red')) return undefined;
  return ran.broken || !named.length
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
