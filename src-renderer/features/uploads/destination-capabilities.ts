/** What the user can do with the files of a destination. */
import type { Capabilities } from '../../../src-shared/provider.ts';
import { findProfile, type ProfilesState } from '../../stores/profiles.ts';

/** What the provider of the destination supports; undefined if the destination was removed. */
function findCapabilities(profiles: ProfilesState, profileId: string): Capabilities | undefined {
  const profile = findProfile(profiles, profileId);
  return profile && profiles.providers.find(({ id }) => id === profile.providerId)?.capabilities;
}

/** Whether stored files can be deleted. If the provider is not known yet, it counts as able to delete. */
export const canDelete = (profiles: ProfilesState, profileId: string): boolean =>
  findProfile(profiles, profileId) !== undefined && findCapabilities(profiles, profileId)?.canDelete !== false;

export const canRevokeLinks = (profiles: ProfilesState, profileId: string): boolean =>
  findCapabilities(profiles, profileId)?.canRevokeLinks === true;

/**
 * Whether Hoist can make a second link of a file, with its own expiry. If a file can have only one link, a new expiry
 * would change the link that the user has already shared.
 */
export const canCreateLinks = (profiles: ProfilesState, profileId: string): boolean =>
  findCapabilities(profiles, profileId)?.manyLinks === true;
