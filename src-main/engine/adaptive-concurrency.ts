/**
 * How many requests with a body one destination gets at once: as many as it takes well. More while more of them carry more,
 * half as many when it says that they are too many, and slowly back after that. Pure: time comes in.
 */

export interface ConcurrencyLimits {
  /** requests at once to begin with */
  initial: number;
  /** and at the very most */
  max: number;
  /** how many of them one upload gets, to begin with */
  perUpload: number;
  /** ms after which it is seen what the last change has brought */
  windowMs: number;
}

export const defaultConcurrencyLimits: ConcurrencyLimits = { initial: 16, max: 32, perUpload: 4, windowMs: 5000 };

/** Less than a tenth more may be chance. */
const minGrowth = 1.1;

interface MeasurementWindow {
  /** ms since 1970 */
  since: number;
  bytes: number;
  /** the most that were under way at once, together and of one upload */
  peak: { total: number; perUpload: number };
  /** The number was halved when it began: what was under way by then may still be refused, which is no news. */
  isHalved: boolean;
  isQuiet: boolean;
}

export class AdaptiveConcurrency {
  readonly #limits: ConcurrencyLimits;
  #total: number;
  #perUpload: number;
  /** under way now */
  #inFlight = 0;
  #window: MeasurementWindow;
  /** bytes a ms in the window before this one */
  #goodput = 0;
  /** What it was before the last step up, which has yet to show that it is of use. */
  #previous: { total: number; perUpload: number } | undefined;

  /** @param now ms since 1970 */
  constructor(now: number, limits: ConcurrencyLimits = defaultConcurrencyLimits) {
    this.#limits = limits;
    this.#total = limits.initial;
    this.#perUpload = limits.perUpload;
    this.#window = newWindow(now, 0);
  }

  /** requests with a body at once */
  total(now: number): number {
    this.#advanceWindow(now);
    return this.#total;
  }

  /** how many of them may be of one upload */
  perUpload(now: number): number {
    this.#advanceWindow(now);
    return this.#perUpload;
  }

  /** @param inFlight under way now, together; `one`: of the upload that has just begun another */
  onRequestStart(inFlight: number, inFlightOfUpload: number, now: number): void {
    this.#advanceWindow(now);
    this.#inFlight = inFlight;
    const { peak } = this.#window;
    peak.total = Math.max(peak.total, inFlight);
    peak.perUpload = Math.max(peak.perUpload, inFlightOfUpload);
  }

  /** @param inFlight under way still */
  onRequestEnd(inFlight: number, now: number): void {
    this.#advanceWindow(now);
    this.#inFlight = inFlight;
  }

  recordBytes(bytes: number, now: number): void {
    this.#advanceWindow(now);
    this.#window.bytes += bytes;
  }

  /** The destination asked for fewer requests, or did not answer in time. However often it says so, within one window it is one fact. */
  slowDown(now: number): void {
    this.#advanceWindow(now);
    const { isHalved, peak } = this.#window;
    this.#window.isQuiet = false;
    if (isHalved) return;
    this.#total = Math.max(1, Math.floor(Math.min(this.#total, peak.total || this.#total) / 2));
    this.#perUpload = this.#limits.perUpload;
    this.#previous = undefined;
    this.#goodput = 0;
    this.#window = { ...newWindow(now, this.#inFlight), isHalved: true };
  }

  #advanceWindow(now: number): void {
    const { since, isQuiet } = this.#window;
    const ms = now - since;
    if (ms >= 0 && ms < this.#limits.windowMs) return;
    if (isQuiet && ms > 0) this.#adjust(ms);
    this.#window = newWindow(now, this.#inFlight);
  }

  #adjust(ms: number): void {
    const { initial, windowMs } = this.#limits;
    if (this.#total < initial) this.#total = Math.min(initial, this.#total + Math.floor(ms / windowMs));
    else if (this.#window.bytes > 0) this.#adjustByGoodput(this.#window.bytes / ms);
  }

  /** A step is a quarter, because the use of a smaller one could not be told from chance. One that was of no use is taken back. */
  #adjustByGoodput(goodput: number): void {
    const { max } = this.#limits;
    const current = { total: this.#total, perUpload: this.#perUpload };
    const { peak } = this.#window;
    const hasGrown = goodput > this.#goodput * minGrowth;
    this.#goodput = goodput;
    const next = hasGrown
      ? {
          total: peak.total >= current.total ? increased(current.total, max) : current.total,
          perUpload: peak.perUpload >= current.perUpload ? increased(current.perUpload, max) : current.perUpload,
        }
      : (this.#previous ?? current);
    this.#previous = hasGrown ? current : undefined;
    this.#total = next.total;
    this.#perUpload = next.perUpload;
  }
}

const newWindow = (since: number, inFlight: number): MeasurementWindow => ({
  since,
  bytes: 0,
  peak: { total: inFlight, perUpload: 0 },
  isHalved: false,
  isQuiet: true,
});
const increased = (count: number, max: number): number => Math.min(max, count + Math.ceil(count / 4));
