/**
 * The one thing that a person does about an error, so that a row, a notice and a help page offer the same. Where it
 * happens (which dialog, which field) is the window's business; `error.field` says which setting.
 */
import type { AppError, ErrorCode } from './errors.ts';

/**
 * - `retry`: the same again, now or later
 * - `fix-key`: the keys of the destination, or whatever one signs in with
 * - `fix`: another setting of the destination
 * - `keep-both`: the same file under another name
 * - `remove`: nothing can come of it
 * - `add`: a destination is needed first
 */
export type ErrorAction = 'retry' | 'fix-key' | 'fix' | 'keep-both' | 'remove' | 'add';

/** The usual one of each code; {@link actionsByCause} knows better. */
const defaultActions: Readonly<Record<ErrorCode, ErrorAction>> = {
  canceled: 'retry',
  'name-taken': 'keep-both',
  'source-missing': 'retry',
  'source-unreadable': 'retry',
  'source-changed': 'retry',
  'source-is-folder': 'remove',
  'source-not-a-file': 'remove',
  offline: 'retry',
  unreachable: 'retry',
  stalled: 'retry',
  'rate-limited': 'retry',
  unavailable: 'retry',
  corrupted: 'retry',
  'clock-skewed': 'retry',
  'tls-untrusted': 'fix',
  'wrong-service': 'fix',
  unauthorized: 'fix-key',
  forbidden: 'fix-key',
  'session-expired': 'fix-key',
  'secret-missing': 'fix-key',
  'no-bucket': 'fix',
  'wrong-region': 'fix',
  'quota-exceeded': 'retry',
  'too-large': 'remove',
  rejected: 'fix',
  'provider-broken': 'retry',
  'no-destination': 'add',
  'invalid-input': 'fix',
  'disk-full': 'retry',
  bug: 'retry',
};

/** Causes whose remedy is not where that of their code usually is, by `code/why`. */
const actionsByCause: Readonly<Record<string, ErrorAction>> = {
  'unreachable/noHost': 'fix',
  'unreachable/vhost': 'fix',
  'unreachable/silent': 'fix',
  'unreachable/proxy': 'fix',
  'unreachable/behindProxy': 'fix',
  'unreachable/pac': 'fix',
  'unreachable/askProxy': 'fix',
  'unauthorized/proxy': 'fix',
  'forbidden/publicRead': 'fix',
  'forbidden/acl': 'fix',
  'forbidden/disabled': 'fix',
  'forbidden/locked': 'fix',
  // Somebody else has to do something first.
  'forbidden/account': 'retry',
  'forbidden/suspended': 'retry',
  'forbidden/filing': 'retry',
  // Nothing is wrong with the settings: the next try asks for the code again.
  'secret-missing/mfa': 'retry',
  'secret-missing/code': 'retry',
  'unauthorized/mfa': 'retry',
  'too-large/wanted': 'fix',
  'too-large/front': 'fix',
};

export const actionFor = ({ code, params }: Pick<AppError, 'code' | 'params'>): ErrorAction =>
  actionsByCause[`${code}/${params?.['why'] ?? ''}`] ?? defaultActions[code];
