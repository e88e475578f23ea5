/**
 * The unfinished uploads of this process, indexed by destination and state, so that the time that a change takes does
 * not grow with the number of uploads.
 */
import type { ProfileId, Upload, UploadId, UploadIn } from '../../src-shared/upload.ts';
import { PriorityQueue } from './priority-queue.ts';
import { currentProfileId, isOlder } from './schedule.ts';

/** `active`: uploads that are being sent or verified. `bytes` and `sent`: of all unfinished uploads. */
export interface WorkTotals {
  unfinished: number;
  active: number;
  bytes: number;
  sent: number;
}

/** The uploads of one destination that do not run, by what they wait for. Paused uploads are in none of these. */
interface DestinationQueues {
  /** Queued, to be verified again, or waiting for a time that has come. */
  ready: PriorityQueue<Upload>;
  /** The same, for uploads that the user started explicitly. */
  urgent: PriorityQueue<Upload>;
  /** Waiting for a time; the next one that is due is the first. */
  timed: PriorityQueue<Upload>;
  /** Those of `timed` and `ready` that a rate limit delays; the one that waits longest is the first. */
  rateLimited: PriorityQueue<Upload>;
  online: PriorityQueue<Upload>;
  'profile-fixed': PriorityQueue<Upload>;
}

const noWork: WorkTotals = { unfinished: 0, active: 0, bytes: 0, sent: 0 };

export class LiveUploads {
  /** Uploads for which the user pressed "Try again" or "Try now". Set before the state of the upload changes. */
  readonly #urgent: ReadonlySet<UploadId>;
  readonly #uploads = new Map<UploadId, Upload>();
  readonly #queues = new Map<ProfileId, DestinationQueues>();
  readonly #totals: WorkTotals = { ...noWork };

  constructor(urgent: ReadonlySet<UploadId>) {
    this.#urgent = urgent;
  }

  get totals(): Readonly<WorkTotals> {
    return this.#totals;
  }

  get(id: UploadId): Upload | undefined {
    return this.#uploads.get(id);
  }
  has(id: UploadId): boolean {
    return this.#uploads.has(id);
  }
  all(): IterableIterator<Upload> {
    return this.#uploads.values();
  }

  /** Adds an upload, or replaces its earlier state. */
  set(upload: Upload): void {
    this.#forget(this.#uploads.get(upload.id));
    this.#uploads.set(upload.id, upload);
    this.#count(upload, 1);
    this.#enqueue(upload);
  }

  delete(id: UploadId): void {
    this.#forget(this.#uploads.get(id));
    this.#uploads.delete(id);
  }

  clear(): void {
    this.#uploads.clear();
    this.#queues.clear();
    Object.assign(this.#totals, noWork);
  }

  /**
   * The uploads that decide which ones start: per destination at most `count` of each kind, those that start first.
   * Every other upload would start later than all of these.
   */
  candidates(count: number, now: number): Set<Upload> {
    const found = new Set<Upload>();
    for (const queues of this.#queues.values()) {
      this.#moveDue(queues, now);
      const { rateLimited, ready, urgent, timed, online } = queues;
      const longestPause = rateLimited.peek();
      if (longestPause) found.add(longestPause);
      for (const queue of [ready, urgent, timed, online]) for (const upload of queue.first(count)) found.add(upload);
    }
    return found;
  }

  /** The uploads to this destination that wait for this. */
  waitingFor(profileId: ProfileId, until: 'online' | 'profile-fixed'): Upload[] {
    return [...(this.#queues.get(profileId)?.[until].items() ?? [])];
  }

  /** The destinations that uploads cannot reach without a network. */
  profilesWaitingForNetwork(): ProfileId[] {
    return [...this.#queues].filter(([, { online }]) => online.size > 0).map(([profileId]) => profileId);
  }

  /** The uploads to this destination that are queued or wait for a time. */
  next(profileId: ProfileId): UploadIn<'queued' | 'waiting'>[] {
    const queues = this.#queues.get(profileId);
    if (!queues) return [];
    return [...queues.ready.items(), ...queues.urgent.items(), ...queues.timed.items()].filter(
      (upload) => upload.status === 'queued' || upload.status === 'waiting',
    );
  }

  #forget(upload: Upload | undefined): void {
    if (!upload) return;
    this.#count(upload, -1);
    const queues = this.#queues.get(currentProfileId(upload));
    if (!queues) return;
    for (const queue of Object.values(queues) as PriorityQueue<Upload>[]) queue.delete(upload);
  }

  #count(upload: Upload, by: 1 | -1): void {
    const totals = this.#totals;
    totals.unfinished += by;
    totals.bytes += by * upload.size;
    if (upload.status !== 'uploading' && upload.status !== 'verifying') return;
    totals.active += by;
    totals.sent += by * (upload.status === 'uploading' ? upload.sent : upload.size);
  }

  #enqueue(upload: Upload): void {
    const { status } = upload;
    if (status !== 'queued' && status !== 'verifying' && status !== 'waiting') return;
    const queues = this.#queuesOf(currentProfileId(upload));
    if (status !== 'waiting') queues[this.#urgent.has(upload.id) ? 'urgent' : 'ready'].add(upload);
    else if (typeof upload.until === 'number') {
      queues.timed.add(upload);
      if (upload.error.code === 'rate-limited') queues.rateLimited.add(upload);
    } else queues[upload.until].add(upload);
  }

  #moveDue({ timed, ready, urgent }: DestinationQueues, now: number): void {
    for (let due = timed.peek(); due && dueAt(due) <= now; due = timed.peek()) {
      timed.delete(due);
      (this.#urgent.has(due.id) ? urgent : ready).add(due);
    }
  }

  #queuesOf(profileId: ProfileId): DestinationQueues {
    const existing = this.#queues.get(profileId);
    if (existing) return existing;
    const queues: DestinationQueues = {
      ready: new PriorityQueue(isOlder),
      urgent: new PriorityQueue(isOlder),
      timed: new PriorityQueue((a, b) => dueAt(a) < dueAt(b)),
      rateLimited: new PriorityQueue((a, b) => dueAt(a) > dueAt(b)),
      online: new PriorityQueue(isOlder),
      'profile-fixed': new PriorityQueue(isOlder),
    };
    this.#queues.set(profileId, queues);
    return queues;
  }
}

/** ms since 1970 */
const dueAt = (upload: Upload): number =>
  upload.status === 'waiting' && typeof upload.until === 'number' ? upload.until : 0;
