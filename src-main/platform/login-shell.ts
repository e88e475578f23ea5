/**
 * The environment of a login shell. On macOS an app that is started from the Dock or the Finder has few variables:
 * those that users set in their shell profile exist only in a shell. So Hoist runs the user's shell and reads its
 * environment.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** A profile that waits for input or hangs must not block the start. */
const defaultTimeoutMs = 5000;
const maxBytes = 1024 * 1024;

export interface ShellOptions {
  /** ms */ timeoutMs?: number;
}

/**
 * @param env environment of this process; its SHELL is started
 * @returns the shell's variables; undefined when SHELL is not set or the shell does not finish in time
 */
export async function loginShellEnvironment(
  env: NodeJS.ProcessEnv,
  { timeoutMs = defaultTimeoutMs }: ShellOptions = {},
): Promise<Record<string, string> | undefined> {
  const shell = env['SHELL'];
  if (shell === undefined || !path.isAbsolute(shell)) return undefined;
  // The profile itself may print text before and after the variables.
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
        // These variables turn off the updates and menus of shell frameworks.
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
    // A background process that the profile started may keep the pipe open. Don't wait for it.
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
