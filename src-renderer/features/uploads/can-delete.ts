import { profileOf, type Profiles } from '../../stores/profiles.ts';

/** What is stored there can be deleted from here. */
export function canDelete(profiles: Profiles, profileId: string): boolean {
  const profile = profileOf(profiles, profileId);
  return profile !== undefined && profiles.providers.find(({ id }) => id === profile.providerId)?.capabilities.canDelete !== false;
}
