/** Lets work on the same thing happen one after the other, and work on different things side by side. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param name of the thing; `work` must not wait for its own turn again */
  async turn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
