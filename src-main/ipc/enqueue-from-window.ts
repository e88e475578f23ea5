/** Sends files from the window with the link kind that the user chose for the next files. */
import type { ProfileId, Upload } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import type { UploadChains } from '../profiles/upload-chains.ts';

/**
 * Resets the choice only after the engine has accepted the files. If this fails because the disk is full, the choice
 * also applies when the user tries again.
 * @throws AppFailure no-destination, disk-full
 */
export function enqueueFromWindow(
  engine: Engine,
  chains: UploadChains,
  files: AcceptedFile[],
  profileId: ProfileId,
): Upload[] {
  const { chain, linkOverride } = chains.nextUploadOptions(profileId);
  if (!linkOverride) return engine.enqueue(files, chain);
  const uploads = engine.enqueue(
    files.map((file) => ({ ...file, linkOverride })),
    chain,
  );
  chains.setNextLinkOverride(undefined);
  return uploads;
}
