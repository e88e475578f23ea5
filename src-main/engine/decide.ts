/** After a failed attempt: wait and try again, go to the next destination of the chain, or give up. Pure; reads the error table. */
import { errorTable, type AppError } from '../../src-shared/errors.ts';
import { visibilities, type ChainStep } from '../../src-shared/upload.ts';

export type Decision =
  | { do: 'wait'; until: number | 'online'; failures: number }
  | { do: 'next'; step: number }
  | { do: 'fail' };

export const retryLimits = {
  /** attempts of an upload at one destination */
  attempts: 8,
  baseMs: 500,
  capMs: 30_000,
  /** a server may ask for at most this long a pause */
  retryAfterCapMs: 15 * 60_000,
};

export interface Situation {
  /** What was read of a stream is gone: there is nothing to try again with. */
  source: 'file' | 'stream';
  chain: ChainStep[];
  step: number;
  /** attempts that failed before this one, waits for the network not counted */
  failures: number;
  /** ms since 1970 */
  now: number;
  /** from 0 to 1: full jitter */
  random: number;
}

export function decide(error: AppError, at: Situation): Decision {
  if (at.source === 'stream') return { do: 'fail' };
  const { retry, fallback } = errorTable[error.code];
  if (retry === 'online') return { do: 'wait', until: 'online', failures: at.failures };
  const failures = at.failures + 1;
  if (retry === 'backoff' && failures < retryLimits.attempts) {
    return { do: 'wait', until: at.now + pauseMs(at.failures, at.random, error.retryAfterMs), failures };
  }
  const step = fallback ? nextStep(at.chain, at.step) : undefined;
  return step === undefined ? { do: 'fail' } : { do: 'next', step };
}

/** Full jitter under a doubling cap; what the server asked for is a floor. */
function pauseMs(failures: number, random: number, retryAfterMs = 0): number {
  const jitter = random * Math.min(retryLimits.capMs, retryLimits.baseMs * 2 ** failures);
  return Math.round(Math.max(jitter, Math.min(retryAfterMs, retryLimits.retryAfterCapMs)));
}

/** The next destination whose links are open to no more people than the first one's: a fallback never widens visibility. */
function nextStep(chain: ChainStep[], step: number): number | undefined {
  const widest = visibilities.indexOf(chain[0]?.visibility ?? 'private');
  const next = chain.findIndex((c, i) => i > step && visibilities.indexOf(c.visibility) <= widest);
  return next === -1 ? undefined : next;
}
