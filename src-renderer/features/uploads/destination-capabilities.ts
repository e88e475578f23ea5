/** What the user can do with the files of a destination. */
import type { Capabilities } from '../../../src-shared/provider.ts';
import { findProfile, type ProfilesState } from '../../stores/profiles.ts';

/** Undefined if the destination was removed. */
function findCapabilities(profiles: ProfilesState, profileId: string): Capabilities | undefined {
  const profile = findProfile(profiles, profileId);
  return profile && profiles.providers.find(({ id }) => id === profile.providerId)?.capabilities;
}

export const canDelete = (profiles: ProfilesState, profileId: string): boolean =>
  findProfile(profiles, profileId) !== undefined && findCapabilities(profiles, profileId)?.canDelete !== false;

export const canRevokeLinks = (profiles: ProfilesState, profileId: string): boolean =>
  findCapabilities(profiles, profileId)?.canRevokeLinks === true;

/** Whether a file can have several links. Otherwise, a new expiry would change the link that was already shared. */
export const canCreateLinks = (profiles: ProfilesState, profileId: string): boolean =>
  findCapabilities(profiles, profileId)?.manyLinks === true;
