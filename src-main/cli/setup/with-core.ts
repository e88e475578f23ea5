/** What the setup commands share: the records open while they work, and a destination found by what was typed. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { Interrupted, Misunderstood } from '../misunderstood.ts';
import type { ExitCode, World } from '../world.ts';

/** As in the window's form. */
const longestName = 80;

/** @throws Interrupted when the user or the system asks it to stop; nothing that is under way is waited for then */
export async function withCore(world: World, act: (core: Core) => Promise<ExitCode>): Promise<ExitCode> {
  const core = await world.open();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Interrupted());
    world.stop.addEventListener('abort', stop, { once: true });
    if (world.stop.aborted) stop();
  });
  try {
    return await Promise.race([act(core), stopped]);
  } finally {
    world.terminal.close();
    await core.close();
  }
}

/** A destination that somebody set up. @throws Misunderstood */
export function savedProfile(core: Core, typed: string): ProfileView {
  const { profiles } = core.profiles.view();
  const found = core.profiles.find(typed);
  const view = profiles.find(({ id }) => id === found?.id);
  if (found && (found.source === 'practice' || !core.store.profiles.get(found.id)))
    throw new Misunderstood(text('cli.setup.built-in', { name: found.name }));
  if (!view)
    throw new Misunderstood(
      text('cli.no-destination', {
        name: typed,
        count: profiles.length,
        names: profiles.map(({ name }) => name).join(', '),
      }),
    );
  return view;
}

/** @param own id of the destination that has the name already. @throws Misunderstood for a name that is taken, empty or too long */
export function freeName(core: Core, wish: string, own?: string): string {
  const name = wish.trim();
  const other = core.profiles.find(name);
  if (name === '' || name.length > longestName || (other && other.id !== own))
    throw new Misunderstood(text('cli.setup.name-taken', { name }));
  return name;
}

/** By its id or its name. @throws Misunderstood */
export function providerTyped(core: Core, typed: string): ProviderInfo {
  const providers = core.providers();
  const wanted = typed.toLowerCase();
  const provider = providers.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted);
  if (!provider)
    throw new Misunderstood(
      text('cli.setup.no-provider', { name: typed, names: providers.map(({ id }) => id).join(', ') }),
    );
  return provider;
}

export const providerOfProfile = (core: Core, { providerId }: ProfileView): ProviderInfo =>
  core.providers().find(({ id }) => id === providerId)!;
