/** The server's own reason appears in the error, and a page of another server never hides the status. */
import { describe, expect, test } from 'vitest';
import type { AppError, ErrorCode } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { mapS3Error } from './errors.ts';
import { errorResponse, parseTestSettings } from './testing/error-cases.ts';

const nginxPage = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center><hr></body></html>`;

/** The error of the SDK for a body that is not valid XML. */
function unreadable(status: number, body: string, contentType = 'text/html'): Error {
  const thrown = new Error("char '<' is not expected.:1:1\n  Deserialization error: to see the raw response, inspect");
  const $response = { statusCode: status, headers: { 'content-type': contentType }, body };
  return Object.assign(thrown, { $responseBodyText: body, $metadata: { httpStatusCode: status }, $response });
}
const errorFor = (thrown: unknown, values: Record<string, string> = {}): AppError =>
  mapS3Error(thrown, parseTestSettings(values))!;

describe('a page', () => {
  test.each<[number, ErrorCode, string | undefined]>([
    [400, 'wrong-service', 'endpoint'],
    [401, 'wrong-service', 'endpoint'],
    [403, 'wrong-service', 'endpoint'],
    [404, 'wrong-service', 'endpoint'],
    [405, 'wrong-service', 'endpoint'],
    [407, 'unauthorized', 'proxyUser'],
    [408, 'stalled', undefined],
    [411, 'rejected', 'proxy'],
    [413, 'too-large', 'endpoint'],
    [429, 'rate-limited', undefined],
    [500, 'unavailable', undefined],
    [501, 'wrong-service', 'endpoint'],
    [502, 'unavailable', undefined],
    [503, 'unavailable', undefined],
    [504, 'unavailable', undefined],
    [507, 'quota-exceeded', undefined],
  ])('with the status %i means %s and is quoted', (status, code, field) => {
    const error = errorFor(unreadable(status, nginxPage(`${status} From a server in front`)));
    expect([error.code, error.field]).toEqual([code, field]);
    expect(error.params).toMatchObject({ status, serverMessage: `${status} From a server in front` });
    expect(errorText(error).what).toContain(`“${status} From a server in front”`);
  });

  test.each([
    ['text', '405 method not allowed\n', 'text/plain', '“405 method not allowed”'],
    ['JSON', '{"detail":"Method Not Allowed"}', 'application/json', '“Method Not Allowed”'],
    ['a heading', '<!doctype html><body><h1>It works!</h1>', 'text/html', '“It works!”'],
  ])('may be %s', (_, body, contentType, quoted) => {
    const error = errorFor(unreadable(405, body, contentType));
    expect([error.code, error.field]).toEqual(['wrong-service', 'endpoint']);
    expect(errorText(error).what).toContain(quoted);
  });

  test('of a proxy that requires another kind of sign-in says so', () =>
    expect(
      errorFor(errorResponse('Unknown', 407, 'UnknownError', { headers: { 'proxy-authenticate': 'NTLM' } })),
    ).toMatchObject({ code: 'unauthorized', field: 'proxyUser', params: { why: 'proxyScheme' } }));

  test('of a server that accepts only https says so', () =>
    expect(errorFor(unreadable(400, nginxPage('400 The plain HTTP request was sent to HTTPS port')))).toMatchObject({
      code: 'wrong-service',
      field: 'endpoint',
      params: { why: 'encrypted' },
    }));

  test('never blames the access key or the ACL', () => {
    for (const status of [400, 401, 403, 404, 405, 501])
      expect(errorFor(unreadable(status, nginxPage('x')), { linkKind: 'public', acl: 'true' })).toMatchObject({
        code: 'wrong-service',
        field: 'endpoint',
      });
  });
});

describe('a damaged document', () => {
  test('keeps the error code and the message of the store', () => {
    const body = '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code><Message>A & B</Message><Bucket';
    expect(errorFor(unreadable(404, body, 'application/xml'))).toMatchObject({ code: 'no-bucket', field: 'bucket' });
  });
  test('of a success is worth another attempt', () =>
    expect(errorFor(unreadable(200, '<CompleteMultipartUploadResult><Bucket>b', 'application/xml'))).toMatchObject({
      code: 'unavailable',
    }));
});

describe('the message of the store', () => {
  test.each<[string, string, ErrorCode, string | undefined]>([
    [
      'AccessDenied',
      'S3 API Request made to Console port. S3 Requests should be sent to API port.',
      'wrong-service',
      'endpoint',
    ],
    ['AccessDenied', 'Cannot upload files, storage cap exceeded', 'quota-exceeded', undefined],
    ['AccessDenied', 'Quota exceeded for this account', 'quota-exceeded', undefined],
    ['AccessDenied', 'Your trial has ended', 'forbidden', 'accessKeyId'],
    ['AccessDenied', 'IP 192.0.2.1 is not on the allow list', 'forbidden', 'accessKeyId'],
    ['InvalidAccessKeyId', 'This key was deleted by its owner', 'unauthorized', 'accessKeyId'],
    ['NoSuchBucket', 'The bucket moved to another account', 'no-bucket', 'bucket'],
    ['ServiceUnavailable', 'Maintenance until 14:00 UTC', 'unavailable', undefined],
    ['EntityTooLarge', 'At most 100 MB with your plan', 'too-large', undefined],
    ['SlowDown', 'At most 10 requests a second with your plan', 'rate-limited', undefined],
  ])('%s “%s” is quoted', (name, message, code, field) => {
    const error = errorFor(errorResponse(name, 403, message));
    expect([error.code, error.field]).toEqual([code, field]);
    expect(errorText(error).what).toContain(message.replace(/\.$/, ''));
    expect(errorText(error).remedy).not.toContain('s3:PutObject');
  });

  test.each([
    ['AccessDenied', 'Access Denied.'],
    ['InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'],
    ['NoSuchBucket', 'The specified bucket does not exist'],
    ['SlowDown', 'Please reduce your request rate.'],
    ['InternalError', 'We encountered an internal error, please try again.'],
    ['AccessDenied', 'AccessDenied'],
    ['NoSuchBucket', ''],
  ])('%s “%s” is not quoted, because it says the same as the code', (name, message) => {
    const { what } = errorText(errorFor(errorResponse(name, 403, message)));
    expect(what).not.toMatch(/message/);
    if (message !== '') expect(what).not.toContain(message);
  });
});

describe('a message of 8 MB', () => {
  test.each(['<title', '<Message>', "char '", 'token=', '<html><h1', ' ', '&lt;'])(
    'of %j takes little time',
    (unit) => {
      const text = unit.repeat(Math.ceil((8 * 1024 * 1024) / unit.length));
      const startedAt = performance.now();
      errorFor(unreadable(500, `<html>${text.slice(0, 256 * 1024)}`));
      errorFor(Object.assign(new Error(text), { name: 'InternalError', $metadata: { httpStatusCode: 500 } }));
      expect(performance.now() - startedAt).toBeLessThan(1000);
    },
  );
});
