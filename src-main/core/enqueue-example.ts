/** Sends Hoist's example file to a destination, so that the user sees a first link. */
import type { ProfileId, Upload } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import { acceptFile } from '../platform/source-file.ts';
import type { Profiles } from '../profiles/compose-profiles.ts';
import type { UserActions } from './user-actions.ts';
import { exampleFile } from './example-file.ts';

/** @throws AppFailure no-destination, disk-full */
export async function enqueueExample(
  {
    engine,
    profiles,
    userActions,
    folder,
  }: { engine: Engine; profiles: Profiles; userActions: UserActions; folder: string },
  profileId: ProfileId,
): Promise<Upload> {
  const chain = profiles.chains.from(profileId, 'alone');
  userActions.onDestinations(chain);
  return engine.enqueue([await acceptFile(exampleFile(folder))], chain)[0]!;
}
