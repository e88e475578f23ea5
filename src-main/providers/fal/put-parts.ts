/**
 * A file in parts, several at once. The service cannot be asked which parts it has, so each one is written down as it is
 * acknowledged; after a crash it counts when the file still holds the bytes that were sent.
 */
import { failure } from '../../../src-shared/errors.ts';
import { partRange, type PartPlan } from '../../engine/plan-parts.ts';
import type { Range } from '../sending/checksum.ts';
import { FilePart } from '../sending/file-part.ts';
import { numbersTo, sendParts } from '../sending/send-parts.ts';
import { again } from './again.ts';
import { askingOf, noted, openedOf, openSlot, refOf, sumOf, type Job, type Opened } from './job.ts';
import type { FalCheckpoint, FalRef } from './records.ts';
import { below, isProof, isSlotGone, put, sizeAt, type FalStore } from './store.ts';
import { tagOf } from './tags.ts';
import type { Asking } from './wire.ts';

/** How often a part may come back damaged before the upload fails. */
const damagedTries = 3;

type Part = NonNullable<FalCheckpoint['parts']>[number];

interface Open {
  slot: Opened;
  plan: PartPlan;
  /** by number */ parts: Map<number, Part>;
}

export async function putParts(job: Job, plan: PartPlan, earlier: FalCheckpoint | undefined): Promise<FalRef> {
  const found = earlier && (await earlierUpload(job, plan, earlier));
  if (found?.is === 'stored') return refOf(job.store, found.open.slot, job.transfer.source.size);
  const open = found?.open ?? (await freshUpload(job, plan));
  const first = await finish(job, open);
  if (!('gone' in first)) return first;
  // The signed address ends before slow uploads do, and there is no way to a new one for the same upload: from zero, once.
  job.progress.restart('store-forgot');
  const second = await finish(job, await freshUpload(job, plan));
  if ('gone' in second) throw second.gone;
  return second;
}

async function freshUpload(job: Job, plan: PartPlan): Promise<Open> {
  const slot = await openSlot(job, 'parts');
  const open: Open = { slot, plan, parts: new Map() };
  await writeDown(job, open);
  return open;
}

function writeDown(job: Job, { slot: { upload, file, expiresAt }, plan, parts }: Open): Promise<void> {
  return noted(job, {
    slot: { upload, file },
    partSize: plan.partSize,
    parts: [...parts.values()],
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
}

/** What an earlier attempt had. Parts count that the file still holds; what was joined counts when the file holds all of it. */
async function earlierUpload(
  job: Job,
  plan: PartPlan,
  { size, slot, partSize, parts = [], ...end }: FalCheckpoint,
): Promise<{ is: 'stored' | 'open'; open: Open } | undefined> {
  if (slot === undefined) return undefined;
  const { transfer, store, progress } = job;
  if (size !== transfer.source.size || partSize !== plan.partSize) {
    progress.restart('file-changed');
    return undefined;
  }
  const open: Open = { slot: openedOf(slot, end), plan, parts: await partsStillTrue(job, plan, parts) };
  const there = parts.length === plan.count ? await sizeAt(store, slot.file, askingOf(transfer)) : undefined;
  if (there !== undefined) {
    if (there === size && open.parts.size === plan.count) return { is: 'stored', open };
    progress.restart('file-changed');
    return undefined;
  }
  // Not one part is what the file holds now: it is another file.
  if (parts.length > 0 && open.parts.size === 0) progress.restart('file-changed');
  return { is: 'open', open };
}

async function partsStillTrue(job: Job, plan: PartPlan, parts: readonly Part[]): Promise<Map<number, Part>> {
  const {
    transfer: { source, signal },
    progress,
  } = job;
  const kept = new Map<number, Part>();
  for (const part of parts) {
    const [number, , sum] = part;
    const range = partRange(number, plan, source.size);
    if (number > plan.count || sum !== (await sumOf(job, range, signal))) continue;
    kept.set(number, part);
    progress.add(range.length);
    progress.keep(range.length);
  }
  return kept;
}

async function finish(job: Job, open: Open): Promise<FalRef | { gone: unknown }> {
  const {
    transfer: { source },
    store,
  } = job;
  try {
    await sendMissing(job, open);
    await checkSame(job, open);
    await complete(store, open.slot, [...open.parts.values()], { ...askingOf(job.transfer), size: source.size });
    return refOf(store, open.slot, source.size);
  } catch (cause) {
    if (!isSlotGone(cause) || job.transfer.signal.aborted) throw cause;
    return { gone: cause };
  }
}

/** Size and time do not tell of a file that was rewritten and had its time set back: its bytes do. @throws AppFailure source-changed, source-unreadable, canceled */
async function checkSame(job: Job, { parts, plan }: Open): Promise<void> {
  const { source, signal } = job.transfer;
  await source.check();
  if (!(await source.touched?.())) return;
  for (const [number, , sum] of parts.values())
    if (sum !== (await sumOf(job, partRange(number, plan, source.size), signal))) throw failure('source-changed');
}

async function sendMissing(job: Job, open: Open): Promise<void> {
  const {
    transfer: { signal, source },
    lane,
  } = job;
  const missing = numbersTo(open.plan.count).filter((number) => !open.parts.has(number));
  await sendParts(missing, { signal, lane }, async (number, stop) => {
    const range = partRange(number, open.plan, source.size);
    open.parts.set(number, await sendPart(job, open.slot, { number, range, signal: stop }));
    job.progress.keep(range.length);
    // Within the lane: so there are never more parts that nobody knows of than are sent at once.
    await writeDown(job, open);
  });
}

interface PartJob {
  number: number;
  range: Range;
  signal: AbortSignal;
}

async function sendPart(job: Job, slot: Opened, { number, range, signal }: PartJob): Promise<Part> {
  const { store, transfer, progress } = job;
  const { source } = transfer;
  const sum = await sumOf(job, range, signal);
  for (let tries = 1; ; tries++) {
    const part = new FilePart({ source, ...range, onBytes: (count) => progress.add(count) });
    const tag = await partTag(store, below(slot.upload, String(number)), part, askingOf(transfer, signal));
    if (isRight(store, { tag, sum, isLast: tries === damagedTries })) return [number, tag, sum];
    part.giveBack();
    // Before the service is blamed, the file is looked at.
    await source.check();
    if ((await source.touched?.()) && (await sumOf(job, range, signal)) !== sum) throw failure('source-changed');
    if (tries === damagedTries) throw failure('corrupted');
  }
}

/** A part may be sent again to the same address, so tags that never fit turn out to be something else than sums. */
export function isRight(
  { tags }: Pick<FalStore, 'tags'>,
  { tag, sum, isLast }: { tag: string; sum: string; isLast: boolean },
): boolean {
  if (tags.compare(tag, sum) !== 'other') return true;
  if (tags.areKnown || !isLast) return false;
  tags.mean('nothing');
  return true;
}

/** @throws Refused, AppFailure wrong-service when something answers that names no part */
export async function partTag(store: FalStore, url: URL, part: FilePart, asking: Asking): Promise<string> {
  try {
    const tag = tagOf(await put(store, url, part, asking));
    if (tag === undefined) throw failure('wrong-service', { params: { why: 'fal', host: url.host } });
    return tag;
  } catch (cause) {
    part.giveBack();
    throw cause;
  }
}

/** Joins the parts. Where the answer proves nothing, or an earlier sending may have been heard, the file itself tells. */
export async function complete(
  { wire, patience, ...store }: FalStore,
  slot: Opened,
  parts: readonly Part[],
  { size, ...asking }: Asking & { size: number },
): Promise<void> {
  const url = below(slot.upload, 'complete');
  const body = JSON.stringify({
    parts: parts.toSorted((a, b) => a[0] - b[0]).map(([partNumber, etag]) => ({ partNumber, etag })),
  });
  const isThere = async (): Promise<boolean> =>
    (await sizeAt({ ...store, wire, patience }, slot.file, asking)) === size;
  let isProven = false;
  try {
    isProven = isProof(
      await again(
        () =>
          wire.send({
            method: 'POST',
            url,
            headers: { 'content-type': 'application/json', accept: 'application/json' },
            body,
            ...asking,
          }),
        patience,
        asking.signal,
      ),
    );
  } catch (cause) {
    if (!isSlotGone(cause) || !(await isThere())) throw cause;
    isProven = true;
  }
  if (!isProven && !(await isThere())) throw failure('wrong-service', { params: { why: 'fal', host: url.host } });
}
