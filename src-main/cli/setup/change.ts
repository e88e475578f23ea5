/** The small commands about one destination: use, rename, move, duplicate, remove. */
import { text } from '../../../src-shared/text/text.ts';
import { Misunderstood } from '../misunderstood.ts';
import { printable } from '../words.ts';
import { exitCodes, type ExitCode, type World } from '../world.ts';
import { told } from './add.ts';
import { profileJson } from './describe.ts';
import { freeName, savedProfile, withCore } from './with-core.ts';

export interface JsonOption {
  json?: boolean;
}

export const use = (world: World, typed: string, options: JsonOption): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const { id } = savedProfile(core, typed);
    core.profiles.use(id);
    const view = core.profiles.view();
    const profile = view.profiles.find((one) => one.id === id)!;
    await world.terminal.result(options.json ? JSON.stringify(profileJson(profile, view)) : printable(profile.name));
    return exitCodes.done;
  });

export const rename = (world: World, typed: string, wish: string, options: JsonOption): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const { id, providerId, settings } = savedProfile(core, typed);
    const name = freeName(core, wish, id);
    await told(world, core, await core.profiles.save({ id, providerId, name, settings, secrets: {} }), options);
    return exitCodes.done;
  });

export interface MoveOptions extends JsonOption {
  before?: string;
  after?: string;
}

export const move = (world: World, typed: string, { before, after, json }: MoveOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const target = before ?? after;
    if (target === undefined || (before !== undefined && after !== undefined))
      throw new Misunderstood(text('cli.setup.move.where'));
    const [{ id }, other] = [savedProfile(core, typed), savedProfile(core, target)];
    const rest = core.profiles
      .view()
      .profiles.map((one) => one.id)
      .filter((one) => one !== id);
    const at = rest.indexOf(other.id) + (before === undefined ? 1 : 0);
    if (other.id !== id) core.profiles.reorder([...rest.slice(0, at), id, ...rest.slice(at)]);
    const view = core.profiles.view();
    for (const profile of view.profiles)
      await world.terminal.result(json ? JSON.stringify(profileJson(profile, view)) : printable(profile.name));
    return exitCodes.done;
  });

export interface DuplicateOptions extends JsonOption {
  name?: string;
}

export const duplicate = (world: World, typed: string, options: DuplicateOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const original = savedProfile(core, typed);
    const name = options.name === undefined ? undefined : freeName(core, options.name);
    const copy = core.profiles.duplicate(original.id);
    const { id, providerId, settings } = copy;
    const named = name === undefined ? copy : await core.profiles.save({ id, providerId, name, settings, secrets: {} });
    await told(world, core, named, options);
    return exitCodes.done;
  });

export interface RemoveOptions extends JsonOption {
  yes?: boolean;
}

export const remove = (world: World, typed: string, { yes, json }: RemoveOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const { id, name } = savedProfile(core, typed);
    const { unfinished, done } = core.profiles.removal(id);
    world.terminal.say(text('cli.setup.remove.means', { name: printable(name), unfinished, done }));
    if (!yes && !(await isSure(world, name))) {
      world.terminal.say(text('cli.setup.remove.kept', { name: printable(name) }));
      return exitCodes.usage;
    }
    await core.profiles.remove(id);
    await world.terminal.result(json ? JSON.stringify({ removed: name, id, unfinished, done }) : printable(name));
    return exitCodes.done;
  });

/** Nobody there to be asked is a no. */
async function isSure({ ask, terminal }: World, name: string): Promise<boolean> {
  if (!ask) {
    terminal.say(text('cli.setup.remove.say-yes'));
    return false;
  }
  return /^(?:y|yes)$/i.test((await ask.text(text('cli.setup.remove.question', { name: printable(name) }))).trim());
}
