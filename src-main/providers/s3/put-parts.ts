/**
 * Uploads a file in parallel parts. Parts that the store has from an earlier attempt count only after a comparison
 * with the file's current bytes; parts that do not match are sent again.
 */
import {
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CreateMultipartUploadCommandOutput,
} from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import { partRange, type PartPlan } from '../../engine/plan-parts.ts';
import { supportedChecksumKind, type PartChecksum, type ChecksumKind, type ByteRange } from '../transfer/checksum.ts';
import { pickReservation, type KeyReservation } from '../keys/key-reservation.ts';
import { FilePart } from '../transfer/file-part.ts';
import { partNumbersUpTo, sendParts } from '../transfer/send-parts.ts';
import { compareChecksums, formatChecksums, type ObjectChecksums } from './compare-checksums.ts';
import { completeUpload, type UploadedPart } from './complete-upload.ts';
import { abortOtherUploads, abortOnFailure, type ListedPart } from './multipart-uploads.ts';
import {
  s3RequestOptions,
  assertSourceUnchanged,
  trackUncertainWrite,
  newObjectHeaders,
  s3ChecksumHeaders,
  fallBackToMd5,
  kindOfChecksum,
  isCorruption,
  checksumKindFor,
  reserveS3Key,
  explainCorruption,
  s3RangeChecksum,
  type S3UploadContext,
  type KeyedS3UploadContext,
  type StoredS3Object,
} from './upload-context.ts';
import { notS3Failure, readBackPart } from './read-back.ts';
import { isUnprovenSuccess } from './unreadable-response.ts';

/** How often Hoist sends a part whose bytes arrive damaged. */
const maxPartAttempts = 3;

/** An open multipart upload at the store, and its parts. */
export interface OpenMultipartUpload extends KeyReservation {
  uploadId: string;
  plan: PartPlan;
  storedParts: ReadonlyMap<number, ListedPart>;
  /** An earlier request may still open an upload to this key, so other uploads are aborted before the last request. */
  mayHaveDuplicates: boolean;
}

/** @throws NoSuchUpload when the store dropped the upload */
export async function putS3Parts(
  context: S3UploadContext,
  upload: OpenMultipartUpload,
): Promise<StoredS3Object | 'taken'> {
  const { transfer, bucket } = context;
  const { uploadId, plan } = upload;
  const reservation = pickReservation(upload);
  const keyed: KeyedS3UploadContext = { ...context, ...reservation };
  const sent = await uploadAllParts(keyed, upload);
  if (upload.mayHaveDuplicates) await abortOtherUploads(keyed, uploadId);
  const sums = sent.map((part) => part.sum);
  await assertSourceUnchanged(
    keyed,
    sums.map((sum, i) => ({ range: partRange(i + 1, plan, transfer.source.size), sum })),
  );
  await transfer.onCheckpoint({
    v: 1,
    bucket,
    ...reservation,
    size: transfer.source.size,
    uploadId,
    partSize: plan.partSize,
    sum: formatChecksums(sums),
  });
  const answer = await trackUncertainWrite(keyed, () => completeUpload(keyed, uploadId, sent));
  return answer === 'taken' ? 'taken' : { ...reservation, versionId: answer.VersionId };
}

/** @param origin `ours`: the key of an earlier attempt, with no object under it; `fresh`: a new key */
export async function startMultipartUpload(
  context: S3UploadContext,
  plan: PartPlan,
  origin: { fresh: KeyReservation } | { ours: KeyReservation },
): Promise<OpenMultipartUpload> {
  const { transfer, bucket } = context;
  const mayHaveDuplicates = 'ours' in origin;
  const reservation = 'ours' in origin ? origin.ours : origin.fresh;
  const keyed: KeyedS3UploadContext = { ...context, ...reservation };
  const uploadId = await trackUncertainWrite(keyed, () => createMultipartUpload(keyed));
  await abortOnFailure(keyed, uploadId, () =>
    transfer.onCheckpoint({
      v: 1,
      bucket,
      ...pickReservation(reservation),
      size: transfer.source.size,
      uploadId,
      partSize: plan.partSize,
    }),
  );
  return { ...pickReservation(reservation), uploadId, plan, storedParts: new Map(), mayHaveDuplicates };
}

export const reserveFreshKey = async (
  context: S3UploadContext,
  plan: PartPlan,
): Promise<{ fresh: KeyReservation }> => ({
  fresh: await reserveS3Key(context, { partSize: plan.partSize }),
});

async function createMultipartUpload(keyed: KeyedS3UploadContext): Promise<string> {
  const { store, transfer, bucket, key } = keyed;
  const send = (kind: ChecksumKind): Promise<CreateMultipartUploadCommandOutput> =>
    store.client.send(
      new CreateMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        ...newObjectHeaders(keyed),
        ...(kind === 'crc32' ? { ChecksumAlgorithm: 'CRC32' } : {}),
      }),
      s3RequestOptions(transfer),
    );
  const kind = checksumKindFor(keyed);
  const answer = await send(kind).catch((cause: unknown) => {
    if (!fallBackToMd5(keyed, cause, kind)) throw cause;
    return send('md5');
  });
  const uploadId = answer.UploadId;
  if (!uploadId) throw notS3Failure(store.settings);
  // An earlier attempt of this request may have opened an upload although its answer was lost.
  if ((answer.$metadata.attempts ?? 1) > 1) await abortOtherUploads(keyed, uploadId);
  return uploadId;
}

// ---------------------------------------------------------------- sending

const toUploadedPart = (PartNumber: number, ETag: string | undefined, sum: PartChecksum): UploadedPart => ({
  completedPart: { PartNumber, ETag, ...('crc32' in sum ? { ChecksumCRC32: sum.crc32 } : {}) },
  sum,
});

async function uploadAllParts(
  keyed: KeyedS3UploadContext,
  { uploadId, plan, storedParts }: OpenMultipartUpload,
): Promise<UploadedPart[]> {
  const {
    transfer: { signal, source },
    acquireSlot,
  } = keyed;
  const verifier = new PartVerifier(keyed, storedParts);
  const parts: UploadedPart[] = [];
  await sendParts(partNumbersUpTo(plan.count), { signal, acquireSlot }, async (number, stop) => {
    const part: PartRequest = { uploadId, number, range: partRange(number, plan, source.size), signal: stop };
    parts[number - 1] = (await verifier.reuse(part)) ?? (await sendPart(keyed, part));
    keyed.progress.addStored(part.range.length);
  });
  return parts;
}

interface PartRequest {
  uploadId: string;
  number: number;
  range: ByteRange;
  signal: AbortSignal;
}

/** Decides which of the listed parts match the file's current bytes. */
class PartVerifier {
  readonly #keyed: KeyedS3UploadContext;
  readonly #storedParts: ReadonlyMap<number, ListedPart>;
  readonly #counts = { matched: 0, mismatched: 0, unknown: 0 };

  constructor(keyed: KeyedS3UploadContext, storedParts: ReadonlyMap<number, ListedPart>) {
    this.#keyed = keyed;
    this.#storedParts = storedParts;
  }

  /** @returns undefined when the part has to be sent */
  async reuse({ number, range, signal }: PartRequest): Promise<UploadedPart | undefined> {
    const storedPart = this.#storedParts.get(number);
    if (!storedPart) return undefined;
    const kind = storedPart.Size === range.length ? this.#comparableKind(storedPart) : undefined;
    const sum = kind && (await s3RangeChecksum(this.#keyed, range, { signal, kind }));
    const matched =
      sum && compareChecksums(sum, storedPart, 'md5') === 'same'
        ? toUploadedPart(number, storedPart.ETag, sum)
        : undefined;
    if (matched) {
      this.#keyed.progress.addSent(range.length);
      this.#countMatch('matched');
    } else {
      this.#countMatch(sum ? 'mismatched' : 'unknown');
    }
    return matched;
  }

  #countMatch(match: 'matched' | 'mismatched' | 'unknown'): void {
    this.#counts[match]++;
    const { matched, mismatched, unknown } = this.#counts;
    // All stored parts have been compared and none matches the file, so the file was replaced.
    if (matched === 0 && mismatched > 0 && mismatched + unknown === this.#storedParts.size)
      this.#keyed.transfer.onRestart?.('file-changed');
  }

  /** The kind of checksum that the store reports for this part, if any. */
  #comparableKind(storedPart: ListedPart): ChecksumKind | undefined {
    if (storedPart.ChecksumCRC32 !== undefined && supportedChecksumKind('crc32') === 'crc32') return 'crc32';
    return this.#keyed.store.settings.store.etag === 'md5' && storedPart.ETag !== undefined ? 'md5' : undefined;
  }
}

async function sendPart(
  keyed: KeyedS3UploadContext,
  { uploadId, number, range, signal }: PartRequest,
): Promise<UploadedPart> {
  const {
    store,
    transfer: { source },
    progress,
  } = keyed;
  let sum = await s3RangeChecksum(keyed, range, { signal });
  for (let tries = 1; ; tries++) {
    const part = new FilePart({ source, ...range, onBytes: (count) => progress.addSent(count) });
    try {
      const answer = await putPartAndProve(keyed, part, { uploadId, number, range, signal, sum });
      if (compareChecksums(sum, answer, store.settings.store.etag) === 'other') throw failure('corrupted');
      return toUploadedPart(number, answer.ETag, sum);
    } catch (cause) {
      part.resetSent();
      if (fallBackToMd5(keyed, cause, kindOfChecksum(sum))) {
        sum = await s3RangeChecksum(keyed, range, { signal });
        continue;
      }
      if (!isCorruption(cause) || tries === maxPartAttempts)
        throw await explainCorruption(keyed, cause, { range, sum });
    }
  }
}

/** Sends a part. If the response does not prove that the part is stored, looks it up in the store's list of parts. */
async function putPartAndProve(
  keyed: KeyedS3UploadContext,
  part: FilePart,
  request: PartRequest & { sum: PartChecksum },
): Promise<ObjectChecksums & { ETag: string }> {
  const { store, bucket, key, transfer } = keyed;
  const { uploadId, number, signal, sum } = request;
  /** The error to throw if the store does not have the part. */
  let unprovenError: unknown;
  try {
    const answer = await store.client.send(
      new UploadPartCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: number,
        Body: part.asBody(),
        ...s3ChecksumHeaders(sum),
      }),
      s3RequestOptions(transfer, signal),
    );
    if (answer.ETag !== undefined) return { ...answer, ETag: answer.ETag };
    unprovenError = notS3Failure(store.settings);
  } catch (cause) {
    if (!part.wasFullySent || !isUnprovenSuccess(cause)) throw cause;
    unprovenError = cause;
  }
  const listed = await readBackPart(keyed, request);
  if (!listed) throw unprovenError;
  return listed;
}
