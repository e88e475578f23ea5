// `npm run test:faults -- [--sims N] [--kills N] [--seed S]`: what `npm test` proves about faults, for longer. With --sims
// the simulation of the engine alone, with --kills the killed processes alone; with neither both and the fault suites of the
// drivers, as often as a whole night allows. A seed is the first one; alone it runs that one case again.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './run.mjs';
import { Advice, runMain } from './say.mjs';
import { root } from './set-up.mjs';

const night = { sims: '100000', kills: '2000', runs: '20' };

await runMain(async () => {
  const asked = read();
  const isAll = asked.sims === undefined && asked.kills === undefined;
  let failed = 0;
  if (isAll || asked.sims !== undefined) failed += await engine(asked, isAll);
  if (isAll || asked.kills !== undefined)
    failed += await test(['e2e', 'kills'], {
      ...seedOf(asked),
      HOIST_KILLS: countOf(asked.kills, asked.seed, night.kills),
    });
  return failed > 0 ? 1 : 0;
});

/** @typedef {{ sims?: string, kills?: string, seed?: string }} Asked */

/** @param {Asked} asked @param {boolean} isAll */
function engine(asked, isAll) {
  const drivers = isAll && asked.seed === undefined ? ['src-main/providers'] : [];
  return test(['unit', 'src-main/engine', ...drivers], {
    ...seedOf(asked),
    HOIST_RUNS: night.runs,
    HOIST_SIMS: countOf(asked.sims, asked.seed, night.sims),
  });
}

/** @param {Asked} asked @returns {NodeJS.ProcessEnv} */
function seedOf({ seed }) {
  return seed === undefined ? {} : { HOIST_SEED: seed };
}

/** A seed without a count is one case. @param {string | undefined} count @param {string | undefined} seed @param {string} usual */
function countOf(count, seed, usual) {
  return count ?? (seed === undefined ? usual : '1');
}

/** @returns {Asked} */
function read() {
  try {
    const { values } = parseArgs({
      options: { sims: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } },
    });
    for (const [name, value] of Object.entries(values))
      if (!/^\d{1,10}$/.test(value)) throw new Advice(`--${name} takes a number, not "${value}".`);
    return values;
  } catch (error) {
    if (error instanceof TypeError) throw new Advice(error.message);
    throw error;
  }
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<number>} */
async function test(args, env) {
  const { code } = await run(process.execPath, [path.join(root, 'scripts/test.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    output: 'inherit',
  });
  return code === 0 ? 0 : 1;
}
