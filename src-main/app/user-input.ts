/**
 * When the user last clicked or pressed a key in the window. The events come from Chromium's browser process, so the
 * page cannot make them.
 */
import type { EventEmitter } from 'node:events';

/** The types of Electron's input events that are a decision of the user; moving the pointer is none. */
const decisions = new Set(['mouseDown', 'mouseUp', 'rawKeyDown', 'keyDown', 'touchStart', 'touchEnd', 'gestureTap']);
const validMs = 5000;

export class UserInput {
  readonly #now: () => number;
  #lastAt = -Infinity;

  /** @param now a clock in ms that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param contents the page's web contents */
  watch(contents: EventEmitter): void {
    contents.on('input-event', (_event: unknown, { type }: { type: string }) => {
      if (decisions.has(type)) this.#lastAt = this.#now();
    });
  }

  /** Whether there was an input within the last five seconds. Each input counts once. */
  take(): boolean {
    const isRecent = this.#now() - this.#lastAt < validMs;
    this.#lastAt = -Infinity;
    return isRecent;
  }
}
