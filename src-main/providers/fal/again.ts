/** One request, sent again when what stopped it passes. Whole uploads are the engine's to repeat. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refused } from './wire.ts';

/** Times of one request. */
export interface Patience {
  attempts: number;
  /** ms before the second sending; doubled for the third */
  retryMs: number;
}

/** A service that asks for more patience than this is left to the engine, which can wait without holding a slot. */
const patienceMs = 2000;

const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const lost: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EIDLE',
  'EADDRNOTAVAIL',
]);

export async function again<T>(
  act: () => Promise<T>,
  { attempts, retryMs }: Patience,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (cause) {
      const pause = Math.max(
        cause instanceof Refused ? (cause.retryAfterMs ?? 0) : 0,
        retryMs * 2 ** (tries - 1) * (0.5 + Math.random() / 2),
      );
      if (tries >= attempts || signal.aborted || !isPassing(cause) || pause > patienceMs) throw cause;
      await sleep(pause, undefined, { signal });
    }
  }
}

function isPassing(cause: unknown): boolean {
  if (cause instanceof Refused) return passing.has(cause.status);
  const { code, errors } = (cause ?? {}) as { code?: string; errors?: { code?: string }[] };
  return [code, ...(errors ?? []).map((one) => one.code)].some((one) => one !== undefined && lost.has(one));
}
