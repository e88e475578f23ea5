/**
 * From an open file to a file at Dropbox: one request for what is small, else an upload session. The checkpoint is durable
 * before Dropbox hears of the path; an answer counts only when it says what the file amounts to.
 */
import { failure } from '../../../src-shared/errors.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferOf } from '../provider.ts';
import { finish } from './commit.ts';
import { draftOf, keepClaim, newClaim, type Claim, type Draft, type Job } from './job.ts';
import { putWhole } from './put-whole.ts';
import { findEarlier, type Earlier } from './resume.ts';
import { SessionLost, SessionUpload } from './session.ts';
import { removeFile, type Stored } from './stored.ts';
import { readCheckpoint, type DropboxRef, type DropboxStore } from './store.ts';

/** @throws AppFailure source-changed, corrupted, name-taken, quota-exceeded, wrong-service; what the SDK, the source and `onCheckpoint` throw */
export async function upload(store: DropboxStore, transfer: TransferOf<FileSource>): Promise<DropboxRef> {
  const draft = draftOf(store, transfer);
  try {
    return await uploadWith(
      draft,
      transfer.checkpoint === undefined
        ? { is: 'nothing' }
        : await findEarlier(draft, readCheckpoint(transfer.checkpoint)),
    );
  } finally {
    draft.names.free();
  }
}

async function uploadWith(draft: Draft, found: Earlier): Promise<DropboxRef> {
  let earlier = found;
  for (;;) {
    try {
      return await put(draft, earlier);
    } catch (cause) {
      // From zero, once.
      if (!(cause instanceof SessionLost) || draft.transfer.signal.aborted) throw cause;
      if (draft.progress.restarts > 0)
        throw failure('unavailable', { params: { of: 'dropbox', host: 'Dropbox', why: 'session' } }, cause.cause);
      draft.progress.restart(cause.why);
      earlier = { is: 'nothing' };
    }
  }
}

async function put(draft: Draft, earlier: Earlier): Promise<DropboxRef> {
  const {
    transfer: { source },
    store,
  } = draft;
  if (earlier.is === 'stored') return refOf(draft, earlier);
  const ours = earlier.is === 'nothing' ? undefined : earlier.claim;
  if (earlier.is !== 'open' && source.size <= store.partBytes) {
    const { hash, ...whole } = await putWhole(draft, ours);
    return checked(draft, whole, hash);
  }
  const claim = ours ?? (await newClaim(draft));
  const job: Job = { ...draft, claim };
  if (earlier.is !== 'open') await keepClaim(draft, claim);
  const session = earlier.is === 'open' ? earlier.upload : await SessionUpload.open(job);
  await session.send();
  const hash = await session.hash();
  const done = await finish(job, session, hash);
  // What an earlier attempt sent was never compared with anything but this.
  if (earlier.is === 'open' && !isSame(done.stored, { size: source.size, hash })) {
    await removeFile(draft.client, done.stored);
    throw new SessionLost(undefined, 'file-changed');
  }
  return checked(draft, done, hash);
}

const isSame = (stored: Stored, { size, hash }: { size: number; hash: string }): boolean =>
  stored.size === size && (stored.hash ?? hash) === hash;

/** What Dropbox says of its bytes is what the bytes here amount to, or nothing of it stays. */
async function checked(
  draft: Draft,
  { claim, stored }: { claim: Claim; stored: Stored },
  hash: string,
): Promise<DropboxRef> {
  const {
    transfer: { source },
    client,
  } = draft;
  if (isSame(stored, { size: source.size, hash })) return refOf(draft, { claim, stored });
  await removeFile(client, stored);
  await source.check();
  throw failure('corrupted', { params: { of: 'dropbox', host: 'Dropbox' } });
}

function refOf(
  { store, transfer: { source, onProgress } }: Draft,
  { claim, stored }: { claim: Claim; stored: Stored },
): DropboxRef {
  store.doubts.delete(claim.path);
  onProgress(source.size);
  return { v: 1, id: stored.id, rev: stored.rev, path: stored.path, size: source.size, own: claim.own };
}
