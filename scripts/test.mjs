// `npm test`: types, lint, unit tests, integration tests, build, tests of the real app. Sets up the checkout first.
//   npm test -- types | lint | unit | integration | e2e [FILES OR OPTIONS]     one part
//   npm test -- WORD                                                          the test files with WORD in their name
// Fault sweeps, simulations and process kills run a random sample (src-main/testing/sample.ts); `npm run test:full`
// runs every case. HOIST_NO_SKIP=1: a skip that e2e/skips.json does not list is a failure. The last line is `N passed,
// N failed`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runMain, log } from './run-main.mjs';
import { root, setUp } from './set-up.mjs';
import { startRgw, stopRgw } from './test/rgw.mjs';
import { checkSkips, readAllowedSkips } from './test/skips.mjs';
import { addTallies, summaryLine, emptyTally } from './test/tally.mjs';

/** @typedef {import('./test/tally.mjs').Tally} Tally */
/** @typedef {'types' | 'lint' | 'unit' | 'integration' | 'build' | 'e2e'} Part */

/** @type {Record<string, Part[]>} the parts for a first argument */
const PARTS_BY_WORD = {
  types: ['types'],
  lint: ['lint'],
  unit: ['unit'],
  integration: ['integration'],
  e2e: ['build', 'e2e'],
};

/** Whether a part has tests against the real S3 server. @param {Part} part */
const usesServer = (part) => part === 'unit' || part === 'integration' || part === 'e2e';

/** @param {string[]} args @returns {{ parts: Part[], filter: string[] }} */
function parseSelection([first = '', ...rest]) {
  if (PARTS_BY_WORD[first]) return { parts: PARTS_BY_WORD[first], filter: rest };
  return first
    ? { parts: ['unit', 'integration', 'build', 'e2e'], filter: [first, ...rest] }
    : { parts: ['types', 'lint', 'unit', 'integration', 'build', 'e2e'], filter: [] };
}

await runMain(async () => {
  const startedAt = Date.now();
  const { parts, filter } = parseSelection(process.argv.slice(2));
  const runtime = await setUp({ for: 'test' });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-run-'));
  fs.chmodSync(folder, 0o711); // some tests run as another user, who needs access
  const rgw = { root, folder: path.join(folder, 'rgw') };
  const TMPDIR = path.join(folder, 'tmp'); // files that stopped tests leave behind are removed with this folder
  fs.mkdirSync(TMPDIR);
  const cleanUp = async () => {
    await stopRgw(rgw);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const onStart = cleanUpOnSignal(cleanUp);
  try {
    const needsServer = parts.some(usesServer);
    const startingServer = needsServer ? startRgw(rgw) : undefined; // it starts while types and lint run
    const context = {
      root,
      filter,
      onStart,
      env: /** @type {NodeJS.ProcessEnv} */ ({ ...process.env, TMPDIR, ELECTRON_OVERRIDE_DIST_PATH: runtime.dist }),
    };
    return printReport(await runParts(parts, context, startingServer), startedAt);
  } finally {
    await cleanUp();
  }
});

/**
 * Stops the current child and cleans up on Ctrl+C. Returns a function that sets the current child.
 * @param {() => Promise<void>} cleanUp
 */
function cleanUpOnSignal(cleanUp) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.once(signal, () => {
      child?.kill(signal);
      void cleanUp().finally(() => process.exit(code));
    });
  }
  return (/** @type {import('node:child_process').ChildProcess} */ started) => {
    child = started;
  };
}

/**
 * @param {Part[]} parts
 * @param {import('./test/parts.mjs').PartContext} context
 * @param {Promise<import('./test/rgw.mjs').RgwServer> | undefined} startingServer
 */
async function runParts(parts, context, startingServer) {
  const partRunners = await import('./test/parts.mjs');
  let tally = emptyTally();
  let server = startingServer;
  for (const part of parts) {
    if (server && usesServer(part)) {
      tally = addTallies(tally, applyServer(await server, context.env));
      server = undefined;
    }
    const partTally = await runTimed(part, () => partRunners[part](context));
    tally = addTallies(tally, partTally);
    if (part === 'build' && partTally.failed) break; // without a build there is nothing to test
  }
  return tally;
}

/** @param {import('./test/rgw.mjs').RgwServer} server @param {NodeJS.ProcessEnv} env @returns {Tally} */
function applyServer(server, env) {
  if (server.state === 'running') {
    Object.assign(env, server.env);
    return emptyTally();
  }
  if (server.state === 'unavailable') {
    log(`no real S3 server is available: ${server.reason}. The tests that need it are skipped.`);
    return emptyTally();
  }
  log(`the real S3 server did not start (counts as one failure):\n${server.reason}`);
  return { ...emptyTally(), failed: 1 };
}

/** @param {string} name @param {() => Promise<Tally>} work */
async function runTimed(name, work) {
  process.stdout.write(`\n── ${name} ──\n`);
  const startedAt = Date.now();
  const tally = await work();
  process.stdout.write(
    `── ${name}: ${tally.failed ? `${tally.failed} failed` : 'ok'}, ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`,
  );
  return tally;
}

/** @param {Tally} tally @param {number} startedAt */
function printReport(tally, startedAt) {
  const { lines, unlisted } = checkSkips(tally.skips, readAllowedSkips(root));
  process.stdout.write(`\n${lines.map((line) => `${line}\n`).join('')}`);
  const disallowed = process.env.HOIST_NO_SKIP ? unlisted : 0;
  if (disallowed)
    process.stdout.write(`${disallowed} skipped tests are not listed in e2e/skips.json, and HOIST_NO_SKIP is set\n`);
  const noTestsRan =
    tally.passed + tally.failed + tally.skips.length === 0 && process.argv[2] !== 'types' && process.argv[2] !== 'lint';
  if (noTestsRan) process.stdout.write('No test file has the given word in its name.\n');
  if (process.env.HOIST_TESTS !== 'full')
    process.stdout.write('The fault tests ran a random sample. `npm run test:full` runs every case.\n');
  const finalTally = { ...tally, failed: tally.failed + disallowed + (noTestsRan ? 1 : 0) };
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(0)} s\n${summaryLine(finalTally)}\n`);
  return finalTally.failed ? 1 : 0;
}
