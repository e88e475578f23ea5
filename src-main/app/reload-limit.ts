/** Limits how often a broken page is reloaded, so that a page that always crashes does not reload forever. */

const maxReloads = 3;
const periodMs = 60_000;

export class ReloadLimit {
  readonly #now: () => number;
  #reloads: number[] = [];

  /** @param now a clock in ms that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a reload. False when there were three within the last minute. */
  take(): boolean {
    const now = this.#now();
    this.#reloads = this.#reloads.filter((at) => now - at < periodMs);
    if (this.#reloads.length >= maxReloads) return false;
    this.#reloads.push(now);
    return true;
  }

  reset(): void {
    this.#reloads = [];
  }
}
