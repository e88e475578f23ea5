/** `hoist serve`: runs the Practice server without a window. */
import { text } from '../../src-shared/text/text.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

export async function serveCommand(
  { terminal, stop, open }: CliContext,
  options: { json?: boolean },
): Promise<ExitCode> {
  const core = await open();
  try {
    const {
      address: { endpoint },
    } = await core.practice.ensure('standby');
    core.practiceKeeper.start('always');
    await terminal.result(options.json ? JSON.stringify({ endpoint }) : endpoint);
    terminal.message(text('cli.serving'));
    await new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true });
      if (stop.aborted) resolve();
    });
    return exitCodes.done;
  } finally {
    await core.close();
  }
}
