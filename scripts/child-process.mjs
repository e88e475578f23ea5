// Runs child processes asynchronously, so that a lock is still refreshed while a child runs.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

/**
 * @typedef {{ code: number, out: string }} ProcessResult `code` is 128 + n for a signal, as in a shell; 127 when the
 *   command does not exist.
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, output?: 'stderr' | 'inherit' | 'capture' | 'drop', onStart?:
 *   (child: import('node:child_process').ChildProcess) => void }} RunOptions
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
 * @param {RunOptions} [options] `output`: where the child's output goes; default 'stderr'
 * @returns {Promise<ProcessResult>}
 */
export function runProcess(command, args, { cwd, env, output = 'stderr', onStart } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: /** @type {any} */ (stdio[output]) });
    onStart?.(child);
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        out += text;
      });
    child.once('error', (error) => resolve({ code: 127, out: `${out}${error.message}\n` }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 128 + os.constants.signals[signal ?? 'SIGHUP'], out }),
    );
  });
}

/**
 * Forwards signals that ask this process to stop to its child. This process stops when the child has stopped, or
 * immediately when the child has not started.
 * @param {() => import('node:child_process').ChildProcess | undefined} child
 * @returns {ReadonlySet<number>} the exit codes of a child that one of the forwarded signals ends
 */
export function forwardSignals(child) {
  /** @type {Set<number>} */
  const exitCodes = new Set();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // A terminal sends SIGINT to the child too. A second SIGINT would make the app quit without asking.
    process.on(signal, () => {
      const running = child();
      if (!running) process.exit(128 + os.constants.signals[signal]);
      if (signal === 'SIGINT' && hasTerminal()) return;
      exitCodes.add(128 + os.constants.signals[signal]);
      running.kill(signal);
    });
  }
  return exitCodes;
}

/** Whether this process is in the foreground of a terminal, which sends Ctrl+C to all its processes. */
function hasTerminal() {
  if (process.platform !== 'linux') return process.stdin.isTTY;
  // The line starts with the process id and the program's name in parentheses, which may contain spaces.
  const [_state, _parent, group, _session, _terminal, foregroundGroup] = fs
    .readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return group === foregroundGroup;
}
