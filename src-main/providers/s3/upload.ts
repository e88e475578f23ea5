/**
 * From an open file to an object: one PUT for what fits into one part, else parts in parallel. Order is what makes it safe. The
 * checkpoint is durable before the store hears of the key; the file is checked before the store is asked to keep it;
 * an answer counts only when it proves that the store understood.
 */
import { setMaxListeners } from 'node:events';
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand, PutObjectCommand, UploadPartCommand,
  type CompletedPart, type HeadObjectCommandOutput, type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { AppFailure, failure } from '../../../src-shared/errors.ts';
import { partRange, planParts, type PartPlan } from '../../engine/plan-parts.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { TransferOf } from '../provider.ts';
import { checksumKind, checksumOf, isContradicted, type Checksum, type Range } from './checksum.ts';
import { contentHeaders } from './content-headers.ts';
import { openUploads } from './discard.ts';
import { FilePart } from './file-part.ts';
import { makeKey } from './keys.ts';
import { attemptsOf, statusOf, type S3Ref, type S3Store } from './store.ts';

const parallelParts = 4;
/** How often a part may come back damaged before the upload fails. */
const damagedTries = 3;
/** How often a key may turn out to be taken: with 96 random bits not even once. */
const takenTries = 3;

interface Job { store: S3Store; transfer: TransferOf<FileSource>; bucket: string; key: string; headers: ObjectHeaders; progress: (count: number) => void }
type ObjectHeaders = Pick<PutObjectCommandInput, 'ContentType' | 'ContentDisposition' | 'ACL'>;

/** @throws AppFailure too-large, source-changed, corrupted, not-s3; what the SDK, the source and `onCheckpoint` throw */
export async function upload(store: S3Store, transfer: TransferOf<FileSource>): Promise<S3Ref> {
  const { settings } = store;
  const { source } = transfer;
  const { preferredPartBytes, maxParts, maxObjectBytes } = settings.store;
  const plan = source.size > maxObjectBytes ? undefined : planParts(source.size, { preferredPartBytes, maxParts, maxPartBytes: 5 * 1024 ** 3 });
  if (!plan) throw failure('too-large');
  let sent = 0;
  const job: Omit<Job, 'key'> = {
    store, transfer, bucket: settings.bucket,
    headers: { ...contentHeaders(source.name, source.contentType), ...(settings.acl ? { ACL: 'public-read' } : {}) },
    progress: (count) => { sent += count; transfer.onProgress(sent); },
  };
  const { key, versionId } = plan.count === 1 ? await putWhole(job) : await putParts(job, plan);
  transfer.onProgress(source.size);
  return { v: 1, bucket: job.bucket, key, size: source.size, ...(versionId === undefined ? {} : { versionId }) };
}

/** Durable before the store hears of it. */
async function newKey({ store: { settings, ports }, transfer, bucket }: Omit<Job, 'key'>): Promise<string> {
  const key = makeKey({ name: transfer.source.name, prefix: settings.prefix, now: ports.now(), randomBytes: (count) => ports.randomBytes(count) });
  await transfer.onCheckpoint({ v: 1, bucket, key });
  return key;
}

interface Stored { key: string; versionId: string | undefined }

/**
 * Runs a request after which the store may have made something under the key. When it ends without a clear answer the
 * key stays in doubt, and a clean-up looks twice.
 */
async function doubting<T>({ store, key }: Job, act: () => Promise<T>): Promise<T> {
  store.doubts.add(key);
  try {
    const answer = await act();
    store.doubts.delete(key);
    return answer;
  } catch (cause) {
    const status = statusOf(cause) ?? 0;
    if (status >= 400 && status < 500 && attemptsOf(cause) === 1) store.doubts.delete(key);
    throw cause;
  }
}

// ---------------------------------------------------------------- one request

async function putWhole(draft: Omit<Job, 'key'>): Promise<Stored> {
  const { source, signal } = draft.transfer;
  const sum = await sumOf(draft, { start: 0, length: source.size }, signal);
  let key = await newKey(draft);
  for (let tries = 1; ; tries++) {
    const answer = await putOnce({ ...draft, key }, sum);
    if (answer !== 'taken') return { key, versionId: answer.VersionId };
    // Someone else's object: another key, and ours to clean up is only that one.
    key = await newKey(draft);
    if (tries === takenTries) throw failure('unavailable');
  }
}

async function putOnce(job: Job, sum: Checksum): Promise<PutAnswer | 'taken'> {
  const { store, transfer: { source } } = job;
  const part = new FilePart({ source, start: 0, length: source.size, onBytes: job.progress, beforeEnd: () => source.check() });
  try {
    const answer = await doubting(job, () => putConditionally(job, part, sum));
    if (answer === 'taken') return 'taken';
    // Whoever answers without an ETag is no S3 server: a proxy, a login page.
    if (answer.ETag === undefined) throw failure('not-s3');
    if (isContradicted(sum, answer, store.settings.store.etag)) throw failure('corrupted');
    return answer;
  } catch (cause) {
    if (!part.reachedEnd) store.doubts.delete(job.key);
    throw await orChanged(job, cause);
  }
}

interface PutAnswer { ETag?: string; VersionId?: string; ChecksumCRC32?: string; ServerSideEncryption?: string; SSECustomerAlgorithm?: string }

/** The key is new but for a chance of 2^-96; `If-None-Match` makes it certain where the store knows it. */
async function putConditionally(job: Job, part: FilePart, sum: Checksum): Promise<PutAnswer | 'taken'> {
  const { store, transfer: { signal } } = job;
  const send = (condition: { IfNoneMatch?: string }): Promise<PutAnswer> => store.client.send(
    new PutObjectCommand({ Bucket: job.bucket, Key: job.key, Body: part.asBody(), ...job.headers, ...headersOf(sum), ...condition }), { abortSignal: signal });
  if (!store.knowsConditions) return send({});
  try {
    return await send({ IfNoneMatch: '*' });
  } catch (cause) {
    if (statusOf(cause) === 412) {
      const there = await headOf(job);
      if (there) return attemptsOf(cause) > 1 && there.ContentLength === job.transfer.source.size ? there : 'taken';
    } else if (!isUnknownFeature(cause)) {
      throw cause;
    }
    store.knowsConditions = false;
    return send({});
  }
}

const isUnknownFeature = (cause: unknown): boolean =>
  cause instanceof Error && (statusOf(cause) === 501 || (statusOf(cause) === 400 && /^(NotImplemented|InvalidArgument|InvalidRequest|UnsupportedHeader)/.test(cause.name)));

// ---------------------------------------------------------------- parts

async function putParts(draft: Omit<Job, 'key'>, plan: PartPlan): Promise<Stored> {
  const { transfer, bucket } = draft;
  const key = await newKey(draft);
  const job: Job = { ...draft, key };
  const uploadId = await doubting(job, () => createUpload(job));
  await transfer.onCheckpoint({ v: 1, bucket, key, uploadId, partSize: plan.partSize });
  const parts = await sendParts(job, uploadId, plan);
  await transfer.source.check();
  return { key, versionId: await doubting(job, () => complete(job, uploadId, parts)) };
}

async function createUpload({ store, transfer: { signal }, bucket, key, headers }: Job): Promise<string> {
  const kind = checksumKind(store.settings.store.checksum);
  const answer = await store.client.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...headers, ...(kind === 'crc32' ? { ChecksumAlgorithm: 'CRC32' } : {}) }), { abortSignal: signal });
  const uploadId = answer.UploadId;
  if (!uploadId) throw failure('not-s3');
  // An earlier sending may have been heard although its answer was lost.
  if ((answer.$metadata.attempts ?? 1) > 1) {
    for (const other of await openUploads(store, { bucket, key }, signal)) {
      if (other !== uploadId) await store.client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: other }), { abortSignal: signal });
    }
  }
  return uploadId;
}

/** The first part that fails stops the others; parts in flight are cut off, not waited for. */
async function sendParts(job: Job, uploadId: string, plan: PartPlan): Promise<CompletedPart[]> {
  const { signal, source } = job.transfer;
  const stop = new AbortController();
  // Each part in flight listens more than once; ten is only where Node begins to suspect a leak.
  setMaxListeners(0, stop.signal);
  const passOn = (): void => stop.abort();
  signal.addEventListener('abort', passOn, { once: true });
  if (signal.aborted) stop.abort();
  const parts: CompletedPart[] = [];
  let next = 1;
  const work = async (): Promise<void> => {
    while (next <= plan.count && !stop.signal.aborted) {
      const number = next++;
      parts[number - 1] = await sendPart(job, { uploadId, number, range: partRange(number, plan, source.size), signal: stop.signal });
    }
  };
  const workers = Array.from({ length: Math.min(parallelParts, plan.count) }, async () => {
    try {
      await work();
    } catch (cause) {
      stop.abort();
      throw cause;
    }
  });
  try {
    await Promise.all(workers);
  } finally {
    // Nobody reads the file or sends a byte of it after this function.
    await Promise.allSettled(workers);
    signal.removeEventListener('abort', passOn);
  }
  if (signal.aborted) throw failure('canceled');
  return parts;
}

interface PartJob { uploadId: string; number: number; range: Range; signal: AbortSignal }

async function sendPart(job: Job, { uploadId, number, range, signal }: PartJob): Promise<CompletedPart> {
  const { store, bucket, key, transfer: { source } } = job;
  const sum = await sumOf(job, range, signal);
  for (let tries = 1; ; tries++) {
    const part = new FilePart({ source, ...range, onBytes: job.progress });
    try {
      const answer = await store.client.send(
        new UploadPartCommand({ Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: number, Body: part.asBody(), ...headersOf(sum) }), { abortSignal: signal });
      if (answer.ETag === undefined) throw failure('not-s3');
      if (isContradicted(sum, answer, store.settings.store.etag)) throw failure('corrupted');
      return { PartNumber: number, ETag: answer.ETag, ...('crc32' in sum ? { ChecksumCRC32: sum.crc32 } : {}) };
    } catch (cause) {
      part.giveBack();
      if (!isDamaged(cause) || tries === damagedTries) throw await orChanged(job, cause);
    }
  }
}

async function complete(job: Job, uploadId: string, parts: CompletedPart[]): Promise<string | undefined> {
  const { store, bucket, key, transfer: { signal } } = job;
  let answer: { ETag?: string; VersionId?: string };
  try {
    answer = await store.client.send(
      new CompleteMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: parts } }), { abortSignal: signal });
  } catch (cause) {
    // The first sending was heard, its answer lost: the upload is gone because the object is there.
    const there = statusOf(cause) === 404 ? await headOf(job) : undefined;
    if (!there?.ETag || there.ContentLength !== job.transfer.source.size) throw cause;
    answer = there;
  }
  if (answer.ETag) return answer.VersionId;
  // Ceph 16 leaves the ETag empty, a login page does not know one: the object itself tells.
  const head = await headOf(job);
  if (!head?.ETag) throw failure('not-s3');
  if (head.ContentLength !== job.transfer.source.size) throw failure('corrupted');
  return answer.VersionId ?? head.VersionId;
}

// ---------------------------------------------------------------- shared

const sumOf = (job: Omit<Job, 'key'>, range: Range, signal: AbortSignal): Promise<Checksum> => checksumOf(job.transfer.source, range, {
  kind: checksumKind(job.store.settings.store.checksum), buffers: job.store.handler.buffers, signal,
});

const headersOf = (sum: Checksum): { ChecksumCRC32: string } | { ContentMD5: string } => ('crc32' in sum ? { ChecksumCRC32: sum.crc32 } : { ContentMD5: sum.md5 });

async function headOf({ store, bucket, key, transfer: { signal } }: Job): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await store.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause;
    return undefined;
  }
}

const isDamaged = (cause: unknown): boolean =>
  (cause instanceof AppFailure && cause.error.code === 'corrupted') || (cause instanceof Error && /^(BadDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch)$/.test(cause.name));

/** Bytes that do not match what was hashed a moment ago: before the store is blamed, the file is looked at. */
async function orChanged(job: Job, cause: unknown): Promise<unknown> {
  if (!isDamaged(cause)) return cause;
  await job.transfer.source.check();
  return cause;
}
