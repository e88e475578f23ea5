/** Checks that every error in Dropbox's own specification has a message and an error code, and names a real field. */
import { DropboxResponseError } from 'dropbox';
import { expect, test } from 'vitest';
import { specification } from '../../../e2e/servers/dropbox/specification.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { meaningByTags, dropboxErrorOf, meaningOfTags } from './errors.ts';
import { dropbox } from './index.ts';
import { correctOffset, hasErrorTags, errorTagsOf } from './api-errors.ts';
import type { DropboxSettings } from './settings.ts';
import { TokenRequestError } from './access-tokens.ts';

const settings: DropboxSettings = {
  credentials: { kind: 'access', accessToken: 'x' },
  folder: '',
  linkKind: 'direct',
  audience: 'public',
};
const spec = specification();

const apiError = (
  status: number,
  error: unknown,
  headers: Record<string, string> = {},
): DropboxResponseError<unknown> =>
  new DropboxResponseError(
    status,
    new Headers(headers),
    typeof error === 'string' ? error : { error_summary: 'x/', error },
  );

/** The error object with these nested tags, such as `path/conflict/file`. */
const nested = (tags: string): unknown =>
  tags
    .split('/')
    .reduceRight<unknown>(
      (inside, tag) => (inside === undefined ? { '.tag': tag } : { '.tag': tag, [tag]: inside }),
      undefined,
    );

/** The routes that the driver calls. */
const usedRoutes = [
  'files/upload',
  'files/upload_session/start',
  'files/upload_session/append_v2',
  'files/upload_session/finish',
  'files/get_metadata',
  'files/delete_v2',
  'files/list_folder',
  'sharing/create_shared_link_with_settings',
  'sharing/list_shared_links',
  'sharing/modify_shared_link_settings',
  'sharing/revoke_shared_link',
  'users/get_space_usage',
  'users/get_current_account',
];

test.skipIf(!spec)('every error tag of the used routes has a message', () => {
  // Route names in the specification start with a prefix of 3 characters. Column 8 has the type of the route's errors.
  const types = new Set(spec!.routes.filter(([route]) => usedRoutes.includes(route.slice(3))).map((row) => row[8]));
  const typedTags = [
    ...types,
    'auth.AuthError',
    'auth.AccessError',
    'auth.RateLimitError',
    'common.PathRootError',
  ].flatMap((type) => spec!.tagsOf(type).map((tags) => [type, tags] as const));
  expect(typedTags.length).toBeGreaterThan(80);
  for (const [type, tags] of typedTags) {
    const error = dropboxErrorOf(apiError(409, nested(tags)), settings);
    expect(error, `${type}: ${tags}`).toBeDefined();
    expect(error!.code, `${type}: ${tags}`).not.toBe('bug');
    // `other` means that Dropbox has no name for the error; all other tags are in the table.
    if (!tags.endsWith('other')) expect(meaningOfTags(tags), `${type}: ${tags} is not in the table`).toBeDefined();
    if (error!.field !== undefined)
      expect([...dropbox.fields.map(({ key }) => key), 'proxyUser', 'ca'], tags).toContain(error!.field);
    const { what, remedy } = errorText(error!);
    for (const sentence of [what, remedy]) expect(sentence, tags).toMatch(/^[A-Z][^{}!]*\.$/);
  }
});

test('every row of the table has a readable message', () => {
  for (const [tags, { why }] of Object.entries(meaningByTags)) {
    const error = dropboxErrorOf(apiError(409, nested(tags)), settings)!;
    const { what, remedy } = errorText(error);
    expect(`${what} ${remedy}`, tags).toMatch(/^[A-Z][^{}!]*\.$/);
    // Every separate reason has a separate message.
    if (why !== undefined && error.params?.why === why)
      expect(`${what} ${remedy}`, tags).not.toBe(
        Object.values(errorText({ code: error.code, params: { of: 'dropbox' } })).join(' '),
      );
  }
});

test('errorTagsOf finds tags in structs and unions', () => {
  const flat = apiError(409, {
    '.tag': 'path',
    reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } },
    upload_session_id: 'x',
  });
  expect(errorTagsOf(flat)).toBe('path/conflict/file');
  expect(hasErrorTags(flat, 'conflict/file')).toBe(true);
  expect(hasErrorTags(flat, 'conflict/folder')).toBe(false);
  expect(dropboxErrorOf(flat, settings)).toMatchObject({ code: 'name-taken' });
  expect(
    correctOffset(
      apiError(409, { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'incorrect_offset', correct_offset: 7 } }),
    ),
  ).toBe(7);
  expect(correctOffset(apiError(409, { '.tag': 'incorrect_offset', correct_offset: 0 }))).toBe(0);
  expect(errorTagsOf(apiError(429, { reason: { '.tag': 'too_many_write_operations' }, retry_after: 3 }))).toBe(
    'too_many_write_operations',
  );
});

test.each([
  [
    apiError(401, { '.tag': 'missing_scope', required_scope: 'sharing.write' }),
    { code: 'forbidden', field: 'account' },
    /permission sharing\.write.*Select it in the App Console/,
  ],
  [
    apiError(401, { '.tag': 'expired_access_token' }),
    { code: 'session-expired', field: 'account' },
    /four hours.*Sign in/,
  ],
  [
    apiError(429, 'Slow down', { 'retry-after': '11' }),
    { code: 'rate-limited', retryAfterMs: 11_000 },
    /limits the rate of requests/,
  ],
  [
    apiError(429, { reason: { '.tag': 'too_many_requests' }, retry_after: 4 }),
    { code: 'rate-limited', retryAfterMs: 4000 },
    /limits the rate of requests/,
  ],
  [
    apiError(409, { '.tag': 'path', reason: { '.tag': 'insufficient_space' }, upload_session_id: 'x' }),
    { code: 'quota-exceeded' },
    /is full/,
  ],
  [apiError(400, 'Error in call to API function'), { code: 'rejected' }, /rejected/],
  [apiError(503, '<html>'), { code: 'unavailable' }, /reports a server error/],
  [
    new TokenRequestError(400, 'invalid_grant', new Headers()),
    { code: 'unauthorized', field: 'account' },
    /no longer allows Hoist.*Sign in again/,
  ],
  [new TokenRequestError(400, 'invalid_client', new Headers()), { code: 'unauthorized', field: 'appKey' }, /app key/],
  [Object.assign(new Error(), { code: 'ENOTFOUND' }), { code: 'unreachable' }, /can’t find the address/],
  [
    Object.assign(new Error(), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    { code: 'tls-untrusted', field: 'ca' },
    /Dropbox’s certificate/,
  ],
])('dropboxErrorOf translates %s to %o', (cause, expected, sentence) => {
  const error = dropboxErrorOf(cause, settings)!;
  expect(error).toMatchObject(expected);
  const { what, remedy } = errorText(error);
  expect(`${what} ${remedy}`).toMatch(sentence);
});

test('dropboxErrorOf returns undefined for an unknown error', () => {
  expect(dropboxErrorOf(new TypeError('x is not a function'), settings)).toBeUndefined();
  expect(dropboxErrorOf(undefined, settings)).toBeUndefined();
});
