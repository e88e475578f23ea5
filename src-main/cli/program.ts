/** What the command line understands. Whatever it prints of itself is a result too: it goes through the terminal. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { text } from '../../src-shared/text/text.ts';
import { collisions } from '../../src-shared/upload.ts';
import { history } from './history.ts';
import { Interrupted, Misunderstood } from './misunderstood.ts';
import { resume, type ResumeOptions } from './resume.ts';
import { serve } from './serve.ts';
import { addSetup } from './setup/program.ts';
import { status } from './status.ts';
import { upload, type UploadOptions } from './upload.ts';
import { exitCodes, type ExitCode, type World } from './world.ts';

/** @throws StoreFailure, AppFailure for what stops the whole command */
export async function run(args: string[], world: World, version: string): Promise<ExitCode> {
  const said: { to: 'out' | 'err'; text: string }[] = [];
  let code: ExitCode = exitCodes.done;
  const does =
    <A extends unknown[]>(act: (...given: A) => Promise<ExitCode>) =>
    async (...given: A): Promise<void> => {
      code = await act(...given);
    };
  const program = new Command('hoist')
    .description(text('cli.about'))
    .version(version, '-V, --version', text('cli.option.version'))
    .helpOption('-h, --help', text('cli.option.help'))
    .helpCommand('help [COMMAND]', text('cli.help.about'))
    .addHelpText('after', `\n${text('cli.footer')}`)
    .configureOutput({
      writeOut: (words) => said.push({ to: 'out', text: words }),
      writeErr: (words) => said.push({ to: 'err', text: words }),
      outputError: (words, write) => write(withoutValues(words)),
    })
    .configureHelp({ helpWidth: 100 })
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions();
  const command = (usage: string): Command => program.command(usage).option('--json', text('cli.option.json'));

  command('upload')
    .description(text('cli.upload.about'))
    .argument('<FILE...>', text('cli.upload.files'))
    .option('--to <DESTINATION>', text('cli.upload.to'))
    .option('--no-fallback', text('cli.upload.no-fallback'))
    .option('--name <NAME>', text('cli.upload.name'))
    .option('--remote-path <PATH>', text('cli.upload.remote-path'))
    .addOption(new Option('--if-exists <RULE>', text('cli.upload.if-exists')).choices(collisions))
    .addOption(new Option('--link <KIND>', text('cli.upload.link')).choices(['expiring', 'public']))
    .option('--expires <TIME>', text('cli.upload.expires'))
    .option('--sensitive', text('cli.upload.sensitive'))
    .action(does((files: string[], options: UploadOptions) => upload(world, files, options)));
  command('resume')
    .description(text('cli.resume.about'))
    .option('--failed', text('cli.resume.failed'))
    .action(does((options: ResumeOptions) => resume(world, options)));
  command('serve')
    .description(text('cli.serve.about'))
    .action(does((options: { json?: boolean }) => serve(world, options)));
  command('history')
    .description(text('cli.history.about'))
    .argument('[WORD...]', text('cli.history.words'))
    .option('-n, --limit <COUNT>', text('cli.history.limit'), positive, 20)
    .action(does((words: string[], options: { limit: number; json?: boolean }) => history(world, words, options)));
  command('status')
    .description(text('cli.status.about'))
    .action(does((options: { json?: boolean }) => status(world, options)));
  addSetup(program, world, does);

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (cause) {
    code = endedBy(cause, world);
  }
  for (const { to, text: words } of said) {
    if (to === 'out') await world.terminal.result(words.trimEnd());
    else world.terminal.say(words.trimEnd());
  }
  return code;
}

/** @throws what is neither a mistake at the keyboard nor the wish to stop */
function endedBy(cause: unknown, { terminal }: World): ExitCode {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (cause instanceof Interrupted) return exitCodes.interrupted;
  if (!(cause instanceof Misunderstood)) throw cause;
  terminal.say(cause.message);
  return exitCodes.usage;
}

/** What was meant for an option that is not there may be a secret. */
const withoutValues = (words: string): string => words.replace(/(--[\w-]+)=[^\n]*'/g, "$1'");

function positive(typed: string): number {
  const count = Number(typed);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('');
  return count;
}
