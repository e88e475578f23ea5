// `npm run test:faults -- [--sims N] [--kills N] [--seed S]`: the fault tests with even more cases than `npm run
// test:full`. --sims runs only the engine's simulation, --kills only the process kills. Without these options it runs
// both and the drivers' fault suites, which takes a whole night. --seed sets the first seed; a seed without a number of
// cases runs only that case.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runProcess } from './child-process.mjs';
import { UserError, runMain } from './run-main.mjs';
import { root } from './set-up.mjs';

const nightlyCounts = { sims: '100000', kills: '2000', runs: '20' };

await runMain(async () => {
  const options = parseOptions();
  const isAll = options.sims === undefined && options.kills === undefined;
  let failed = 0;
  if (isAll || options.sims !== undefined) failed += await runEngineFaults(options, isAll);
  if (isAll || options.kills !== undefined)
    failed += await runTests(['e2e', 'crash-recovery'], {
      ...seedEnv(options),
      HOIST_KILLS: caseCount(options.kills, options.seed, nightlyCounts.kills),
    });
  return failed > 0 ? 1 : 0;
});

/** @typedef {{ sims?: string, kills?: string, seed?: string }} FaultOptions */

/** @param {FaultOptions} options @param {boolean} isAll */
function runEngineFaults(options, isAll) {
  const drivers = isAll && options.seed === undefined ? ['src-main/providers'] : [];
  return runTests(['unit', 'src-main/engine', ...drivers], {
    ...seedEnv(options),
    HOIST_RUNS: nightlyCounts.runs,
    HOIST_SIMS: caseCount(options.sims, options.seed, nightlyCounts.sims),
  });
}

/** @param {FaultOptions} options @returns {NodeJS.ProcessEnv} */
function seedEnv({ seed }) {
  return seed === undefined ? {} : { HOIST_SEED: seed };
}

/**
 * The number of cases. A seed without a count means one case.
 * @param {string | undefined} count
 * @param {string | undefined} seed
 * @param {string} fallback
 */
function caseCount(count, seed, fallback) {
  return count ?? (seed === undefined ? fallback : '1');
}

/** @returns {FaultOptions} */
function parseOptions() {
  try {
    const { values } = parseArgs({
      options: { sims: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } },
    });
    for (const [name, value] of Object.entries(values))
      if (!/^\d{1,10}$/.test(value)) throw new UserError(`--${name} takes a number, not "${value}".`);
    return values;
  } catch (error) {
    if (error instanceof TypeError) throw new UserError(error.message);
    throw error;
  }
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {Promise<number>} */
async function runTests(args, env) {
  const { code } = await runProcess(process.execPath, [path.join(root, 'scripts/test.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, HOIST_TESTS: 'full', ...env },
    output: 'inherit',
  });
  return code === 0 ? 0 : 1;
}
