/**
 * What the store has open for exactly one key. A key of ours is ours alone, and so is whatever is open for it; under a key
 * that others may use too, only the upload that we know by its id is ours.
 */
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type Part,
} from '@aws-sdk/client-s3';
import type { Claim } from '../claim.ts';
import { statusOf, type S3Store } from './store.ts';

export interface StoredKey {
  bucket: string;
  key: string;
}

export type ListedPart = Part;

/** Ids of unfinished uploads to exactly this key; none where the key may not list them or the store cannot. */
export async function openUploads(store: S3Store, { bucket, key }: StoredKey, signal: AbortSignal): Promise<string[]> {
  try {
    const answer = await store.client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }), {
      abortSignal: signal,
    });
    return (answer.Uploads ?? []).flatMap((one) =>
      one.Key === key && one.UploadId !== undefined ? [one.UploadId] : [],
    );
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    return [];
  }
}

const isRefusal = (cause: unknown): boolean => [400, 403, 404, 405, 501].includes(statusOf(cause) ?? 0);

/** @returns false when the store does not know it */
export async function abort(
  store: S3Store,
  { bucket, key }: StoredKey,
  uploadId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await store.client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }), {
      abortSignal: signal,
    });
    return true;
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause;
    return false;
  }
}

/** ms; an upload that cannot be remembered is closed whatever becomes of the attempt */
const abortLimitMs = 5000;

/** Whose id cannot be kept is closed at once: under a key that others may use nobody could tell later whose it is. */
export async function orAbort(
  { store, ...at }: { store: S3Store } & StoredKey,
  uploadId: string,
  keep: () => Promise<void>,
): Promise<void> {
  try {
    await keep();
  } catch (cause) {
    await abort(store, at, uploadId, AbortSignal.timeout(abortLimitMs)).catch((unheard: unknown) => {
      if (!(unheard instanceof Error)) throw unheard;
    });
    throw cause;
  }
}

/** Closes every upload to this key but the one, where the key is nobody else's. */
export async function abortOthers(
  {
    store,
    bucket,
    key,
    mark,
    transfer: { signal },
  }: { store: S3Store; transfer: { signal: AbortSignal } } & StoredKey & Claim,
  uploadId: string,
): Promise<void> {
  if (mark !== undefined) return;
  for (const other of await openUploads(store, { bucket, key }, signal)) {
    if (other !== uploadId) await abort(store, { bucket, key }, other, signal);
  }
}

interface OpenKey extends StoredKey {
  uploadId: string;
}

/**
 * The parts that the store has, by their numbers.
 * @returns `gone` when it does not know the upload; `refused` when these keys may not ask or the store cannot tell
 */
export async function listParts(
  store: S3Store,
  upload: OpenKey,
  signal: AbortSignal,
): Promise<Map<number, ListedPart> | 'gone' | 'refused'> {
  const parts = new Map<number, ListedPart>();
  try {
    for await (const part of pagesOf(store, upload, signal))
      if (part.PartNumber !== undefined) parts.set(part.PartNumber, part);
    return parts;
  } catch (cause) {
    if (statusOf(cause) === 404 && nameOf(cause) !== 'NoSuchBucket') return 'gone';
    if (nameOf(cause) === 'AccessDenied' || statusOf(cause) === 405 || statusOf(cause) === 501) return 'refused';
    throw cause;
  }
}

async function* pagesOf(
  { client }: S3Store,
  { bucket, key, uploadId }: OpenKey,
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
    // A list that says it goes on and does not move would be read for ever.
    if (page.IsTruncated !== true || !(next > after)) return;
    after = next;
  }
}

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : '');
