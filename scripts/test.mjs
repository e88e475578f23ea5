// `npm test`: types, lint, unit tests, build, the real app. Sets up what is missing first.
//   npm test -- types | lint | unit | e2e [FILES OR OPTIONS]     one part
//   npm test -- WORD                                            the unit and e2e files with WORD in their name
// HOIST_NO_SKIP=1: a skip that is not on the list e2e/skips.json fails. Ends with `N passed, N failed`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runMain, say } from './say.mjs';
import { root, setUp } from './set-up.mjs';
import { startRgw, stopRgw } from './test/rgw.mjs';
import { judge, readAllowed } from './test/skips.mjs';
import { add, closingLine, nothing } from './test/tally.mjs';

/** @typedef {import('./test/tally.mjs').Tally} Tally */
/** @typedef {'types' | 'lint' | 'unit' | 'build' | 'e2e'} Part */

/** @type {Record<string, Part[]>} what a first word chooses */
const CHOICES = { types: ['types'], lint: ['lint'], unit: ['unit'], e2e: ['build', 'e2e'] };

/** @param {string[]} args @returns {{ parts: Part[], filter: string[] }} */
function choose([first = '', ...rest]) {
  if (CHOICES[first]) return { parts: CHOICES[first], filter: rest };
  return first
    ? { parts: ['unit', 'build', 'e2e'], filter: [first, ...rest] }
    : { parts: ['types', 'lint', 'unit', 'build', 'e2e'], filter: [] };
}

await runMain(async () => {
  const began = Date.now();
  const { parts, filter } = choose(process.argv.slice(2));
  const runtime = await setUp({ for: 'test' });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-run-'));
  fs.chmodSync(folder, 0o711); // some tests run as another user, who must get through
  const rgw = { root, folder: path.join(folder, 'rgw') };
  const TMPDIR = path.join(folder, 'tmp'); // what a test that was stopped leaves behind goes with it
  fs.mkdirSync(TMPDIR);
  const tidy = async () => {
    await stopRgw(rgw);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const onStart = stopWith(tidy);
  try {
    const needsServer = parts.includes('unit') || parts.includes('e2e');
    const starting = needsServer ? startRgw(rgw) : undefined; // it comes up while types and lint run
    const context = {
      root,
      filter,
      onStart,
      env: /** @type {NodeJS.ProcessEnv} */ ({ ...process.env, TMPDIR, ELECTRON_OVERRIDE_DIST_PATH: runtime.dist }),
    };
    return report(await runParts(parts, context, starting), began);
  } finally {
    await tidy();
  }
});

/**
 * Ctrl+C leaves nothing running. Returns where to say which child is at work.
 * @param {() => Promise<void>} tidy
 */
function stopWith(tidy) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.once(signal, () => {
      child?.kill(signal);
      void tidy().finally(() => process.exit(code));
    });
  }
  return (/** @type {import('node:child_process').ChildProcess} */ started) => {
    child = started;
  };
}

/**
 * @param {Part[]} parts
 * @param {import('./test/parts.mjs').Context} context
 * @param {Promise<import('./test/rgw.mjs').Rgw> | undefined} starting
 */
async function runParts(parts, context, starting) {
  const run = await import('./test/parts.mjs');
  let tally = nothing();
  let server = starting;
  for (const part of parts) {
    if (server && (part === 'unit' || part === 'e2e')) {
      tally = add(tally, useServer(await server, context.env));
      server = undefined;
    }
    const came = await timed(part, () => run[part](context));
    tally = add(tally, came);
    if (part === 'build' && came.failed) break; // there is no app to test
  }
  return tally;
}

/** @param {import('./test/rgw.mjs').Rgw} server @param {NodeJS.ProcessEnv} env @returns {Tally} */
function useServer(server, env) {
  if (server.state === 'running') {
    Object.assign(env, server.env);
    return nothing();
  }
  if (server.state === 'unavailable') {
    say(`no real S3 server here: ${server.reason}. The tests that need it are skipped.`);
    return nothing();
  }
  say(`the real S3 server did not start, which counts as one failure:\n${server.reason}`);
  return { ...nothing(), failed: 1 };
}

/** @param {string} name @param {() => Promise<Tally>} work */
async function timed(name, work) {
  process.stdout.write(`\n── ${name} ──\n`);
  const began = Date.now();
  const tally = await work();
  process.stdout.write(
    `── ${name}: ${tally.failed ? `${tally.failed} failed` : 'ok'}, ${((Date.now() - began) / 1000).toFixed(1)} s\n`,
  );
  return tally;
}

/** @param {Tally} tally @param {number} began */
function report(tally, began) {
  const { lines, unlisted } = judge(tally.skips, readAllowed(root));
  process.stdout.write(`\n${lines.map((line) => `${line}\n`).join('')}`);
  const refused = process.env.HOIST_NO_SKIP ? unlisted : 0;
  if (refused)
    process.stdout.write(
      `${refused} skipped without being on the list e2e/skips.json, which HOIST_NO_SKIP does not allow\n`,
    );
  const ranNothing =
    tally.passed + tally.failed + tally.skips.length === 0 && process.argv[2] !== 'types' && process.argv[2] !== 'lint';
  if (ranNothing) process.stdout.write('No test file has that in its name.\n');
  const final = { ...tally, failed: tally.failed + refused + (ranNothing ? 1 : 0) };
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(0)} s\n${closingLine(final)}\n`);
  return final.failed ? 1 : 0;
}
