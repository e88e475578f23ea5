/** The keys of one connected destination: asked for once however many wait, renewed before they end, and again when the store refuses them. */

/** As the SDK wants them. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  expiration?: Date | undefined;
}

/** Keys without an end may be replaced where they are at any time; whoever did that does not wait long. */
const lookAgainMs = 60_000;
/** Others are asked for when keys have so much time left, or half of the time that they had. */
const marginMs = 5 * 60_000;
/** Whoever could not be asked a moment ago is not asked by everyone who waits, one after the other. */
const failedMs = 1000;

/** `nobody`: whoever could be asked for a code is not there. */
export type Asking = 'person' | 'nobody';

export class KeyRing {
  readonly #load: (asking: Asking) => Promise<Keys>;
  readonly #now: () => number;
  #known: { keys: Keys; until: number } | undefined;
  #loading: Promise<Keys> | undefined;
  #failed: { cause: unknown; until: number } | undefined;

  /** @param now ms since 1970 */
  constructor(load: (asking: Asking) => Promise<Keys>, now: () => number) {
    this.#load = load;
    this.#now = now;
  }

  /** @throws what `load` throws, unless the keys that are there still work */
  async keys(): Promise<Keys> {
    const known = this.#known;
    if (known && this.#now() < known.until) return known.keys;
    try {
      return await this.#renewed();
    } catch (cause) {
      if (
        !known ||
        known.keys.expiration === undefined ||
        known !== this.#known ||
        known.keys.expiration.getTime() <= this.#now()
      )
        throw cause;
      known.until = Math.min(this.#now() + lookAgainMs, known.keys.expiration.getTime());
      return known.keys;
    }
  }

  /**
   * There are keys, or they can be had without asking anybody. What others wait for, a code perhaps, is not waited for, and that
   * there are none without a code is no answer to those who would be asked.
   * @throws what `load` throws
   */
  async unasked(): Promise<void> {
    if (this.#known && this.#now() < this.#known.until) return;
    const keys = await this.#load('nobody');
    this.#known = { keys, until: this.#freshUntil(keys) };
  }

  /**
   * The store says that these have ended.
   * @returns whether there are others now
   * @throws what `load` throws
   */
  async replace(refused: Keys): Promise<boolean> {
    if (this.#known && isSame(this.#known.keys, refused)) this.#known = undefined;
    return !isSame(await this.keys(), refused);
  }

  #renewed(): Promise<Keys> {
    if (this.#failed && this.#now() < this.#failed.until) return Promise.reject(this.#failed.cause);
    this.#loading ??= this.#loaded().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loaded(): Promise<Keys> {
    try {
      const keys = await this.#load('person');
      this.#known = { keys, until: this.#freshUntil(keys) };
      this.#failed = undefined;
      return keys;
    } catch (cause) {
      this.#failed = { cause, until: this.#now() + failedMs };
      throw cause;
    }
  }

  #freshUntil({ expiration }: Keys): number {
    const now = this.#now();
    if (expiration === undefined) return now + lookAgainMs;
    const left = expiration.getTime() - now;
    return now + Math.max(left - marginMs, left / 2);
  }
}

const isSame = (one: Keys, other: Keys): boolean =>
  one.accessKeyId === other.accessKeyId &&
  one.sessionToken === other.sessionToken &&
  one.secretAccessKey === other.secretAccessKey;
