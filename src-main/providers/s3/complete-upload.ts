/** Joins the parts of an upload, and proves that the object exists. */
import { CompleteMultipartUploadCommand, type CompletedPart } from '@aws-sdk/client-s3';
import { failure } from '../../../src-shared/errors.ts';
import type { PartChecksum } from '../transfer/checksum.ts';
import { compareChecksums, type ObjectChecksums } from './compare-checksums.ts';
import { isOwnS3Object } from './ownership-mark.ts';
import { notS3Failure, readBackObject } from './read-back.ts';
import { sdkErrorAttempts, sdkErrorStatus } from './sdk-error.ts';
import { isUnprovenSuccess } from './unreadable-response.ts';
import {
  s3RequestOptions,
  headS3Object,
  usesConditionalWrite,
  isKeyTaken,
  isUnsupportedFeature,
  headConflictingObject,
  treatHiddenAsTaken,
  type KeyedS3UploadContext,
} from './upload-context.ts';

export interface UploadedPart {
  completedPart: CompletedPart;
  sum: PartChecksum;
}

type CompleteResult = ObjectChecksums & { VersionId?: string };

/**
 * Asks the store to join the parts. The upload has succeeded only when there is an object of the right size whose
 * checksum, if the store reports one, matches the sent bytes.
 * @returns `taken` when an object of another client has the key
 */
export async function completeUpload(
  keyed: KeyedS3UploadContext,
  uploadId: string,
  parts: UploadedPart[],
): Promise<CompleteResult | 'taken'> {
  const { store } = keyed;
  const sums = parts.map((part) => part.sum);
  const answer = await completeOrReadBack(keyed, uploadId, parts);
  if (answer === 'taken') return 'taken';
  const contradicts = (stored: ObjectChecksums): boolean =>
    compareChecksums(sums, stored, store.settings.store.etag) === 'other';
  if (contradicts(answer)) throw failure('corrupted');
  return answer;
}

/** How often Hoist asks the store to complete an upload if it answers with a success, but the object does not exist. */
const maxCompleteAttempts = 3;

/**
 * Asks the store to join the parts. If the response does not prove that the object exists, reads the object back. If
 * there is no object, sends the request again.
 */
async function completeOrReadBack(
  keyed: KeyedS3UploadContext,
  uploadId: string,
  parts: UploadedPart[],
): Promise<CompleteResult | 'taken'> {
  const sums = parts.map((part) => part.sum);
  let unproven: unknown;
  for (let tries = 1; tries <= maxCompleteAttempts; tries++) {
    try {
      const answer = await sendComplete(keyed, uploadId, parts);
      // Ceph 16 leaves the ETag empty, and a login page has none.
      if (answer === 'taken' || answer.ETag) return answer;
      unproven = notS3Failure(keyed.store.settings);
    } catch (cause) {
      // After an unproven success the store no longer has the upload, and there is no object either. Sending the whole
      // file again would end the same way, so this is an error.
      if (sdkErrorStatus(cause) === 404 && unproven !== undefined) break;
      if (!isUnprovenSuccess(cause)) throw cause;
      unproven = cause;
    }
    const stored = await readBackObject(keyed, sums);
    if (stored) return stored;
  }
  throw unproven;
}

async function sendComplete(
  keyed: KeyedS3UploadContext,
  uploadId: string,
  parts: UploadedPart[],
): Promise<CompleteResult | 'taken'> {
  const { store, bucket, key, transfer } = keyed;
  const send = (condition: { IfNoneMatch?: string }): Promise<CompleteResult> =>
    store.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: { Parts: parts.map((part) => part.completedPart) },
        ...condition,
      }),
      s3RequestOptions(transfer),
    );
  if (await isKeyTaken(keyed)) return 'taken';
  try {
    return await send(usesConditionalWrite(keyed) ? { IfNoneMatch: '*' } : {});
  } catch (cause) {
    if (!isUnsupportedFeature(cause)) {
      const completedObject = await findCompletedObject(keyed, cause, parts);
      if (completedObject) return completedObject;
    }
    // The store may reject the condition itself: it does not support conditions, or answers 412 to all of them.
    const isAboutCondition =
      usesConditionalWrite(keyed) && (isUnsupportedFeature(cause) || sdkErrorStatus(cause) === 412);
    if (!isAboutCondition) throw cause;
    if (await isKeyTaken(keyed)) return 'taken';
    const answer = await send({});
    // Only a success without the condition proves that the store rejected the condition.
    store.supportsConditionalWrites = false;
    return answer;
  }
}

/**
 * Finds the object if an earlier request completed the upload and its answer was lost. Then the store answers that it
 * does not know the upload (404) or that the key is taken (412).
 * @returns the object if it is ours, `taken` for an object of another client, undefined when there is none
 */
async function findCompletedObject(
  keyed: KeyedS3UploadContext,
  cause: unknown,
  parts: UploadedPart[],
): Promise<CompleteResult | 'taken' | undefined> {
  const status = sdkErrorStatus(cause);
  if (status !== 404 && status !== 412) return undefined;
  // 404: an earlier request may have completed the upload. 412: if the SDK sent this request several times, an earlier
  // attempt may have created the object.
  const mayBeOurs = status === 404 || sdkErrorAttempts(cause) > 1;
  const existing = status === 412 ? await headConflictingObject(keyed) : await headS3Object(keyed);
  if (existing === 'hidden') return treatHiddenAsTaken({ mayBeOurs });
  if (!existing?.ETag) return undefined;
  if (isOwnS3Object(keyed, existing) && matchesUpload(keyed, existing, { parts, mayBeOurs })) return existing;
  return status === 412 ? 'taken' : undefined;
}

/** `mayBeOurs`: whether an object of the right size is accepted if the store reports no checksum. */
function matchesUpload(
  { store, transfer: { source } }: KeyedS3UploadContext,
  existing: ObjectChecksums & { ContentLength?: number },
  { parts, mayBeOurs }: { parts: UploadedPart[]; mayBeOurs: boolean },
): boolean {
  if (existing.ContentLength !== source.size) return false;
  const match = compareChecksums(
    parts.map((part) => part.sum),
    existing,
    store.settings.store.etag,
  );
  return match === 'same' || (match === 'unknown' && mayBeOurs);
}
