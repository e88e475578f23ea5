/** Sends files from the window with the link kind that the user chose for the next files. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChainStep, ProfileId, Upload } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import type { UploadChains } from '../profiles/upload-chains.ts';
import { changeMany } from './change-many.ts';

/** Files per turn of the event loop. To write their records takes a few ms. */
const sliceSize = 200;

/**
 * Resets the choice only after the engine has accepted the files. If this fails because the disk is full, the choice
 * also applies when the user tries again.
 * @throws AppFailure no-destination, disk-full
 */
export async function enqueueFromWindow(
  engine: Engine,
  chains: UploadChains,
  files: AcceptedFile[],
  profileId: ProfileId,
): Promise<Upload[]> {
  const { chain, linkOverride } = chains.nextUploadOptions(profileId);
  if (!linkOverride) return enqueueInSlices(engine, files, chain);
  const uploads = await enqueueInSlices(
    engine,
    files.map((file) => ({ ...file, linkOverride })),
    chain,
  );
  chains.clearNextLinkOverride(linkOverride);
  return uploads;
}

/**
 * Enqueues in slices, so that the window stays responsive. Sending starts only when all files are accepted. If one
 * fails, no file is sent.
 */
async function enqueueInSlices(engine: Engine, files: AcceptedFile[], chain: ChainStep[]): Promise<Upload[]> {
  const uploads = [...engine.enqueue(files.slice(0, sliceSize), chain)];
  if (files.length <= sliceSize) return uploads;
  const release = engine.holdStarts();
  try {
    for (let from = sliceSize; from < files.length; from += sliceSize) {
      await nextTurn();
      uploads.push(...engine.enqueue(files.slice(from, from + sliceSize), chain, uploads));
    }
    return uploads;
  } catch (cause) {
    const ids = uploads.map(({ id }) => id);
    await changeMany(engine, ids, (id) => engine.cancel(id));
    await changeMany(engine, ids, (id) => engine.remove(id));
    throw cause;
  } finally {
    release();
  }
}
