/** What can be done, from here, with what is stored at a destination. */
import type { Capabilities } from '../../../src-shared/provider.ts';
import { findProfile, type ProfilesState } from '../../stores/profiles.ts';

/** None where the destination was removed. */
function findCapabilities(profiles: ProfilesState, profileId: string): Capabilities | undefined {
  const profile = findProfile(profiles, profileId);
  return profile && profiles.providers.find(({ id }) => id === profile.providerId)?.capabilities;
}

export const canDelete = (profiles: ProfilesState, profileId: string): boolean =>
  findProfile(profiles, profileId) !== undefined && findCapabilities(profiles, profileId)?.canDelete !== false;

/** Where a file has one link, another end for it would be that of the link which somebody was given. */
export const canCreateLinks = (profiles: ProfilesState, profileId: string): boolean =>
  findCapabilities(profiles, profileId)?.manyLinks === true;
