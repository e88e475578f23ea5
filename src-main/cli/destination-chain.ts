/** The destinations of `hoist upload`, in the order in which they are tried (`--to`, `--no-fallback`, `--allow-…`). */
import { practiceId, type Profile } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ChainStep, Withheld } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { UsageError } from './cli-errors.ts';

export interface ChainOptions {
  to?: string;
  /** False: use only the first destination. */
  fallback?: boolean;
  allowPublic?: boolean;
  allowPermanent?: boolean;
}

/**
 * The chain of the named destinations, in their order; without names, of the current destination.
 * @throws UsageError when a name is invalid
 */
export function resolveChain(core: Core, { to, fallback }: ChainOptions): ChainStep[] {
  const { catalog, chains } = core.profiles;
  if (to === undefined) {
    const { id } = currentProfile(core);
    return fallback === false ? chains.from(id, 'alone') : chains.from(id);
  }
  // The name of a destination may contain a comma.
  const isOneName = catalog.findTyped(to) !== undefined;
  const names = isOneName ? [to] : to.split(',').map((name) => name.trim());
  const ids = names.map((name) => findDestination(core, name).id);
  if (ids.length > 1 && ids.includes(practiceId)) throw new UsageError(text('cli.practice-alone'));
  return fallback === false ? chains.from(ids[0]!, 'alone') : chains.explicit(ids);
}

/** Marks the fallback destinations that the user allows for this upload. */
export function allowFallback(chain: ChainStep[], { allowPublic, allowPermanent }: ChainOptions): ChainStep[] {
  const allowed: Withheld['reason'][] = [
    ...(allowPublic ? ['more-people' as const] : []),
    ...(allowPermanent ? ['cannot-delete' as const] : []),
  ];
  return allowed.length === 0 ? chain : chain.map((step, i) => (i === 0 ? step : { ...step, allowed }));
}

function currentProfile(core: Core): Profile {
  const current = core.profiles.catalog.current();
  if (!current) throw notFound(core, '');
  return current;
}

/** Finds a destination by its name, or by its type when exactly one destination has this type. @throws UsageError */
function findDestination(core: Core, typed: string): Profile {
  const { catalog } = core.profiles;
  const named = catalog.findTyped(typed);
  if (named) return named;
  const type = typed.toLowerCase();
  const provider = core.providers.infos().find(({ id, name }) => id === type || name.toLowerCase() === type);
  const matches = catalog
    .available()
    .filter(({ providerId, source }) => providerId === provider?.id && source !== 'practice');
  if (matches.length > 1)
    throw new UsageError(
      text('cli.several-of-type', {
        name: typed,
        count: matches.length,
        names: matches.map(({ name }) => name).join(', '),
      }),
    );
  if (!matches[0])
    throw type === 'environment' ? new UsageError(text('cli.no-environment-destination')) : notFound(core, typed);
  return matches[0];
}

function notFound({ profiles }: Core, name: string): UsageError {
  const names = profiles.views.all().profiles.map((profile) => profile.name);
  return new UsageError(text('cli.no-destination', { name, count: names.length, names: names.join(', ') }));
}
