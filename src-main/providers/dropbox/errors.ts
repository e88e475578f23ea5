/**
 * What a thrown value means. Dropbox names its reasons by tags inside each other (`path/conflict/file`); the longest ending that
 * the table knows decides. Below that there are the status, and Node's own codes.
 */
import { DropboxResponseError } from 'dropbox';
import type { AppError } from '../../../src-shared/errors.ts';
import { is, meaningOfNetwork, own, retryAfterMs, type Meaning } from '../network-errors.ts';
import { LinkClosed } from '../provider.ts';
import { errorIn, tagsOf } from './refusals.ts';
import type { DropboxSettings } from './settings.ts';
import { TokenRefused } from './tokens.ts';

const signedOut = is('unauthorized', 'account');
const byTeam = is('forbidden', 'account', 'team');
const byPlan = is('forbidden', 'account', 'plan');
const notHere = is('forbidden', 'folder', 'folder');
const badName = is('rejected', 'nameTemplate', 'name');
/** Its upload session is not what it should be: another try begins a new one. */
const session = is('unavailable', undefined, 'session');
const gone = is('rejected', undefined, 'gone');
const noLinks = is('forbidden', 'linkKind', 'links');
const odd = is('rejected');

/** https://github.com/dropbox/dropbox-api-spec, of the routes that are used here: a test walks them all. */
export const byTags: Readonly<Record<string, Meaning>> = {
  // 401
  invalid_access_token: signedOut,
  expired_access_token: is('session-expired', 'account'),
  missing_scope: is('forbidden', 'account', 'scope'),
  user_suspended: is('forbidden', 'account', 'suspended'),
  invalid_select_user: byTeam,
  invalid_select_admin: byTeam,
  route_access_denied: byTeam,
  // 403
  invalid_account_type: byPlan,
  'invalid_account_type/endpoint': byPlan,
  'invalid_account_type/feature': byPlan,
  'paper_access_denied/paper_disabled': byTeam,
  'paper_access_denied/not_paper_user': byTeam,
  team_access_denied: byTeam,
  no_permission: byTeam,
  unauthorized_account_id_usage: byTeam,
  // 429, and the same inside a 409
  too_many_requests: is('rate-limited'),
  too_many_write_operations: is('rate-limited'),
  // Where it is written
  'conflict/file': is('name-taken'),
  'conflict/folder': is('name-taken', undefined, 'folder'),
  'conflict/file_ancestor': is('rejected', 'folder', 'ancestor'),
  'conflict/other': is('name-taken'),
  insufficient_space: is('quota-exceeded'),
  no_write_permission: notHere,
  access_restricted: notHere,
  team_folder: notHere,
  operation_suppressed: notHere,
  malformed_path: badName,
  disallowed_name: badName,
  encryption_not_supported: is('rejected', 'folder', 'encrypted'),
  // Bytes
  payload_too_large: is('too-large'),
  too_large: is('too-large'),
  content_hash_mismatch: is('corrupted'),
  // Properties, of which none are sent
  template_not_found: odd,
  unsupported_folder: odd,
  property_field_too_large: odd,
  does_not_fit_template: odd,
  duplicate_property_groups: odd,
  properties_error: odd,
  // Upload sessions
  not_found: session,
  incorrect_offset: session,
  closed: session,
  not_closed: session,
  concurrent_session_invalid_offset: session,
  concurrent_session_invalid_data_size: session,
  concurrent_session_data_not_allowed: session,
  concurrent_session_not_closed: session,
  concurrent_session_missing_data: session,
  concurrent_session_close_not_allowed: session,
  // What is there
  'path/not_found': gone,
  'path_lookup/not_found': gone,
  not_file: is('rejected', 'folder', 'notFile'),
  not_folder: is('rejected', 'folder', 'notFile'),
  restricted_content: is('forbidden', undefined, 'content'),
  unsupported_content_type: odd,
  locked: is('forbidden', undefined, 'locked'),
  too_many_files: odd,
  reset: is('unavailable'),
  // Links
  shared_link_already_exists: is('unavailable'),
  'settings_error/not_authorized': is('rejected', 'linkDays', 'plan'),
  'settings_error/invalid_settings': is('rejected', 'linkDays', 'settings'),
  email_not_verified: is('forbidden', 'account', 'email'),
  access_denied: noLinks,
  banned_member: is('forbidden', 'account', 'banned'),
  too_many_shared_folders: odd,
  too_many_shared_folder_targets: odd,
  shared_link_not_found: gone,
  shared_link_access_denied: noLinks,
  unsupported_link_type: noLinks,
  unsupported_parameter_field: noLinks,
  shared_link_malformed: noLinks,
  // 422
  invalid_root: is('forbidden', 'account', 'root'),
  user_requested: odd,
  // The token endpoint
  'token/invalid_grant': is('unauthorized', 'account', 'revoked'),
  'token/invalid_client': is('unauthorized', 'appKey', 'app'),
  'token/invalid_client_id': is('unauthorized', 'appKey', 'app'),
  'token/unauthorized_client': is('unauthorized', 'appKey', 'app'),
  'token/unsupported_grant_type': odd,
  'token/invalid_request': signedOut,
  'token/invalid_scope': is('forbidden', 'account', 'scope'),
  // What Dropbox itself has no name for
  other: is('rejected'),
};

const byStatus: Readonly<Record<number, Meaning>> = {
  401: signedOut,
  403: byTeam,
  404: is('wrong-service'),
  405: is('wrong-service'),
  407: is('unauthorized', 'proxyUser', 'proxy'),
  408: is('stalled'),
  413: is('too-large'),
  422: is('forbidden', 'account', 'root'),
  429: is('rate-limited'),
  501: is('rejected'),
  507: is('quota-exceeded'),
};

/** @returns undefined for what neither Dropbox nor the network said: a mistake of ours */
export function errorOf(cause: unknown, settings: DropboxSettings): AppError | undefined {
  const meaning = meaningOf(cause, settings);
  if (!meaning) return undefined;
  const { code, field, why } = meaning;
  const scope = scopeOf(cause);
  const wait = waitOf(cause);
  const params = {
    of: 'dropbox',
    host: 'Dropbox',
    ...(why === undefined ? {} : { why }),
    ...(scope === undefined ? {} : { scope }),
    ...(code === 'quota-exceeded' ? { left: 0 } : {}),
  };
  return {
    code,
    ...(field === undefined ? {} : { field }),
    params,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function meaningOf(cause: unknown, settings: DropboxSettings): Meaning | undefined {
  if (cause instanceof LinkClosed) return closedLink(cause, settings);
  if (cause instanceof DropboxResponseError) return meaningOfTags(tagsOf(cause)) ?? meaningOfStatus(cause.status);
  if (cause instanceof TokenRefused)
    return meaningOfTags(cause.reason === '' ? '' : `token/${cause.reason}`) ?? meaningOfStatus(cause.status);
  return ofNetwork(cause);
}

/** `a/b/c`, then `b/c`, then `c`; what is inside a tag that nobody knew yet is known by what is around it. */
export function meaningOfTags(tags: string): Meaning | undefined {
  const all = tags === '' ? [] : tags.split('/');
  for (let end = all.length; end > 0; end--) {
    for (let from = 0; from < end; from++) {
      const known = own(byTags, all.slice(from, end).join('/'));
      if (known && (known !== byTags.other || end === 1)) return known;
    }
  }
  return undefined;
}

function meaningOfStatus(status: number): Meaning {
  return own(byStatus, status) ?? (status >= 500 ? is('unavailable') : status < 400 ? is('wrong-service') : odd);
}

/** There is no endpoint to mend: the address is Dropbox's. */
function ofNetwork(cause: unknown): Meaning | undefined {
  const meaning = typeof cause === 'object' && cause !== null ? meaningOfNetwork(cause) : undefined;
  if (meaning?.code === 'wrong-service') return is('wrong-service');
  return meaning && { ...meaning, ...(meaning.field === 'endpoint' ? { field: undefined } : {}) };
}

/** A link that Dropbox made is open, or somebody's rules closed it. */
function closedLink({ to }: LinkClosed, { audience }: DropboxSettings): Meaning {
  if (to === 'private') return is('forbidden', 'linkKind', 'links');
  return is('wrong-service', audience === 'team' ? 'audience' : 'linkKind', 'link');
}

/** Of the Dropbox App Console: `sharing.write`. */
function scopeOf(cause: unknown): string | undefined {
  const error = errorIn(cause);
  const scope =
    typeof error === 'object' && error !== null && 'required_scope' in error ? String(error.required_scope) : '';
  return /^[\w.]{1,60}$/.test(scope) ? scope : undefined;
}

function waitOf(cause: unknown): number | undefined {
  if (cause instanceof TokenRefused) return retryAfterMs(cause.headers.get('retry-after') ?? undefined);
  if (!(cause instanceof DropboxResponseError)) return undefined;
  const headers = cause.headers as Headers | undefined;
  const error = errorIn(cause);
  const told =
    typeof error === 'object' && error !== null && 'retry_after' in error && typeof error.retry_after === 'number'
      ? error.retry_after * 1000
      : undefined;
  return retryAfterMs(headers?.get('retry-after') ?? undefined) ?? told;
}
