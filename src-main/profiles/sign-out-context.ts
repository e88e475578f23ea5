/** What it takes to sign out of a destination that is being removed, read while it is still there. */
import type { FieldValues, Profile } from '../../src-shared/profile.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { shownFields, withInitialValues } from './field-values.ts';

/** `others`: values of the destinations of the same kind that stay. */
export interface SignOutContext {
  provider: Provider;
  values: FieldValues;
  others: FieldValues[];
}

/** A key store may wait for its user for ever; whoever removes something does not (ms). */
const timeoutMs = 5000;

/**
 * @param read settings and secrets of a destination; undefined while its secrets cannot be read
 * @returns undefined where nobody signed in, and where it cannot be told who else uses the same
 */
export async function readSignOutContext(
  profile: Profile,
  provider: Provider,
  all: readonly Profile[],
  read: (profile: Profile) => Promise<FieldValues | undefined>,
): Promise<SignOutContext | undefined> {
  const signsIn = shownFields(provider, withInitialValues(provider, profile.settings)).some(
    ({ kind }) => kind === 'sign-in',
  );
  if (!signsIn || profile.source === 'environment') return undefined;
  const siblings = all.filter(({ id, providerId }) => id !== profile.id && providerId === profile.providerId);
  const results = await withTimeout(Promise.all([profile, ...siblings].map(read)), timeoutMs);
  if (!results?.every((values) => values !== undefined)) return undefined;
  const [values = {}, ...others] = results;
  return { provider, values, others };
}

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timedOut = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}
