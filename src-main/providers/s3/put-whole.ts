/** A file in one request: it is there as a whole, or not at all. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import { compared, textOf, type Checksum, type Fingerprints } from './checksum.ts';
import { FilePart } from './file-part.ts';
import { doubting, headersOf, headOf, isUnknownFeature, newKey, orChanged, sumOf, type Draft, type Job, type Stored } from './job.ts';
import { attemptsOf, statusOf } from './store.ts';

/** How often a key may turn out to be taken: with 96 random bits not even once. */
const takenTries = 3;

/** @param ours a key of an earlier attempt that had nothing under it a moment ago */
export async function putWhole(draft: Draft, ours?: string): Promise<Stored> {
  const { source, signal } = draft.transfer;
  const sum = await sumOf(draft, { start: 0, length: source.size }, { signal });
  const known = { sum: textOf(sum) };
  let key = ours ?? await newKey(draft, { folder: source.folder, ...known });
  for (let tries = 1; ; tries++) {
    const answer = await putOnce({ ...draft, key }, { sum, isOurs: key === ours });
    if (answer !== 'taken') return { key, versionId: answer.VersionId };
    // Someone else's object: another key, and ours to clean up is only that one.
    key = await newKey(draft, { folder: undefined, ...known });
    if (tries === takenTries) throw failure('unavailable');
  }
}

interface Sending { sum: Checksum; isOurs: boolean }

async function putOnce(job: Job, sending: Sending): Promise<PutAnswer | 'taken'> {
  const { store, transfer: { source }, progress } = job;
  const part = new FilePart({ source, start: 0, length: source.size, onBytes: (count) => progress.add(count), beforeEnd: () => source.check() });
  try {
    const answer = await doubting(job, () => putConditionally(job, part, sending));
    if (answer === 'taken') return 'taken';
    // Whoever answers without an ETag is no S3 server: a proxy, a login page.
    if (answer.ETag === undefined) throw failure('not-s3');
    if (compared(sending.sum, answer, store.settings.store.etag) === 'other') throw failure('corrupted');
    return answer;
  } catch (cause) {
    if (!part.reachedEnd) store.doubts.delete(job.key);
    throw await orChanged(job, cause);
  }
}

type PutAnswer = Fingerprints & { VersionId?: string };

/** The key is new but for a chance of 2^-96; `If-None-Match` makes it certain where the store knows it. */
async function putConditionally(job: Job, part: FilePart, { sum, isOurs }: Sending): Promise<PutAnswer | 'taken'> {
  const { store, transfer: { signal } } = job;
  const send = (condition: { IfNoneMatch?: string }): Promise<PutAnswer> => store.client.send(
    new PutObjectCommand({ Bucket: job.bucket, Key: job.key, Body: part.asBody(), ...job.headers, ...headersOf(sum), ...condition }), { abortSignal: signal });
  if (!store.knowsConditions) return send({});
  try {
    return await send({ IfNoneMatch: '*' });
  } catch (cause) {
    if (statusOf(cause) === 412) {
      const there = await headOf(job);
      // What an earlier sending left, whose answer was lost.
      if (there) return (isOurs || attemptsOf(cause) > 1) && there.ContentLength === job.transfer.source.size ? there : 'taken';
    } else if (!isUnknownFeature(cause)) {
      throw cause;
    }
    store.knowsConditions = false;
    return send({});
  }
}
