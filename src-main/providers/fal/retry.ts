/** Retries a single request after a temporary error. The engine retries whole uploads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FalHttpError } from './http-client.ts';

/** The attempts and delays of one request. */
export interface FalRetryOptions {
  attempts: number;
  /** ms before the second attempt; doubled before the third */
  retryMs: number;
}

/** If the service asks for a longer delay, the request fails. The engine then waits, without occupying a slot. */
const maxRetryDelayMs = 2000;

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const transientCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EIDLE',
  'EADDRNOTAVAIL',
]);

export async function withRetries<T>(
  operation: () => Promise<T>,
  { attempts, retryMs }: FalRetryOptions,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (cause) {
      // The delay doubles with each attempt. A random factor of 0.5 to 1 spreads the retries of several uploads.
      const delayMs = Math.max(
        cause instanceof FalHttpError ? (cause.retryAfterMs ?? 0) : 0,
        retryMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2),
      );
      if (attempt >= attempts || signal.aborted || !isTransient(cause) || delayMs > maxRetryDelayMs) throw cause;
      await sleep(delayMs, undefined, { signal });
    }
  }
}

function isTransient(cause: unknown): boolean {
  if (cause instanceof FalHttpError) return transientStatuses.has(cause.status);
  const { code, errors } = (cause ?? {}) as { code?: string; errors?: { code?: string }[] };
  return [code, ...(errors ?? []).map((error) => error.code)].some(
    (errorCode) => errorCode !== undefined && transientCodes.has(errorCode),
  );
}
