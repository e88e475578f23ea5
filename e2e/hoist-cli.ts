/** The command line of this checkout, with separate records per test. */
import fs from 'node:fs';
import path from 'node:path';
import { runCommand, RunningCommand, shellEnv, type ShellResult } from './shell-command.ts';

const launcher = path.resolve(import.meta.dirname, '../scripts/start.mjs');
/** The command as a shell runs it. */
export const hoistCommand = `'${process.execPath}' '${launcher}'`;

export interface CommandOptions {
  /** The folder of the records, and the default working directory. */
  home: string;
  cwd?: string;
  env?: Record<string, string>;
  /** Content of standard input; empty by default. */
  input?: string;
}

/** The user data folder of a window or command with this home. */
export const userDataFolder = (home: string): string => path.join(configFolder(home), 'Hoist');
const configFolder = (home: string): string => path.join(home, 'config');

const spawnOptions = ({ home, cwd = home, env = {} }: CommandOptions): { env: NodeJS.ProcessEnv; cwd: string } => ({
  cwd,
  env: shellEnv(configFolder(home), env),
});

export const runHoist = (args: string[], options: CommandOptions): Promise<ShellResult> =>
  runCommand(process.execPath, [launcher, ...args], { ...spawnOptions(options), input: options.input ?? '' });

/** Runs a shell command line. */
export const runShellLine = (line: string, options: CommandOptions): Promise<ShellResult> =>
  runCommand('bash', ['-c', line], spawnOptions(options));

/** A command that runs while the test watches it. */
export class HoistProcess extends RunningCommand {
  #peakMemory = 0;
  readonly #sampler = setInterval(() => this.peakMemory(), 50);

  constructor(args: string[], options: CommandOptions) {
    super(process.execPath, [launcher, ...args], spawnOptions(options));
    this.child.stdin!.end();
    void this.ended.finally(() => clearInterval(this.#sampler));
  }

  /** Process ids of the app: the launcher's children after setup and build. */
  appPids(): string[] {
    const { pid } = this.child;
    return readIfExists(`/proc/${pid}/task/${pid}/children`)
      .trim()
      .split(' ')
      .filter((child) => child && readIfExists(`/proc/${child}/cmdline`).includes('--command-line'));
  }

  /** Peak memory of the main process so far. Bytes. */
  peakMemory(): number {
    const samples = this.appPids().map(
      (pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(readIfExists(`/proc/${pid}/status`))?.[1] ?? 0) * 1024,
    );
    this.#peakMemory = Math.max(this.#peakMemory, ...samples);
    return this.#peakMemory;
  }
}

function readIfExists(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ESRCH'].includes((cause as NodeJS.ErrnoException).code ?? '')) return '';
    throw cause;
  }
}
