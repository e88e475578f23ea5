/** A file in one request: it is there as a whole, or not at all. */
import { PutObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import { claimOf, doubtOf, type Claim } from '../claim.ts';
import type { Checksum } from '../sending/checksum.ts';
import { FilePart } from '../sending/file-part.ts';
import { isOurs } from './mark.ts';
import { compared, textOf, type Fingerprints } from './checksum.ts';
import {
  askingOf,
  doubting,
  headersFor,
  headersOf,
  isConditional,
  isTakenNow,
  isUnknownFeature,
  newClaim,
  orChanged,
  seenAt,
  sumOf,
  takenUnseen,
  type Draft,
  type Job,
  type Stored,
} from './job.ts';
import { attemptsOf, statusOf } from './store.ts';

/** @param ours a key of an earlier attempt that had nothing under it a moment ago */
export async function putWhole(draft: Draft, ours?: Claim): Promise<Stored> {
  const release = await draft.lane(draft.transfer.signal);
  try {
    return await putInLane(draft, ours);
  } finally {
    release();
  }
}

async function putInLane(draft: Draft, ours: Claim | undefined): Promise<Stored> {
  const { source, signal } = draft.transfer;
  const sum = await sumOf(draft, { start: 0, length: source.size }, { signal });
  const known = { sum: textOf(sum) };
  let claim = ours ?? (await newClaim(draft, known));
  for (;;) {
    const answer = await putOnce({ ...draft, ...claim }, { sum, isAgain: claim === ours });
    if (answer !== 'taken') return { ...claimOf(claim), versionId: answer.VersionId };
    // Someone else's object: another key, and ours to clean up is only that one.
    draft.names.wasTaken();
    claim = await newClaim(draft, known);
    if (draft.names.isHopeless) throw failure('unavailable');
  }
}

/** `isAgain`: it may be there from an earlier attempt, although nothing was a moment ago. */
interface Sending {
  sum: Checksum;
  isAgain: boolean;
}

async function putOnce(job: Job, sending: Sending): Promise<PutAnswer | 'taken'> {
  const {
    store,
    transfer: { source },
    progress,
  } = job;
  const part = new FilePart({
    source,
    start: 0,
    length: source.size,
    onBytes: (count) => progress.add(count),
    beforeEnd: () => source.check(),
  });
  try {
    const answer = await doubting(job, () => putConditionally(job, part, sending));
    if (answer === 'taken') return 'taken';
    // Whoever answers without an ETag is no S3 server: a proxy, a login page.
    if (answer.ETag === undefined) throw failure('wrong-service', { field: 'endpoint' });
    if (compared(sending.sum, answer, store.settings.store.etag) === 'other') throw failure('corrupted');
    return answer;
  } catch (cause) {
    if (!part.reachedEnd) store.doubts.delete(doubtOf(job));
    throw await orChanged(job, cause, { range: { start: 0, length: source.size }, sum: sending.sum });
  }
}

type PutAnswer = Fingerprints & { VersionId?: string };

/** Whatever was looked at before, `If-None-Match` makes it certain that nothing is overwritten, where the store knows it. */
async function putConditionally(job: Job, part: FilePart, { sum, isAgain }: Sending): Promise<PutAnswer | 'taken'> {
  const { store, transfer } = job;
  const send = (condition: { IfNoneMatch?: string }): Promise<PutAnswer> =>
    store.client.send(
      new PutObjectCommand({
        Bucket: job.bucket,
        Key: job.key,
        Body: part.asBody(),
        ...headersFor(job),
        ...headersOf(sum),
        ...condition,
      }),
      askingOf(transfer),
    );
  if (!isConditional(job)) return (await isTakenNow(job)) ? 'taken' : send({});
  try {
    return await send({ IfNoneMatch: '*' });
  } catch (cause) {
    if (statusOf(cause) === 412) {
      const isLikely = isAgain || attemptsOf(cause) > 1;
      const there = await seenAt(job);
      if (there === 'hidden') return takenUnseen({ isLikely });
      // What an earlier sending left, whose answer was lost.
      if (there) return isEarlier(job, there, isLikely) ? there : 'taken';
    } else if (!isUnknownFeature(cause)) {
      throw cause;
    }
    if (await isTakenNow(job)) return 'taken';
    const answer = await send({});
    // Only now it is known that the condition was what the store did not like.
    store.knowsConditions = false;
    return answer;
  }
}

/** @param isLikely where only the key says whose it is: whether there was an earlier sending */
const isEarlier = (job: Job, there: HeadObjectCommandOutput, isLikely: boolean): boolean =>
  (job.mark === undefined ? isLikely : isOurs(job, there)) && there.ContentLength === job.transfer.source.size;
