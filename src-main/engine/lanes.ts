/**
 * Who may send next to one destination. Each request with a body takes a lane; there are as many as its {@link Pace} allows.
 * Who asked first is served first, but for an upload that has its share already.
 */
import { failure } from '../../src-shared/errors.ts';
import type { Clock } from './ports.ts';
import { Pace, type PaceLimits } from './pace.ts';

/** Gives a lane back; a second call does nothing. */
export type Release = () => void;

/** uploads that are sent to a destination of which it is not known whether it takes any: each would be refused for the same reason */
const firstFew = 4;
/** What is stored holds no lane any more, but while it is seen to work the store is asked: so many uploads a lane. */
const uploadsALane = 2;

interface Waiting {
  of: LanesOfUpload;
  grant(): void;
}

export class Lanes {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #pace: Pace;
  readonly #waiting = new Set<Waiting>();
  #busy = 0;
  #takesFiles = false;

  constructor(clock: Pick<Clock, 'now'>, limits: PaceLimits) {
    this.#clock = clock;
    this.#pace = new Pace(clock.now(), limits);
  }

  /** What it gets at once: requests with a body, and uploads. */
  get room(): { lanes: number; uploads: number } {
    const lanes = this.#pace.all(this.#clock.now());
    const uploads = lanes * uploadsALane;
    return { lanes, uploads: this.#takesFiles ? uploads : Math.min(firstFew, uploads) };
  }

  /** It has taken a file. */
  proved(): void {
    this.#takesFiles = true;
  }

  /** It has refused one for a reason that holds for all. */
  doubted(): void {
    this.#takesFiles = false;
  }

  /** Those of one attempt of one upload. */
  enter(): LanesOfUpload {
    return new LanesOfUpload({
      ask: (waiting) => {
        this.#waiting.add(waiting);
        this.#serve();
      },
      leave: (waiting) => {
        this.#waiting.delete(waiting);
      },
      given: (back) => {
        this.#busy -= back;
        this.#pace.ended(this.#busy, this.#clock.now());
        this.#serve();
      },
      moved: (bytes) => this.#pace.moved(bytes, this.#clock.now()),
      slowDown: () => this.#pace.slowDown(this.#clock.now()),
    });
  }

  #serve(): void {
    const now = this.#clock.now();
    for (const waiting of this.#waiting) {
      if (this.#busy >= this.#pace.all(now)) return;
      if (waiting.of.busy >= this.#pace.ofOne(now)) continue;
      this.#waiting.delete(waiting);
      this.#busy++;
      waiting.grant();
      this.#pace.began(this.#busy, waiting.of.busy, now);
    }
  }
}

interface Road {
  ask(waiting: Waiting): void;
  /** Does not wait any longer. */
  leave(waiting: Waiting): void;
  /** So many lanes are free again. */
  given(back: number): void;
  moved(bytes: number): void;
  slowDown(): void;
}

export class LanesOfUpload {
  readonly #road: Road;
  /** What ends the waiting of each that waits. */
  readonly #stops = new Set<() => void>();
  #busy = 0;
  #isOver = false;

  constructor(road: Road) {
    this.#road = road;
  }

  get busy(): number {
    return this.#busy;
  }

  /**
   * Resolves when a request with a body may be sent.
   * @throws AppFailure canceled, as soon as the signal aborts or the attempt is over
   */
  take(signal: AbortSignal): Promise<Release> {
    if (signal.aborted || this.#isOver) return Promise.reject(failure('canceled'));
    return new Promise((resolve, reject) => {
      const noLonger = (): void => {
        this.#stops.delete(stop);
        signal.removeEventListener('abort', stop);
      };
      const waiting: Waiting = {
        of: this,
        grant: () => {
          noLonger();
          this.#busy++;
          resolve(this.#releaseOnce());
        },
      };
      const stop = (): void => {
        noLonger();
        this.#road.leave(waiting);
        reject(failure('canceled'));
      };
      this.#stops.add(stop);
      signal.addEventListener('abort', stop, { once: true });
      this.#road.ask(waiting);
    });
  }

  /** @param bytes that went out since the last call */
  moved(bytes: number): void {
    this.#road.moved(bytes);
  }

  slowDown(): void {
    this.#road.slowDown();
  }

  /** The attempt is over: whatever its driver still holds or waits for is free for others. */
  leave(): void {
    this.#isOver = true;
    for (const stop of this.#stops) stop();
    this.#road.given(this.#busy);
    this.#busy = 0;
  }

  #releaseOnce(): Release {
    let isHeld = true;
    return () => {
      if (!isHeld || this.#isOver) return;
      isHeld = false;
      this.#busy--;
      this.#road.given(1);
    };
  }
}
