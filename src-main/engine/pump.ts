/** Decides when uploads start: starts those that `schedule` picks, and wakes up for the next due time. */
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { Attempts } from './attempts.ts';
import type { CleanupQueue } from './cleanup-queue.ts';
import type { DestinationAvailability } from './destination-availability.ts';
import type { Ledger } from './ledger.ts';
import type { LiveUploads } from './live-uploads.ts';
import type { Ownership } from './ownership.ts';
import type { Clock } from './ports.ts';
import { currentProfileId, schedule } from './schedule.ts';

/** ms between two reads of the clock, which detect that the computer slept */
const tickMs = 5000;
/** ms after which a late tick means that the computer slept */
const sleepThresholdMs = 15_000;

export interface PumpParts {
  clock: Clock;
  live: LiveUploads;
  ledger: Ledger;
  runs: ActiveRuns;
  attempts: Attempts;
  cleanups: CleanupQueue;
  availability: DestinationAvailability;
  ownership: Ownership;
  /** Uploads for which the user pressed "Try again" or "Try now". */
  urgent: Set<UploadId>;
}

export class Pump {
  readonly #parts: PumpParts;
  /** uploads at once, at all destinations together */
  readonly #limit: number;
  #cancelTick: (() => void) | undefined;
  /** ms since 1970 of the next tick; a much later call means that the computer slept */
  #nextTickAt = Infinity;
  #isStopped = false;
  /** The next microtask starts uploads. */
  #isPlanned = false;
  /** Callers that change many uploads, see {@link hold}. */
  #holds = 0;

  constructor(parts: PumpParts, limit: number) {
    this.#parts = parts;
    this.#limit = limit;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /**
   * Call this after every change that may let another upload start. Many changes at once, such as pausing a large
   * folder, look at all uploads only once.
   */
  run(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    void Promise.resolve().then(() => {
      this.#isPlanned = false;
      if (this.#holds === 0) this.#runNow();
    });
  }

  /** No upload starts until the caller calls the returned function. */
  hold(): () => void {
    this.#holds++;
    return () => {
      this.#holds--;
      this.run();
    };
  }

  #runNow(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    if (this.#isStopped) return;
    const { clock, ledger, runs, availability, ownership, urgent } = this.#parts;
    const now = clock.now();
    // Checked on every call: after a sleep, the end of an upload may come before the tick.
    const hasSlept = now - this.#nextTickAt > sleepThresholdMs;
    this.#nextTickAt = Infinity;
    if (hasSlept) {
      this.wake();
      return;
    }
    const running = runs.ids();
    const plan = schedule(this.#candidates(running, now), {
      running: new Set(running),
      urgent,
      limit: this.#limit,
      capacity: (id) => availability.limiter(id).capacity,
      expectedSlots: (upload) => availability.limiter(currentProfileId(upload)).expectedSlots(upload.size),
      now,
      probe: availability.isTimeToProbe(now),
    });
    for (const id of plan.start) this.#start(id);
    const hasWork = runs.size > 0 || ledger.hasUnsaved || ownership.waitsForSpace;
    const nextDueAt = Math.min(plan.wakeAt ?? Infinity, availability.nextProbeAt);
    if (hasWork || nextDueAt < Infinity) this.#scheduleTick(now, Math.max(now, Math.min(nextDueAt, now + tickMs)));
  }

  /** At most `limit` uploads start, and the running ones among the candidates do not. */
  #candidates(running: UploadId[], now: number): Set<Upload> {
    const { live } = this.#parts;
    const candidates = live.candidates(Math.max(this.#limit, running.length), now);
    for (const id of running) {
      const upload = live.get(id);
      if (upload) candidates.add(upload);
    }
    return candidates;
  }

  /**
   * After a sleep every socket is dead: aborts running uploads, which resume from their checkpoints. A stream cannot
   * resume.
   */
  wake(): void {
    const { ledger, runs, cleanups } = this.#parts;
    for (const id of runs.ids()) {
      const upload = ledger.get(id);
      if (upload && !('stream' in upload.source)) runs.abort(id, 'woken');
    }
    cleanups.run();
    this.onOnline();
  }

  onOnline(): void {
    this.#parts.availability.probeNow();
    this.run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTick?.();
  }

  #start(id: UploadId): void {
    const { urgent, attempts } = this.#parts;
    urgent.delete(id);
    attempts.start(id, () => this.run());
  }

  /** Never waits longer than one tick, because a sleep of the computer delays a timer by the length of the sleep. */
  #scheduleTick(now: number, at: number): void {
    const { clock, ledger, ownership } = this.#parts;
    this.#nextTickAt = at;
    this.#cancelTick = clock.after(at - now, () => {
      ledger.flush();
      ownership.retryDeferred();
      this.run();
    });
  }
}
