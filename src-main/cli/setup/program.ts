/** Defines the commands and options of `hoist setup`. */
import { Option, type Command } from 'commander';
import { text } from '../../../src-shared/text/text.ts';
import { providers } from '../../providers/registry.ts';
import { UsageError } from '../cli-errors.ts';
import type { ExitCode, CliContext } from '../cli-context.ts';
import {
  addCommand,
  editCommand,
  testCommand,
  type AddOptions,
  type EditOptions,
  type TestCommandOptions,
} from './add.ts';
import {
  duplicateCommand,
  moveCommand,
  removeCommand,
  renameCommand,
  useCommand,
  type DuplicateOptions,
  type JsonOption,
  type MoveOptions,
  type RemoveOptions,
} from './change.ts';
import { adoptCommand, listDiscovered, type AdoptOptions } from './discovered.ts';
import { allCommand, listCommand, providerCommand, type ListOptions } from './list.ts';
import { addFieldOptions } from './field-options.ts';
import { policyCommand } from './policy.ts';
import { exportCommand, importCommand, type ImportOptions } from './import-export.ts';

type WrapAction = <A extends unknown[]>(act: (...args: A) => Promise<ExitCode>) => (...args: A) => Promise<void>;

/** @param action wraps a command so that its exit code is recorded */
export function addSetupCommands(program: Command, context: CliContext, action: WrapAction): void {
  const setup = program.command('setup').description(text('cli.setup.about')).helpCommand(false);
  const withCheckOption = (command: Command): Command =>
    command.option('--json', text('cli.option.json')).option('--check', text('cli.setup.check-option'));
  const subcommand = (usage: string): Command => setup.command(usage).option('--json', text('cli.option.json'));
  const withSaveOptions = (command: Command): Command =>
    withTestOptions(command.option('--secrets-from <FILE>', text('cli.setup.add.secrets-from')));
  const withTestOptions = (command: Command): Command =>
    command
      .option('--no-test', text('cli.setup.add.no-test'))
      .option('--allow-program', text('cli.option.allow-program'))
      .option('--default', text('cli.setup.add.default'))
      .option('--session', text('cli.setup.add.session'))
      .option('--unprotected', text('cli.setup.add.unprotected'));

  withCheckOption(setup.command('provider'))
    .description(text('cli.setup.provider.about'))
    .argument('<NAME>', text('cli.setup.provider.name'))
    .action(action((name: string, options: ListOptions) => providerCommand(context, name, options)));
  withCheckOption(setup.command('all'))
    .description(text('cli.setup.all.about'))
    .action(action((options: ListOptions) => allCommand(context, options)));
  const add = setup.command('add').description(text('cli.setup.add.about')).helpCommand(false);
  for (const info of providers) {
    const addProvider = withSaveOptions(
      add
        .command(info.id)
        .description(text(info.help))
        .option('--json', text('cli.option.json'))
        .option('--name <NAME>', text('cli.setup.add.name')),
    );
    addFieldOptions(addProvider, info);
    addProvider.action(action((options: AddOptions) => addCommand(context, info.id, options)));
  }
  withSaveOptions(subcommand('edit'))
    .description(text('cli.setup.edit.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('--set <KEY=VALUE...>', text('cli.setup.set'))
    .option('--sign-in', text('cli.setup.edit.sign-in'))
    .option('--keep-secrets', text('cli.setup.keep-secrets'))
    .action(action((name: string, options: EditOptions) => editCommand(context, name, options)));
  subcommand('test')
    .description(text('cli.setup.test.about'))
    .argument('[NAME]', text('cli.setup.name'))
    .option('--allow-program', text('cli.option.allow-program'))
    .action(action((name: string | undefined, options: TestCommandOptions) => testCommand(context, name, options)));
  subcommand('policy')
    .description(text('cli.setup.policy.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .action(action((name: string, options: JsonOption) => policyCommand(context, name, options)));
  subcommand('use')
    .description(text('cli.setup.use.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .action(action((name: string, options: JsonOption) => useCommand(context, name, options)));
  subcommand('rename')
    .description(text('cli.setup.rename.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .argument('<NEW>', text('cli.setup.rename.new'))
    .action(
      action((name: string, newName: string, options: JsonOption) => renameCommand(context, name, newName, options)),
    );
  subcommand('move')
    .description(text('cli.setup.move.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('--before <OTHER>', text('cli.setup.move.before'))
    .option('--after <OTHER>', text('cli.setup.move.after'))
    .action(action((name: string, options: MoveOptions) => moveCommand(context, name, options)));
  subcommand('duplicate')
    .description(text('cli.setup.duplicate.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('--name <NEW>', text('cli.setup.duplicate.name'))
    .action(action((name: string, options: DuplicateOptions) => duplicateCommand(context, name, options)));
  subcommand('remove')
    .description(text('cli.setup.remove.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('-y, --yes', text('cli.setup.remove.yes'))
    .action(action((name: string, options: RemoveOptions) => removeCommand(context, name, options)));
  subcommand('found')
    .description(text('cli.setup.discovered.about'))
    .action(action((options: JsonOption) => listDiscovered(context, options)));
  withTestOptions(subcommand('adopt'))
    .description(text('cli.setup.adopt.about'))
    .argument('<ID>', text('cli.setup.adopt.id'))
    .option('--keep-secrets', text('cli.setup.keep-secrets'))
    .option('--set <KEY=VALUE...>', text('cli.setup.set'))
    .action(action((id: string, options: AdoptOptions) => adoptCommand(context, id, options)));
  subcommand('import')
    .description(text('cli.setup.import.about'))
    .argument('[FILE]', text('cli.setup.import.file'))
    .addOption(new Option('--link <KIND>', text('cli.setup.import.link')).choices(['public', 'expiring']))
    .option('--keep-network', text('cli.setup.import.keep-network'))
    .option('--session', text('cli.setup.add.session'))
    .option('--unprotected', text('cli.setup.add.unprotected'))
    .action(action((file: string | undefined, options: ImportOptions) => importCommand(context, file, options)));
  subcommand('export')
    .description(text('cli.setup.export.about'))
    .argument('[FILE]', text('cli.setup.export.file'))
    .action(action((file: string | undefined, options: JsonOption) => exportCommand(context, file, options)));
  // After all subcommands: each copies the settings of its parent when it is created, and must not copy this one.
  withCheckOption(setup)
    .allowExcessArguments()
    .action(
      action((options: ListOptions, { args: [word] }: Command) => {
        if (word !== undefined)
          throw new UsageError(
            text('cli.setup.unknown-command', {
              name: word,
              names: setup.commands.map((command) => command.name()).join(', '),
            }),
          );
        return listCommand(context, options);
      }),
    );
}
