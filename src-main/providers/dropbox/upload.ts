/**
 * Uploads a file, in one request if it is small, otherwise in an upload session. Saves the checkpoint before Dropbox
 * gets the path. A stored file counts only if its content hash matches the local file.
 */
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { hasErrorTags } from './api-errors.ts';
import { commitUploadSession } from './commit.ts';
import {
  createDropboxUploadContext,
  saveDropboxCheckpoint,
  reservePath,
  type PathReservation,
  type DropboxUploadContext,
  type KeyedDropboxUploadContext,
} from './upload-context.ts';
import { uploadToDropboxInOneRequest } from './single-request.ts';
import { findResumableDropboxUpload, type DropboxResumeState } from './resume.ts';
import { ensureSpace } from './space.ts';
import { SessionLostError, SessionUpload } from './upload-session.ts';
import { removeFile, type DropboxFile } from './file-metadata.ts';
import { parseDropboxCheckpoint, type DropboxRef, type DropboxStore } from './store.ts';

/**
 * @throws AppFailure source-changed, corrupted, name-taken, quota-exceeded, wrong-service; whatever the SDK, the source
 * and `onCheckpoint` throw
 */
export async function uploadToDropbox(store: DropboxStore, transfer: TransferFrom<FileSource>): Promise<DropboxRef> {
  const context = createDropboxUploadContext(store, transfer);
  try {
    return await uploadWithRestart(
      context,
      transfer.checkpoint === undefined
        ? { kind: 'none' }
        : await findResumableDropboxUpload(context, parseDropboxCheckpoint(transfer.checkpoint)),
    );
  } catch (cause) {
    // `ensureSpace` throws an error that says how much space is left, which may be enough for other files.
    if (hasErrorTags(cause, 'insufficient_space')) await ensureSpace(context.client, transfer.source.size);
    throw cause;
  } finally {
    context.keyAllocator.release();
  }
}

async function uploadWithRestart(context: DropboxUploadContext, initialState: DropboxResumeState): Promise<DropboxRef> {
  let resumeState = initialState;
  for (;;) {
    try {
      return await uploadFrom(context, resumeState);
    } catch (cause) {
      // After a lost session, the upload restarts from zero, but only once.
      if (!(cause instanceof SessionLostError) || context.transfer.signal.aborted) throw cause;
      if (context.progress.restarts > 0)
        throw failure('unavailable', { params: { of: 'dropbox', host: 'Dropbox', why: 'session' } }, cause.cause);
      context.progress.restart(cause.why);
      resumeState = { kind: 'none' };
    }
  }
}

/** Uploads the file from the state that an earlier attempt left at Dropbox. @throws SessionLostError */
async function uploadFrom(context: DropboxUploadContext, resumeState: DropboxResumeState): Promise<DropboxRef> {
  const {
    transfer: { source },
    store,
  } = context;
  if (resumeState.kind === 'stored') return toDropboxRef(context, resumeState);
  const previousReservation = resumeState.kind === 'none' ? undefined : resumeState.reservation;
  if (resumeState.kind !== 'open' && source.size <= store.partBytes) {
    const { hash, ...result } = await uploadToDropboxInOneRequest(context, previousReservation);
    return verifyStored(context, result, hash);
  }
  const reservation = previousReservation ?? (await reservePath(context));
  const keyedContext: KeyedDropboxUploadContext = { ...context, reservation };
  if (resumeState.kind !== 'open') await saveDropboxCheckpoint(context, reservation);
  const session = resumeState.kind === 'open' ? resumeState.upload : await SessionUpload.open(keyedContext);
  await session.send();
  const hash = await session.hash();
  const committed = await commitUploadSession(keyedContext, session, hash);
  // An earlier attempt may have sent parts whose hashes were not saved. Only this comparison checks them.
  if (resumeState.kind === 'open' && !hasExpectedContent(committed.stored, { size: source.size, hash })) {
    await removeFile(context.client, committed.stored);
    throw new SessionLostError(undefined, 'file-changed');
  }
  return verifyStored(context, committed, hash);
}

const hasExpectedContent = (stored: DropboxFile, { size, hash }: { size: number; hash: string }): boolean =>
  stored.size === size && (stored.hash ?? hash) === hash;

/** The content hash at Dropbox must match the local one; otherwise the file is deleted. */
async function verifyStored(
  context: DropboxUploadContext,
  { reservation, stored }: { reservation: PathReservation; stored: DropboxFile },
  hash: string,
): Promise<DropboxRef> {
  const {
    transfer: { source },
    client,
  } = context;
  if (hasExpectedContent(stored, { size: source.size, hash })) return toDropboxRef(context, { reservation, stored });
  await removeFile(client, stored);
  await source.assertUnchanged();
  throw failure('corrupted', { params: { of: 'dropbox', host: 'Dropbox' } });
}

function toDropboxRef(
  { store, transfer: { source, onProgress } }: DropboxUploadContext,
  { reservation, stored }: { reservation: PathReservation; stored: DropboxFile },
): DropboxRef {
  store.uncertainWrites.delete(reservation.path);
  onProgress(source.size);
  return { v: 1, id: stored.id, rev: stored.rev, path: stored.path, size: source.size, own: reservation.own };
}
