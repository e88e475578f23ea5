/** `hoist serve`: Practice without a window. */
import { text } from '../../src-shared/text/text.ts';
import { exitCodes, type ExitCode, type World } from './world.ts';

export async function serve({ terminal, stop, open }: World, options: { json?: boolean }): Promise<ExitCode> {
  const core = await open();
  try {
    const {
      address: { endpoint },
    } = await core.practice().ensure('heir');
    core.keepPractice('always');
    await terminal.result(options.json ? JSON.stringify({ endpoint }) : endpoint);
    terminal.say(text('cli.serving'));
    await new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true });
      if (stop.aborted) resolve();
    });
    return exitCodes.done;
  } finally {
    await core.close();
  }
}
