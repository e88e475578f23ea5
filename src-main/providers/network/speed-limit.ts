/**
 * Limits the total number of bytes per second of all uploads of one destination. Hoist processes that upload to it at
 * the same time get equal shares.
 */

/**
 * After an idle time, bytes may be sent at once as if at most this time of it had been saved. A longer burst would
 * visibly exceed the limit.
 */
const burstMs = 100;
const [minChunkBytes, maxChunkBytes] = [1024, 64 * 1024];

export class SpeedLimit {
  /** The bytes of one write: at most a sixteenth of a second's bytes, so that connections take turns often. */
  readonly chunkBytes: number;
  readonly #bytesPerMs: number;
  readonly #now: () => number;
  readonly #processes: () => number;
  /** The time in ms at which all reserved bytes will have been sent. */
  #freeAt = -Infinity;

  /**
   * @param processes the number of processes that share the limit, at least 1
   * @param now ms on a monotonic clock
   */
  constructor(bytesPerSecond: number, processes: () => number = () => 1, now: () => number = () => performance.now()) {
    this.#processes = processes;
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.chunkBytes = Math.round(Math.min(maxChunkBytes, Math.max(minChunkBytes, bytesPerSecond / 16)));
    this.#now = now;
  }

  /**
   * Reserves bandwidth in the order of the calls.
   * @returns ms until these bytes may be written
   */
  reserve(bytes: number): number {
    const now = this.#now();
    const start = Math.max(this.#freeAt, now - burstMs);
    this.#freeAt = start + (bytes * this.#processes()) / this.#bytesPerMs;
    return Math.max(0, start - now);
  }
}
