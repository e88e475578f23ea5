/** What it takes to sign out of a destination that is being removed, read while it is still there. */
import type { FieldValues, Profile } from '../../src-shared/profile.ts';
import type { Provider } from '../providers/provider.ts';
import { shownFields, withInitials } from './field-values.ts';

/** `others`: values of the destinations of the same kind that stay. */
export interface Leaving {
  provider: Provider;
  values: FieldValues;
  others: FieldValues[];
}

/** A key store may wait for its user for ever; whoever removes something does not (ms). */
const limitMs = 5000;

/**
 * @param read settings and secrets of a destination; undefined while its secrets cannot be read
 * @returns undefined where nobody signed in, and where it cannot be told who else uses the same
 */
export async function leavingOf(
  profile: Profile,
  provider: Provider,
  all: readonly Profile[],
  read: (profile: Profile) => Promise<FieldValues | undefined>,
): Promise<Leaving | undefined> {
  const signsIn = shownFields(provider, withInitials(provider, profile.settings)).some(
    ({ kind }) => kind === 'sign-in',
  );
  if (!signsIn || profile.source === 'environment') return undefined;
  const same = all.filter(({ id, providerId }) => id !== profile.id && providerId === profile.providerId);
  const answer = await inTime(Promise.all([profile, ...same].map(read)), limitMs);
  if (!answer?.every((values) => values !== undefined)) return undefined;
  const [values = {}, ...others] = answer;
  return { provider, values, others };
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
