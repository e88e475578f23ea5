/** Requests of the user or the system to stop the app: Ctrl+C, or a signal. */

/** Ctrl+C, a request to end, and the end of the terminal. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Requests within this time, in ms, are the same request: a launcher or supervisor sends it to the process and also to
 * its group.
 */
const sameRequestMs = 1000;

export interface StopRequestPorts {
  /** Ends the process immediately. */
  exit(): void;
  /** ms */
  now(): number;
}

/** The first request stops the app gracefully. A later one ends the process immediately. */
export class StopRequests {
  readonly #ports: StopRequestPorts;
  readonly #stop = new AbortController();
  #firstAt: number | undefined;

  constructor(ports: StopRequestPorts) {
    this.#ports = ports;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  request(): void {
    const now = this.#ports.now();
    this.#firstAt ??= now;
    if (now - this.#firstAt >= sameRequestMs) this.#ports.exit();
    this.#stop.abort();
  }
}
