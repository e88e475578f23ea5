import type { CurrentComputer } from '../core/current-computer.ts';
import { loginShellEnvironment } from '../platform/login-shell.ts';

/** An app that is started from the Dock or the Finder does not have the variables that the shell's profile sets. */
export async function addLoginShellVariables(computer: CurrentComputer): Promise<void> {
  if (process.platform !== 'darwin') return;
  const variables = await loginShellEnvironment(process.env);
  if (variables) computer.addVariables(variables);
}
