/** `hoist setup found`, `hoist setup adopt ID`: what this computer already has, used only after it was named. */
import { text } from '../../../src-shared/text/text.ts';
import { Misunderstood } from '../misunderstood.ts';
import { printable } from '../words.ts';
import { exitCodes, type ExitCode, type World } from '../world.ts';
import { told } from './add.ts';
import { valuesSet } from './options.ts';
import { withCore } from './with-core.ts';

export const found = (world: World, { json }: { json?: boolean }): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const all = core.profiles.view().found;
    for (const { id, name, providerId, from, needs, copies, settings } of all) {
      await world.terminal.result(
        json
          ? JSON.stringify({ id, name, provider: providerId, from, needs, copies: copies === true, settings })
          : [id, printable(name), providerId, printable(from), needs.join(' ')].join('\t').trimEnd(),
      );
    }
    world.terminal.say(text(all.length === 0 ? 'cli.setup.found.none' : 'cli.setup.found.use'));
    return exitCodes.done;
  });

export interface AdoptOptions {
  json?: boolean;
  set?: string[];
  default?: boolean;
}

export const adopt = (world: World, foundId: string, options: AdoptOptions): Promise<ExitCode> =>
  withCore(world, async (core) => {
    const one = core.profiles.view().found.find(({ id }) => id === foundId);
    const provider = core.providers().find(({ id }) => id === one?.providerId);
    if (!one || !provider) throw new Misunderstood(text('cli.setup.not-found', { id: foundId }));
    const settings = valuesSet(provider, options.set ?? []);
    const missing = one.needs.filter((key) => !settings[key]);
    if (missing.length > 0)
      throw new Misunderstood(
        text('cli.setup.adopt.needs', {
          names: missing.join(', '),
          command: `hoist setup adopt ${foundId}${missing.map((key) => ` --set ${key}=…`).join('')}`,
        }),
      );
    const current = core.profiles.view().current;
    const saved = await core.profiles.adopt(foundId, settings);
    if (options.default) core.profiles.use(saved.id);
    else if (current !== undefined && core.store.profiles.get(current)) core.profiles.use(current);
    await told(world, core, saved, options);
    return exitCodes.done;
  });
