/** Every way in which Dropbox can say no, as its own specification lists them, has a sentence, a policy and, where there is one, a field. */
import { DropboxResponseError } from 'dropbox';
import { expect, test } from 'vitest';
import { specification } from '../../../e2e/servers/dropbox/spec.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { byTags, errorOf, meaningOfTags } from './errors.ts';
import { dropbox } from './index.ts';
import { correctOffset, isRefused, tagsOf } from './refusals.ts';
import type { DropboxSettings } from './settings.ts';
import { TokenRefused } from './tokens.ts';

const settings: DropboxSettings = {
  account: { by: 'access', accessToken: 'x' },
  folder: '',
  linkKind: 'direct',
  audience: 'public',
};
const spec = specification();

const answered = (
  status: number,
  error: unknown,
  headers: Record<string, string> = {},
): DropboxResponseError<unknown> =>
  new DropboxResponseError(
    status,
    new Headers(headers),
    typeof error === 'string' ? error : { error_summary: 'x/', error },
  );

/** Each tag around the next. */
const nested = (tags: string): unknown =>
  tags
    .split('/')
    .reduceRight<unknown>(
      (inside, tag) => (inside === undefined ? { '.tag': tag } : { '.tag': tag, [tag]: inside }),
      undefined,
    );

/** The routes that the driver calls. */
const used = [
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

test.skipIf(!spec)('every tag of every route that is used, and of what any route can answer', () => {
  const types = new Set(spec!.routes.filter(([route]) => used.includes(route.slice(3))).map((row) => row[8]));
  const all = [...types, 'auth.AuthError', 'auth.AccessError', 'auth.RateLimitError', 'common.PathRootError'].flatMap(
    (type) => spec!.tagsOf(type).map((tags) => [type, tags] as const),
  );
  expect(all.length).toBeGreaterThan(80);
  for (const [type, tags] of all) {
    const error = errorOf(answered(409, nested(tags)), settings);
    expect(error, `${type}: ${tags}`).toBeDefined();
    expect(error!.code, `${type}: ${tags}`).not.toBe('bug');
    // `other` is what Dropbox itself has no name for; everything else is in the table.
    if (!tags.endsWith('other')) expect(meaningOfTags(tags), `${type}: ${tags} is not in the table`).toBeDefined();
    if (error!.field !== undefined)
      expect([...dropbox.fields.map(({ key }) => key), 'proxyUser', 'ca'], tags).toContain(error!.field);
    const { what, remedy } = errorText(error!);
    for (const sentence of [what, remedy]) expect(sentence, tags).toMatch(/^[A-Z][^{}!]*\.$/);
  }
});

test('every line of the table reads well', () => {
  for (const [tags, { why }] of Object.entries(byTags)) {
    const error = errorOf(answered(409, nested(tags)), settings)!;
    const { what, remedy } = errorText(error);
    expect(`${what} ${remedy}`, tags).toMatch(/^[A-Z][^{}!]*\.$/);
    // What has a reason of its own has a sentence of its own.
    if (why !== undefined && error.params?.why === why)
      expect(`${what} ${remedy}`, tags).not.toBe(
        Object.values(errorText({ code: error.code, params: { of: 'dropbox' } })).join(' '),
      );
  }
});

test('tags are found through structs and unions alike', () => {
  const flat = answered(409, {
    '.tag': 'path',
    reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } },
    upload_session_id: 'x',
  });
  expect(tagsOf(flat)).toBe('path/conflict/file');
  expect(isRefused(flat, 'conflict/file')).toBe(true);
  expect(isRefused(flat, 'conflict/folder')).toBe(false);
  expect(errorOf(flat, settings)).toMatchObject({ code: 'name-taken' });
  expect(
    correctOffset(
      answered(409, { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'incorrect_offset', correct_offset: 7 } }),
    ),
  ).toBe(7);
  expect(correctOffset(answered(409, { '.tag': 'incorrect_offset', correct_offset: 0 }))).toBe(0);
  expect(tagsOf(answered(429, { reason: { '.tag': 'too_many_write_operations' }, retry_after: 3 }))).toBe(
    'too_many_write_operations',
  );
});

test.each([
  [
    answered(401, { '.tag': 'missing_scope', required_scope: 'sharing.write' }),
    { code: 'forbidden', field: 'account' },
    /permission sharing\.write.*Tick it in the App Console/,
  ],
  [
    answered(401, { '.tag': 'expired_access_token' }),
    { code: 'session-expired', field: 'account' },
    /four hours.*Sign in/,
  ],
  [
    answered(429, 'Slow down', { 'retry-after': '11' }),
    { code: 'rate-limited', retryAfterMs: 11_000 },
    /fewer requests/,
  ],
  [
    answered(429, { reason: { '.tag': 'too_many_requests' }, retry_after: 4 }),
    { code: 'rate-limited', retryAfterMs: 4000 },
    /fewer requests/,
  ],
  [
    answered(409, { '.tag': 'path', reason: { '.tag': 'insufficient_space' }, upload_session_id: 'x' }),
    { code: 'quota-exceeded' },
    /is full/,
  ],
  [answered(400, 'Error in call to API function'), { code: 'rejected' }, /refused/],
  [answered(503, '<html>'), { code: 'unavailable' }, /problem of its own/],
  [
    new TokenRefused(400, 'invalid_grant', new Headers()),
    { code: 'unauthorized', field: 'account' },
    /no longer lets Hoist.*Sign in again/,
  ],
  [new TokenRefused(400, 'invalid_client', new Headers()), { code: 'unauthorized', field: 'appKey' }, /app key/],
  [Object.assign(new Error(), { code: 'ENOTFOUND' }), { code: 'unreachable' }, /not known in this network/],
  [
    Object.assign(new Error(), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    { code: 'tls-untrusted', field: 'ca' },
    /certificate of Dropbox/,
  ],
])('%s is %o', (cause, expected, sentence) => {
  const error = errorOf(cause, settings)!;
  expect(error).toMatchObject(expected);
  const { what, remedy } = errorText(error);
  expect(`${what} ${remedy}`).toMatch(sentence);
});

test('what nobody said is a mistake of ours', () => {
  expect(errorOf(new TypeError('x is not a function'), settings)).toBeUndefined();
  expect(errorOf(undefined, settings)).toBeUndefined();
});
