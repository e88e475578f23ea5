/** Uploads a file in one request: it is stored completely or not at all. */
import { FilePart } from '../transfer/file-part.ts';
import { hashBlocksInRange, combineBlockHashes } from './content-hash.ts';
import {
  reserveNextPath,
  commitInfoOf,
  matchesReservation,
  isPathConflict,
  saveDropboxCheckpoint,
  reservePath,
  withBackoff,
  type PathReservation,
  type DropboxUploadContext,
  type KeyedDropboxUploadContext,
} from './upload-context.ts';
import { hasErrorTags } from './api-errors.ts';
import { fileAt, parseFileMetadata, type DropboxFile } from './file-metadata.ts';

/** Maximum attempts when the stored bytes differ from the sent bytes. */
const maxIntegrityAttempts = 3;

/** @param previousReservation the path of an earlier attempt, if it is still free */
export async function uploadToDropboxInOneRequest(
  context: DropboxUploadContext,
  previousReservation?: PathReservation,
): Promise<{ reservation: PathReservation; stored: DropboxFile; hash: string }> {
  const release = await context.acquireSlot(context.transfer.signal);
  try {
    const { source, signal } = context.transfer;
    const hash = combineBlockHashes(
      await hashBlocksInRange(
        source,
        { start: 0, length: source.size },
        { buffers: context.store.handler.buffers, signal },
      ),
    );
    let reservation = previousReservation ?? (await reservePath(context));
    await saveDropboxCheckpoint(context, reservation);
    for (;;) {
      const stored = await putOnce({ ...context, reservation }, hash);
      if (stored !== 'taken') return { reservation, stored, hash };
      reservation = await reserveNextPath(context);
      await saveDropboxCheckpoint(context, reservation);
    }
  } finally {
    release();
  }
}

/** Stores the file under the reserved path. @returns `taken` if another client's file has this path */
async function putOnce(context: KeyedDropboxUploadContext, hash: string): Promise<DropboxFile | 'taken'> {
  const {
    store: { uncertainWrites },
    reservation,
    client,
  } = context;
  const sent = { reachedEnd: false };
  uncertainWrites.add(reservation.path);
  try {
    return await sendVerified(context, hash, sent);
  } catch (cause) {
    // No request was sent completely, so Dropbox cannot have stored the file.
    if (!sent.reachedEnd) uncertainWrites.delete(reservation.path);
    if (!isPathConflict(cause)) throw cause;
    // Either our earlier request stored the file and its response was lost, or the file belongs to another client.
    const existing = await fileAt(client, reservation.path);
    return typeof existing === 'object' && matchesReservation(reservation, existing) && existing.hash === hash
      ? existing
      : 'taken';
  }
}

/**
 * Sends the file with its hash, so that Dropbox rejects damaged bytes, and then sends it again.
 * @param sent `reachedEnd` becomes true when a request was sent completely, so Dropbox may have stored the file
 */
async function sendVerified(
  context: KeyedDropboxUploadContext,
  hash: string,
  sent: { reachedEnd: boolean },
): Promise<DropboxFile> {
  const {
    client,
    transfer: { source },
    progress,
  } = context;
  for (let attempt = 1; ; attempt++) {
    const part = new FilePart({
      source,
      start: 0,
      length: source.size,
      onBytes: (count) => progress.addSent(count),
      beforeEnd: () => source.assertUnchanged(),
    });
    try {
      const { result } = await withBackoff(context, () =>
        client.filesUpload({ ...commitInfoOf(context), content_hash: hash, contents: part }),
      );
      return parseFileMetadata(result);
    } catch (cause) {
      sent.reachedEnd ||= part.wasFullySent;
      if (!hasErrorTags(cause, 'content_hash_mismatch')) throw cause;
      // Finds out whether the local file has changed. If not, the bytes were damaged in transit and are sent again.
      await source.assertUnchanged();
      if (attempt === maxIntegrityAttempts) throw cause;
    }
  }
}
