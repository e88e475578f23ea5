/** Asks the store for the object or the part after a response that does not prove that the store has it. */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import type { PartChecksum } from '../transfer/checksum.ts';
import { compareChecksums } from './compare-checksums.ts';
import { findUploadedPart, type ListedPart } from './multipart-uploads.ts';
import { isOwnS3Object } from './ownership-mark.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import type { S3Settings } from './settings.ts';
import { headS3Object, type KeyedS3UploadContext } from './upload-context.ts';

/** The response did not come from an S3 server. */
export const notS3Failure = ({ endpoint }: S3Settings, cause?: unknown): AppFailure =>
  failure('wrong-service', { field: 'endpoint', params: { host: new URL(endpoint).host } }, cause);

/**
 * Returns the stored object, or undefined when the store has no object of this upload or Hoist may not read it.
 * @throws AppFailure corrupted when the object differs from the sent bytes
 */
export async function readBackObject(
  keyed: KeyedS3UploadContext,
  sums: PartChecksum | readonly PartChecksum[],
): Promise<HeadObjectCommandOutput | undefined> {
  const { store, transfer } = keyed;
  let existing: HeadObjectCommandOutput | undefined;
  try {
    existing = await headS3Object(keyed);
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 403) throw cause;
  }
  if (!existing || !isOwnS3Object(keyed, existing)) return undefined;
  const isDifferent =
    existing.ContentLength !== transfer.source.size ||
    compareChecksums(sums, existing, store.settings.store.etag) === 'other';
  if (!isDifferent) return existing;
  // Without an ETag, any server may have sent this response.
  if (existing.ETag === undefined) return undefined;
  throw failure('corrupted');
}

interface SentPart {
  uploadId: string;
  number: number;
  range: { length: number };
  sum: PartChecksum;
  signal: AbortSignal;
}

/** Returns the part as the store lists it, or undefined when the store has no matching part or cannot list parts. */
export async function readBackPart(
  { store, bucket, key }: KeyedS3UploadContext,
  { uploadId, number, range, sum, signal }: SentPart,
): Promise<(ListedPart & { ETag: string }) | undefined> {
  const part = await findUploadedPart(store, { bucket, key, uploadId }, { number, signal });
  return part?.ETag !== undefined &&
    part.Size === range.length &&
    compareChecksums(sum, part, store.settings.store.etag) !== 'other'
    ? { ...part, ETag: part.ETag }
    : undefined;
}
