import { failure, type ErrorCode } from '../../../../src-shared/errors.ts';
import { maxDeliveryMs, type DriverNetwork } from './driver.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedProcesses } from './processes.ts';
import { checkRestart, recordPartStart, recordSlowDown, recordUploadStart } from './request-checks.ts';
import type { FaultRates, SimulatedStore } from './store.ts';
import type { SimulationHarness } from './simulation-harness.ts';

const stallTimeoutMs = 60_000;
const lostResponseTimeoutMs = 5000;

type StoreResponse<T> = { value: T } | { error: Error };

/** The unreliable network between one process and the stores. */
export function createNetwork(
  harness: SimulationHarness,
  processes: SimulatedProcesses,
  process: SimulatedProcess,
): DriverNetwork {
  return {
    uncertainWrites: process.uncertainWrites,
    request: (store, signal, act) =>
      new Promise((resolve, reject) => {
        if (!processes.survivesCall(process)) return;
        new NetworkRequest(harness, process, { store, signal, act, resolve, reject }).start();
      }),
    pause: (ms) =>
      new Promise((resolve) => {
        harness.time.after(ms, () => process.run(resolve));
      }),
    newKey: (name) => `${name}-${harness.nextNumber()}`,
    isTaken: (name, detectedAt) => {
      const isTaken = harness.takenNames.get(name) === detectedAt;
      if (isTaken) harness.log.count('name taken');
      return isTaken;
    },
    maybeDamage: (store, word) => (harness.random.happens(store.faultRates.damaged) ? 'damaged' : word),
    onPartStart: (store, signal) => recordPartStart(harness, process, store, signal),
    onSlowDown: (store) => recordSlowDown(harness, process, store),
    onUploadStart: (store, name, checkpoint) => {
      if (checkpoint === undefined) checkRestart(harness, store, name);
      return recordUploadStart(harness, process, name);
    },
  };
}

interface RequestOptions<T> {
  store: SimulatedStore;
  signal: AbortSignal;
  /** Handles the request at the store. */
  act: () => T;
  resolve: (value: T) => void;
  reject: (cause: unknown) => void;
}

class NetworkRequest<T> {
  readonly #harness: SimulationHarness;
  readonly #process: SimulatedProcess;
  readonly #options: RequestOptions<T>;
  /** As they were when the process sent the request. */
  readonly #faultRates: FaultRates;
  #isSettled = false;

  constructor(harness: SimulationHarness, process: SimulatedProcess, options: RequestOptions<T>) {
    this.#harness = harness;
    this.#process = process;
    this.#options = options;
    this.#faultRates = options.store.faultRates;
  }

  start(): void {
    const { random, log } = this.#harness;
    const { signal } = this.#options;
    const faultRates = this.#faultRates;
    log.count('requests');
    signal.addEventListener('abort', this.#cancel, { once: true });
    if (signal.aborted) {
      this.#cancel();
      return;
    }
    const deliveryMs = 1 + random.integerBelow(maxDeliveryMs / 2);
    if (!this.#harness.isOnline) {
      this.#later(deliveryMs, () => this.#fail(random.happens(0.8) ? 'offline' : 'unreachable'));
      return;
    }
    if (random.happens(faultRates.stalled)) {
      // Half of these requests reach the store, but none gets a response.
      if (random.happens(0.5)) this.#deliverAfter(deliveryMs, () => undefined);
      this.#later(stallTimeoutMs, () => this.#fail('stalled'));
      return;
    }
    if (random.happens(faultRates.unavailable)) {
      this.#later(deliveryMs, () => this.#fail(random.pick(['unavailable', 'unreachable'])));
      return;
    }
    if (random.happens(faultRates.limited)) {
      this.#later(deliveryMs, () => this.#fail('rate-limited', { retryAfterMs: random.integerBelow(40) * 1000 }));
      return;
    }
    this.#deliverAfter(deliveryMs, (response) => this.#respond(response));
  }

  readonly #cancel = (): void => {
    this.#later(0, () => this.#fail('canceled'));
  };

  #later(ms: number, callback: () => void): void {
    this.#harness.time.after(ms, () => this.#process.run(callback));
  }

  #settle(settle: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.signal.removeEventListener('abort', this.#cancel);
    settle();
  }

  #fail(code: ErrorCode, details: { retryAfterMs?: number } = {}): void {
    this.#settle(() => this.#options.reject(failure(code, details)));
  }

  /** Returns the response, or loses it. */
  #respond(response: StoreResponse<T>): void {
    const { random, isOnline, maxResponseMs } = this.#harness;
    const { resolve, reject } = this.#options;
    const isLost = random.happens(this.#faultRates.lost) || !isOnline;
    if (isLost) {
      this.#later(lostResponseTimeoutMs, () => this.#fail('unreachable'));
      return;
    }
    this.#later(1 + random.integerBelow(maxResponseMs), () =>
      this.#settle(() => ('value' in response ? resolve(response.value) : reject(response.error))),
    );
  }

  /** The request arrives at the store after `ms`, even when the process is dead by then. */
  #deliverAfter(ms: number, onResponse: (response: StoreResponse<T>) => void): void {
    const { store, act } = this.#options;
    const deliver = (): void => {
      try {
        if (store.rejectsWith) throw failure(store.rejectsWith);
        onResponse({ value: act() });
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        onResponse({ error });
      }
    };
    const request = { deliver };
    const { requestsInFlight } = this.#process;
    requestsInFlight.add(request);
    this.#harness.time.after(ms, () => {
      if (requestsInFlight.delete(request)) deliver();
    });
  }
}
