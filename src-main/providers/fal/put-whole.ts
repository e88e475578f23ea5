/** A file in one request: it is there as a whole, or not at all. */
import { failure } from '../../../src-shared/errors.ts';
import { FilePart } from '../sending/file-part.ts';
import { askingOf, noted, openedOf, openSlot, refOf, sumOf, type Job, type Opened } from './job.ts';
import type { FalCheckpoint, FalRef } from './records.ts';
import { isProof, isSlotGone, put, sizeAt } from './store.ts';
import type { Reply } from './wire.ts';

export async function putWhole(job: Job, earlier: FalCheckpoint | undefined): Promise<FalRef> {
  const {
    store,
    transfer: { source, signal },
  } = job;
  const release = await job.lane(signal);
  try {
    const sum = await sumOf(job, { start: 0, length: source.size }, signal);
    const found = earlier && (await earlierSlot(job, earlier, sum));
    if (found?.is === 'stored') return refOf(store, found.slot, source.size);
    let slot = found?.slot ?? (await freshSlot(job, sum));
    const first = await putOnce(job, slot, { sum, isAgain: found !== undefined });
    if (first !== 'stored') {
      // Its address came to its end before the bytes did: another one, once.
      job.progress.restart('store-forgot');
      slot = await freshSlot(job, sum);
      const second = await putOnce(job, slot, { sum, isAgain: false });
      if (second !== 'stored') throw second.gone;
    }
    return refOf(store, slot, source.size);
  } finally {
    release();
  }
}

async function freshSlot(job: Job, sum: string): Promise<Opened> {
  const opened = await openSlot(job, 'whole');
  const { upload, file, ...end } = opened;
  await noted(job, { slot: { upload, file }, sum, ...end });
  return opened;
}

/** What an earlier attempt had: its bytes are there, or its address can still be used, so that there is never a second file. */
async function earlierSlot(
  job: Job,
  { size, slot, sum: sent, ...end }: FalCheckpoint,
  sum: string,
): Promise<{ is: 'stored' | 'open'; slot: Opened } | undefined> {
  if (slot === undefined) return undefined;
  const { store, transfer } = job;
  if (sent !== sum || size !== transfer.source.size) {
    job.progress.restart('file-changed');
    return undefined;
  }
  const opened = openedOf(slot, end);
  const there = await sizeAt(store, slot.file, askingOf(transfer));
  if (there === undefined) return { is: 'open', slot: opened };
  if (there !== size) throw failure('wrong-service', { params: { why: 'fal', host: new URL(slot.file).host } });
  job.progress.add(size);
  return { is: 'stored', slot: opened };
}

/** `isAgain`: an earlier sending to this address may have been heard. */
interface Sending {
  sum: string;
  isAgain: boolean;
}

async function putOnce(job: Job, slot: Opened, { sum, isAgain }: Sending): Promise<'stored' | { gone: unknown }> {
  const { store, transfer, progress } = job;
  const { source } = transfer;
  const part = new FilePart({
    source,
    start: 0,
    length: source.size,
    onBytes: (count) => progress.add(count),
    beforeEnd: () => source.check(),
  });
  let reply: Reply;
  try {
    reply = await put(store, new URL(slot.upload), part, {
      ...askingOf(transfer),
      headers: { 'content-type': source.contentType },
    });
  } catch (cause) {
    part.giveBack();
    if (!isSlotGone(cause)) throw cause;
    // An address can be used once: the first sending was heard, and its answer lost.
    const isHeard =
      (isAgain || part.reachedEnd) && (await sizeAt(store, slot.file, askingOf(transfer))) === source.size;
    if (!isHeard) return { gone: cause };
    progress.add(source.size);
    return 'stored';
  }
  await prove(job, slot, { reply, sum });
  return 'stored';
}

/** @throws AppFailure wrong-service when something else answered, corrupted when the service has other bytes */
async function prove(job: Job, slot: Opened, { reply, sum }: { reply: Reply; sum: string }): Promise<void> {
  const { store, transfer } = job;
  const { source } = transfer;
  if (!isProof(reply) && (await sizeAt(store, slot.file, askingOf(transfer))) !== source.size)
    throw failure('wrong-service', { params: { why: 'fal', host: new URL(slot.upload).host } });
  if (store.tags.compare(reply.headers['etag'], sum) !== 'other') return;
  // A used address takes no second sending, so the file itself has to tell.
  if (!store.tags.areKnown && (await isSame(job, slot, sum))) return store.tags.mean('nothing');
  await source.check();
  throw failure('corrupted');
}

async function isSame({ store, transfer }: Job, slot: Opened, sum: string): Promise<boolean> {
  const url =
    store.settings.access === 'signed' ? await store.calls.sign(slot.file, 60, askingOf(transfer)) : slot.file;
  return (await store.wire.md5At(new URL(url), askingOf(transfer))) === sum;
}
