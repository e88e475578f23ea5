/**
 * The unfinished multipart uploads to one key. All uploads to a unique key, which has a random part, are ours. Under a
 * shared key, which other programs may use too, only uploads whose id we recorded are ours.
 */
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type Part,
} from '@aws-sdk/client-s3';
import type { KeyReservation } from '../keys/key-reservation.ts';
import { sdkErrorStatus } from './sdk-error.ts';
import type { S3Store } from './store.ts';

export interface BucketKey {
  bucket: string;
  key: string;
}

export type ListedPart = Part;

/** Returns the ids of unfinished uploads to this key; none if Hoist may not list them or the store cannot. */
export async function listOpenUploads(
  store: S3Store,
  { bucket, key }: BucketKey,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const answer = await store.client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }), {
      abortSignal: signal,
    });
    return (answer.Uploads ?? []).flatMap((upload) =>
      upload.Key === key && upload.UploadId !== undefined ? [upload.UploadId] : [],
    );
  } catch (cause) {
    if (!isUnsupportedOrForbidden(cause)) throw cause;
    return [];
  }
}

const isUnsupportedOrForbidden = (cause: unknown): boolean =>
  [400, 403, 404, 405, 501].includes(sdkErrorStatus(cause) ?? 0);

/** @returns false when the store does not know the upload */
export async function abortMultipartUpload(
  store: S3Store,
  { bucket, key }: BucketKey,
  uploadId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await store.client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }), {
      abortSignal: signal,
    });
    return true;
  } catch (cause) {
    if (sdkErrorStatus(cause) !== 404) throw cause;
    return false;
  }
}

/** Time limit (ms) for this abort, which runs even if the attempt was canceled. */
const abortLimitMs = 5000;

/**
 * Aborts the upload if `persist` cannot save its id: without the id, Hoist could not recognize its own upload under a
 * shared key later.
 */
export async function abortOnFailure(
  { store, ...object }: { store: S3Store } & BucketKey,
  uploadId: string,
  persist: () => Promise<void>,
): Promise<void> {
  try {
    await persist();
  } catch (cause) {
    await abortMultipartUpload(store, object, uploadId, AbortSignal.timeout(abortLimitMs)).catch(
      (abortError: unknown) => {
        // The error of `persist` is thrown instead.
        if (!(abortError instanceof Error)) throw abortError;
      },
    );
    throw cause;
  }
}

/** Aborts every upload to this key except one, if the key is unique. */
export async function abortOtherUploads(
  {
    store,
    bucket,
    key,
    mark,
    transfer: { signal },
  }: { store: S3Store; transfer: { signal: AbortSignal } } & BucketKey & KeyReservation,
  uploadId: string,
): Promise<void> {
  const isSharedKey = mark !== undefined;
  if (isSharedKey) return;
  for (const other of await listOpenUploads(store, { bucket, key }, signal)) {
    if (other !== uploadId) await abortMultipartUpload(store, { bucket, key }, other, signal);
  }
}

interface OpenUploadRef extends BucketKey {
  uploadId: string;
}

/**
 * The parts that the store has, by number.
 * @returns `not-found` when the store does not know the upload; `refused` when the access key may not list parts or
 * the store cannot
 */
export async function listUploadedParts(
  store: S3Store,
  upload: OpenUploadRef,
  signal: AbortSignal,
): Promise<Map<number, ListedPart> | 'not-found' | 'refused'> {
  const parts = new Map<number, ListedPart>();
  try {
    for await (const part of iterateParts(store, upload, signal))
      if (part.PartNumber !== undefined) parts.set(part.PartNumber, part);
    return parts;
  } catch (cause) {
    if (sdkErrorStatus(cause) === 404 && errorName(cause) !== 'NoSuchBucket') return 'not-found';
    if (errorName(cause) === 'AccessDenied' || sdkErrorStatus(cause) === 405 || sdkErrorStatus(cause) === 501)
      return 'refused';
    throw cause;
  }
}

/** Returns one part; undefined when the store does not have it, or cannot or may not list parts. */
export async function findUploadedPart(
  { client }: S3Store,
  { bucket, key, uploadId }: OpenUploadRef,
  { number, signal }: { number: number; signal: AbortSignal },
): Promise<ListedPart | undefined> {
  try {
    const { Parts: parts } = await client.send(
      new ListPartsCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        MaxParts: 1,
        ...(number > 1 ? { PartNumberMarker: String(number - 1) } : {}),
      }),
      { abortSignal: signal },
    );
    return parts?.find(({ PartNumber: listedNumber }) => listedNumber === number);
  } catch (cause) {
    if (!isUnsupportedOrForbidden(cause)) throw cause;
    return undefined;
  }
}

async function* iterateParts(
  { client }: S3Store,
  { bucket, key, uploadId }: OpenUploadRef,
  abortSignal: AbortSignal,
): AsyncGenerator<ListedPart> {
  for (let after = 0; ;) {
    const page = await client.send(
      new ListPartsCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        ...(after === 0 ? {} : { PartNumberMarker: String(after) }),
      }),
      { abortSignal },
    );
    yield* page.Parts ?? [];
    const next = Number(page.NextPartNumberMarker ?? 0);
    // A truncated list whose marker does not advance would never end.
    if (page.IsTruncated !== true || !(next > after)) return;
    after = next;
  }
}

const errorName = (cause: unknown): string => (cause instanceof Error ? cause.name : '');
