/** Runs Hoist's launchers as a shell does: without a display unless one is wanted, with records of the test's own. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export interface ShellResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Of a shell in which nobody sits before a screen. `records`: where the settings of all programs are, Hoist's among them. */
export function shellEnv(configHome: string, overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, XDG_CURRENT_DESKTOP: ___, ...env } = process.env;
  // What an outer npm says of itself is not about this call.
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
    // A group of its own, as a shell gives each command.
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

  /** The first line that the command printed. */
  async firstLine(): Promise<string> {
    const ended = this.ended.then(({ stderr }) => {
      throw new Error(`it ended without a line: ${stderr}`);
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

/** Runs to the end; standard input is a pipe with `input` in it. */
export function runCommand(
  command: string,
  args: string[],
  { input = '', ...options }: { env: NodeJS.ProcessEnv; cwd?: string; input?: string },
): Promise<ShellResult> {
  const running = new RunningCommand(command, args, options);
  running.child.stdin!.end(input);
  return running.ended;
}

/** Processes that have this variable in their environment: whatever a call has started, wherever it has gone since. */
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
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((cause as NodeJS.ErrnoException).code ?? '')) return []; // it has just ended, or is a stranger's
    throw cause;
  }
}
