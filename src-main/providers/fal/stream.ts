/**
 * Uploads a stream of unknown length. Each part is collected in memory, so it can be sent again although the stream
 * cannot be read again.
 */
import { failure } from '../../../src-shared/errors.ts';
import type { StreamSource } from '../../engine/ports.ts';
import { slotAcquirer, UploadProgress, type AcquireSlot } from '../transfer/upload-progress.ts';
import type { TransferFrom } from '../contract/provider.ts';
import { FilePart } from '../transfer/file-part.ts';
import { falRequestOptions, md5OfBytes, initiateFalUpload, toFalRef, type InitiatedUpload } from './upload-context.ts';
import { completeMultipart, isEtagAccepted, putPart } from './multipart.ts';
import type { FalCheckpoint, FalRef } from './checkpoint.ts';
import { childUrl, isStorageResponse, isUploadUrlGone, putBytes, sizeAt, type FalStore } from './store.ts';

/** The number of parts sent at once. Memory holds these parts and the part that is being collected. */
const parallelParts = 2;
/** Limits a stream to 97 GiB with the default part size. */
const maxParts = 10_000;
const maxIntegrityAttempts = 3;

type Part = NonNullable<FalCheckpoint['parts']>[number];

interface FalStreamContext {
  store: FalStore;
  transfer: TransferFrom<StreamSource>;
  progress: UploadProgress;
  acquireSlot: AcquireSlot;
}

/**
 * @throws AppFailure too-large, corrupted, wrong-service; FalHttpError; whatever the network, the stream and
 * `onCheckpoint` throw
 */
export async function uploadStreamToFal(store: FalStore, transfer: TransferFrom<StreamSource>): Promise<FalRef> {
  const context: FalStreamContext = {
    store,
    transfer,
    progress: new UploadProgress(transfer),
    acquireSlot: slotAcquirer(transfer),
  };
  await transfer.onCheckpoint({ v: 1 });
  const parts = readParts(transfer, store.partBytes);
  const first = await parts.next();
  const bytes = first.done ? new Uint8Array() : first.value;
  // A stream that ends exactly after the first full part is uploaded as a single part.
  const urls =
    bytes.length < store.partBytes
      ? await uploadSmallStream(context, bytes)
      : await uploadStreamParts(context, bytes, parts);
  return toFalRef(store, urls, transfer.source.bytesRead());
}

/** Collects the chunks of the stream into parts of this size. Only the last part may be smaller. */
async function* readParts(
  { source, signal }: TransferFrom<StreamSource>,
  partBytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  let chunks: Uint8Array[] = [];
  let bufferedBytes = 0;
  for await (const chunk of source.chunks()) {
    if (signal.aborted) throw failure('canceled');
    for (let unread = chunk; unread.length > 0;) {
      const slice = unread.subarray(0, partBytes - bufferedBytes);
      unread = unread.subarray(slice.length);
      chunks.push(slice);
      bufferedBytes += slice.length;
      if (bufferedBytes < partBytes) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      bufferedBytes = 0;
    }
  }
  if (bufferedBytes > 0) yield Buffer.concat(chunks);
  return undefined;
}

async function initiateStream(context: FalStreamContext, kind: 'whole' | 'parts'): Promise<InitiatedUpload> {
  const initiated = await initiateFalUpload(context, kind);
  const { upload, file, ...end } = initiated;
  await context.transfer.onCheckpoint({ v: 1, slot: { upload, file }, ...end });
  return initiated;
}

/** Uploads a stream that is shorter than one part in a single request. */
async function uploadSmallStream(context: FalStreamContext, bytes: Uint8Array): Promise<InitiatedUpload> {
  const { store, transfer, progress, acquireSlot } = context;
  const urls = await initiateStream(context, 'whole');
  const release = await acquireSlot(transfer.signal);
  const part = memoryPart(bytes, progress);
  const isStored = async (): Promise<boolean> =>
    (await sizeAt(store, urls.file, falRequestOptions(transfer))) === bytes.length;
  try {
    const response = await putBytes(store, new URL(urls.upload), part, {
      ...falRequestOptions(transfer),
      headers: { 'content-type': transfer.source.contentType },
    }).catch(async (cause: unknown) => {
      // If the file exists, an earlier request stored it, but its response was lost.
      if (!isUploadUrlGone(cause) || !part.wasFullySent || !(await isStored())) throw cause;
      return undefined;
    });
    if (response && !isStorageResponse(response) && !(await isStored()))
      throw failure('wrong-service', { params: { why: 'fal', host: new URL(urls.upload).host } });
    if (response && store.etags.compare(response.headers['etag'], md5OfBytes(bytes)) === 'other' && store.etags.isMd5)
      throw failure('corrupted');
  } finally {
    release();
  }
  return urls;
}

/** Uploads the first part and the following parts of a stream, and completes the upload. */
async function uploadStreamParts(
  context: FalStreamContext,
  first: Uint8Array,
  followingParts: AsyncGenerator<Uint8Array, undefined>,
): Promise<InitiatedUpload> {
  const { store, transfer, acquireSlot } = context;
  const urls = await initiateStream(context, 'parts');
  const stop = new AbortController();
  const signal = AbortSignal.any([transfer.signal, stop.signal]);
  const parts: Part[] = [];
  const causes: unknown[] = [];
  const inFlight = new Set<Promise<void>>();
  const onFailure = (cause: unknown): void => {
    causes.push(cause);
    stop.abort();
  };
  const send = async (bytes: Uint8Array, number: number): Promise<void> => {
    const release = await acquireSlot(signal);
    try {
      parts.push(await sendStreamPart(context, childUrl(urls.upload, String(number)), { bytes, number, signal }));
      context.progress.addStored(bytes.length);
    } finally {
      release();
    }
  };
  try {
    let number = 0;
    // Reads the next part from the stream while earlier parts are being sent.
    for (
      let bytes: Uint8Array | undefined = first;
      bytes !== undefined && causes.length === 0;
      bytes = (await followingParts.next()).value
    ) {
      if (++number > maxParts) throw failure('too-large');
      const upload: Promise<void> = send(bytes, number)
        .catch(onFailure)
        .finally(() => inFlight.delete(upload));
      inFlight.add(upload);
      if (inFlight.size >= parallelParts) await Promise.race(inFlight);
    }
  } catch (cause) {
    onFailure(cause);
  }
  await Promise.all(inFlight);
  if (transfer.signal.aborted) throw failure('canceled');
  if (causes.length > 0) throw causes[0];
  await completeMultipart(store, urls, parts, { ...falRequestOptions(transfer), size: transfer.source.bytesRead() });
  return urls;
}

async function sendStreamPart(
  { store, transfer, progress }: FalStreamContext,
  url: URL,
  { bytes, number, signal }: { bytes: Uint8Array; number: number; signal: AbortSignal },
): Promise<Part> {
  const md5 = md5OfBytes(bytes);
  for (let attempt = 1; attempt <= maxIntegrityAttempts; attempt++) {
    const part = memoryPart(bytes, progress);
    const etag = await putPart(store, url, part, falRequestOptions(transfer, signal));
    if (isEtagAccepted(store, { etag, md5, isLast: attempt === maxIntegrityAttempts })) return [number, etag, md5];
    part.resetSent();
  }
  throw failure('corrupted');
}

function memoryPart(bytes: Uint8Array, progress: UploadProgress): FilePart {
  const read = async (into: Uint8Array, position: number): Promise<number> => {
    const slice = bytes.subarray(position, position + into.length);
    into.set(slice);
    return slice.length;
  };
  return new FilePart({
    source: { read },
    start: 0,
    length: bytes.length,
    onBytes: (count) => progress.addSent(count),
  });
}
