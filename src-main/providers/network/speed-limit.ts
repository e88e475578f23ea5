/** Limits the bytes per second that all uploads of one destination send together. */

/** The burst after an idle time: long enough for steady sending, too short to exceed the limit visibly. */
const burstMs = 100;
const [minChunkBytes, maxChunkBytes] = [1024, 64 * 1024];

export class SpeedLimit {
  /** The bytes of one write. Small, so that each connection makes progress several times a second. */
  readonly chunkBytes: number;
  readonly #bytesPerMs: number;
  readonly #now: () => number;
  /** ms; when all reserved bytes will have been sent */
  #freeAt = -Infinity;

  /** @param now ms on a monotonic clock */
  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.chunkBytes = Math.round(Math.min(maxChunkBytes, Math.max(minChunkBytes, bytesPerSecond / 16)));
    this.#now = now;
  }

  /**
   * Reserves bandwidth; callers get it in the order of their calls.
   * @returns ms until these bytes may be written
   */
  reserve(bytes: number): number {
    const now = this.#now();
    const start = Math.max(this.#freeAt, now - burstMs);
    this.#freeAt = start + bytes / this.#bytesPerMs;
    return Math.max(0, start - now);
  }
}
