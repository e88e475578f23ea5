/** Counts and cancels the uploads of a destination that is being removed. */
import type { RemovalImpact } from '../../src-shared/profile.ts';
import { isTerminal, type ProfileId } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import type { DestinationPool } from '../profiles/destination-pool.ts';
import type { DestinationUploads } from '../profiles/profile-remover.ts';
import type { Store } from '../store/open.ts';

export function destinationUploads(store: Store, engine: Engine, destinations: DestinationPool): DestinationUploads {
  return {
    removalImpact(id: ProfileId): RemovalImpact {
      const uploads = store.uploads.ofProfile(id);
      return {
        unfinished: uploads.filter((upload) => !isTerminal(upload)).length,
        done: uploads.filter(({ status }) => status === 'done').length,
      };
    },
    async removeDestination(id: ProfileId): Promise<void> {
      await engine.removeDestination(id);
      destinations.remove(id);
    },
  };
}
