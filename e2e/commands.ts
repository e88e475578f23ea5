/** The command line of this checkout, with records of the test's own. */
import fs from 'node:fs';
import path from 'node:path';
import { call, Call, shellEnv, type Ended } from './launchers.ts';

const launcher = path.resolve(import.meta.dirname, '../scripts/start.mjs');
/** As a shell calls it. */
export const hoist = `'${process.execPath}' '${launcher}'`;

export interface CommandOptions {
  /** Where the records are, and where the user stands unless said otherwise. */
  home: string;
  cwd?: string;
  env?: Record<string, string>;
  /** For standard input; without it there is nothing in it. */
  input?: string;
}

/** Of the window or the command line that has this home. */
export const recordsIn = (home: string): string => path.join(configIn(home), 'Hoist');
const configIn = (home: string): string => path.join(home, 'config');

const optionsOf = ({ home, cwd = home, env = {} }: CommandOptions): { env: NodeJS.ProcessEnv; cwd: string } => ({
  cwd,
  env: shellEnv(configIn(home), env),
});

export const run = (args: string[], options: CommandOptions): Promise<Ended> =>
  call(process.execPath, [launcher, ...args], { ...optionsOf(options), input: options.input ?? '' });

/** A line of a shell. */
export const runInShell = (line: string, options: CommandOptions): Promise<Ended> =>
  call('bash', ['-c', line], optionsOf(options));

/** A command that goes on while the test looks. */
export class Command extends Call {
  #peak = 0;
  readonly #watch = setInterval(() => this.peak(), 50);

  constructor(args: string[], options: CommandOptions) {
    super(process.execPath, [launcher, ...args], optionsOf(options));
    this.child.stdin!.end();
    void this.ended.finally(() => clearInterval(this.#watch));
  }

  /** Process ids of the app, which is the launcher's child after those that set up and build. */
  apps(): string[] {
    const { pid } = this.child;
    return read(`/proc/${pid}/task/${pid}/children`)
      .trim()
      .split(' ')
      .filter((child) => child && read(`/proc/${child}/cmdline`).includes('--command-line'));
  }

  /** The most memory that its main process has had so far, in bytes. */
  peak(): number {
    const now = this.apps().map(
      (pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024,
    );
    this.#peak = Math.max(this.#peak, ...now);
    return this.#peak;
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ESRCH'].includes((cause as NodeJS.ErrnoException).code ?? '')) return '';
    throw cause;
  }
}
