/**
 * The action that the user takes for an error. Rows, notices and the help page all offer the same action. The window
 * decides which dialog and field to open; `error.field` names the setting.
 */
import type { AppError, ErrorCode } from './errors.ts';

/**
 * - `retry`: try the same upload again, now or later
 * - `fix-key`: enter the keys of the destination again, or sign in again
 * - `fix`: change another setting of the destination
 * - `keep-both`: upload the file under another name
 * - `remove`: remove the upload, because no retry can succeed
 * - `add`: set up a destination first
 */
export type ErrorAction = 'retry' | 'fix-key' | 'fix' | 'keep-both' | 'remove' | 'add';

/** The action for each code, unless {@link actionsByCause} has an action for its cause. */
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

/** Actions for causes (`params.why`) that need another action than their error code. The key is `code/why`. */
const actionsByCause: Readonly<Record<string, ErrorAction>> = {
  'unreachable/noHost': 'fix',
  'unreachable/vhost': 'fix',
  'unreachable/silent': 'fix',
  'unreachable/proxy': 'fix',
  'unreachable/behindProxy': 'fix',
  'unreachable/pac': 'fix',
  'unreachable/askProxy': 'fix',
  'unreachable/notProxy': 'fix',
  'unauthorized/proxy': 'fix',
  'unauthorized/proxyLogin': 'fix',
  'unauthorized/proxyScheme': 'fix',
  'forbidden/publicRead': 'fix',
  'forbidden/acl': 'fix',
  'forbidden/disabled': 'fix',
  'forbidden/locked': 'fix',
  // Another person or service has to act first.
  'forbidden/account': 'retry',
  'forbidden/suspended': 'retry',
  'forbidden/icpFiling': 'retry',
  // The settings are correct: the next try asks for the code or the permission again.
  'secret-missing/mfa': 'retry',
  'secret-missing/code': 'retry',
  'secret-missing/program': 'retry',
  'unauthorized/mfa': 'retry',
  'too-large/space': 'retry',
  'too-large/wanted': 'fix',
  'too-large/front': 'fix',
};

export const actionFor = ({ code, params }: Pick<AppError, 'code' | 'params'>): ErrorAction =>
  actionsByCause[`${code}/${params?.['why'] ?? ''}`] ?? defaultActions[code];

/**
 * Whether an upload to Practice failed for lack of space, so that it can succeed after the user has emptied Practice.
 */
export const needsPracticeSpace = ({ code, params }: AppError): boolean =>
  code === 'quota-exceeded' || (code === 'too-large' && params?.['why'] === 'space');
