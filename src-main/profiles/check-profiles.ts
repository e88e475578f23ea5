/** Checks destinations with a request to each store. */
import type { ProfileId } from '../../src-shared/upload.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import type { ProfileStatusTracker } from './profile-status-tracker.ts';

/**
 * Checks the given destinations, or all. The next view has the results. A check of given destinations can ask the user
 * for an MFA code. A check of all destinations asks for no code; the status then says that a code is needed.
 */
export function checkProfiles(
  { catalog, status }: { catalog: ProfileCatalog; status: ProfileStatusTracker },
  ids?: readonly ProfileId[],
): Promise<void> {
  const idsToCheck = ids ?? catalog.available().map(({ id }) => id);
  return status.check(
    idsToCheck.filter((id) => catalog.find(id) !== undefined),
    ids ? 'interactive' : 'background',
  );
}
