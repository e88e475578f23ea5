/** What can be done, from here, with what is stored at a destination. */
import type { Capabilities } from '../../../src-shared/provider.ts';
import { profileOf, type Profiles } from '../../stores/profiles.ts';

/** None where the destination was removed. */
function capabilitiesOf(profiles: Profiles, profileId: string): Capabilities | undefined {
  const profile = profileOf(profiles, profileId);
  return profile && profiles.providers.find(({ id }) => id === profile.providerId)?.capabilities;
}

export const canDelete = (profiles: Profiles, profileId: string): boolean =>
  profileOf(profiles, profileId) !== undefined && capabilitiesOf(profiles, profileId)?.canDelete !== false;

/** Where a file has one link, another end for it would be that of the link which somebody was given. */
export const canLinkAnew = (profiles: Profiles, profileId: string): boolean =>
  capabilitiesOf(profiles, profileId)?.manyLinks === true;
