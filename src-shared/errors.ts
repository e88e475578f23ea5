/**
 * All errors, as data. An error crosses a boundary (driver to engine, main to window, process to terminal) only as an
 * {@link AppError}. `text/` makes the user's sentences from its code: what happened, why, and what to do. Many causes
 * map to one code; the log holds the raw cause under the diagnostic ID.
 */

/**
 * What the engine does with a failed attempt:
 * - `never`: fail after one request
 * - `backoff`: retry with growing delays, at most eight attempts without progress
 * - `online`: wait for the network without using up attempts
 */
export type RetryPolicy = 'never' | 'backoff' | 'online';

interface ErrorPolicy {
  retry: RetryPolicy;
  /**
   * Whether Hoist may try the upload's next destination. Never after a cancel or for a problem with the file itself,
   * which would be the same there.
   */
  fallback: boolean;
}

/** `stay`: the upload never moves to another destination. */
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
  /** Values for the sentences: bucket, host, region … Never a secret. A path only where the user typed it. */
  params?: Record<string, string | number>;
  /** The key of the settings field that causes the error. */
  field?: string;
  /** Milliseconds that the server asked us to wait (Retry-After): the minimum delay of the next attempt. */
  retryAfterMs?: number;
  /** ID of the log line with the raw cause. */
  diagnosticId?: string;
  /** The parts that this upload has stored are deleted, because other uploads need their space. */
  discardsParts?: true;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: AppError };

/**
 * The exception that carries an {@link AppError} inside a process. Its message is the code, so it cannot leak a secret.
 */
export class AppFailure extends Error {
  readonly error: AppError;
  constructor(error: AppError, options?: { cause?: unknown }) {
    super(error.code, options);
    this.name = 'AppFailure';
    this.error = error;
  }
}

/**
 * Whether the disk is full, so that a write can succeed after the user has freed space. A broken disk has the same
 * error code, but freed space does not help there.
 */
export const isDiskFullError = ({ code, params }: Pick<AppError, 'code' | 'params'>): boolean =>
  code === 'disk-full' && params?.['problem'] !== 'broken';

/** {@link isDiskFullError} for a caught value. */
export const isDiskFull = (cause: unknown): boolean => cause instanceof AppFailure && isDiskFullError(cause.error);

/**
 * Whether the destination has space left, but too little for this file. `params.left` is the free space in whole MB. If
 * the provider does not report it, or reports 0, the destination counts as full.
 */
export const hasSpaceLeft = ({ code, params }: Pick<AppError, 'code' | 'params'>): boolean =>
  code === 'quota-exceeded' && Number(params?.['left'] ?? 0) > 0;

export const failure = (code: ErrorCode, details: Omit<AppError, 'code'> = {}, cause?: unknown): AppFailure =>
  new AppFailure({ code, ...details }, cause === undefined ? undefined : { cause });
