/**
 * Finds the stored data of an interrupted attempt and verifies it. A stored file is kept if its content hash matches
 * the local file. A stored part is kept if its hash matches the bytes of the local file.
 */
import { hashBlocksInRange, combineBlockHashes, type BlockHashes } from './content-hash.ts';
import {
  matchesReservation,
  type PathReservation,
  type DropboxUploadContext,
  type KeyedDropboxUploadContext,
} from './upload-context.ts';
import { correctOffset, hasErrorTags } from './api-errors.ts';
import { sessionPartRange, SessionUpload, partFingerprint } from './upload-session.ts';
import { fileAt, unexpectedResponse, removeFile, type DropboxFile } from './file-metadata.ts';
import type { DropboxCheckpoint, SessionState } from './store.ts';

export type DropboxResumeState =
  | { kind: 'none' }
  /** A path is reserved, but Dropbox has no data of the upload. */
  | { kind: 'path'; reservation: PathReservation }
  | { kind: 'open'; reservation: PathReservation; upload: SessionUpload }
  /** The whole file exists; only the response was lost. */
  | { kind: 'stored'; reservation: PathReservation; stored: DropboxFile };

/** Finds out how an upload with this checkpoint can be resumed. Deletes a stored file that no longer matches. */
export async function findResumableDropboxUpload(
  context: DropboxUploadContext,
  checkpoint: DropboxCheckpoint,
): Promise<DropboxResumeState> {
  const {
    transfer: { source },
    client,
    progress,
  } = context;
  const { path, at, isUnique, own, size, session } = checkpoint;
  const reservation: PathReservation = { path, at, isUnique, own };
  const existing = await fileAt(client, path);
  if (typeof existing === 'object' && matchesReservation(reservation, existing)) {
    if (existing.size === source.size && existing.hash === (await hashSource(context)))
      return { kind: 'stored', reservation, stored: existing };
    await removeFile(client, existing);
    progress.restart('file-changed');
    return { kind: 'none' };
  }
  if (size !== source.size) {
    // The file has changed, so the session cannot be resumed. It expires without a clean-up.
    if (session) progress.restart('file-changed');
    return { kind: 'none' };
  }
  return session ? resumeSession({ ...context, reservation }, session) : { kind: 'path', reservation };
}

/** Resumes the session if Dropbox still has it and the parts sent so far match the local file. */
async function resumeSession(context: KeyedDropboxUploadContext, session: SessionState): Promise<DropboxResumeState> {
  const { reservation, progress } = context;
  const knownBlocks = await verifySentParts(context, session);
  if (knownBlocks === 'content-changed') {
    progress.restart('file-changed');
    return { kind: 'path', reservation };
  }
  const state = await probeSession(context, session);
  if (state === 'gone') {
    progress.restart('store-forgot');
    return { kind: 'path', reservation };
  }
  return { kind: 'open', reservation, upload: new SessionUpload(context, state, knownBlocks) };
}

/** Compares the parts that Dropbox has with the local file, because the file may have changed in the meantime. */
async function verifySentParts(
  {
    transfer: { source, signal },
    store: {
      handler: { buffers },
    },
  }: KeyedDropboxUploadContext,
  session: SessionState,
): Promise<(BlockHashes | undefined)[] | 'content-changed'> {
  const knownBlocks: (BlockHashes | undefined)[] = [];
  for (const [index, fingerprint] of session.sums.entries()) {
    // A part whose hash is unknown cannot be compared here. The commit compares the hash of the whole file instead.
    if (fingerprint === '' || fingerprint === unknownFingerprint) continue;
    const blocks = await hashBlocksInRange(source, sessionPartRange(session, index, source.size), { buffers, signal });
    if (partFingerprint(blocks) !== fingerprint) return 'content-changed';
    knownBlocks[index] = blocks;
  }
  return knownBlocks;
}

/**
 * Sends a request without bytes at the saved offset. The response confirms or corrects the offset, or says that the
 * session is closed, which means that Dropbox has all bytes.
 */
async function probeSession(
  { client, transfer: { source } }: KeyedDropboxUploadContext,
  session: SessionState,
): Promise<SessionState | 'gone'> {
  const offset = session.kind === 'sequential' ? session.offset : 0;
  try {
    const { result } = await client.filesUploadSessionAppendV2({
      cursor: { session_id: session.id, offset },
      contents: '',
    });
    if (result !== null) throw unexpectedResponse();
    return session;
  } catch (cause) {
    if (hasErrorTags(cause, 'not_found')) return 'gone';
    if (hasErrorTags(cause, 'closed'))
      return {
        ...session,
        offset: source.size,
        sums: session.sums.map((fingerprint) => fingerprint || unknownFingerprint),
      };
    const serverOffset = correctOffset(cause);
    if (serverOffset === undefined) throw cause;
    if (serverOffset > source.size) return 'gone';
    // Only parts that end before the offset are stored completely.
    const sums = session.sums.map((fingerprint, index) =>
      (index + 1) * session.partBytes <= serverOffset ? fingerprint : '',
    );
    return { ...session, offset: serverOffset, sums };
  }
}

/** The value in a checkpoint for a part that Dropbox has, but whose hash was not saved. */
const unknownFingerprint = 'there';

async function hashSource({
  transfer: { source, signal },
  store: {
    handler: { buffers },
  },
}: DropboxUploadContext): Promise<string> {
  return combineBlockHashes(await hashBlocksInRange(source, { start: 0, length: source.size }, { buffers, signal }));
}
