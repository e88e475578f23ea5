// Child processes as the scripts need them: awaited, never blocking (a held lock is kept fresh meanwhile).
import { spawn } from 'node:child_process';

/**
 * @typedef {{ code: number, out: string }} Ended `code` is 128 + n for a signal, as in a shell; 127 when there is no such command.
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, output?: 'stderr' | 'inherit' | 'capture' | 'drop', onStart?: (child: import('node:child_process').ChildProcess) => void }} Options
 */

const stdio = {
  stderr: ['ignore', 2, 2], // stdout belongs to the app
  inherit: 'inherit',
  capture: ['ignore', 'pipe', 'pipe'],
  drop: 'ignore',
};

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Options} [options] `output`: where the child's output goes; 'stderr' unless said otherwise
 * @returns {Promise<Ended>}
 */
export function run(command, args, { cwd, env, output = 'stderr', onStart } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: /** @type {any} */ (stdio[output]) });
    onStart?.(child);
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => { out += text; });
    child.once('error', (error) => resolve({ code: 127, out: `${out}${error.message}\n` }));
    child.once('close', (code, signal) => resolve({ code: code ?? 128 + signalNumber(signal), out }));
  });
}

/** @param {string | null} signal */
const signalNumber = (signal) => ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 })[signal ?? ''] ?? 1;

/**
 * Hands the signals that ask this process to stop to a child, and lets the child decide.
 * @param {() => import('node:child_process').ChildProcess | undefined} child
 */
export function forwardSignals(child) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // Ctrl+C in a terminal reaches the child by itself; sending it twice would make it quit without asking.
    process.on(signal, () => { if (signal !== 'SIGINT' || !process.stdin.isTTY) child()?.kill(signal); });
  }
}
