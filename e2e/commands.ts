/** Runs the command line as a person or a script does: through the launcher, without a display, each in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

export interface CommandOptions {
  /** Where the records are. */
  home: string;
  cwd?: string;
  env?: Record<string, string>;
  /** For standard input; without it there is nothing in it. */
  input?: string | Uint8Array;
}

export interface Ended { code: number | null; signal: NodeJS.Signals | null; out: string; err: string }

/** A command that runs. */
export interface Running {
  child: ChildProcess;
  out(): string;
  err(): string;
  ended: Promise<Ended>;
  /** Peak of the main process's memory in bytes so far. */
  peak(): number;
}

/** Of the window or the command line that has this home. */
export const recordsIn = (home: string): string => path.join(home, 'config', 'Hoist');

export function start(args: string[], { home, cwd = home, env = {}, input }: CommandOptions): Running {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, npm_lifecycle_event: ___, ...own } = process.env;
  const child = spawn(process.execPath, [path.join(root, 'scripts/start.mjs'), ...args], {
    cwd, env: { ...own, XDG_CONFIG_HOME: path.join(home, 'config'), ...env }, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (input !== undefined) child.stdin!.end(input);
  let [out, err] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { err += text; });
  let highest = 0;
  const peak = (): number => (highest = Math.max(highest, peakOf(child.pid!)));
  const watch = setInterval(peak, 50);
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => { clearInterval(watch); resolve({ code, signal, out, err }); }));
  return { child, out: () => out, err: () => err, ended, peak };
}

export const run = (args: string[], options: CommandOptions): Promise<Ended> => start(args, options).ended;

/** A line of a shell, in which `hoist` is the command. */
export function runInShell(line: string, { home, cwd = home, env = {} }: CommandOptions): Promise<Ended> {
  const script = `hoist() { '${process.execPath}' '${path.join(root, 'scripts/start.mjs')}' "$@"; }; ${line}`;
  const { DISPLAY: _, WAYLAND_DISPLAY: __, npm_lifecycle_event: ___, ...own } = process.env;
  const child = spawn('bash', ['-c', script], { cwd, env: { ...own, XDG_CONFIG_HOME: path.join(home, 'config'), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, out, err })));
}

/** The app is the launcher's child, after those that set up and build. */
function peakOf(launcher: number): number {
  const children = read(`/proc/${launcher}/task/${launcher}/children`).trim().split(' ').filter((pid) => pid && read(`/proc/${pid}/cmdline`).includes('--command-line'));
  return Math.max(0, ...children.map((pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024));
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ESRCH') return '';
    throw cause;
  }
}
