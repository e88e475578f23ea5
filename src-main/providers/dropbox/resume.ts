/**
 * What is there of an earlier attempt, whatever ended it. Dropbox is asked, not believed: a file counts when it amounts to what
 * the file here does, a part when it is what was sent.
 */
import { blocksOfRange, hashOf, type Blocks } from './content-hash.ts';
import { isOurs, type Claim, type Draft, type Job } from './job.ts';
import { correctOffset, isRefused } from './refusals.ts';
import { rangeOf, SessionUpload, sumOf } from './session.ts';
import { fileAt, oddAnswer, removeFile, type Stored } from './stored.ts';
import type { DropboxCheckpoint, SessionState } from './store.ts';

export type Earlier =
  | { is: 'nothing' }
  /** Its path, with nothing of it there. */
  | { is: 'path'; claim: Claim }
  | { is: 'open'; claim: Claim; upload: SessionUpload }
  /** All of it is there; only the answer was lost. */
  | { is: 'stored'; claim: Claim; stored: Stored };

export async function findEarlier(draft: Draft, checkpoint: DropboxCheckpoint): Promise<Earlier> {
  const {
    transfer: { source },
    client,
    progress,
  } = draft;
  const { path, at, isUnique, own, size, session } = checkpoint;
  const claim: Claim = { path, at, isUnique, own };
  const there = await fileAt(client, path);
  if (typeof there === 'object' && isOurs(claim, there)) {
    if (there.size === source.size && there.hash === (await hashOfFile(draft)))
      return { is: 'stored', claim, stored: there };
    await removeFile(client, there);
    progress.restart('file-changed');
    return { is: 'nothing' };
  }
  if (size !== source.size) {
    // The session ends by itself.
    if (session) progress.restart('file-changed');
    return { is: 'nothing' };
  }
  return session ? goOn({ ...draft, claim }, session) : { is: 'path', claim };
}

async function goOn(job: Job, session: SessionState): Promise<Earlier> {
  const { claim, progress } = job;
  const known = await compareParts(job, session);
  if (known === 'other bytes') {
    progress.restart('file-changed');
    return { is: 'path', claim };
  }
  const state = await whereItIs(job, session);
  if (state === 'gone') {
    progress.restart('store-forgot');
    return { is: 'path', claim };
  }
  return { is: 'open', claim, upload: new SessionUpload(job, state, known) };
}

/** Parts that Dropbox has are read here once more: a file that was written to in between is another file. */
async function compareParts(
  {
    transfer: { source, signal },
    store: {
      handler: { buffers },
    },
  }: Job,
  session: SessionState,
): Promise<(Blocks | undefined)[] | 'other bytes'> {
  const known: (Blocks | undefined)[] = [];
  for (const [index, sum] of session.sums.entries()) {
    if (sum === '') continue;
    const blocks = await blocksOfRange(source, rangeOf(session, index, source.size), { buffers, signal });
    if (sumOf(blocks) !== sum) return 'other bytes';
    known[index] = blocks;
  }
  return known;
}

/** Nothing is sent at the place where we think that it is: the answer says whether that is so. */
async function whereItIs({ client, transfer: { source } }: Job, session: SessionState): Promise<SessionState | 'gone'> {
  const offset = session.kind === 'sequential' ? session.offset : 0;
  try {
    const { result } = await client.filesUploadSessionAppendV2({
      cursor: { session_id: session.id, offset },
      contents: '',
    });
    if (result !== null) throw oddAnswer();
    return session;
  } catch (cause) {
    if (isRefused(cause, 'not_found')) return 'gone';
    if (isRefused(cause, 'closed'))
      return { ...session, offset: source.size, sums: session.sums.map((sum) => sum || 'there') };
    const there = correctOffset(cause);
    if (there === undefined) throw cause;
    return there > source.size
      ? 'gone'
      : {
          ...session,
          offset: there,
          sums: session.sums.map((sum, index) => ((index + 1) * session.partBytes <= there ? sum : '')),
        };
  }
}

async function hashOfFile({
  transfer: { source, signal },
  store: {
    handler: { buffers },
  },
}: Draft): Promise<string> {
  return hashOf(await blocksOfRange(source, { start: 0, length: source.size }, { buffers, signal }));
}
