/** Defines the commands and options of the command line. Commander's output is printed through the terminal. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { text } from '../../src-shared/text/text.ts';
import { collisions } from '../../src-shared/upload.ts';
import { textOf } from '../platform/exact-arguments.ts';
import { historyCommand } from './history.ts';
import { Interrupted, UsageError } from './cli-errors.ts';
import { resumeCommand, type ResumeOptions } from './resume.ts';
import { serveCommand } from './serve.ts';
import { revokeCommand, type RevokeOptions } from './revoke.ts';
import { addSetupCommands } from './setup/program.ts';
import { statusCommand } from './status.ts';
import { uploadCommand, type UploadOptions } from './upload.ts';
import { exitCodes, type ExitCode, type CliContext } from './cli-context.ts';

/** @throws StoreFailure, AppFailure for errors that end the whole command */
export async function runProgram(args: string[], context: CliContext, version: string): Promise<ExitCode> {
  const printed: { to: 'out' | 'err'; text: string }[] = [];
  let code: ExitCode = exitCodes.done;
  /** Records the exit code that a command returns. */
  const action =
    <A extends unknown[]>(act: (...actionArgs: A) => Promise<ExitCode>) =>
    async (...actionArgs: A): Promise<void> => {
      code = await act(...actionArgs);
    };
  const program = new Command('hoist')
    .description(text('cli.about'))
    .version(version, '-V, --version', text('cli.option.version'))
    .helpOption('-h, --help', text('cli.option.help'))
    .helpCommand('help [COMMAND]', text('cli.help.about'))
    .addHelpText('after', `\n${text('cli.footer')}`)
    .configureOutput({
      writeOut: (output) => printed.push({ to: 'out', text: output }),
      writeErr: (output) => printed.push({ to: 'err', text: output }),
      outputError: (message, write) => write(redactOptionValues(message)),
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
    .option('--allow-public', text('cli.upload.allow-public'))
    .option('--allow-permanent', text('cli.upload.allow-permanent'))
    .option('--no-fallback', text('cli.upload.no-fallback'))
    .option('--name <NAME>', text('cli.upload.name'))
    .option('--remote-path <PATH>', text('cli.upload.remote-path'))
    .addOption(new Option('--if-exists <RULE>', text('cli.upload.if-exists')).choices(collisions))
    .addOption(new Option('--link <KIND>', text('cli.upload.link')).choices(['expiring', 'public']))
    .option('--expires <TIME>', text('cli.upload.expires'))
    .option('--sensitive', text('cli.upload.sensitive'))
    .option('--allow-program', text('cli.option.allow-program'))
    .action(action((files: string[], options: UploadOptions) => uploadCommand(context, files, asText(options))));
  command('resume')
    .description(text('cli.resume.about'))
    .option('--failed', text('cli.resume.failed'))
    .option('--allow-program', text('cli.option.allow-program'))
    .action(action((options: ResumeOptions) => resumeCommand(context, options)));
  command('serve')
    .description(text('cli.serve.about'))
    .action(action((options: { json?: boolean }) => serveCommand(context, options)));
  command('history')
    .description(text('cli.history.about'))
    .argument('[WORD...]', text('cli.history.words'))
    .option('-n, --limit <COUNT>', text('cli.history.limit'), parsePositive, 20)
    .action(
      action((words: string[], options: { limit: number; json?: boolean }) => historyCommand(context, words, options)),
    );
  command('revoke')
    .description(text('cli.revoke.about'))
    .argument('<LINK...>', text('cli.revoke.links'))
    .option('--allow-program', text('cli.option.allow-program'))
    .action(action((links: string[], options: RevokeOptions) => revokeCommand(context, links, options)));
  command('status')
    .description(text('cli.status.about'))
    .action(action((options: { json?: boolean }) => statusCommand(context, options)));
  addSetupCommands(program, context, action);

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (cause) {
    code = exitCodeFor(cause, context);
  }
  for (const { to, text: output } of printed) {
    if (to === 'out') await context.terminal.result(output.trimEnd());
    else context.terminal.message(output.trimEnd());
  }
  const isUploaded = code === exitCodes.done || code === exitCodes.linkDoesNotOpen;
  return isUploaded && context.terminal.hasLostResults ? exitCodes.failed : code;
}

/** @throws errors other than a usage error or an interruption */
function exitCodeFor(cause: unknown, { terminal }: CliContext): ExitCode {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (cause instanceof Interrupted) return exitCodes.interrupted;
  if (!(cause instanceof UsageError)) throw cause;
  terminal.message(cause.message);
  return exitCodes.usage;
}

/** The options as plain text: the exact bytes of an argument are needed only for file names. */
const asText = (options: UploadOptions): UploadOptions =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? textOf(value) : value]),
  );

/**
 * Removes the value of an unknown option (`'--option=VALUE'`) from an error message, because it may be a secret.
 */
const redactOptionValues = (message: string): string => message.replace(/(--[\w-]+)=[^\n]*'/g, "$1'");

function parsePositive(typed: string): number {
  const count = Number(typed);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('');
  return count;
}
