/** The values that a sign-out needs. They are read before the destination is removed. */
import type { FieldValues, Profile } from '../../src-shared/profile.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { shownFields, withInitialValues } from './field-values.ts';

/** `others`: values of the remaining destinations of the same provider. */
export interface SignOutContext {
  provider: Provider;
  values: FieldValues;
  others: FieldValues[];
}

/** In ms. A key store may wait indefinitely for the user, but the removal of a destination must not. */
const timeoutMs = 5000;

/**
 * @param read returns the settings and secrets of a destination, or undefined while its secrets cannot be read
 * @returns undefined if the destination has no sign-in, or if other destinations that may share it cannot be read
 */
export async function readSignOutContext(
  profile: Profile,
  provider: Provider,
  allProfiles: readonly Profile[],
  read: (profile: Profile) => Promise<FieldValues | undefined>,
): Promise<SignOutContext | undefined> {
  const signsIn = shownFields(provider, withInitialValues(provider, profile.settings)).some(
    ({ kind }) => kind === 'sign-in',
  );
  if (!signsIn || profile.source === 'environment') return undefined;
  const siblings = allProfiles.filter(({ id, providerId }) => id !== profile.id && providerId === profile.providerId);
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
