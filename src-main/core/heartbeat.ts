/** Tells other processes that this process still works on its uploads. */
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/open.ts';

export const heartbeatMs = 10_000;

export class Heartbeat {
  readonly #store: Store;
  readonly #engine: Engine;

  constructor(store: Store, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /** After a long sleep, another process may have adopted the uploads of this process; the engine then drops them. */
  beat(): void {
    if (!this.#store.uploads.heartbeat()) this.#engine.onLeaseLost();
  }
}
