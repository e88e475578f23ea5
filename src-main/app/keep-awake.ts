/** A computer does not fall asleep in the middle of an upload, and may as soon as nothing moves. */

/** Electron's powerSaveBlocker. */
export interface PowerSaveBlocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

export class KeepAwake {
  readonly #blocker: PowerSaveBlocker;
  #id: number | undefined;

  constructor(blocker: PowerSaveBlocker) {
    this.#blocker = blocker;
  }

  /** @param busy uploads that are sent or checked now; what waits or is paused keeps nothing awake */
  set(busy: number): void {
    if (busy > 0) this.#id ??= this.#blocker.start('prevent-app-suspension');
    else if (this.#id !== undefined) {
      this.#blocker.stop(this.#id);
      this.#id = undefined;
    }
  }
}
