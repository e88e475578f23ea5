/** After a failed attempt: wait and try again, go to the next destination of the chain, or give up. Pure; reads the error table. */
import { errorTable, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import { visibilities, type ChainStep, type WaitUntil, type Withheld } from '../../src-shared/upload.ts';

export type Decision =
  | { do: 'wait'; until: WaitUntil; failures: number }
  | { do: 'next'; step: number }
  | { do: 'fail'; withheld?: Withheld };

export const retryLimits = {
  /** attempts of an upload at one destination without progress */
  attempts: 8,
  baseMs: 500,
  capMs: 30_000,
  /** a server may ask for at most this long a pause */
  retryAfterCapMs: 15 * 60_000,
  /** ms that a server which had taken bytes may be away */
  outageMs: 10 * 60_000,
  /** ms between looks whether the disk has space again */
  diskFullMs: 30_000,
};

/** Whether somebody is there who can mend a destination or make space, or it is better to fail. */
export type OnBlocked = 'wait' | 'fail';

export interface FailureContext {
  /** What was read of a stream is gone: there is nothing to try again with. */
  source: 'file' | 'stream';
  chain: ChainStep[];
  step: number;
  /** attempts that failed before this one since the last progress, waits for the network not counted */
  failures: number;
  /** ms since 1970 */
  now: number;
  /** ms since 1970 when the store last had more of it than ever, if that is known */
  lastProgressAt?: number | undefined;
  /** from 0 to 1: full jitter */
  random: number;
  onBlocked: OnBlocked;
}

export function decide(error: AppError, context: FailureContext): Decision {
  if (context.source === 'stream') return { do: 'fail' };
  const { failures, onBlocked } = context;
  // This computer's disk, not the store's: the checkpoint could not be kept, so not a byte may be sent. It heals without us.
  if (error.code === 'disk-full')
    return onBlocked === 'wait'
      ? { do: 'wait', until: context.now + retryLimits.diskFullMs, failures }
      : { do: 'fail' };
  const { retry, fallback } = errorTable[error.code];
  if (retry === 'online') return { do: 'wait', until: 'online', failures };
  if (retry === 'backoff' && (failures + 1 < retryLimits.attempts || isWithinOutageWindow(error.code, context))) {
    return {
      do: 'wait',
      until: context.now + pauseMs(failures, context.random, error.retryAfterMs),
      failures: failures + 1,
    };
  }
  return fallback ? nextStep(context.chain, context.step) : { do: 'fail' };
}

/**
 * A server that took bytes of this upload a moment ago and is not reached now is most likely starting anew: what it has is
 * worth more patience than eight attempts, which are over in half a minute. Unless another destination can take the file.
 */
function isWithinOutageWindow(code: ErrorCode, { lastProgressAt, now, chain, step }: FailureContext): boolean {
  const isAway = code === 'unreachable' || code === 'stalled' || code === 'unavailable';
  return (
    isAway &&
    lastProgressAt !== undefined &&
    now - lastProgressAt < retryLimits.outageMs &&
    nextStep(chain, step).do !== 'next'
  );
}

/** The destination would answer every upload the same until somebody mends it, or its key: no other one needs to ask. */
export const isRefusal = (code: ErrorCode): boolean => refusals.has(code);

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unauthorized',
  'forbidden',
  'session-expired',
  'secret-missing',
  'no-bucket',
  'quota-exceeded',
  'tls-untrusted',
  'wrong-region',
  'provider-broken',
]);

/** The destination gets more requests than it can take, or than the way to it can carry. */
export const isOverload = (code: ErrorCode): boolean => code === 'rate-limited' || code === 'stalled';

/** Full jitter under a doubling cap; what the server asked for is a floor. */
function pauseMs(failures: number, random: number, retryAfterMs = 0): number {
  const jitter = random * Math.min(retryLimits.capMs, retryLimits.baseMs * 2 ** failures);
  return Math.round(Math.max(jitter, Math.min(retryAfterMs, retryLimits.retryAfterCapMs)));
}

/**
 * The next destination whose links are open to no more people than the first one's, and which can delete what it stored. If
 * there is only one that needs to be asked about first, the failure names it.
 */
function nextStep(chain: ChainStep[], step: number): Decision {
  let withheld: Withheld | undefined;
  for (let i = step + 1; i < chain.length; i++) {
    const reason = withholdReason(chain[i]!, chain[0]!);
    if (!reason) return { do: 'next', step: i };
    withheld ??= { profileId: chain[i]!.profileId, reason };
  }
  return { do: 'fail', ...(withheld && { withheld }) };
}

function withholdReason(to: ChainStep, first: ChainStep): Withheld['reason'] | undefined {
  if (visibilities.indexOf(to.visibility) > visibilities.indexOf(first.visibility)) return 'more-people';
  return to.cannotDelete ? 'cannot-delete' : undefined;
}
