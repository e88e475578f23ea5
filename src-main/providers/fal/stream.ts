/** A stream of unknown length: parts are collected in memory, so that one can be sent again although the stream cannot be read again. */
import { failure } from '../../../src-shared/errors.ts';
import type { StreamSource } from '../../engine/ports.ts';
import { laneOf, Progress, type Lane } from '../progress.ts';
import type { TransferOf } from '../provider.ts';
import { FilePart } from '../sending/file-part.ts';
import { askingOf, md5Of, openSlot, refOf, type Opened } from './job.ts';
import { complete, isRight, partTag } from './put-parts.ts';
import type { FalCheckpoint, FalRef } from './records.ts';
import { below, isProof, isSlotGone, put, sizeAt, type FalStore } from './store.ts';

/** In memory are the parts in flight and the one that is being collected. */
const parallelParts = 2;
/** 97 GiB of the usual size. */
const mostParts = 10_000;
const damagedTries = 3;

type Part = NonNullable<FalCheckpoint['parts']>[number];

interface StreamJob {
  store: FalStore;
  transfer: TransferOf<StreamSource>;
  progress: Progress;
  lane: Lane;
}

/** @throws AppFailure too-large, corrupted, wrong-service; Refused; what the network, the stream and `onCheckpoint` throw */
export async function uploadStream(store: FalStore, transfer: TransferOf<StreamSource>): Promise<FalRef> {
  const job: StreamJob = { store, transfer, progress: new Progress(transfer), lane: laneOf(transfer) };
  await transfer.onCheckpoint({ v: 1 });
  const pieces = piecesOf(transfer, store.partBytes);
  const first = await pieces.next();
  const bytes = first.done ? new Uint8Array() : first.value;
  // A full first piece may be followed by nothing; then it is a file in one part.
  const slot = bytes.length < store.partBytes ? await putSmall(job, bytes) : await putPieces(job, bytes, pieces);
  return refOf(store, slot, transfer.source.taken());
}

async function* piecesOf(
  { source, signal }: TransferOf<StreamSource>,
  partBytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  let chunks: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of source.chunks()) {
    if (signal.aborted) throw failure('canceled');
    for (let rest = chunk; rest.length > 0;) {
      const taken = rest.subarray(0, partBytes - held);
      rest = rest.subarray(taken.length);
      chunks.push(taken);
      held += taken.length;
      if (held < partBytes) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      held = 0;
    }
  }
  if (held > 0) yield Buffer.concat(chunks);
  return undefined;
}

async function slotOf(job: StreamJob, kind: 'whole' | 'parts'): Promise<Opened> {
  const opened = await openSlot(job, kind);
  const { upload, file, ...end } = opened;
  await job.transfer.onCheckpoint({ v: 1, slot: { upload, file }, ...end });
  return opened;
}

async function putSmall(job: StreamJob, bytes: Uint8Array): Promise<Opened> {
  const { store, transfer, progress, lane } = job;
  const slot = await slotOf(job, 'whole');
  const release = await lane(transfer.signal);
  const part = memoryPart(bytes, progress);
  const isThere = async (): Promise<boolean> => (await sizeAt(store, slot.file, askingOf(transfer))) === bytes.length;
  try {
    const reply = await put(store, new URL(slot.upload), part, {
      ...askingOf(transfer),
      headers: { 'content-type': transfer.source.contentType },
    }).catch(async (cause: unknown) => {
      // The first sending was heard, its answer lost.
      if (!isSlotGone(cause) || !part.reachedEnd || !(await isThere())) throw cause;
      return undefined;
    });
    if (reply && !isProof(reply) && !(await isThere()))
      throw failure('wrong-service', { params: { why: 'fal', host: new URL(slot.upload).host } });
    if (reply && store.tags.compare(reply.headers['etag'], md5Of(bytes)) === 'other' && store.tags.areKnown)
      throw failure('corrupted');
  } finally {
    release();
  }
  return slot;
}

async function putPieces(
  job: StreamJob,
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, undefined>,
): Promise<Opened> {
  const { store, transfer, lane } = job;
  const slot = await slotOf(job, 'parts');
  const stop = new AbortController();
  const signal = AbortSignal.any([transfer.signal, stop.signal]);
  const parts: Part[] = [];
  const causes: unknown[] = [];
  const flying = new Set<Promise<void>>();
  const failed = (cause: unknown): void => {
    causes.push(cause);
    stop.abort();
  };
  const send = async (bytes: Uint8Array, number: number): Promise<void> => {
    const release = await lane(signal);
    try {
      parts.push(await sendPiece(job, below(slot.upload, String(number)), { bytes, number, signal }));
      job.progress.keep(bytes.length);
    } finally {
      release();
    }
  };
  try {
    let number = 0;
    for (
      let bytes: Uint8Array | undefined = first;
      bytes !== undefined && causes.length === 0;
      bytes = (await rest.next()).value
    ) {
      if (++number > mostParts) throw failure('too-large');
      const one: Promise<void> = send(bytes, number)
        .catch(failed)
        .finally(() => flying.delete(one));
      flying.add(one);
      if (flying.size >= parallelParts) await Promise.race(flying);
    }
  } catch (cause) {
    failed(cause);
  }
  await Promise.all(flying);
  if (transfer.signal.aborted) throw failure('canceled');
  if (causes.length > 0) throw causes[0];
  await complete(store, slot, parts, { ...askingOf(transfer), size: transfer.source.taken() });
  return slot;
}

async function sendPiece(
  { store, transfer, progress }: StreamJob,
  url: URL,
  { bytes, number, signal }: { bytes: Uint8Array; number: number; signal: AbortSignal },
): Promise<Part> {
  const sum = md5Of(bytes);
  for (let tries = 1; tries <= damagedTries; tries++) {
    const part = memoryPart(bytes, progress);
    const tag = await partTag(store, url, part, askingOf(transfer, signal));
    if (isRight(store, { tag, sum, isLast: tries === damagedTries })) return [number, tag, sum];
    part.giveBack();
  }
  throw failure('corrupted');
}

function memoryPart(bytes: Uint8Array, progress: Progress): FilePart {
  const read = async (into: Uint8Array, position: number): Promise<number> => {
    const some = bytes.subarray(position, position + into.length);
    into.set(some);
    return some.length;
  };
  return new FilePart({ source: { read }, start: 0, length: bytes.length, onBytes: (count) => progress.add(count) });
}
