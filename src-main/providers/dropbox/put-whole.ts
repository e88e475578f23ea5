/** A file in one request: it is there as a whole, or not at all. */
import { FilePart } from '../sending/file-part.ts';
import { blocksOfRange, hashOf } from './content-hash.ts';
import {
  anotherClaim,
  commitOf,
  isOurs,
  isTaken,
  keepClaim,
  newClaim,
  patiently,
  type Claim,
  type Draft,
  type Job,
} from './job.ts';
import { isRefused } from './refusals.ts';
import { fileAt, storedOf, type Stored } from './stored.ts';

/** How often bytes are sent that arrive as others. */
const damagedTries = 3;

/** @param ours a path of an earlier attempt that had nothing of it a moment ago */
export async function putWhole(draft: Draft, ours?: Claim): Promise<{ claim: Claim; stored: Stored; hash: string }> {
  const release = await draft.lane(draft.transfer.signal);
  try {
    const { source, signal } = draft.transfer;
    const hash = hashOf(
      await blocksOfRange(source, { start: 0, length: source.size }, { buffers: draft.store.handler.buffers, signal }),
    );
    let claim = ours ?? (await newClaim(draft));
    await keepClaim(draft, claim);
    for (;;) {
      const stored = await putOnce({ ...draft, claim }, hash);
      if (stored !== 'taken') return { claim, stored, hash };
      claim = await anotherClaim(draft);
      await keepClaim(draft, claim);
    }
  } finally {
    release();
  }
}

async function putOnce(job: Job, hash: string): Promise<Stored | 'taken'> {
  const {
    store: { doubts },
    claim,
    client,
  } = job;
  const sent = { reachedEnd: false };
  doubts.add(claim.path);
  try {
    return await sendUndamaged(job, hash, sent);
  } catch (cause) {
    if (!sent.reachedEnd) doubts.delete(claim.path);
    if (!isTaken(cause)) throw cause;
    // What an earlier sending left, whose answer was lost; else somebody else's.
    const there = await fileAt(client, claim.path);
    return typeof there === 'object' && isOurs(claim, there) && there.hash === hash ? there : 'taken';
  }
}

async function sendUndamaged(job: Job, hash: string, sent: { reachedEnd: boolean }): Promise<Stored> {
  const {
    client,
    transfer: { source },
    progress,
  } = job;
  for (let tries = 1; ; tries++) {
    const part = new FilePart({
      source,
      start: 0,
      length: source.size,
      onBytes: (count) => progress.add(count),
      beforeEnd: () => source.check(),
    });
    try {
      const { result } = await patiently(job, () =>
        client.filesUpload({ ...commitOf(job), content_hash: hash, contents: part }),
      );
      return storedOf(result);
    } catch (cause) {
      sent.reachedEnd ||= part.reachedEnd;
      if (!isRefused(cause, 'content_hash_mismatch')) throw cause;
      // Before the way is blamed, the file is looked at.
      await source.check();
      if (tries === damagedTries) throw cause;
    }
  }
}
