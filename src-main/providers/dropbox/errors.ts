/**
 * Translates thrown values. Dropbox describes the reason with nested tags, such as `path/conflict/file`. The longest
 * suffix of the tags that is in the table determines the error. Without tags, the status or Node's error code does.
 */
import { DropboxResponseError } from 'dropbox';
import type { AppError } from '../../../src-shared/errors.ts';
import { meaning, networkErrorMeaning, getOwn, parseRetryAfterMs, type Meaning } from '../network/network-errors.ts';
import { LinkCheckError } from '../contract/provider.ts';
import { apiErrorIn, errorTagsOf } from './api-errors.ts';
import type { DropboxSettings } from './settings.ts';
import { TokenRequestError } from './access-tokens.ts';

const credentialsRejected = meaning('unauthorized', 'account');
const forbiddenByTeam = meaning('forbidden', 'account', 'team');
const forbiddenByPlan = meaning('forbidden', 'account', 'plan');
const folderNotWritable = meaning('forbidden', 'folder', 'folder');
const invalidName = meaning('rejected', 'nameTemplate', 'name');
/** The upload session is not in the expected state; the next attempt starts a new session. */
const sessionInvalid = meaning('unavailable', undefined, 'session');
const fileNotFound = meaning('rejected', undefined, 'gone');
const linksForbidden = meaning('forbidden', 'linkKind', 'links');
const rejected = meaning('rejected');

/** All tags of the used routes in https://github.com/dropbox/dropbox-api-spec. A test checks that no tag is missing. */
export const meaningByTags: Readonly<Record<string, Meaning>> = {
  // Status 401
  invalid_access_token: credentialsRejected,
  expired_access_token: meaning('session-expired', 'account'),
  missing_scope: meaning('forbidden', 'account', 'scope'),
  user_suspended: meaning('forbidden', 'account', 'suspended'),
  invalid_select_user: forbiddenByTeam,
  invalid_select_admin: forbiddenByTeam,
  route_access_denied: forbiddenByTeam,
  // Status 403
  invalid_account_type: forbiddenByPlan,
  'invalid_account_type/endpoint': forbiddenByPlan,
  'invalid_account_type/feature': forbiddenByPlan,
  'paper_access_denied/paper_disabled': forbiddenByTeam,
  'paper_access_denied/not_paper_user': forbiddenByTeam,
  team_access_denied: forbiddenByTeam,
  no_permission: forbiddenByTeam,
  unauthorized_account_id_usage: forbiddenByTeam,
  // Status 429, or 409 with one of these tags
  too_many_requests: meaning('rate-limited'),
  too_many_write_operations: meaning('rate-limited'),
  // The destination path
  'conflict/file': meaning('name-taken'),
  'conflict/folder': meaning('name-taken', undefined, 'folder'),
  'conflict/file_ancestor': meaning('rejected', 'folder', 'ancestor'),
  'conflict/other': meaning('name-taken'),
  insufficient_space: meaning('quota-exceeded'),
  no_write_permission: folderNotWritable,
  access_restricted: folderNotWritable,
  team_folder: folderNotWritable,
  operation_suppressed: folderNotWritable,
  malformed_path: invalidName,
  disallowed_name: invalidName,
  encryption_not_supported: meaning('rejected', 'folder', 'encrypted'),
  // The file's bytes
  payload_too_large: meaning('too-large'),
  too_large: meaning('too-large'),
  content_hash_mismatch: meaning('corrupted'),
  // File properties, which Hoist never sends
  template_not_found: rejected,
  unsupported_folder: rejected,
  property_field_too_large: rejected,
  does_not_fit_template: rejected,
  duplicate_property_groups: rejected,
  properties_error: rejected,
  // Upload sessions
  not_found: sessionInvalid,
  incorrect_offset: sessionInvalid,
  closed: sessionInvalid,
  not_closed: sessionInvalid,
  concurrent_session_invalid_offset: sessionInvalid,
  concurrent_session_invalid_data_size: sessionInvalid,
  concurrent_session_data_not_allowed: sessionInvalid,
  concurrent_session_not_closed: sessionInvalid,
  concurrent_session_missing_data: sessionInvalid,
  concurrent_session_close_not_allowed: sessionInvalid,
  // Existing files
  'path/not_found': fileNotFound,
  'path_lookup/not_found': fileNotFound,
  not_file: meaning('rejected', 'folder', 'notFile'),
  not_folder: meaning('rejected', 'folder', 'notFile'),
  restricted_content: meaning('forbidden', undefined, 'content'),
  unsupported_content_type: rejected,
  locked: meaning('forbidden', undefined, 'locked'),
  too_many_files: rejected,
  reset: meaning('unavailable'),
  // Links
  shared_link_already_exists: meaning('unavailable'),
  'settings_error/not_authorized': meaning('rejected', 'linkDays', 'plan'),
  'settings_error/invalid_settings': meaning('rejected', 'linkDays', 'settings'),
  email_not_verified: meaning('forbidden', 'account', 'email'),
  access_denied: linksForbidden,
  banned_member: meaning('forbidden', 'account', 'banned'),
  too_many_shared_folders: rejected,
  too_many_shared_folder_targets: rejected,
  shared_link_not_found: fileNotFound,
  shared_link_access_denied: linksForbidden,
  unsupported_link_type: linksForbidden,
  unsupported_parameter_field: linksForbidden,
  shared_link_malformed: linksForbidden,
  // Status 422
  invalid_root: meaning('forbidden', 'account', 'root'),
  user_requested: rejected,
  // The token endpoint
  'token/invalid_grant': meaning('unauthorized', 'account', 'revoked'),
  'token/invalid_client': meaning('unauthorized', 'appKey', 'app'),
  'token/invalid_client_id': meaning('unauthorized', 'appKey', 'app'),
  'token/unauthorized_client': meaning('unauthorized', 'appKey', 'app'),
  'token/unsupported_grant_type': rejected,
  'token/invalid_request': credentialsRejected,
  'token/invalid_scope': meaning('forbidden', 'account', 'scope'),
  // Errors for which Dropbox has no separate tag
  other: meaning('rejected'),
};

const meaningByStatus: Readonly<Record<number, Meaning>> = {
  401: credentialsRejected,
  403: forbiddenByTeam,
  404: meaning('wrong-service'),
  405: meaning('wrong-service'),
  407: meaning('unauthorized', 'proxyUser', 'proxy'),
  408: meaning('stalled'),
  413: meaning('too-large'),
  422: meaning('forbidden', 'account', 'root'),
  429: meaning('rate-limited'),
  501: meaning('rejected'),
  507: meaning('quota-exceeded'),
};

/** @returns undefined for any other error, which is a bug of Hoist */
export function dropboxErrorOf(cause: unknown, settings: DropboxSettings): AppError | undefined {
  const errorMeaning = meaningOf(cause, settings);
  if (!errorMeaning) return undefined;
  const { code, field, why } = errorMeaning;
  const scope = missingScopeOf(cause);
  const retryAfter = retryAfterOf(cause);
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
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
  };
}

function meaningOf(cause: unknown, settings: DropboxSettings): Meaning | undefined {
  if (cause instanceof LinkCheckError) return meaningOfClosedLink(cause, settings);
  if (cause instanceof DropboxResponseError)
    return atUsedLinkSetting(meaningOfTags(errorTagsOf(cause)) ?? meaningOfStatus(cause.status), settings);
  if (cause instanceof TokenRequestError)
    return meaningOfTags(cause.reason === '' ? '' : `token/${cause.reason}`) ?? meaningOfStatus(cause.status);
  return meaningOfNetworkError(cause);
}

/**
 * Dropbox does not say which link setting it rejects, so the table names `linkDays`. If links do not expire, this
 * function names the link setting that is in use instead.
 */
function atUsedLinkSetting(found: Meaning, { linkDays, linkPassword, audience }: DropboxSettings): Meaning {
  if (found.field !== 'linkDays' || linkDays !== undefined) return found;
  if (linkPassword !== undefined) return { ...found, field: 'linkPassword' };
  return audience === 'team' ? { ...found, field: 'audience' } : found;
}

/** Looks up `a/b/c`, then `b/c`, then `c`. If these are unknown, looks up the tags without the innermost tag. */
export function meaningOfTags(tags: string): Meaning | undefined {
  const tagList = tags === '' ? [] : tags.split('/');
  for (let end = tagList.length; end > 0; end--) {
    for (let from = 0; from < end; from++) {
      const tableEntry = getOwn(meaningByTags, tagList.slice(from, end).join('/'));
      // `other` says nothing about the cause, so the tags outside it are looked up first.
      if (tableEntry && (tableEntry !== meaningByTags.other || end === 1)) return tableEntry;
    }
  }
  return undefined;
}

function meaningOfStatus(status: number): Meaning {
  const tableEntry = getOwn(meaningByStatus, status);
  if (tableEntry) return tableEntry;
  if (status >= 500) return meaning('unavailable');
  return status < 400 ? meaning('wrong-service') : rejected;
}

/** Removes the field `endpoint`, because users cannot change Dropbox's address. */
function meaningOfNetworkError(cause: unknown): Meaning | undefined {
  const networkMeaning = typeof cause === 'object' && cause !== null ? networkErrorMeaning(cause) : undefined;
  if (networkMeaning?.code === 'wrong-service') return meaning('wrong-service');
  return networkMeaning && { ...networkMeaning, ...(networkMeaning.field === 'endpoint' ? { field: undefined } : {}) };
}

/** Explains why an anonymous client cannot open a link: usually, the rules of a team restrict it. */
function meaningOfClosedLink({ outcome }: LinkCheckError, { audience }: DropboxSettings): Meaning {
  if (outcome === 'private') return meaning('forbidden', 'linkKind', 'links');
  return meaning('wrong-service', audience === 'team' ? 'audience' : 'linkKind', 'link');
}

/** The scope that the token lacks, such as `sharing.write`; undefined for other errors. */
function missingScopeOf(cause: unknown): string | undefined {
  const error = apiErrorIn(cause);
  const scope =
    typeof error === 'object' && error !== null && 'required_scope' in error ? String(error.required_scope) : '';
  return /^[\w.]{1,60}$/.test(scope) ? scope : undefined;
}

/** The delay in ms that Dropbox asks for: the Retry-After header, or `retry_after` in the body. */
function retryAfterOf(cause: unknown): number | undefined {
  if (cause instanceof TokenRequestError) return parseRetryAfterMs(cause.headers.get('retry-after') ?? undefined);
  if (!(cause instanceof DropboxResponseError)) return undefined;
  const headers = cause.headers as Headers | undefined;
  const error = apiErrorIn(cause);
  const bodyRetryAfterMs =
    typeof error === 'object' && error !== null && 'retry_after' in error && typeof error.retry_after === 'number'
      ? error.retry_after * 1000
      : undefined;
  return parseRetryAfterMs(headers?.get('retry-after') ?? undefined) ?? bodyRetryAfterMs;
}
