/**
 * Decides after a failed attempt: wait and retry, use the next destination of the chain, or fail. Pure; reads the
 * error table.
 */
import { errorTable, hasSpaceLeft, isDiskFullError, type AppError, type ErrorCode } from '../../src-shared/errors.ts';
import { visibilities, type ChainStep, type WaitUntil, type Withheld } from '../../src-shared/upload.ts';

export type Decision =
  | { do: 'wait'; until: WaitUntil; failures: number }
  | { do: 'next'; step: number }
  | { do: 'fail'; withheld?: Withheld };

export const retryLimits = {
  /** attempts of an upload at one destination without progress */
  attempts: 8,
  /** the longest pause after the first failure; it doubles with each failure */
  baseMs: 500,
  /** the longest pause after many failures */
  capMs: 30_000,
  /** the longest pause that a server may ask for */
  retryAfterCapMs: 15 * 60_000,
  /** ms to keep retrying a server that has received bytes of this upload */
  outageMs: 10 * 60_000,
  /** ms to keep retrying a closed port when another destination may take the file */
  closedPortMs: 3000,
  /** ms between two checks whether the disk has space */
  diskFullMs: 30_000,
};

/** `wait`: a user is present and can fix the destination or free space. `fail`: no user is present. */
export type OnBlocked = 'wait' | 'fail';

export interface FailureContext {
  /**
   * A stream is never retried at the same destination. It can go to the next one while it can be read from its start
   * again.
   */
  source: 'file' | 'stream' | 'repeatable-stream';
  chain: ChainStep[];
  step: number;
  /** failed attempts before this one since the last progress; waits for the network do not count */
  failures: number;
  /** ms since 1970 */
  now: number;
  /** ms since 1970 of the last progress at the store, if known */
  lastProgressAt?: number | undefined;
  /** ms since 1970 of the first failed attempt at this destination since the last progress, if known */
  failingSince?: number | undefined;
  /** from 0 to 1: the part of the longest pause to wait, so that clients do not retry all at once */
  random: number;
  onBlocked: OnBlocked;
}

export function decide(error: AppError, context: FailureContext): Decision {
  if (context.source !== 'file') return decideForStream(error, context);
  const { failures, onBlocked } = context;
  // The disk of this computer is full. Nothing may be sent until there is space, because checkpoints cannot be saved.
  if (isDiskFullError(error))
    return onBlocked === 'wait'
      ? { do: 'wait', until: context.now + retryLimits.diskFullMs, failures }
      : { do: 'fail' };
  if (context.now >= (closedPortDeadline(error, context) ?? Infinity)) return nextStep(context.chain, context.step);
  const { retry, fallback } = errorTable[error.code];
  if (retry === 'online') return { do: 'wait', until: 'online', failures };
  if (retry === 'backoff' && (failures + 1 < retryLimits.attempts || isWithinOutageWindow(error.code, context))) {
    const pauseEnds = context.now + pauseMs(failures, context.random, error.retryAfterMs);
    const until = Math.min(pauseEnds, closedPortDeadline(error, context) ?? Infinity);
    return { do: 'wait', until, failures: failures + 1 };
  }
  return fallback ? nextStep(context.chain, context.step) : { do: 'fail' };
}

function decideForStream(error: AppError, { source, chain, step }: FailureContext): Decision {
  const mayFallBack = source === 'repeatable-stream' && errorTable[error.code].fallback && !isDiskFullError(error);
  return mayFallBack ? nextStep(chain, step) : { do: 'fail' };
}

/**
 * A server that received bytes of this upload recently and is unreachable now is probably restarting. Eight attempts
 * are over in half a minute, so it is retried for longer to keep the stored bytes, unless the next destination may
 * take the file.
 */
function isWithinOutageWindow(code: ErrorCode, { lastProgressAt, now, chain, step }: FailureContext): boolean {
  const isUnreachable = code === 'unreachable' || code === 'stalled' || code === 'unavailable';
  return (
    isUnreachable &&
    lastProgressAt !== undefined &&
    now - lastProgressAt < retryLimits.outageMs &&
    nextStep(chain, step).do !== 'next'
  );
}

/**
 * ms since 1970 when the next destination takes a file that was refused at a closed port; undefined when no other
 * destination may take it. The time is short, because a closed port rarely opens within seconds.
 */
function closedPortDeadline(error: AppError, { chain, step, failingSince, now }: FailureContext): number | undefined {
  const isClosedPort = error.code === 'unreachable' && error.params?.['why'] === 'refused';
  if (!isClosedPort || nextStep(chain, step).do !== 'next') return undefined;
  return (failingSince ?? now) + retryLimits.closedPortMs;
}

/**
 * The destination refuses every upload for this reason until the user fixes its key or settings. Storage with space
 * left refuses only the files that are too large for it.
 */
export const isRefusal = (error: AppError): boolean => refusals.has(error.code) && !hasSpaceLeft(error);

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

/** The destination or the network cannot handle this many requests. */
export const isOverload = (code: ErrorCode): boolean => code === 'rate-limited' || code === 'stalled';

/** A random part of a limit that doubles with each failure, but at least the pause that the server asked for. */
function pauseMs(failures: number, random: number, retryAfterMs = 0): number {
  const jitter = random * Math.min(retryLimits.capMs, retryLimits.baseMs * 2 ** failures);
  return Math.round(Math.max(jitter, Math.min(retryAfterMs, retryLimits.retryAfterCapMs)));
}

/**
 * The next destination that does not widen the visibility of the first one and that can delete files. When only a
 * destination that needs the user's consent remains, the failure names it.
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

/** Why the user has to allow this fallback destination first. `first`: the first destination of the chain. */
export function withholdReason(to: ChainStep, first: ChainStep): Withheld['reason'] | undefined {
  const isAllowed = (reason: Withheld['reason']): boolean => to.allowed?.includes(reason) ?? false;
  const isWider = visibilities.indexOf(to.visibility) > visibilities.indexOf(first.visibility);
  if (isWider && !isAllowed('more-people')) return 'more-people';
  return to.cannotDelete && !isAllowed('cannot-delete') ? 'cannot-delete' : undefined;
}
