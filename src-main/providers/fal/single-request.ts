/** Uploads a file in one request: it is stored completely or not at all. */
import { failure } from '../../../src-shared/errors.ts';
import { FilePart } from '../transfer/file-part.ts';
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
import { isStorageResponse, isUploadUrlGone, putBytes, sizeAt } from './store.ts';
import type { FalResponse } from './http-client.ts';

/** Uploads the file, or finds the file that an earlier attempt with this checkpoint has stored. */
export async function uploadToFalInOneRequest(
  context: FalUploadContext,
  checkpoint: FalCheckpoint | undefined,
): Promise<FalRef> {
  const {
    store,
    transfer: { source, signal },
  } = context;
  const release = await context.acquireSlot(signal);
  try {
    const md5 = await md5OfRange(context, { start: 0, length: source.size }, signal);
    const resumed = checkpoint && (await resumeSingleRequest(context, checkpoint, md5));
    if (resumed?.kind === 'stored') return toFalRef(store, resumed.urls, source.size);
    let urls = resumed?.urls ?? (await startSingleRequest(context, md5));
    const result = await putOnce(context, urls, { md5, isRetry: resumed !== undefined });
    if (result !== 'stored') {
      // The upload URL expired before the upload ended. Hoist requests another URL, but only once.
      context.progress.restart('store-forgot');
      urls = await startSingleRequest(context, md5);
      const secondResult = await putOnce(context, urls, { md5, isRetry: false });
      if (secondResult !== 'stored') throw secondResult.urlGone;
    }
    return toFalRef(store, urls, source.size);
  } finally {
    release();
  }
}

async function startSingleRequest(context: FalUploadContext, md5: string): Promise<InitiatedUpload> {
  const initiated = await initiateFalUpload(context, 'whole');
  const { upload, file, ...end } = initiated;
  await saveFalCheckpoint(context, { slot: { upload, file }, sum: md5, ...end });
  return initiated;
}

/**
 * Finds the stored file of an earlier attempt (`stored`) or its unused upload URL (`open`), so that no second file is
 * created.
 * @returns undefined when the upload has to start from zero
 */
async function resumeSingleRequest(
  context: FalUploadContext,
  { size, slot: urls, sum: savedMd5, ...end }: FalCheckpoint,
  md5: string,
): Promise<{ kind: 'stored' | 'open'; urls: InitiatedUpload } | undefined> {
  if (urls === undefined) return undefined;
  const { store, transfer } = context;
  if (savedMd5 !== md5 || size !== transfer.source.size) {
    context.progress.restart('file-changed');
    return undefined;
  }
  const initiated = toInitiatedUpload(urls, end);
  const storedSize = await sizeAt(store, urls.file, falRequestOptions(transfer));
  if (storedSize === undefined) return { kind: 'open', urls: initiated };
  if (storedSize !== size) throw failure('wrong-service', { params: { why: 'fal', host: new URL(urls.file).host } });
  context.progress.addSent(size);
  return { kind: 'stored', urls: initiated };
}

interface PutOptions {
  /** The MD5 of the file in base64. */
  md5: string;
  /** Whether an earlier request to this URL may have succeeded. */
  isRetry: boolean;
}

/** Sends the file to its upload URL. @returns `urlGone` with the error if the URL has expired without a stored file */
async function putOnce(
  context: FalUploadContext,
  urls: InitiatedUpload,
  { md5, isRetry }: PutOptions,
): Promise<'stored' | { urlGone: unknown }> {
  const { store, transfer, progress } = context;
  const { source } = transfer;
  const part = new FilePart({
    source,
    start: 0,
    length: source.size,
    onBytes: (count) => progress.addSent(count),
    beforeEnd: () => source.assertUnchanged(),
  });
  let response: FalResponse;
  try {
    response = await putBytes(store, new URL(urls.upload), part, {
      ...falRequestOptions(transfer),
      headers: { 'content-type': source.contentType },
    });
  } catch (cause) {
    part.resetSent();
    if (!isUploadUrlGone(cause)) throw cause;
    // An upload URL can be used only once. An earlier request may have used it, and its response was lost.
    const isAlreadyStored =
      (isRetry || part.wasFullySent) && (await sizeAt(store, urls.file, falRequestOptions(transfer))) === source.size;
    if (!isAlreadyStored) return { urlGone: cause };
    progress.addSent(source.size);
    return 'stored';
  }
  await verifyStored(context, urls, { response, md5 });
  return 'stored';
}

/** @throws AppFailure wrong-service when another server responded, corrupted when the service stored other bytes */
async function verifyStored(
  context: FalUploadContext,
  urls: InitiatedUpload,
  { response, md5 }: { response: FalResponse; md5: string },
): Promise<void> {
  const { store, transfer } = context;
  const { source } = transfer;
  if (!isStorageResponse(response) && (await sizeAt(store, urls.file, falRequestOptions(transfer))) !== source.size)
    throw failure('wrong-service', { params: { why: 'fal', host: new URL(urls.upload).host } });
  if (store.etags.compare(response.headers['etag'], md5) !== 'other') return;
  // The file cannot be sent again, because an upload URL works only once. Reading the file back shows whether its bytes
  // are wrong or etags are not MD5 hashes.
  if (!store.etags.isMd5 && (await hasSameContent(context, urls, md5))) return store.etags.markOpaque();
  await source.assertUnchanged();
  throw failure('corrupted');
}

/** Downloads the stored file and compares its MD5 with the MD5 of the local file. */
async function hasSameContent(
  { store, transfer }: FalUploadContext,
  urls: InitiatedUpload,
  md5: string,
): Promise<boolean> {
  const url =
    store.settings.access === 'signed'
      ? await store.api.signUrl(urls.file, 60, falRequestOptions(transfer))
      : urls.file;
  return (await store.http.md5At(new URL(url), transfer.source.size, falRequestOptions(transfer))) === md5;
}
