import { ApiError, ValidationError } from '@fal-ai/client';
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { LinkCheckError } from '../contract/provider.ts';
import { falErrorOf } from './errors.ts';
import { fal } from './index.ts';
import type { FalSettings } from './settings.ts';
import { errorDetailOf, parseJsonBody, FalHttpError } from './http-client.ts';

const settings: FalSettings = { key: 'id:s3cr3t', access: 'public', linkDays: 7 };
const httpError = (status: number, body?: unknown, headers: Record<string, string> = {}): FalHttpError =>
  new FalHttpError(
    {
      status,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      text: body === undefined ? '' : JSON.stringify(body),
    },
    'rest.fal.ai',
  );
const nodeError = (code: string, properties: object = {}): Error =>
  Object.assign(new Error(code), { code, ...properties });
const meaning = (cause: unknown): [ErrorCode | undefined, string | undefined, unknown] => {
  const error = falErrorOf(cause, settings);
  return [error?.code, error?.field, error?.params?.why];
};

type ErrorCase = [what: string, thrown: Error, code: ErrorCode, field: string | undefined, why: string | undefined];

test.each<ErrorCase>([
  [
    'a missing or wrong key',
    httpError(401, { detail: 'Cannot access application. Authentication is required' }),
    'unauthorized',
    'key',
    'fal',
  ],
  ['a key without permission', httpError(403, { detail: 'Forbidden' }), 'forbidden', 'key', 'fal'],
  [
    'a locked account',
    httpError(403, { detail: 'User is locked. Reason: Exhausted balance' }),
    'quota-exceeded',
    undefined,
    'balance',
  ],
  [
    'a locked account, in the platform’s format',
    httpError(403, { error: { type: 'x', message: 'User is locked. Reason: Exhausted balance' } }),
    'quota-exceeded',
    undefined,
    'balance',
  ],
  ['a required payment', httpError(402), 'quota-exceeded', undefined, 'balance'],
  [
    'a malformed request',
    httpError(422, { detail: [{ loc: ['body', 'file_name'], msg: 'too long', type: 'value_error' }] }),
    'rejected',
    undefined,
    undefined,
  ],
  ['a bad request', httpError(400, { detail: 'bad' }), 'rejected', undefined, undefined],
  ['an unknown route', httpError(404, { detail: 'Not Found' }), 'wrong-service', undefined, 'fal'],
  ['a redirect', httpError(302), 'wrong-service', undefined, 'fal'],
  ['a file that is too large', httpError(413), 'too-large', undefined, undefined],
  ['too many requests', httpError(429), 'rate-limited', undefined, undefined],
  ['a timeout of the service', httpError(408), 'stalled', undefined, undefined],
  ['a used upload URL', httpError(409), 'unavailable', undefined, undefined],
  [
    'an internal error of the service',
    httpError(500, { detail: 'Internal Server Error' }),
    'unavailable',
    undefined,
    undefined,
  ],
  ['a bad gateway', httpError(502), 'unavailable', undefined, undefined],
  ['a full storage', httpError(507), 'quota-exceeded', undefined, undefined],
  ['invalid JSON', new SyntaxError('Unexpected end of JSON input'), 'unavailable', undefined, undefined],
  [
    'an error in the client’s format',
    new ApiError({ message: 'Unauthorized', status: 401, body: { detail: 'no' } }),
    'unauthorized',
    'key',
    'fal',
  ],
  [
    'a field error in the client’s format',
    new ValidationError({ message: '', status: 422, body: { detail: 'no' } }),
    'rejected',
    undefined,
    undefined,
  ],
  ['a proxy that requires a login', httpError(407), 'unauthorized', 'proxyUser', 'proxy'],
  ['an unknown host', nodeError('ENOTFOUND', { hostname: 'rest.fal.ai' }), 'unreachable', undefined, 'fal'],
  ['a refused connection', nodeError('ECONNREFUSED'), 'unreachable', undefined, 'fal'],
  ['a reset connection', nodeError('ECONNRESET'), 'unreachable', undefined, 'fal'],
  ['an idle connection', nodeError('EIDLE', { name: 'TimeoutError' }), 'stalled', undefined, undefined],
  ['a missing network', nodeError('ENETUNREACH'), 'offline', undefined, undefined],
  ['an unknown certificate', nodeError('SELF_SIGNED_CERT_IN_CHAIN'), 'tls-untrusted', 'ca', 'issuer'],
  ['an expired certificate', nodeError('CERT_HAS_EXPIRED'), 'tls-untrusted', undefined, 'expired'],
  [
    'a certificate for another name',
    nodeError('ERR_TLS_CERT_ALTNAME_INVALID', { host: 'rest.fal.ai' }),
    'tls-untrusted',
    undefined,
    'falName',
  ],
  ['a port without TLS', nodeError('EPROTO'), 'wrong-service', undefined, 'fal'],
  ['a port without HTTP', nodeError('HPE_INVALID_CONSTANT'), 'wrong-service', undefined, 'fal'],
])('falErrorOf translates %s', (_, cause, code, field, why) => {
  expect(meaning(cause)).toEqual([code, field, why]);
  const error = falErrorOf(cause, settings)!;
  for (const part of ['what', 'remedy'] as const) {
    const sentence = errorText({ ...error, params: { destination: 'Mine', ...error.params } })[part];
    expect(sentence).toMatch(
      /^\p{Lu}|^rest\.fal\.ai|^fal\.ai(’s certificate| (doesn’t respond|reports|limits|didn’t respond))/u,
    );
    expect(sentence).not.toMatch(/bucket|endpoint|S3|\{/);
  }
  if (field !== undefined) expect(fal.fields.map(({ key }) => key)).toContain(field);
});

test('falErrorOf returns undefined for an unknown error', () => {
  for (const cause of [new TypeError('x is not a function'), new Error('?'), 'text', undefined])
    expect(falErrorOf(cause, settings)).toBeUndefined();
});

test('the error of a link that does not open names the access setting or the key', () => {
  const link = { url: 'https://v3.fal.media/files/x', visibility: 'public' } as const;
  expect(meaning(new LinkCheckError(link, 'private'))).toEqual(['forbidden', 'access', 'falRead']);
  expect(falErrorOf(new LinkCheckError(link, 'private'), { ...settings, access: 'signed' })).toMatchObject({
    code: 'forbidden',
    field: 'key',
    params: { why: 'falSign' },
  });
  expect(meaning(new LinkCheckError(link, 'unreachable'))).toEqual(['wrong-service', undefined, 'falLink']);
});

test('errorDetailOf reads the service’s reason in each format, and the log message contains the reason', () => {
  expect(errorDetailOf({ detail: 'no' })).toBe('no');
  expect(errorDetailOf({ detail: [{ loc: ['body', 'file_name'], msg: 'too long' }, { msg: 'and more' }] })).toBe(
    'body.file_name too long;  and more',
  );
  expect(errorDetailOf({ error: { message: 'Missing permission' } })).toBe('Missing permission');
  for (const body of [undefined, null, 'x', 5, [], { detail: 5 }, { error: 'x' }]) expect(errorDetailOf(body)).toBe('');
  expect(httpError(422, { detail: 'no' }, { 'x-fal-error-type': 'bad_name' }).message).toBe('HTTP 422: bad_name: no');
  expect(parseJsonBody({ headers: { 'content-type': 'application/json' }, text: '{' })).toBeUndefined();
});

test('falErrorOf reads Retry-After in both formats', () => {
  expect(falErrorOf(httpError(429, undefined, { 'retry-after': '30' }), settings)?.retryAfterMs).toBe(30_000);
  const retryAfterMs = falErrorOf(
    httpError(503, undefined, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }),
    settings,
  )?.retryAfterMs;
  expect(retryAfterMs).toBeGreaterThan(55_000);
});
