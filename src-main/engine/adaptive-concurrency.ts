/**
 * Adapts the number of requests with a body that one destination gets at once (AIMD): grows while more requests
 * increase the goodput, halves when the destination is overloaded, and recovers slowly after that. Pure: the caller
 * passes the time.
 */

export interface ConcurrencyLimits {
  /** requests at once at the start */
  initial: number;
  /** the maximum of requests at once */
  max: number;
  /** requests at once of one upload, at the start */
  perUpload: number;
  /** ms after which the effect of the last change is measured */
  windowMs: number;
}

export const defaultConcurrencyLimits: ConcurrencyLimits = { initial: 16, max: 32, perUpload: 4, windowMs: 5000 };

/** A growth of less than a tenth may be chance. */
const minGrowth = 1.1;

interface MeasurementWindow {
  /** ms since 1970 */
  since: number;
  bytes: number;
  /** the maximum of requests in flight at once, in total and of one upload */
  peak: { total: number; perUpload: number };
  /**
   * The number of requests was halved at the start of this window. Refusals of requests that were in flight then do
   * not halve it again.
   */
  isHalved: boolean;
  /** The destination has not been overloaded in this window. */
  isQuiet: boolean;
}

export class AdaptiveConcurrency {
  readonly #limits: ConcurrencyLimits;
  #total: number;
  #perUpload: number;
  /** requests in flight now */
  #inFlight = 0;
  #window: MeasurementWindow;
  /** bytes per ms in the previous window */
  #goodput = 0;
  /** The numbers before the last increase, until that increase has proved useful. */
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

  /** requests with a body at once of one upload */
  perUpload(now: number): number {
    this.#advanceWindow(now);
    return this.#perUpload;
  }

  /** @param inFlight requests in flight now, in total; `inFlightOfUpload`: of the upload that just started one */
  onRequestStart(inFlight: number, inFlightOfUpload: number, now: number): void {
    this.#advanceWindow(now);
    this.#inFlight = inFlight;
    const { peak } = this.#window;
    peak.total = Math.max(peak.total, inFlight);
    peak.perUpload = Math.max(peak.perUpload, inFlightOfUpload);
  }

  /** @param inFlight requests still in flight */
  onRequestEnd(inFlight: number, now: number): void {
    this.#advanceWindow(now);
    this.#inFlight = inFlight;
  }

  recordBytes(bytes: number, now: number): void {
    this.#advanceWindow(now);
    this.#window.bytes += bytes;
  }

  /** The destination asked for fewer requests or did not respond in time. Counts once per window. */
  slowDown(now: number): void {
    this.#advanceWindow(now);
    const { isHalved, peak } = this.#window;
    this.#window.isQuiet = false;
    if (isHalved) return;
    // The requests in flight were too many, even when fewer were in flight than allowed.
    const overload = peak.total === 0 ? this.#total : Math.min(this.#total, peak.total);
    this.#total = Math.max(1, Math.floor(overload / 2));
    this.#perUpload = this.#limits.perUpload;
    this.#previous = undefined;
    this.#goodput = 0;
    this.#window = { ...newWindow(now, this.#inFlight), isHalved: true };
  }

  /** Starts a new window when the current one is over, or when the clock was set back. */
  #advanceWindow(now: number): void {
    const { since, isQuiet } = this.#window;
    const ms = now - since;
    if (ms >= 0 && ms < this.#limits.windowMs) return;
    if (isQuiet && ms > 0) this.#adjust(ms);
    this.#window = newWindow(now, this.#inFlight);
  }

  /**
   * After a slow-down, adds one request per window up to the initial number. Otherwise follows the goodput.
   * @param ms length of the window that ended
   */
  #adjust(ms: number): void {
    const { initial, windowMs } = this.#limits;
    if (this.#total < initial) this.#total = Math.min(initial, this.#total + Math.floor(ms / windowMs));
    else if (this.#window.bytes > 0) this.#adjustByGoodput(this.#window.bytes / ms);
  }

  /**
   * Increases by a quarter, because the effect of a smaller step could be chance. Reverts a step that had no effect.
   */
  #adjustByGoodput(goodput: number): void {
    const { max } = this.#limits;
    const current = { total: this.#total, perUpload: this.#perUpload };
    const { peak } = this.#window;
    const hasGrown = goodput > this.#goodput * minGrowth;
    this.#goodput = goodput;
    if (hasGrown) {
      this.#previous = current;
      // A limit that the requests did not reach does not slow them down.
      if (peak.total >= current.total) this.#total = increased(current.total, max);
      if (peak.perUpload >= current.perUpload) this.#perUpload = increased(current.perUpload, max);
    } else if (this.#previous) {
      this.#total = this.#previous.total;
      this.#perUpload = this.#previous.perUpload;
      this.#previous = undefined;
    }
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
