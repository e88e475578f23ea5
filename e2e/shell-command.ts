/** Runs commands, such as Hoist's launchers, as a shell does: by default without a display, with separate records. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export interface ShellResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Environment of a shell without a desktop. Hoist's records are in the folder Hoist of `configHome`. */
export function shellEnv(configHome: string, overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, XDG_CURRENT_DESKTOP: ___, ...env } = process.env;
  // Removes variables that npm set for the test runner.
  const inherited = Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_(lifecycle|package)|^INIT_CWD$/.test(name)),
  );
  return { ...inherited, XDG_CONFIG_HOME: configHome, ...overrides };
}

export class RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<ShellResult>;
  stdout = '';
  stderr = '';

  constructor(command: string, args: string[], options: { env: NodeJS.ProcessEnv; cwd?: string }) {
    // A separate process group, as in a shell.
    this.child = spawn(command, args, { ...options, detached: true, stdio: 'pipe' });
    this.child.stdout!.setEncoding('utf8').on('data', (data: string) => {
      this.stdout += data;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (data: string) => {
      this.stderr += data;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** The first line of output. */
  async firstLine(): Promise<string> {
    const ended = this.ended.then(({ stderr }) => {
      throw new Error(`the command ended without output: ${stderr}`);
    });
    const line = new Promise<string>((resolve) => {
      const check = (): void => {
        if (this.stdout.includes('\n')) resolve(this.stdout.slice(0, this.stdout.indexOf('\n')));
      };
      this.child.stdout!.on('data', check);
      check();
    });
    return Promise.race([line, ended]);
  }
}

/** Runs a command to its end. Standard input is a pipe with `input`. */
export function runCommand(
  command: string,
  args: string[],
  { input = '', ...options }: { env: NodeJS.ProcessEnv; cwd?: string; input?: string },
): Promise<ShellResult> {
  const running = new RunningCommand(command, args, options);
  running.child.stdin!.end(input);
  return running.ended;
}

/** The ids of all processes with this variable in their environment: a command and all that it started, even detached. */
export function processesWithEnv(name: string, value: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => readEnviron(pid).includes(`${name}=${value}`));
}

function readEnviron(pid: number): string[] {
  try {
    return fs.readFileSync(path.join('/proc', String(pid), 'environ'), 'utf8').split('\0');
  } catch (cause) {
    // the process has just ended, or belongs to another user
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((cause as NodeJS.ErrnoException).code ?? '')) return [];
    throw cause;
  }
}
