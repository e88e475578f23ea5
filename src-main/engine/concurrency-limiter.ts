/**
 * Gives each request with a body to one destination a slot. {@link AdaptiveConcurrency} sets the number of slots.
 * Requests are served in order, except that an upload at its per-upload limit is skipped.
 */
import { failure } from '../../src-shared/errors.ts';
import type { Clock } from './ports.ts';
import { AdaptiveConcurrency, type ConcurrencyLimits } from './adaptive-concurrency.ts';

/** Releases a slot; a second call does nothing. */
export type ReleaseSlot = () => void;

/** uploads at once to a destination that has not accepted a file yet, because it may refuse them all */
const unprovenUploadLimit = 4;
/** A stored file needs no slot, but its verification also sends requests. This limits the uploads per slot. */
const uploadsPerSlot = 2;

interface Waiter {
  slots: UploadSlots;
  grant(): void;
}

export class ConcurrencyLimiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #concurrency: AdaptiveConcurrency;
  readonly #waiters = new Set<Waiter>();
  readonly #perUpload: number;
  /**
   * The lowest known limit of the part size: a file of `fileBytes` had more than `count` parts to send at once, so a
   * part is smaller than `fileBytes / count` bytes. At the start, no limit is known.
   */
  #partSizeLimit = { fileBytes: Infinity, count: 1 };
  #slotsInUse = 0;
  #isAccepting = false;

  constructor(clock: Pick<Clock, 'now'>, limits: ConcurrencyLimits) {
    this.#clock = clock;
    this.#concurrency = new AdaptiveConcurrency(clock.now(), limits);
    this.#perUpload = limits.perUpload;
  }

  /** Requests with a body at once, and uploads at once. */
  get capacity(): { slots: number; uploads: number } {
    const slots = this.#concurrency.total(this.#clock.now());
    const uploads = slots * uploadsPerSlot;
    return { slots, uploads: this.#isAccepting ? uploads : Math.min(unprovenUploadLimit, uploads) };
  }

  /** The destination has stored a file. */
  markAccepting(): void {
    this.#isAccepting = true;
  }

  /** The destination has refused a file for a reason that applies to all files. */
  markRefusing(): void {
    this.#isAccepting = false;
  }

  /** The slots that a file of this size will need at once, estimated from the parts of earlier files. */
  expectedSlots(bytes: number): number {
    const { fileBytes, count } = this.#partSizeLimit;
    return Math.min(this.#perUpload, Math.floor((bytes * count) / fileBytes) + 1);
  }

  /** The settings of the destination changed, so the size of its requests may be different. */
  forgetRequestSizes(): void {
    this.#partSizeLimit = { fileBytes: Infinity, count: 1 };
  }

  /** Lowers the part size limit when this file shows that parts are smaller than known. */
  #recordDemand(fileBytes: number, slots: number): void {
    const count = slots - 1;
    const { fileBytes: limitBytes, count: limitCount } = this.#partSizeLimit;
    if (count > 0 && fileBytes > 0 && fileBytes / count < limitBytes / limitCount)
      this.#partSizeLimit = { fileBytes, count };
  }

  /** Slots for one attempt. */
  createUploadSlots(): UploadSlots {
    return new UploadSlots({
      enqueue: (waiter) => {
        this.#waiters.add(waiter);
        this.#serve();
      },
      dequeue: (waiter) => {
        this.#waiters.delete(waiter);
      },
      release: (count) => {
        this.#slotsInUse -= count;
        this.#concurrency.onRequestEnd(this.#slotsInUse, this.#clock.now());
        this.#serve();
      },
      recordDemand: (fileBytes, slots) => this.#recordDemand(fileBytes, slots),
      recordBytes: (bytes) => this.#concurrency.recordBytes(bytes, this.#clock.now()),
      slowDown: () => this.#concurrency.slowDown(this.#clock.now()),
    });
  }

  #serve(): void {
    const now = this.#clock.now();
    for (const waiter of this.#waiters) {
      if (this.#slotsInUse >= this.#concurrency.total(now)) return;
      if (waiter.slots.inUse >= this.#concurrency.perUpload(now)) continue;
      this.#waiters.delete(waiter);
      this.#slotsInUse++;
      waiter.grant();
      this.#concurrency.onRequestStart(this.#slotsInUse, waiter.slots.inUse, now);
    }
  }
}

interface SlotPool {
  enqueue(waiter: Waiter): void;
  /** Stops waiting. */
  dequeue(waiter: Waiter): void;
  /** Frees this many slots. */
  release(count: number): void;
  /** A file of this size needs this many slots at once. */
  recordDemand(fileBytes: number, slots: number): void;
  recordBytes(bytes: number): void;
  slowDown(): void;
}

export class UploadSlots {
  readonly #pool: SlotPool;
  /** Cancels each waiting request. */
  readonly #cancelWaiters = new Set<() => void>();
  #inUse = 0;
  #fileBytes: number | undefined;
  #isClosed = false;

  constructor(pool: SlotPool) {
    this.#pool = pool;
  }

  get inUse(): number {
    return this.#inUse;
  }

  setFileBytes(bytes: number): void {
    this.#fileBytes = bytes;
  }

  /**
   * Resolves when a request with a body may be sent.
   * @throws AppFailure canceled, as soon as the signal aborts or the attempt is over
   */
  acquire(signal: AbortSignal): Promise<ReleaseSlot> {
    if (signal.aborted || this.#isClosed) return Promise.reject(failure('canceled'));
    return new Promise((resolve, reject) => {
      const stopWaiting = (): void => {
        this.#cancelWaiters.delete(cancel);
        signal.removeEventListener('abort', cancel);
      };
      const waiter: Waiter = {
        slots: this,
        grant: () => {
          stopWaiting();
          this.#inUse++;
          resolve(this.#releaseOnce());
        },
      };
      const cancel = (): void => {
        stopWaiting();
        this.#pool.dequeue(waiter);
        reject(failure('canceled'));
      };
      this.#cancelWaiters.add(cancel);
      if (this.#fileBytes !== undefined)
        this.#pool.recordDemand(this.#fileBytes, this.#inUse + this.#cancelWaiters.size);
      signal.addEventListener('abort', cancel, { once: true });
      this.#pool.enqueue(waiter);
    });
  }

  /** @param bytes sent since the last call */
  recordBytes(bytes: number): void {
    this.#pool.recordBytes(bytes);
  }

  slowDown(): void {
    this.#pool.slowDown();
  }

  /** The attempt is over: frees the slots that its driver still holds, and cancels its waiting requests. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancelWaiters) cancel();
    this.#pool.release(this.#inUse);
    this.#inUse = 0;
  }

  #releaseOnce(): ReleaseSlot {
    let isHeld = true;
    return () => {
      if (!isHeld || this.#isClosed) return;
      isHeld = false;
      this.#inUse--;
      this.#pool.release(1);
    };
  }
}
