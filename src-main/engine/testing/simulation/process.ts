import type { ConcurrencyLimits } from '../../adaptive-concurrency.ts';
import type { Engine } from '../../engine.ts';
import type { SimulatedStore } from './store.ts';

/** A process without a heartbeat for longer counts as dead. */
const heartbeatLimitMs = 30_000;

/** The requests with a part that a process sends to one store. */
export interface PartRequestCount {
  inFlight: number;
  max: number;
  /** ms of the last slow-down that followed a time without slow-downs */
  slowedDownAt: number;
  /** The highest allowed number in flight after that slow-down. */
  bound: number;
}

interface InFlightRequest {
  deliver: () => void;
}

/** One running Hoist process. */
export class SimulatedProcess {
  readonly number: number;
  readonly concurrency: ConcurrencyLimits;
  engine: Engine = undefined as never;
  state: 'running' | 'frozen' | 'dead' = 'running';
  /** ms when the process froze; 0 again after its first heartbeat since then */
  frozenAt = 0;
  /** Keys whose last request has an unknown outcome: it may still arrive. */
  readonly uncertainWrites = new Set<string>();
  onOnline: () => void = () => undefined;
  /** The process is killed at the last of these calls of a port. */
  portCallsLeft = Infinity;
  readonly requestsInFlight = new Set<InFlightRequest>();
  /** The names of the files whose uploads are running. */
  readonly runningUploads = new Set<string>();
  #queuedCallbacks: (() => void)[] = [];
  readonly #partRequests = new Map<SimulatedStore, PartRequestCount>();

  constructor(number: number, concurrency: ConcurrencyLimits) {
    this.number = number;
    this.concurrency = concurrency;
  }

  /** Runs the callback: now, when a frozen process thaws, or never in a dead process. */
  run(callback: () => void): void {
    if (this.state === 'frozen') this.#queuedCallbacks.push(callback);
    else if (this.state === 'running') callback();
  }

  runQueuedCallbacks(): void {
    const callbacks = this.#queuedCallbacks;
    this.#queuedCallbacks = [];
    for (const callback of callbacks) this.run(callback);
  }

  isDead(): boolean {
    return this.state === 'dead';
  }

  /** Whether other processes may take its uploads. A thawed process counts as dead until its next heartbeat. */
  countsAsDead(now: number): boolean {
    const isLate = this.frozenAt > 0 && (this.state === 'running' || now - this.frozenAt > heartbeatLimitMs);
    return this.isDead() || isLate;
  }

  partRequestsTo(store: SimulatedStore): PartRequestCount {
    const count = this.#partRequests.get(store) ?? { inFlight: 0, max: 0, slowedDownAt: -Infinity, bound: Infinity };
    this.#partRequests.set(store, count);
    return count;
  }
}
