/**
 * Who may send next to one destination. Each request with a body takes a lane; there are as many as its {@link AdaptiveConcurrency} allows.
 * Who asked first is served first, but for an upload that has its share already.
 */
import { failure } from '../../src-shared/errors.ts';
import type { Clock } from './ports.ts';
import { AdaptiveConcurrency, type ConcurrencyLimits } from './adaptive-concurrency.ts';

/** Gives a lane back; a second call does nothing. */
export type ReleaseSlot = () => void;

/** uploads that are sent to a destination of which it is not known whether it takes any: each would be refused for the same reason */
const unprovenUploadLimit = 4;
/** What is stored holds no lane any more, but while it is seen to work the store is asked: so many uploads a lane. */
const uploadsPerSlot = 2;

interface Waiter {
  slots: UploadSlots;
  grant(): void;
}

export class ConcurrencyLimiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #concurrency: AdaptiveConcurrency;
  readonly #waiters = new Set<Waiter>();
  #slotsInUse = 0;
  #isAccepting = false;

  constructor(clock: Pick<Clock, 'now'>, limits: ConcurrencyLimits) {
    this.#clock = clock;
    this.#concurrency = new AdaptiveConcurrency(clock.now(), limits);
  }

  /** What it gets at once: requests with a body, and uploads. */
  get capacity(): { slots: number; uploads: number } {
    const slots = this.#concurrency.total(this.#clock.now());
    const uploads = slots * uploadsPerSlot;
    return { slots, uploads: this.#isAccepting ? uploads : Math.min(unprovenUploadLimit, uploads) };
  }

  /** It has taken a file. */
  markAccepting(): void {
    this.#isAccepting = true;
  }

  /** It has refused one for a reason that holds for all. */
  markRefusing(): void {
    this.#isAccepting = false;
  }

  /** Those of one attempt of one upload. */
  createUploadSlots(): UploadSlots {
    return new UploadSlots({
      enqueue: (waiter) => {
        this.#waiters.add(waiter);
        this.#serve();
      },
      dequeue: (waiter) => {
        this.#waiters.delete(waiter);
      },
      release: (back) => {
        this.#slotsInUse -= back;
        this.#concurrency.onRequestEnd(this.#slotsInUse, this.#clock.now());
        this.#serve();
      },
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
  /** Does not wait any longer. */
  dequeue(waiter: Waiter): void;
  /** So many lanes are free again. */
  release(count: number): void;
  recordBytes(bytes: number): void;
  slowDown(): void;
}

export class UploadSlots {
  readonly #pool: SlotPool;
  /** What ends the waiting of each that waits. */
  readonly #cancelWaiters = new Set<() => void>();
  #inUse = 0;
  #isClosed = false;

  constructor(pool: SlotPool) {
    this.#pool = pool;
  }

  get inUse(): number {
    return this.#inUse;
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
      signal.addEventListener('abort', cancel, { once: true });
      this.#pool.enqueue(waiter);
    });
  }

  /** @param bytes that went out since the last call */
  recordBytes(bytes: number): void {
    this.#pool.recordBytes(bytes);
  }

  slowDown(): void {
    this.#pool.slowDown();
  }

  /** The attempt is over: whatever its driver still holds or waits for is free for others. */
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
