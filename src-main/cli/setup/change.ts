/** Commands that change one destination: use, rename, move, duplicate, remove. */
import { text } from '../../../src-shared/text/text.ts';
import { UsageError } from '../cli-errors.ts';
import { printable } from '../format.ts';
import { isYes } from '../prompt.ts';
import { exitCodes, type ExitCode, type CliContext } from '../cli-context.ts';
import { printSaved } from './save.ts';
import { profileJson } from './describe.ts';
import { requireFreeName, requireSavedProfile, withCore } from './with-core.ts';

export interface JsonOption {
  json?: boolean;
}

export const useCommand = (context: CliContext, typed: string, options: JsonOption): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const { id } = requireSavedProfile(core, typed);
    core.profiles.editor.use(id);
    const view = core.profiles.views.all();
    const profile = view.profiles.find((candidate) => candidate.id === id)!;
    await context.terminal.result(options.json ? JSON.stringify(profileJson(profile, view)) : printable(profile.name));
    return exitCodes.done;
  });

export const renameCommand = (
  context: CliContext,
  typed: string,
  newName: string,
  options: JsonOption,
): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const { id, providerId, settings } = requireSavedProfile(core, typed);
    const name = requireFreeName(core, newName, id);
    await printSaved(
      context,
      core,
      await core.profiles.editor.save({ id, providerId, name, settings, secrets: {} }),
      options,
    );
    return exitCodes.done;
  });

export interface MoveOptions extends JsonOption {
  before?: string;
  after?: string;
}

export const moveCommand = (
  context: CliContext,
  typed: string,
  { before, after, json }: MoveOptions,
): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const target = before ?? after;
    if (target === undefined || (before !== undefined && after !== undefined))
      throw new UsageError(text('cli.setup.move.where'));
    const [{ id }, other] = [requireSavedProfile(core, typed), requireSavedProfile(core, target)];
    const otherIds = core.profiles.views
      .all()
      .profiles.map((profile) => profile.id)
      .filter((profileId) => profileId !== id);
    const index = otherIds.indexOf(other.id) + (before === undefined ? 1 : 0);
    if (other.id !== id) core.profiles.editor.reorder([...otherIds.slice(0, index), id, ...otherIds.slice(index)]);
    const view = core.profiles.views.all();
    for (const profile of view.profiles)
      await context.terminal.result(json ? JSON.stringify(profileJson(profile, view)) : printable(profile.name));
    return exitCodes.done;
  });

export interface DuplicateOptions extends JsonOption {
  name?: string;
}

export const duplicateCommand = (context: CliContext, typed: string, options: DuplicateOptions): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const original = requireSavedProfile(core, typed);
    const name = options.name === undefined ? undefined : requireFreeName(core, options.name);
    const copy = core.profiles.editor.duplicate(original.id);
    const { id, providerId, settings } = copy;
    const named =
      name === undefined ? copy : await core.profiles.editor.save({ id, providerId, name, settings, secrets: {} });
    await printSaved(context, core, named, options);
    return exitCodes.done;
  });

export interface RemoveOptions extends JsonOption {
  yes?: boolean;
}

export const removeCommand = (context: CliContext, typed: string, { yes, json }: RemoveOptions): Promise<ExitCode> =>
  withCore(context, async (core) => {
    const { id, name } = requireSavedProfile(core, typed);
    const { unfinished, done } = core.profileRemover.impact(id);
    context.terminal.message(text('cli.setup.remove.means', { name: printable(name), unfinished, done }));
    if (!yes && !(await confirmRemoval(context, name))) {
      context.terminal.message(text('cli.setup.remove.not-removed', { name: printable(name) }));
      return exitCodes.usage;
    }
    await core.profileRemover.remove(id);
    await context.terminal.result(json ? JSON.stringify({ removed: name, id, unfinished, done }) : printable(name));
    return exitCodes.done;
  });

/** Without a terminal, the user cannot confirm, so the result is false. */
async function confirmRemoval({ prompt, terminal }: CliContext, name: string): Promise<boolean> {
  if (!prompt) {
    terminal.message(text('cli.setup.remove.say-yes'));
    return false;
  }
  return isYes(await prompt.text(text('cli.setup.remove.question', { name: printable(name) })));
}
