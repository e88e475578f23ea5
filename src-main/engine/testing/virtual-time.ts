/** Virtual time and seeded random numbers for tests. */

/** from 0 (inclusive) to 1 (exclusive) */
export type RandomFunction = () => number;

/** mulberry32: small, fast, and random enough for tests. */
export function mulberry32(seed: number): RandomFunction {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs every promise callback that does not wait for a timer. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

interface Timer {
  /** ms of `#awake` */
  at: number;
  callback: () => void;
}

export class VirtualTime {
  /** ms that the computer was awake; the timers use this clock */
  #awake = 0;
  /** ms since 1970 at the start, plus the ms that the computer has slept since then */
  #offset = 1_700_000_000_000;
  /** Sorted by their time. */
  #timers: Timer[] = [];

  now = (): number => this.#awake + this.#offset;

  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#awake + Math.max(0, ms), callback };
    // After all timers that are due at the same time.
    let index = this.#timers.length;
    while (index > 0 && this.#timers[index - 1]!.at > timer.at) index--;
    this.#timers.splice(index, 0, timer);
    return () => {
      const current = this.#timers.indexOf(timer);
      if (current !== -1) this.#timers.splice(current, 1);
    };
  };

  /** The computer sleeps: the clock advances, timers do not. */
  sleep(ms: number): void {
    this.#offset += ms;
  }

  /** Runs every timer that is due within `ms`, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#awake + ms;
    await settle();
    while (this.#timers.length > 0 && this.#timers[0]!.at <= end) {
      const { at, callback } = this.#timers.shift()!;
      this.#awake = at;
      callback();
      await settle();
    }
    this.#awake = end;
  }
}
