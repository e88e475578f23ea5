/**
 * The environment that a login shell makes. On macOS an app that was started from the Dock or the Finder has hardly any
 * variables: what people put into their shell's profile is known to shells only, so one is asked.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** A profile that asks or hangs must not hold anything up. */
const defaultTimeoutMs = 5000;
const maxBytes = 1024 * 1024;

export interface ShellOptions {
  /** ms */ timeoutMs?: number;
}

/**
 * @param env of this process; its SHELL is the one that is asked
 * @returns the shell's variables; undefined when there is no shell or it does not answer in time
 */
export async function loginShellEnvironment(
  env: NodeJS.ProcessEnv,
  { timeoutMs = defaultTimeoutMs }: ShellOptions = {},
): Promise<Record<string, string> | undefined> {
  const shell = env['SHELL'];
  if (shell === undefined || !path.isAbsolute(shell)) return undefined;
  // A profile may print anything of its own before and after.
  const delimiter = randomBytes(12).toString('hex');
  const output = await runShell(
    shell,
    `printf %s ${delimiter}; /usr/bin/env -0; printf %s ${delimiter}`,
    env,
    timeoutMs,
  );
  const sections = output?.split(delimiter);
  return sections?.length === 3
    ? Object.fromEntries(
        sections[1]!
          .split('\0')
          .filter((line) => line.includes('='))
          .map(parseVariable),
      )
    : undefined;
}

function runShell(
  shell: string,
  script: string,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      shell,
      ['-ilc', script],
      {
        // Frameworks that update themselves or show a menu know not to by these.
        env: { ...env, DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTART: 'false', TERM: 'dumb' },
        encoding: 'utf8',
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: maxBytes,
      },
      (_, stdout) => {
        settle(stdout);
      },
    );
    // What a profile started in the background keeps the pipe open; it is not waited for.
    const hangTimeout = setTimeout(() => {
      child.stdout?.destroy();
      settle(undefined);
    }, timeoutMs + 100);
    const settle = (output: string | undefined): void => {
      clearTimeout(hangTimeout);
      resolve(output);
    };
    child.stdin?.end();
  });
}

function parseVariable(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
