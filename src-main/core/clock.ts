/** The system's clock and timers. */
import { isDiskFull } from '../../src-shared/errors.ts';
import type { Clock, Log } from '../engine/ports.ts';

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
  readonly #log: Pick<Log, 'problem'>;

  constructor(log: Pick<Log, 'problem'>) {
    this.#log = log;
  }

  /** The first error of a task is logged; a full disk is not an error, because the next call may succeed. */
  every(ms: number, task: string, callback: () => void | Promise<void>): void {
    let hasFailed = false;
    const run = async (): Promise<void> => {
      try {
        await callback();
      } catch (cause) {
        if (isDiskFull(cause) || hasFailed) return;
        hasFailed = true;
        this.#log.problem(task, cause);
      }
    };
    const timer = setInterval(() => void run(), ms);
    timer.unref();
    this.#timers.push(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
