/** The grammar of `hoist setup`. */
import type { Command } from 'commander';
import { text } from '../../../src-shared/text/text.ts';
import { providers } from '../../providers/registry.ts';
import { Misunderstood } from '../misunderstood.ts';
import type { ExitCode, World } from '../world.ts';
import { add, edit, trial, type AddOptions, type EditOptions } from './add.ts';
import {
  duplicate,
  move,
  remove,
  rename,
  use,
  type DuplicateOptions,
  type JsonOption,
  type MoveOptions,
  type RemoveOptions,
} from './change.ts';
import { adopt, found, type AdoptOptions } from './found.ts';
import { all, list, provider, type ListOptions } from './list.ts';
import { addFieldOptions } from './options.ts';
import { policy } from './policy.ts';
import { exportTo, importFrom, type ImportOptions } from './transfer.ts';

type Does = <A extends unknown[]>(act: (...given: A) => Promise<ExitCode>) => (...given: A) => Promise<void>;

/** @param does runs a command and keeps its exit code */
export function addSetup(program: Command, world: World, does: Does): void {
  const setup = program.command('setup').description(text('cli.setup.about')).helpCommand(false);
  const looks = (command: Command): Command =>
    command.option('--json', text('cli.option.json')).option('--check', text('cli.setup.check-option'));
  const sub = (usage: string): Command => setup.command(usage).option('--json', text('cli.option.json'));
  const saves = (command: Command): Command =>
    command
      .option('--secrets-from <FILE>', text('cli.setup.add.secrets-from'))
      .option('--no-test', text('cli.setup.add.no-test'))
      .option('--default', text('cli.setup.add.default'))
      .option('--session', text('cli.setup.add.session'))
      .option('--unprotected', text('cli.setup.add.unprotected'));

  looks(setup)
    .allowExcessArguments()
    .action(
      does((options: ListOptions, { args: [word] }: Command) => {
        if (word !== undefined)
          throw new Misunderstood(
            text('cli.setup.unknown-command', {
              name: word,
              names: setup.commands.map((one) => one.name()).join(', '),
            }),
          );
        return list(world, options);
      }),
    );
  looks(setup.command('provider'))
    .description(text('cli.setup.provider.about'))
    .argument('<NAME>', text('cli.setup.provider.name'))
    .action(does((name: string, options: ListOptions) => provider(world, name, options)));
  looks(setup.command('all'))
    .description(text('cli.setup.all.about'))
    .action(does((options: ListOptions) => all(world, options)));
  const added = setup.command('add').description(text('cli.setup.add.about')).helpCommand(false);
  for (const info of providers) {
    const one = saves(
      added
        .command(info.id)
        .description(text(info.help))
        .option('--json', text('cli.option.json'))
        .option('--name <NAME>', text('cli.setup.add.name')),
    );
    addFieldOptions(one, info);
    one.action(does((options: AddOptions) => add(world, info.id, options)));
  }
  saves(sub('edit'))
    .description(text('cli.setup.edit.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('--set <KEY=VALUE...>', text('cli.setup.set'))
    .action(does((name: string, options: EditOptions) => edit(world, name, options)));
  sub('test')
    .description(text('cli.setup.test.about'))
    .argument('[NAME]', text('cli.setup.name'))
    .action(does((name: string | undefined, options: JsonOption) => trial(world, name, options)));
  sub('policy')
    .description(text('cli.setup.policy.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .action(does((name: string, options: JsonOption) => policy(world, name, options)));
  sub('use')
    .description(text('cli.setup.use.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .action(does((name: string, options: JsonOption) => use(world, name, options)));
  sub('rename')
    .description(text('cli.setup.rename.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .argument('<NEW>', text('cli.setup.rename.new'))
    .action(does((name: string, wish: string, options: JsonOption) => rename(world, name, wish, options)));
  sub('move')
    .description(text('cli.setup.move.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('--before <OTHER>', text('cli.setup.move.before'))
    .option('--after <OTHER>', text('cli.setup.move.after'))
    .action(does((name: string, options: MoveOptions) => move(world, name, options)));
  sub('duplicate')
    .description(text('cli.setup.duplicate.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('--name <NEW>', text('cli.setup.duplicate.name'))
    .action(does((name: string, options: DuplicateOptions) => duplicate(world, name, options)));
  sub('remove')
    .description(text('cli.setup.remove.about'))
    .argument('<NAME>', text('cli.setup.name'))
    .option('-y, --yes', text('cli.setup.remove.yes'))
    .action(does((name: string, options: RemoveOptions) => remove(world, name, options)));
  sub('found')
    .description(text('cli.setup.found.about'))
    .action(does((options: JsonOption) => found(world, options)));
  sub('adopt')
    .description(text('cli.setup.adopt.about'))
    .argument('<ID>', text('cli.setup.adopt.id'))
    .option('--set <KEY=VALUE...>', text('cli.setup.set'))
    .option('--default', text('cli.setup.add.default'))
    .action(does((id: string, options: AdoptOptions) => adopt(world, id, options)));
  sub('import')
    .description(text('cli.setup.import.about'))
    .argument('[FILE]', text('cli.setup.import.file'))
    .option('--session', text('cli.setup.add.session'))
    .option('--unprotected', text('cli.setup.add.unprotected'))
    .action(does((file: string | undefined, options: ImportOptions) => importFrom(world, file, options)));
  sub('export')
    .description(text('cli.setup.export.about'))
    .argument('[FILE]', text('cli.setup.export.file'))
    .action(does((file: string | undefined, options: JsonOption) => exportTo(world, file, options)));
}
