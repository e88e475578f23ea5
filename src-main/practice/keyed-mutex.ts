/** Runs tasks with the same key one after another, and tasks with different keys concurrently. */
export class KeyedMutex {
  /** The last task of each key. */
  readonly #tails = new Map<string, Promise<unknown>>();

  /** `work` must not call this method with the same key: it would wait forever. */
  async runExclusive<T>(key: string, work: () => Promise<T>): Promise<T> {
    const previous = this.#tails.get(key) ?? Promise.resolve();
    const current = previous.then(work, work);
    this.#tails.set(key, current);
    try {
      return await current;
    } finally {
      if (this.#tails.get(key) === current) this.#tails.delete(key);
    }
  }
}
