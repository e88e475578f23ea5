/** So many bytes a second for everything that a destination sends, whoever sends it. */

/** What may leave at once after a rest: enough not to stutter, too little to be seen as faster than the limit. */
const burstMs = 100;
const [minChunkBytes, maxChunkBytes] = [1024, 64 * 1024];

export class SpeedLimit {
  /** Bytes to be written at once, so that each connection moves several times a second. */
  readonly chunkBytes: number;
  readonly #bytesPerMs: number;
  readonly #now: () => number;
  /** ms; when all that was promised will have left */
  #freeAt = -Infinity;

  /** @param now ms on a clock that only goes forward */
  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.chunkBytes = Math.round(Math.min(maxChunkBytes, Math.max(minChunkBytes, bytesPerSecond / 16)));
    this.#now = now;
  }

  /**
   * Takes a place in the queue, in the order of asking.
   * @returns ms until these bytes may be written
   */
  reserve(bytes: number): number {
    const now = this.#now();
    const start = Math.max(this.#freeAt, now - burstMs);
    this.#freeAt = start + bytes / this.#bytesPerMs;
    return Math.max(0, start - now);
  }
}
