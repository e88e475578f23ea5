/** Functions that all setup commands share: open the core, and find the destination or provider that the user named. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Core } from '../../core.ts';
import { isReservedName } from '../../profiles/built-ins.ts';
import { Interrupted, UsageError } from '../cli-errors.ts';
import type { ExitCode, CliContext, OpenCoreOptions } from '../cli-context.ts';

/** The same limit as in the window's form. */
const maxNameLength = 80;

/** @throws Interrupted immediately when the user or the system stops the command */
export async function withCore(
  context: CliContext,
  act: (core: Core) => Promise<ExitCode>,
  options?: OpenCoreOptions,
): Promise<ExitCode> {
  const core = await context.open(options);
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Interrupted());
    context.stop.addEventListener('abort', stop, { once: true });
    if (context.stop.aborted) stop();
  });
  try {
    return await Promise.race([act(core), stopped]);
  } finally {
    context.terminal.close();
    await core.close();
  }
}

/** Finds a destination that the user set up. @throws UsageError */
export function requireSavedProfile(core: Core, typed: string): ProfileView {
  const { profiles } = core.profiles.views.all();
  const match = core.profiles.catalog.findTyped(typed);
  const view = profiles.find(({ id }) => id === match?.id);
  if (match && (match.source === 'practice' || !core.store.profiles.get(match.id)))
    throw new UsageError(text('cli.setup.built-in', { name: match.name }));
  if (!view)
    throw new UsageError(
      text('cli.no-destination', {
        name: typed,
        count: profiles.length,
        names: profiles.map(({ name }) => name).join(', '),
      }),
    );
  return view;
}

/**
 * @param ownId the destination that may already have this name
 * @throws UsageError for a name that is reserved, taken, empty or too long
 */
export function requireFreeName(core: Core, desired: string, ownId?: string): string {
  const name = desired.trim();
  if (isReservedName(name)) throw new UsageError(text('cli.setup.name-reserved', { name }));
  const other = core.profiles.catalog.findTyped(name);
  if (name === '' || name.length > maxNameLength || (other && other.id !== ownId))
    throw new UsageError(text('cli.setup.name-taken', { name }));
  return name;
}

/** Finds a provider by its id or its name. @throws UsageError */
export function requireProvider(core: Core, typed: string): ProviderInfo {
  const providers = core.providers.infos();
  const lowerCaseTyped = typed.toLowerCase();
  const provider = providers.find(({ id, name }) => id === lowerCaseTyped || name.toLowerCase() === lowerCaseTyped);
  if (!provider)
    throw new UsageError(
      text('cli.setup.no-provider', { name: typed, names: providers.map(({ id }) => id).join(', ') }),
    );
  return provider;
}

export const providerOfProfile = (core: Core, { providerId }: ProfileView): ProviderInfo =>
  core.providers.infos().find(({ id }) => id === providerId)!;
