/** Picks the uploads that start now. Pure. */
import type { ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';

export interface SchedulePlan {
  start: UploadId[];
  /** ms since 1970 when the next waiting upload is due, if any waits for a time */
  wakeAt?: number;
}

export interface SchedulerInput {
  running: ReadonlySet<UploadId>;
  /** Uploads that the user started explicitly: they start although their destination is backed off. */
  urgent: ReadonlySet<UploadId>;
  /** uploads at once, at all destinations together */
  limit: number;
  /** Limits of a destination: requests with a body at once, and uploads at once. */
  capacity(profileId: ProfileId): { slots: number; uploads: number };
  /** The requests with a body that the upload is expected to send at once. */
  expectedSlots(upload: Upload): number;
  now: number;
  /** The network may be back: starts one of the uploads that wait for it, per destination. */
  probe: boolean;
}

/**
 * Starts the oldest uploads first, in drop order within a batch, while their destination has free slots: many small
 * files at once, or a few large ones. When a destination asked for fewer requests or is offline, none of its uploads
 * start until its pause ends.
 *
 * @param uploads all uploads, or those that matter (`LiveUploads.candidates`) with the running ones
 */
export function schedule(uploads: Iterable<Upload>, input: SchedulerInput): SchedulePlan {
  const allUploads = [...uploads];
  const backedOff = backedOffProfiles(allUploads, input);
  const queues = new ProfileQueues(allUploads, input);
  let wakeAt = Infinity;
  for (const u of allUploads) {
    if (isDue(u, input)) {
      if (canStart(u, backedOff, input)) queues.add(u);
    } else if (u.status === 'waiting' && typeof u.until === 'number' && !input.running.has(u.id))
      wakeAt = Math.min(wakeAt, u.until);
  }
  if (input.probe) for (const u of probeCandidates(allUploads, input)) queues.add(u);
  const start = queues.pick().map((u) => u.id);
  return wakeAt === Infinity ? { start } : { start, wakeAt };
}

/** The load of one destination and its next uploads. */
interface ProfileQueue {
  /** the limits of the destination */
  slots: number;
  uploads: number;
  /** the slots that running and picked uploads are expected to use */
  slotsInUse: number;
  /** the number of running and picked uploads */
  running: number;
  /** The oldest uploads that may start, sorted. */
  next: Upload[];
}

class ProfileQueues {
  readonly #input: SchedulerInput;
  readonly #queues = new Map<ProfileId, ProfileQueue>();
  readonly #freeUploads: number;

  constructor(allUploads: readonly Upload[], input: SchedulerInput) {
    this.#input = input;
    this.#freeUploads = Math.max(0, input.limit - input.running.size);
    for (const u of allUploads)
      if ((u.status === 'uploading' || u.status === 'verifying') && input.running.has(u.id))
        this.#admit(this.#queueFor(currentProfileId(u)), u);
  }

  /**
   * Keeps only as many uploads as can start, sorted. Compares with the last of them first, because most uploads are not
   * older than that.
   */
  add(upload: Upload): void {
    const queue = this.#queueFor(currentProfileId(upload));
    const max = Math.min(this.#freeUploads, queue.uploads - queue.running);
    if (max <= 0 || this.#input.running.has(upload.id)) return;
    const last = queue.next[max - 1];
    if (last && isOlder(last, upload)) return;
    insert(queue.next, upload, max);
  }

  pick(): Upload[] {
    const next = [...this.#queues.values()].flatMap((queue) => queue.next).sort((a, b) => (isOlder(a, b) ? -1 : 1));
    const picked: Upload[] = [];
    for (const upload of next) {
      const queue = this.#queueFor(currentProfileId(upload));
      if (picked.length === this.#freeUploads) break;
      const needsSlot = upload.status !== 'verifying';
      if (needsSlot && queue.slotsInUse >= queue.slots) continue;
      this.#admit(queue, upload);
      picked.push(upload);
    }
    return picked;
  }

  #admit(queue: ProfileQueue, upload: Upload): void {
    queue.running++;
    if (upload.status !== 'verifying') queue.slotsInUse += this.#input.expectedSlots(upload);
  }

  #queueFor(profileId: ProfileId): ProfileQueue {
    const existing = this.#queues.get(profileId);
    if (existing) return existing;
    const { slots, uploads } = this.#input.capacity(profileId);
    const queue: ProfileQueue = { slots, uploads, slotsInUse: 0, running: 0, next: [] };
    this.#queues.set(profileId, queue);
    return queue;
  }
}

/** Inserts the upload into `oldest`, which stays sorted and at most `max` long. */
function insert(oldest: Upload[], upload: Upload, max: number): void {
  let index = oldest.length;
  while (index > 0 && isOlder(upload, oldest[index - 1]!)) index--;
  if (index >= max) return;
  oldest.splice(index, 0, upload);
  if (oldest.length > max) oldest.pop();
}

/** Whether `a` starts before `b`. */
export const isOlder = (a: Upload, b: Upload): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.position < b.position);

export const currentProfileId = (upload: Upload): ProfileId => upload.chain[upload.step]?.profileId ?? '';

function isDue(upload: Upload, { now }: SchedulerInput): boolean {
  if (upload.status === 'waiting') return typeof upload.until === 'number' && upload.until <= now;
  return upload.status === 'queued' || upload.status === 'verifying';
}

/** A verification and an urgent upload may start while their destination is backed off. */
const canStart = (upload: Upload, backedOff: ReadonlySet<ProfileId>, { urgent }: SchedulerInput): boolean =>
  backedOff.size === 0 ||
  upload.status === 'verifying' ||
  urgent.has(upload.id) ||
  !backedOff.has(currentProfileId(upload));

/** Destinations that asked for fewer requests or cannot be reached without a network. */
function backedOffProfiles(uploads: Upload[], { now }: SchedulerInput): Set<ProfileId> {
  const backedOff = new Set<ProfileId>();
  for (const u of uploads) {
    if (u.status !== 'waiting') continue;
    const isLimited = u.error.code === 'rate-limited' && typeof u.until === 'number' && u.until > now;
    if (isLimited || u.until === 'online') backedOff.add(currentProfileId(u));
  }
  return backedOff;
}

/** For each destination without a running upload: the oldest upload that waits for the network. */
function probeCandidates(uploads: Upload[], { running }: SchedulerInput): Upload[] {
  const busy = new Set(uploads.filter((u) => running.has(u.id)).map(currentProfileId));
  const oldest = new Map<ProfileId, Upload>();
  for (const u of uploads) {
    if (u.status !== 'waiting' || u.until !== 'online' || running.has(u.id) || busy.has(currentProfileId(u))) continue;
    const best = oldest.get(currentProfileId(u));
    if (!best || isOlder(u, best)) oldest.set(currentProfileId(u), u);
  }
  return [...oldest.values()];
}
