/**
 * A file in parts, several at once. Parts that the store has from an earlier attempt are compared with the file as it is
 * now, one by one, before they count; what does not match is sent again.
 */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import { partRange, type PartPlan } from '../../engine/plan-parts.ts';
import { checksumKind, type Checksum, type ChecksumKind, type Range } from '../sending/checksum.ts';
import { claimOf, type Claim } from '../claim.ts';
import { FilePart } from '../sending/file-part.ts';
import { numbersTo, sendParts } from '../sending/send-parts.ts';
import { compared, textOf, type Fingerprints } from './checksum.ts';
import { isOurs } from './mark.ts';
import { abortOthers, orAbort, type ListedPart } from './open-uploads.ts';
import {
  askingOf,
  checkSame,
  doubting,
  headersFor,
  headersOf,
  headOf,
  isConditional,
  isDamaged,
  isTakenNow,
  isUnknownFeature,
  kindFor,
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

/** How often a part may come back damaged before the upload fails. */
const damagedTries = 3;

/** An upload that the store has open, and which parts of it. */
export interface OpenUpload extends Claim {
  uploadId: string;
  plan: PartPlan;
  listed: ReadonlyMap<number, ListedPart>;
  /** A request to open one to this key may still be on its way: others are looked for before the end. */
  isInDoubt: boolean;
}

/** @throws NoSuchUpload when the store gave the upload up */
export async function putParts(draft: Draft, upload: OpenUpload): Promise<Stored | 'taken'> {
  const { transfer, bucket } = draft;
  const { uploadId, plan } = upload;
  const claim = claimOf(upload);
  const job: Job = { ...draft, ...claim };
  const sent = await sendAll(job, upload);
  if (upload.isInDoubt) await abortOthers(job, uploadId);
  const sums = sent.map((part) => part.sum);
  await checkSame(
    job,
    sums.map((sum, i) => ({ range: partRange(i + 1, plan, transfer.source.size), sum })),
  );
  await transfer.onCheckpoint({
    v: 1,
    bucket,
    ...claim,
    size: transfer.source.size,
    uploadId,
    partSize: plan.partSize,
    sum: textOf(sums),
  });
  const answer = await doubting(job, () => complete(job, uploadId, sent));
  return answer === 'taken' ? 'taken' : { ...claim, versionId: answer.VersionId };
}

/** @param claim `ours`: of an earlier attempt that has nothing under it */
export async function openUpload(
  draft: Draft,
  plan: PartPlan,
  claim: { fresh: Claim } | { ours: Claim },
): Promise<OpenUpload> {
  const { transfer, bucket } = draft;
  const isInDoubt = 'ours' in claim;
  const its = 'ours' in claim ? claim.ours : claim.fresh;
  const job: Job = { ...draft, ...its };
  const uploadId = await doubting(job, () => createUpload(job));
  await orAbort(job, uploadId, () =>
    transfer.onCheckpoint({
      v: 1,
      bucket,
      ...claimOf(its),
      size: transfer.source.size,
      uploadId,
      partSize: plan.partSize,
    }),
  );
  return { ...claimOf(its), uploadId, plan, listed: new Map(), isInDoubt };
}

export const freshClaim = async (draft: Draft, plan: PartPlan): Promise<{ fresh: Claim }> => ({
  fresh: await newClaim(draft, { partSize: plan.partSize }),
});

async function createUpload(job: Job): Promise<string> {
  const { store, transfer, bucket, key } = job;
  const answer = await store.client.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      ...headersFor(job),
      ...(kindFor(job) === 'crc32' ? { ChecksumAlgorithm: 'CRC32' } : {}),
    }),
    askingOf(transfer),
  );
  const uploadId = answer.UploadId;
  if (!uploadId) throw failure('wrong-service', { field: 'endpoint' });
  // An earlier sending may have been heard although its answer was lost.
  if ((answer.$metadata.attempts ?? 1) > 1) await abortOthers(job, uploadId);
  return uploadId;
}

// ---------------------------------------------------------------- sending

interface SentPart {
  named: CompletedPart;
  sum: Checksum;
}

const sentPart = (PartNumber: number, ETag: string | undefined, sum: Checksum): SentPart => ({
  named: { PartNumber, ETag, ...('crc32' in sum ? { ChecksumCRC32: sum.crc32 } : {}) },
  sum,
});

async function sendAll(job: Job, { uploadId, plan, listed }: OpenUpload): Promise<SentPart[]> {
  const {
    transfer: { signal, source },
    lane,
  } = job;
  const trust = new Trust(job, listed);
  const parts: SentPart[] = [];
  await sendParts(numbersTo(plan.count), { signal, lane }, async (number, stop) => {
    const part: PartJob = { uploadId, number, range: partRange(number, plan, source.size), signal: stop };
    parts[number - 1] = (await trust.keep(part)) ?? (await sendPart(job, part));
    job.progress.keep(part.range.length);
  });
  return parts;
}

interface PartJob {
  uploadId: string;
  number: number;
  range: Range;
  signal: AbortSignal;
}

/** Which of the listed parts are what the file holds now. */
class Trust {
  readonly #job: Job;
  readonly #listed: ReadonlyMap<number, ListedPart>;
  readonly #verdicts = { kept: 0, contradicted: 0, unknown: 0 };

  constructor(job: Job, listed: ReadonlyMap<number, ListedPart>) {
    this.#job = job;
    this.#listed = listed;
  }

  /** @returns undefined when the part has to be sent */
  async keep({ number, range, signal }: PartJob): Promise<SentPart | undefined> {
    const listed = this.#listed.get(number);
    if (!listed) return undefined;
    const kind = listed.Size === range.length ? this.#kindOf(listed) : undefined;
    const sum = kind && (await sumOf(this.#job, range, { signal, kind }));
    const kept = sum && compared(sum, listed, 'md5') === 'same' ? sentPart(number, listed.ETag, sum) : undefined;
    if (kept) this.#job.progress.add(range.length);
    this.#judged(kept ? 'kept' : sum ? 'contradicted' : 'unknown');
    return kept;
  }

  #judged(as: 'kept' | 'contradicted' | 'unknown'): void {
    this.#verdicts[as]++;
    const { kept, contradicted, unknown } = this.#verdicts;
    // Not one part is what the file holds now: it is another file.
    if (kept === 0 && contradicted > 0 && contradicted + unknown === this.#listed.size)
      this.#job.transfer.onRestart?.('file-changed');
  }

  /** By what a part can be compared; undefined when the store says nothing that could be. */
  #kindOf(listed: ListedPart): ChecksumKind | undefined {
    if (listed.ChecksumCRC32 !== undefined && checksumKind('crc32') === 'crc32') return 'crc32';
    return this.#job.store.settings.store.etag === 'md5' && listed.ETag !== undefined ? 'md5' : undefined;
  }
}

async function sendPart(job: Job, { uploadId, number, range, signal }: PartJob): Promise<SentPart> {
  const { store, bucket, key, transfer, progress } = job;
  const { source } = transfer;
  const sum = await sumOf(job, range, { signal });
  for (let tries = 1; ; tries++) {
    const part = new FilePart({ source, ...range, onBytes: (count) => progress.add(count) });
    try {
      const answer = await store.client.send(
        new UploadPartCommand({
          Bucket: bucket,
          Key: key,
          UploadId: uploadId,
          PartNumber: number,
          Body: part.asBody(),
          ...headersOf(sum),
        }),
        askingOf(transfer, signal),
      );
      if (answer.ETag === undefined) throw failure('wrong-service', { field: 'endpoint' });
      if (compared(sum, answer, store.settings.store.etag) === 'other') throw failure('corrupted');
      return sentPart(number, answer.ETag, sum);
    } catch (cause) {
      part.giveBack();
      if (!isDamaged(cause) || tries === damagedTries) throw await orChanged(job, cause, { range, sum });
    }
  }
}

// ---------------------------------------------------------------- the end

type Completed = Fingerprints & { VersionId?: string };

/** What counts is an object of the right size whose checksum, where the store gives one, is that of what was sent. */
async function complete(job: Job, uploadId: string, parts: SentPart[]): Promise<Completed | 'taken'> {
  const {
    store,
    transfer: { source },
  } = job;
  const answer = await completeOnce(job, uploadId, parts);
  if (answer === 'taken') return 'taken';
  const sums = parts.map((part) => part.sum);
  const contradicts = (it: Fingerprints): boolean => compared(sums, it, store.settings.store.etag) === 'other';
  if (contradicts(answer)) throw failure('corrupted');
  if (answer.ETag) return answer;
  // Ceph 16 leaves the ETag empty, a login page does not know one: the object itself tells.
  const head = await headOf(job);
  if (!head?.ETag) throw failure('wrong-service', { field: 'endpoint' });
  if (head.ContentLength !== source.size || contradicts(head)) throw failure('corrupted');
  return { ...head, ...answer, ETag: head.ETag };
}

async function completeOnce(job: Job, uploadId: string, parts: SentPart[]): Promise<Completed | 'taken'> {
  const { store, bucket, key, transfer } = job;
  const send = (condition: { IfNoneMatch?: string }): Promise<Completed> =>
    store.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: { Parts: parts.map((part) => part.named) },
        ...condition,
      }),
      askingOf(transfer),
    );
  if (await isTakenNow(job)) return 'taken';
  try {
    return await send(isConditional(job) ? { IfNoneMatch: '*' } : {});
  } catch (cause) {
    if (!isUnknownFeature(cause)) {
      const before = await completedBefore(job, cause, parts);
      if (before) return before;
    }
    // The condition itself is what the store does not like: it knows none, or answers each of them with 412.
    const isAboutCondition = isConditional(job) && (isUnknownFeature(cause) || statusOf(cause) === 412);
    if (!isAboutCondition) throw cause;
    if (await isTakenNow(job)) return 'taken';
    const answer = await send({});
    // Only now it is known that the condition was what the store did not like.
    store.knowsConditions = false;
    return answer;
  }
}

/**
 * The first sending was heard, its answer lost: the upload is gone (404), or its key taken (412), because the object is
 * there. Someone else's object is something else.
 * @returns undefined when there is no object that could tell
 */
async function completedBefore(job: Job, cause: unknown, parts: SentPart[]): Promise<Completed | 'taken' | undefined> {
  const status = statusOf(cause);
  const isLikely = status === 404 || attemptsOf(cause) > 1;
  const there = status === 412 ? await seenAt(job) : status === 404 ? await headOf(job) : undefined;
  if (there === 'hidden') return takenUnseen({ isLikely });
  if (!there?.ETag) return undefined;
  if (isOurs(job, there) && isWhole(job, there, { parts, isLikely })) return there;
  return status === 412 ? 'taken' : undefined;
}

/** `isLikely`: where the store says nothing of the bytes, the right size is enough. */
function isWhole(
  { store, transfer: { source } }: Job,
  there: Fingerprints & { ContentLength?: number },
  { parts, isLikely }: { parts: SentPart[]; isLikely: boolean },
): boolean {
  if (there.ContentLength !== source.size) return false;
  const verdict = compared(
    parts.map((part) => part.sum),
    there,
    store.settings.store.etag,
  );
  return verdict === 'same' || (verdict === 'unknown' && isLikely);
}
