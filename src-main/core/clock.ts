/** The system's clock and timers. */
import type { Clock } from '../engine/ports.ts';

export const systemClock: Clock = {
  now: Date.now,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Calls functions at fixed intervals until the core closes. The timers do not keep the process alive. */
export class Intervals {
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  every(ms: number, callback: () => void): void {
    const timer = setInterval(callback, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
