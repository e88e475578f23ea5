/**
 * Everything that can go wrong, as data. An error crosses a boundary (driver to engine, main to window, process to
 * terminal) only as an {@link AppError}; what a person reads is made from its code by `text/` (what happened, why, what
 * to do). Many causes map to one code; the raw cause goes to the log under the diagnostic id.
 */

/**
 * What the engine does with a failed attempt:
 * - `never`: fail at once, with one request
 * - `backoff`: try again with growing pauses, at most eight attempts without progress
 * - `online`: wait until the network is back, without using attempts
 */
export type RetryPolicy = 'never' | 'backoff' | 'online';

interface ErrorPolicy {
  retry: RetryPolicy;
  /** May the next destination of the chain be tried? Never after a cancel or for a fault of the file itself. */
  fallback: boolean;
}

const policy = (retry: RetryPolicy, fallback: 'fallback' | 'stay'): ErrorPolicy => ({
  retry,
  fallback: fallback === 'fallback',
});

export const errorTable = {
  canceled: policy('never', 'stay'),
  'name-taken': policy('never', 'stay'),

  'source-missing': policy('never', 'stay'),
  'source-unreadable': policy('never', 'stay'),
  'source-changed': policy('never', 'stay'),
  'source-is-folder': policy('never', 'stay'),
  'source-not-a-file': policy('never', 'stay'),

  offline: policy('online', 'stay'),
  unreachable: policy('backoff', 'fallback'),
  stalled: policy('backoff', 'fallback'),
  'rate-limited': policy('backoff', 'fallback'),
  unavailable: policy('backoff', 'fallback'),
  corrupted: policy('backoff', 'fallback'),
  'clock-skewed': policy('never', 'fallback'),
  'tls-untrusted': policy('never', 'fallback'),
  'wrong-service': policy('never', 'fallback'),

  unauthorized: policy('never', 'fallback'),
  forbidden: policy('never', 'fallback'),
  'session-expired': policy('never', 'fallback'),
  'no-bucket': policy('never', 'fallback'),
  'wrong-region': policy('never', 'fallback'),
  'quota-exceeded': policy('never', 'fallback'),
  'too-large': policy('never', 'fallback'),
  rejected: policy('never', 'fallback'),
  'provider-broken': policy('never', 'fallback'),

  'no-destination': policy('never', 'fallback'),
  'secret-missing': policy('never', 'fallback'),
  'invalid-input': policy('never', 'stay'),
  'disk-full': policy('never', 'stay'),
  bug: policy('never', 'stay'),
} as const satisfies Record<string, ErrorPolicy>;

export type ErrorCode = keyof typeof errorTable;

export interface AppError {
  code: ErrorCode;
  /** Values for the sentences: bucket, host, region … Never a secret; a path only where the user typed it. */
  params?: Record<string, string | number>;
  /** Key of the settings field that the error is about. */
  field?: string;
  /** Milliseconds the server asked to wait (Retry-After): a floor for the next attempt. */
  retryAfterMs?: number;
  /** Names the log line that holds the raw cause. */
  diagnosticId?: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: AppError };

/** The one exception that carries an {@link AppError} inside a process. Its message is the code: nothing secret can leak. */
export class AppFailure extends Error {
  readonly error: AppError;
  constructor(error: AppError, options?: { cause?: unknown }) {
    super(error.code, options);
    this.name = 'AppFailure';
    this.error = error;
  }
}

export const failure = (code: ErrorCode, rest: Omit<AppError, 'code'> = {}, cause?: unknown): AppFailure =>
  new AppFailure({ code, ...rest }, cause === undefined ? undefined : { cause });

/** Whether the disk is full. */
export const isDiskFull = (cause: unknown): boolean => cause instanceof AppFailure && cause.error.code === 'disk-full';
