/**
 * How many requests with a body one destination gets at once: as many as it takes well. More while more of them carry more,
 * half as many when it says that they are too many, and slowly back after that. Pure: time comes in.
 */

export interface PaceLimits {
  /** requests at once to begin with */
  start: number;
  /** and at the very most */
  most: number;
  /** how many of them one upload gets, to begin with */
  ofOne: number;
  /** ms after which it is seen what the last change has brought */
  windowMs: number;
}

export const paceLimits: PaceLimits = { start: 16, most: 32, ofOne: 4, windowMs: 5000 };

/** Less than a tenth more may be chance. */
const growth = 1.1;

interface Window {
  /** ms since 1970 */
  since: number;
  bytes: number;
  /** the most that were under way at once, together and of one upload */
  peak: { all: number; one: number };
  /** The number was halved when it began: what was under way by then may still be refused, which is no news. */
  isHalved: boolean;
  isQuiet: boolean;
}

export class Pace {
  readonly #limits: PaceLimits;
  #all: number;
  #ofOne: number;
  /** under way now */
  #busy = 0;
  #window: Window;
  /** bytes a ms in the window before this one */
  #goodput = 0;
  /** What it was before the last step up, which has yet to show that it is of use. */
  #before: { all: number; ofOne: number } | undefined;

  /** @param now ms since 1970 */
  constructor(now: number, limits: PaceLimits = paceLimits) {
    this.#limits = limits;
    this.#all = limits.start;
    this.#ofOne = limits.ofOne;
    this.#window = windowFrom(now, 0);
  }

  /** requests with a body at once */
  all(now: number): number {
    this.#look(now);
    return this.#all;
  }

  /** how many of them may be of one upload */
  ofOne(now: number): number {
    this.#look(now);
    return this.#ofOne;
  }

  /** @param all under way now, together; `one`: of the upload that has just begun another */
  began(all: number, one: number, now: number): void {
    this.#look(now);
    this.#busy = all;
    const { peak } = this.#window;
    peak.all = Math.max(peak.all, all);
    peak.one = Math.max(peak.one, one);
  }

  /** @param all under way still */
  ended(all: number, now: number): void {
    this.#look(now);
    this.#busy = all;
  }

  moved(bytes: number, now: number): void {
    this.#look(now);
    this.#window.bytes += bytes;
  }

  /** The destination asked for fewer requests, or did not answer in time. However often it says so, within one window it is one fact. */
  slowDown(now: number): void {
    this.#look(now);
    const { isHalved, peak } = this.#window;
    this.#window.isQuiet = false;
    if (isHalved) return;
    this.#all = Math.max(1, Math.floor(Math.min(this.#all, peak.all || this.#all) / 2));
    this.#ofOne = this.#limits.ofOne;
    this.#before = undefined;
    this.#goodput = 0;
    this.#window = { ...windowFrom(now, this.#busy), isHalved: true };
  }

  #look(now: number): void {
    const { since, isQuiet } = this.#window;
    const ms = now - since;
    if (ms >= 0 && ms < this.#limits.windowMs) return;
    if (isQuiet && ms > 0) this.#change(ms);
    this.#window = windowFrom(now, this.#busy);
  }

  #change(ms: number): void {
    const { start, windowMs } = this.#limits;
    if (this.#all < start) this.#all = Math.min(start, this.#all + Math.floor(ms / windowMs));
    else if (this.#window.bytes > 0) this.#weigh(this.#window.bytes / ms);
  }

  /** A step is a quarter, because the use of a smaller one could not be told from chance. One that was of no use is taken back. */
  #weigh(goodput: number): void {
    const { most } = this.#limits;
    const now = { all: this.#all, ofOne: this.#ofOne };
    const { peak } = this.#window;
    const isMore = goodput > this.#goodput * growth;
    this.#goodput = goodput;
    const to = isMore
      ? {
          all: peak.all >= now.all ? more(now.all, most) : now.all,
          ofOne: peak.one >= now.ofOne ? more(now.ofOne, most) : now.ofOne,
        }
      : (this.#before ?? now);
    this.#before = isMore ? now : undefined;
    this.#all = to.all;
    this.#ofOne = to.ofOne;
  }
}

const windowFrom = (since: number, busy: number): Window => ({
  since,
  bytes: 0,
  peak: { all: busy, one: 0 },
  isHalved: false,
  isQuiet: true,
});
const more = (count: number, most: number): number => Math.min(most, count + Math.ceil(count / 4));
