/** The keys of one connected destination: asked for once however many wait, renewed before they end, and again when the store refuses them. */

/** As the SDK wants them. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  expiration?: Date | undefined;
}

/** Keys without an end may be replaced where they are at any time; whoever did that does not wait long. */
const reloadIntervalMs = 60_000;
/** Others are asked for when keys have so much time left, or half of the time that they had. */
const renewalMarginMs = 5 * 60_000;
/** Whoever could not be asked a moment ago is not asked by everyone who waits, one after the other. */
const failureCacheMs = 1000;

/** `nobody`: whoever could be asked for a code is not there. */
export type PromptMode = 'interactive' | 'background';

export class CredentialCache {
  readonly #load: (promptMode: PromptMode) => Promise<AwsCredentials>;
  readonly #now: () => number;
  #cached: { keys: AwsCredentials; until: number } | undefined;
  #loading: Promise<AwsCredentials> | undefined;
  #failed: { cause: unknown; until: number } | undefined;

  /** @param now ms since 1970 */
  constructor(load: (promptMode: PromptMode) => Promise<AwsCredentials>, now: () => number) {
    this.#load = load;
    this.#now = now;
  }

  /** @throws what `load` throws, unless the keys that are there still work */
  async get(): Promise<AwsCredentials> {
    const cached = this.#cached;
    if (cached && this.#now() < cached.until) return cached.keys;
    try {
      return await this.#loadOnce();
    } catch (cause) {
      if (
        !cached ||
        cached.keys.expiration === undefined ||
        cached !== this.#cached ||
        cached.keys.expiration.getTime() <= this.#now()
      )
        throw cause;
      cached.until = Math.min(this.#now() + reloadIntervalMs, cached.keys.expiration.getTime());
      return cached.keys;
    }
  }

  /**
   * There are keys, or they can be had without asking anybody. What others wait for, a code perhaps, is not waited for, and that
   * there are none without a code is no answer to those who would be asked.
   * @throws what `load` throws
   */
  async ensureWithoutPrompt(): Promise<void> {
    if (this.#cached && this.#now() < this.#cached.until) return;
    const keys = await this.#load('background');
    this.#cached = { keys, until: this.#freshUntil(keys) };
  }

  /**
   * The store says that these have ended.
   * @returns whether there are others now
   * @throws what `load` throws
   */
  async renew(rejected: AwsCredentials): Promise<boolean> {
    if (this.#cached && isSame(this.#cached.keys, rejected)) this.#cached = undefined;
    return !isSame(await this.get(), rejected);
  }

  #loadOnce(): Promise<AwsCredentials> {
    if (this.#failed && this.#now() < this.#failed.until) return Promise.reject(this.#failed.cause);
    this.#loading ??= this.#loadNow().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadNow(): Promise<AwsCredentials> {
    try {
      const keys = await this.#load('interactive');
      this.#cached = { keys, until: this.#freshUntil(keys) };
      this.#failed = undefined;
      return keys;
    } catch (cause) {
      this.#failed = { cause, until: this.#now() + failureCacheMs };
      throw cause;
    }
  }

  #freshUntil({ expiration }: AwsCredentials): number {
    const now = this.#now();
    if (expiration === undefined) return now + reloadIntervalMs;
    const remainingMs = expiration.getTime() - now;
    return now + Math.max(remainingMs - renewalMarginMs, remainingMs / 2);
  }
}

const isSame = (one: AwsCredentials, other: AwsCredentials): boolean =>
  one.accessKeyId === other.accessKeyId &&
  one.sessionToken === other.sessionToken &&
  one.secretAccessKey === other.secretAccessKey;
