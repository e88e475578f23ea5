/**
 * Credentials of one connected destination. Concurrent requests share one load. The cache renews credentials before
 * they expire, and when the store refuses them.
 */
import { AppFailure } from '../../../../src-shared/errors.ts';

/** Credentials in the SDK's format. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  expiration?: Date | undefined;
}

/** Another program may replace permanent keys at any time; this limits how long Hoist uses the old ones. */
const reloadIntervalMs = 60_000;
/** Credentials are renewed this long before they expire, or after half of a shorter lifetime. */
export const renewalMarginMs = 5 * 60_000;
/** All requests in this time after a failed load get its error. */
const failureCacheMs = 1000;

/** `background`: the load must not ask the user for a code. */
export type PromptMode = 'interactive' | 'background';

export class CredentialCache {
  readonly #load: (promptMode: PromptMode) => Promise<AwsCredentials>;
  readonly #now: () => number;
  /** `until`: the time from which the credentials are loaded again. */
  #cached: { keys: AwsCredentials; until: number } | undefined;
  #loading: Promise<AwsCredentials> | undefined;
  #failed: { cause: unknown; until: number } | undefined;

  /** @param now ms since 1970 */
  constructor(load: (promptMode: PromptMode) => Promise<AwsCredentials>, now: () => number) {
    this.#load = load;
    this.#now = now;
  }

  /** @throws errors of `load`, unless the current credentials still work */
  async get(): Promise<AwsCredentials> {
    const cached = this.#cached;
    if (cached && this.#now() < cached.until) return cached.keys;
    try {
      return await this.#loadOnce();
    } catch (cause) {
      // If the renewal fails, Hoist uses temporary credentials until they expire, unless the store has refused them.
      const wasRefused = cached !== this.#cached;
      const expiresAt = cached?.keys.expiration?.getTime();
      if (!cached || wasRefused || expiresAt === undefined || expiresAt <= this.#now()) throw cause;
      cached.until = Math.min(this.#now() + reloadIntervalMs, expiresAt);
      return cached.keys;
    }
  }

  /**
   * Makes sure that credentials are available without asking the user. Does not wait for a load that may be asking
   * for a code, and does not record a failure, because a load that may ask could still succeed.
   * @throws errors of `load`
   */
  async ensureWithoutPrompt(): Promise<void> {
    if (this.#cached && this.#now() < this.#cached.until) return;
    const keys = await this.#load('background');
    this.#cached = { keys, until: this.#freshUntil(keys) };
  }

  /**
   * Replaces credentials that the store reports as expired.
   * @returns whether different credentials are available now
   * @throws errors of `load`
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
      // Without the user's permission, another load asks nothing and costs nothing, unless the user acts again.
      if (!isPermissionMissing(cause)) this.#failed = { cause, until: this.#now() + failureCacheMs };
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

const isPermissionMissing = (cause: unknown): boolean =>
  cause instanceof AppFailure && cause.error.params?.['why'] === 'program';

const isSame = (a: AwsCredentials, b: AwsCredentials): boolean =>
  a.accessKeyId === b.accessKeyId && a.sessionToken === b.sessionToken && a.secretAccessKey === b.secretAccessKey;
