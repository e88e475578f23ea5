/**
 * Uploads a file in parallel parts. The service cannot list stored parts, so each part is saved in the checkpoint as
 * soon as it is acknowledged. After a crash, a saved part is kept if its bytes in the file are unchanged.
 */
import { failure } from '../../../src-shared/errors.ts';
import { partRange, type PartPlan } from '../../engine/plan-parts.ts';
import type { ByteRange } from '../transfer/checksum.ts';
import { FilePart } from '../transfer/file-part.ts';
import { partNumbersUpTo, sendParts } from '../transfer/send-parts.ts';
import { withRetries } from './retry.ts';
import {
  falRequestOptions,
  saveFalCheckpoint,
  toInitiatedUpload,
  initiateFalUpload,
  toFalRef,
  md5OfRange,
  type FalUploadContext,
  type InitiatedUpload,
} from './upload-context.ts';
import type { FalCheckpoint, FalRef } from './checkpoint.ts';
import { childUrl, isStorageResponse, isUploadUrlGone, putBytes, sizeAt, type FalStore } from './store.ts';
import { etagOf } from './etag-verifier.ts';
import type { FalRequestOptions } from './http-client.ts';

/** Maximum attempts for a part that arrives damaged. */
const maxIntegrityAttempts = 3;

type Part = NonNullable<FalCheckpoint['parts']>[number];

interface OpenMultipart {
  urls: InitiatedUpload;
  plan: PartPlan;
  /** The stored parts by their numbers. */
  parts: Map<number, Part>;
}

/** Uploads the file in parts, and resumes the upload of the checkpoint if possible. */
export async function uploadToFalMultipart(
  context: FalUploadContext,
  plan: PartPlan,
  checkpoint: FalCheckpoint | undefined,
): Promise<FalRef> {
  const resumed = checkpoint && (await resumeMultipart(context, plan, checkpoint));
  if (resumed?.kind === 'stored') return toFalRef(context.store, resumed.open.urls, context.transfer.source.size);
  const open = resumed?.open ?? (await startMultipart(context, plan));
  const result = await finishMultipart(context, open);
  if (!('urlGone' in result)) return result;
  // The upload URL expired before the upload ended. The service issues no new URL for the same upload, so the upload
  // restarts from zero, but only once.
  context.progress.restart('store-forgot');
  const secondResult = await finishMultipart(context, await startMultipart(context, plan));
  if ('urlGone' in secondResult) throw secondResult.urlGone;
  return secondResult;
}

async function startMultipart(context: FalUploadContext, plan: PartPlan): Promise<OpenMultipart> {
  const urls = await initiateFalUpload(context, 'parts');
  const open: OpenMultipart = { urls, plan, parts: new Map() };
  await saveParts(context, open);
  return open;
}

function saveParts(
  context: FalUploadContext,
  { urls: { upload, file, expiresAt }, plan, parts }: OpenMultipart,
): Promise<void> {
  return saveFalCheckpoint(context, {
    slot: { upload, file },
    partSize: plan.partSize,
    parts: [...parts.values()],
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
}

/**
 * Finds the stored data of an earlier attempt. `stored`: the upload is complete, and the local file is unchanged.
 * `open`: the upload can be resumed; `open.parts` has the stored parts whose bytes in the local file are unchanged.
 * @returns undefined when the upload has to start from zero
 */
async function resumeMultipart(
  context: FalUploadContext,
  plan: PartPlan,
  { size, slot: urls, partSize, parts = [], ...end }: FalCheckpoint,
): Promise<{ kind: 'stored' | 'open'; open: OpenMultipart } | undefined> {
  if (urls === undefined) return undefined;
  const { transfer, store, progress } = context;
  if (size !== transfer.source.size || partSize !== plan.partSize) {
    progress.restart('file-changed');
    return undefined;
  }
  const open: OpenMultipart = {
    urls: toInitiatedUpload(urls, end),
    plan,
    parts: await verifySentParts(context, plan, parts),
  };
  const storedSize =
    parts.length === plan.count ? await sizeAt(store, urls.file, falRequestOptions(transfer)) : undefined;
  if (storedSize !== undefined) {
    if (storedSize === size && open.parts.size === plan.count) return { kind: 'stored', open };
    progress.restart('file-changed');
    return undefined;
  }
  // No saved part matches, so the file was replaced by another file. The upload URL can still be used.
  if (parts.length > 0 && open.parts.size === 0) progress.restart('file-changed');
  return { kind: 'open', open };
}

/** Returns the saved parts whose bytes in the local file are unchanged, and counts them as sent and stored. */
async function verifySentParts(
  context: FalUploadContext,
  plan: PartPlan,
  parts: readonly Part[],
): Promise<Map<number, Part>> {
  const {
    transfer: { source, signal },
    progress,
  } = context;
  const verified = new Map<number, Part>();
  for (const part of parts) {
    const [number, , md5] = part;
    const range = partRange(number, plan, source.size);
    if (number > plan.count || md5 !== (await md5OfRange(context, range, signal))) continue;
    verified.set(number, part);
    progress.addSent(range.length);
    progress.addStored(range.length);
  }
  return verified;
}

/** Sends the missing parts and completes the upload. @returns `urlGone` with the error if the upload URL has expired */
async function finishMultipart(context: FalUploadContext, open: OpenMultipart): Promise<FalRef | { urlGone: unknown }> {
  const {
    transfer: { source },
    store,
  } = context;
  try {
    await sendMissing(context, open);
    await checkSourceUnchanged(context, open);
    await completeMultipart(store, open.urls, [...open.parts.values()], {
      ...falRequestOptions(context.transfer),
      size: source.size,
    });
    return toFalRef(store, open.urls, source.size);
  } catch (cause) {
    if (!isUploadUrlGone(cause) || context.transfer.signal.aborted) throw cause;
    return { urlGone: cause };
  }
}

/**
 * Compares content hashes, because a file may be rewritten with the same size and modification time.
 * @throws AppFailure source-changed, source-unreadable, canceled
 */
async function checkSourceUnchanged(context: FalUploadContext, { parts, plan }: OpenMultipart): Promise<void> {
  const { source, signal } = context.transfer;
  await source.assertUnchanged();
  if (!(await source.mayHaveChanged?.())) return;
  for (const [number, , md5] of parts.values())
    if (md5 !== (await md5OfRange(context, partRange(number, plan, source.size), signal)))
      throw failure('source-changed');
}

async function sendMissing(context: FalUploadContext, open: OpenMultipart): Promise<void> {
  const {
    transfer: { signal, source },
    acquireSlot,
  } = context;
  const missing = partNumbersUpTo(open.plan.count).filter((number) => !open.parts.has(number));
  await sendParts(missing, { signal, acquireSlot }, async (number, stop) => {
    const range = partRange(number, open.plan, source.size);
    open.parts.set(number, await sendPart(context, open.urls, { number, range, signal: stop }));
    context.progress.addStored(range.length);
    // Saves before the slot is released, so that at most one stored part per slot is missing from the checkpoint.
    await saveParts(context, open);
  });
}

interface PartRequest {
  number: number;
  range: ByteRange;
  signal: AbortSignal;
}

/** Sends one part, and sends it again if it arrives damaged. @returns the part for the checkpoint */
async function sendPart(
  context: FalUploadContext,
  urls: InitiatedUpload,
  { number, range, signal }: PartRequest,
): Promise<Part> {
  const { store, transfer, progress } = context;
  const { source } = transfer;
  const md5 = await md5OfRange(context, range, signal);
  for (let attempt = 1; ; attempt++) {
    const part = new FilePart({ source, ...range, onBytes: (count) => progress.addSent(count) });
    const etag = await putPart(store, childUrl(urls.upload, String(number)), part, falRequestOptions(transfer, signal));
    if (isEtagAccepted(store, { etag, md5, isLast: attempt === maxIntegrityAttempts })) return [number, etag, md5];
    part.resetSent();
    // Finds out whether the local file has changed. If not, the part was damaged in transit and is sent again.
    await source.assertUnchanged();
    if ((await source.mayHaveChanged?.()) && (await md5OfRange(context, range, signal)) !== md5)
      throw failure('source-changed');
    if (attempt === maxIntegrityAttempts) throw failure('corrupted');
  }
}

/**
 * Whether the part counts as stored. If not, the caller sends it again to the same URL. If no etag has ever matched an
 * MD5 hash and the etag differs in the last attempt too, this function concludes that etags are not MD5 hashes.
 */
export function isEtagAccepted(
  { etags }: Pick<FalStore, 'etags'>,
  { etag, md5, isLast }: { etag: string; md5: string; isLast: boolean },
): boolean {
  if (etags.compare(etag, md5) !== 'other') return true;
  if (etags.isMd5 || !isLast) return false;
  etags.markOpaque();
  return true;
}

/** @throws FalHttpError, AppFailure wrong-service when the response has no etag */
export async function putPart(store: FalStore, url: URL, part: FilePart, options: FalRequestOptions): Promise<string> {
  try {
    const etag = etagOf(await putBytes(store, url, part, options));
    if (etag === undefined) throw failure('wrong-service', { params: { why: 'fal', host: url.host } });
    return etag;
  } catch (cause) {
    part.resetSent();
    throw cause;
  }
}

/**
 * Completes the upload. If the response may come from another server, or an error may mean that an earlier request has
 * already completed the upload, checks whether the file exists.
 */
export async function completeMultipart(
  { http, retry, ...store }: FalStore,
  urls: InitiatedUpload,
  parts: readonly Part[],
  { size, ...options }: FalRequestOptions & { size: number },
): Promise<void> {
  const url = childUrl(urls.upload, 'complete');
  const body = JSON.stringify({
    parts: parts.toSorted((a, b) => a[0] - b[0]).map(([partNumber, etag]) => ({ partNumber, etag })),
  });
  const isStored = async (): Promise<boolean> => (await sizeAt({ ...store, http, retry }, urls.file, options)) === size;
  let isProven = false;
  try {
    isProven = isStorageResponse(
      await withRetries(
        () =>
          http.send({
            method: 'POST',
            url,
            headers: { 'content-type': 'application/json', accept: 'application/json' },
            body,
            ...options,
          }),
        retry,
        options.signal,
      ),
    );
  } catch (cause) {
    if (!isUploadUrlGone(cause) || !(await isStored())) throw cause;
    isProven = true;
  }
  if (!isProven && !(await isStored())) throw failure('wrong-service', { params: { why: 'fal', host: url.host } });
}
