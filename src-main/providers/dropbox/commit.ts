/** From a session that has all bytes to a file. */
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import { blocksOfRange, hashOf } from './content-hash.ts';
import { anotherClaim, commitOf, isOurs, isTaken, keepClaim, patiently, type Claim, type Job } from './job.ts';
import { isRefused } from './refusals.ts';
import { lostOr, SessionLost, type SessionUpload } from './session.ts';
import { fileAt, storedOf, type Stored } from './stored.ts';

/**
 * @param hash of the whole file
 * @throws SessionLost; AppFailure name-taken, source-changed; what the SDK throws
 */
export async function finish(job: Job, upload: SessionUpload, hash: string): Promise<{ claim: Claim; stored: Stored }> {
  let { claim } = job;
  for (;;) {
    await checkSame(job, hash);
    const stored = await finishOnce({ ...job, claim }, upload, hash);
    if (stored !== 'taken') return { claim, stored };
    // The bytes are kept: only the name is another one.
    claim = await anotherClaim(job);
    await keepClaim(job, claim, upload.session);
  }
}

/** Size and time do not tell of a file that was rewritten and had its time set back: its bytes do. @throws AppFailure source-changed, source-unreadable, canceled */
async function checkSame(
  {
    transfer: { source, signal },
    store: {
      handler: { buffers },
    },
  }: Job,
  hash: string,
): Promise<void> {
  await source.check();
  if (
    (await source.touched?.()) &&
    hashOf(await blocksOfRange(source, { start: 0, length: source.size }, { buffers, signal })) !== hash
  )
    throw failure('source-changed');
}

async function finishOnce(job: Job, { session }: SessionUpload, hash: string): Promise<Stored | 'taken'> {
  const {
    client,
    claim,
    store,
    transfer: { source },
  } = job;
  store.doubts.add(claim.path);
  try {
    const { result } = await patiently(job, () =>
      client.filesUploadSessionFinish({
        cursor: { session_id: session.id, offset: source.size },
        commit: commitOf(job),
        contents: '',
      }),
    );
    return storedOf(result);
  } catch (cause) {
    const isGone = isRefused(cause, 'lookup_failed/not_found');
    if (!isGone && !isTaken(cause)) throw lostOr(cause);
    // The answer to an earlier call may have been lost: then it is there, and the session is used up.
    const there = await lookAgain(job, isGone ? [0, ...store.lookAgainMs] : [0], hash);
    if (there) return there;
    if (isGone) throw new SessionLost(cause);
    return 'taken';
  }
}

/** @param pauses ms before each look */
export async function lookAgain(
  { client, claim, transfer: { signal } }: Pick<Job, 'client' | 'claim' | 'transfer'>,
  pauses: readonly number[],
  hash: string,
): Promise<Stored | undefined> {
  for (const pause of pauses) {
    if (pause > 0) await sleep(pause, undefined, { signal });
    const there = await fileAt(client, claim.path);
    if (typeof there === 'object' && isOurs(claim, there) && there.hash === hash) return there;
  }
  return undefined;
}
