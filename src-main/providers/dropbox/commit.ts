/** Turns an upload session that has all bytes into a file. */
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import { hashBlocksInRange, combineBlockHashes } from './content-hash.ts';
import {
  reserveNextPath,
  commitInfoOf,
  matchesReservation,
  isPathConflict,
  saveDropboxCheckpoint,
  withBackoff,
  type PathReservation,
  type KeyedDropboxUploadContext,
} from './upload-context.ts';
import { hasErrorTags } from './api-errors.ts';
import { asSessionError, SessionLostError, type SessionUpload } from './upload-session.ts';
import { fileAt, parseFileMetadata, type DropboxFile } from './file-metadata.ts';

/**
 * @param hash of the whole file
 * @throws SessionLostError; AppFailure name-taken, source-changed; whatever the SDK throws
 */
export async function commitUploadSession(
  context: KeyedDropboxUploadContext,
  upload: SessionUpload,
  hash: string,
): Promise<{ reservation: PathReservation; stored: DropboxFile }> {
  let { reservation } = context;
  for (;;) {
    await checkSourceUnchanged(context, hash);
    const stored = await commitOnce({ ...context, reservation }, upload, hash);
    if (stored !== 'taken') return { reservation, stored };
    // The path is taken. The session keeps the bytes, so only the name changes.
    reservation = await reserveNextPath(context);
    await saveDropboxCheckpoint(context, reservation, upload.session);
  }
}

/**
 * Compares content hashes, because a file may be rewritten with the same size and modification time.
 * @throws AppFailure source-changed, source-unreadable, canceled
 */
async function checkSourceUnchanged(
  {
    transfer: { source, signal },
    store: {
      handler: { buffers },
    },
  }: KeyedDropboxUploadContext,
  hash: string,
): Promise<void> {
  await source.assertUnchanged();
  if (
    (await source.mayHaveChanged?.()) &&
    combineBlockHashes(await hashBlocksInRange(source, { start: 0, length: source.size }, { buffers, signal })) !== hash
  )
    throw failure('source-changed');
}

/** Commits the session under the reserved path. @returns `taken` if another client's file has this path */
async function commitOnce(
  context: KeyedDropboxUploadContext,
  { session }: SessionUpload,
  hash: string,
): Promise<DropboxFile | 'taken'> {
  const {
    client,
    reservation,
    store,
    transfer: { source },
  } = context;
  store.uncertainWrites.add(reservation.path);
  try {
    const { result } = await withBackoff(context, () =>
      client.filesUploadSessionFinish({
        cursor: { session_id: session.id, offset: source.size },
        commit: commitInfoOf(context),
        contents: '',
      }),
    );
    return parseFileMetadata(result);
  } catch (cause) {
    const isSessionGone = hasErrorTags(cause, 'lookup_failed/not_found');
    if (!isSessionGone && !isPathConflict(cause)) throw asSessionError(cause);
    // An earlier call may have succeeded although its response was lost. Then the file exists and the session is gone.
    const existing = await findCommittedFile(context, isSessionGone ? [0, ...store.recheckDelaysMs] : [0], hash);
    if (existing) return existing;
    if (isSessionGone) throw new SessionLostError(cause);
    return 'taken';
  }
}

/**
 * Finds the file that an earlier commit of this upload may have created.
 * @param delaysMs the delays in ms before each check
 */
async function findCommittedFile(
  { client, reservation, transfer: { signal } }: Pick<KeyedDropboxUploadContext, 'client' | 'reservation' | 'transfer'>,
  delaysMs: readonly number[],
  hash: string,
): Promise<DropboxFile | undefined> {
  for (const delayMs of delaysMs) {
    if (delayMs > 0) await sleep(delayMs, undefined, { signal });
    const existing = await fileAt(client, reservation.path);
    if (typeof existing === 'object' && matchesReservation(reservation, existing) && existing.hash === hash)
      return existing;
  }
  return undefined;
}
