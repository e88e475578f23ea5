/** Checks destinations with a request to each store. */
import type { ProfileId } from '../../src-shared/upload.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import type { ProfileStatusTracker } from './profile-status-tracker.ts';

/**
 * Checks these destinations, or all of them. The results are in the next view. A user who checks one destination can be
 * asked for the code of a device. A check of all destinations asks for no code; the status says that one is needed.
 */
export function checkProfiles(
  { catalog, status }: { catalog: ProfileCatalog; status: ProfileStatusTracker },
  ids?: readonly ProfileId[],
): Promise<void> {
  const all = ids ?? catalog.available().map(({ id }) => id);
  return status.check(
    all.filter((id) => catalog.find(id) !== undefined),
    ids ? 'interactive' : 'background',
  );
}
