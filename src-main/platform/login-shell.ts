/**
 * The environment that a login shell makes. On macOS an app that was started from the Dock or the Finder has hardly any
 * variables: what people put into their shell's profile is known to shells only, so one is asked.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** A profile that asks or hangs must not hold anything up. */
const limitMs = 5000;
const maxBytes = 1024 * 1024;

export interface ShellOptions {
  /** ms */ limit?: number;
}

/**
 * @param env of this process; its SHELL is the one that is asked
 * @returns the shell's variables; undefined when there is no shell or it does not answer in time
 */
export async function loginShellEnvironment(
  env: NodeJS.ProcessEnv,
  { limit = limitMs }: ShellOptions = {},
): Promise<Record<string, string> | undefined> {
  const shell = env['SHELL'];
  if (shell === undefined || !path.isAbsolute(shell)) return undefined;
  // A profile may print anything of its own before and after.
  const mark = randomBytes(12).toString('hex');
  const printed = await printedBy(shell, `printf %s ${mark}; /usr/bin/env -0; printf %s ${mark}`, env, limit);
  const between = printed?.split(mark);
  return between?.length === 3
    ? Object.fromEntries(
        between[1]!
          .split('\0')
          .filter((line) => line.includes('='))
          .map(pair),
      )
    : undefined;
}

function printedBy(shell: string, script: string, env: NodeJS.ProcessEnv, limit: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      shell,
      ['-ilc', script],
      {
        // Frameworks that update themselves or show a menu know not to by these.
        env: { ...env, DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTART: 'false', TERM: 'dumb' },
        encoding: 'utf8',
        timeout: limit,
        killSignal: 'SIGKILL',
        maxBuffer: maxBytes,
      },
      (_, stdout) => {
        settle(stdout);
      },
    );
    // What a profile started in the background keeps the pipe open; it is not waited for.
    const late = setTimeout(() => {
      child.stdout?.destroy();
      settle(undefined);
    }, limit + 100);
    const settle = (printed: string | undefined): void => {
      clearTimeout(late);
      resolve(printed);
    };
    child.stdin?.end();
  });
}

function pair(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
