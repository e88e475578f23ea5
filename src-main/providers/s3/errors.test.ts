/** How errors of stores, of Node.js and of the SDK are mapped to Hoist's errors. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../../../src-shared/errors.ts';
import { mapS3Error } from './errors.ts';
import { s3 } from './index.ts';
import { s3SettingsSchema } from './settings.ts';

const settings = v.parse(s3SettingsSchema, {
  bucket: 'photos',
  accessKeyId: 'AKID',
  secretAccessKey: 's3cr3t',
  endpoint: 'https://minio.example.com:9000',
  pathStyle: 'false',
});
const params = { host: 'minio.example.com:9000', bucket: 'photos' };

/** An error response, as the SDK throws it. */
const errorResponse = (name: string, status: number, rest: object = {}, headers: Record<string, string> = {}): Error =>
  Object.assign(new Error(name), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: status, attempts: 1 },
    $response: { statusCode: status, headers },
    ...rest,
  });
const nodeError = (code: string, rest: object = {}): Error => Object.assign(new Error(code), { code, ...rest });
const codeAndField = (cause: unknown): [ErrorCode | undefined, string | undefined] => {
  const error = mapS3Error(cause, settings);
  return [error?.code, error?.field];
};

test.each<[string, number, ErrorCode, string | undefined]>([
  ['NoSuchBucket', 404, 'no-bucket', 'bucket'],
  ['InvalidBucketName', 400, 'no-bucket', 'bucket'],
  ['InvalidAccessKeyId', 403, 'unauthorized', 'accessKeyId'],
  ['SignatureDoesNotMatch', 403, 'unauthorized', 'secretAccessKey'],
  ['AuthorizationHeaderMalformed', 400, 'unauthorized', 'accessKeyId'],
  ['Unauthorized', 401, 'unauthorized', 'accessKeyId'],
  ['ExpiredToken', 400, 'session-expired', 'sessionToken'],
  ['InvalidToken', 400, 'session-expired', 'sessionToken'],
  ['AccessDenied', 403, 'forbidden', 'accessKeyId'],
  ['UserSuspended', 403, 'forbidden', 'accessKeyId'],
  ['NotEntitled', 403, 'forbidden', 'accessKeyId'],
  ['AccessControlListNotSupported', 400, 'rejected', 'acl'],
  ['SecondLevelDomainForbidden', 403, 'rejected', 'pathStyle'],
  ['InvalidRequest', 400, 'rejected', undefined],
  ['InvalidArgument', 400, 'rejected', undefined],
  ['NotImplemented', 501, 'rejected', undefined],
  ['KeyTooLongError', 400, 'rejected', 'nameTemplate'],
  ['MissingContentLength', 411, 'rejected', 'proxy'],
  ['QuotaExceeded', 403, 'quota-exceeded', undefined],
  ['XMinioStorageFull', 507, 'quota-exceeded', undefined],
  ['EntityTooLarge', 400, 'too-large', undefined],
  ['SlowDown', 503, 'rate-limited', undefined],
  ['TooManyRequests', 429, 'rate-limited', undefined],
  ['InternalError', 500, 'unavailable', undefined],
  ['InternalError', 200, 'unavailable', undefined],
  ['ServiceUnavailable', 503, 'unavailable', undefined],
  ['OperationAborted', 409, 'unavailable', undefined],
  ['NoSuchUpload', 404, 'unavailable', undefined],
  ['RequestTimeout', 400, 'stalled', undefined],
  ['BadDigest', 400, 'corrupted', undefined],
  ['XAmzContentSHA256Mismatch', 400, 'corrupted', undefined],
  ['MethodNotAllowed', 405, 'wrong-service', 'endpoint'],
  // Answers without a body, for example to HEAD.
  ['Unknown', 401, 'unauthorized', 'accessKeyId'],
  ['Unknown', 403, 'forbidden', 'accessKeyId'],
  ['Unknown', 404, 'wrong-service', 'endpoint'],
  ['Unknown', 302, 'wrong-service', 'endpoint'],
  ['Unknown', 413, 'too-large', 'endpoint'],
  ['Unknown', 429, 'rate-limited', undefined],
  ['Unknown', 502, 'unavailable', undefined],
  ['Unknown', 504, 'unavailable', undefined],
  ['Unknown', 418, 'rejected', undefined],
  // The name comes from the server. It must not select an inherited property of the table.
  ['constructor', 403, 'forbidden', 'accessKeyId'],
  ['__proto__', 500, 'unavailable', undefined],
])('maps the name %s with the status %i to %s', (name, status, code, field) => {
  expect(codeAndField(errorResponse(name, status))).toEqual([code, field]);
  expect(mapS3Error(errorResponse(name, status), settings)?.params).toMatchObject(params);
});

test.each<[string, ErrorCode, string | undefined]>([
  ['ENOTFOUND', 'unreachable', 'endpoint'],
  ['ECONNREFUSED', 'unreachable', 'endpoint'],
  ['ECONNRESET', 'unreachable', undefined],
  ['EPIPE', 'unreachable', undefined],
  ['ETIMEDOUT', 'unreachable', 'endpoint'],
  ['EIDLE', 'stalled', undefined],
  ['ENETUNREACH', 'offline', undefined],
  ['EHOSTUNREACH', 'offline', 'endpoint'],
  ['ENETDOWN', 'offline', undefined],
  ['EAI_AGAIN', 'offline', undefined],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted', 'ca'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted', 'ca'],
  ['CERT_HAS_EXPIRED', 'tls-untrusted', 'endpoint'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls-untrusted', 'ca'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-untrusted', 'endpoint'],
  ['EPROTO', 'wrong-service', 'endpoint'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong-service', 'endpoint'],
  ['HPE_INVALID_CONSTANT', 'wrong-service', 'endpoint'],
])('maps Node’s %s to %s', (code, expected, field) => expect(codeAndField(nodeError(code))).toEqual([expected, field]));

describe('mapS3Error', () => {
  test('prefers an error of a reachable address if a host has several addresses', () => {
    expect(codeAndField(new AggregateError([nodeError('ENETUNREACH'), nodeError('ECONNREFUSED')]))[0]).toBe(
      'unreachable',
    );
    expect(
      codeAndField(
        Object.assign(new AggregateError([nodeError('ENETUNREACH'), nodeError('EHOSTUNREACH')]), {
          code: 'ENETUNREACH',
        }),
      )[0],
    ).toBe('offline');
    expect(
      codeAndField(
        Object.assign(new AggregateError([nodeError('ENETUNREACH'), nodeError('ETIMEDOUT')]), { code: 'ENETUNREACH' }),
      )[0],
    ).toBe('unreachable');
  });
  test('points to path style if the host name with the bucket does not exist', () => {
    expect(codeAndField(nodeError('ENOTFOUND', { hostname: 'photos.minio.example.com' }))).toEqual([
      'unreachable',
      'pathStyle',
    ]);
    expect(codeAndField(nodeError('ENOTFOUND', { hostname: 'minio.example.com' }))).toEqual([
      'unreachable',
      'endpoint',
    ]);
    expect(codeAndField(nodeError('ERR_TLS_CERT_ALTNAME_INVALID', { host: 'photos.minio.example.com' }))).toEqual([
      'tls-untrusted',
      'pathStyle',
    ]);
    expect(codeAndField(nodeError('ERR_TLS_CERT_ALTNAME_INVALID', { host: 'minio.example.com' }))).toEqual([
      'tls-untrusted',
      'endpoint',
    ]);
  });
  test('points to the region if Amazon’s host name does not exist', () => {
    const amazon = v.parse(s3SettingsSchema, {
      bucket: 'photos',
      region: 'eu-wset-1',
      accessKeyId: 'AKID',
      secretAccessKey: 's3cr3t',
    });
    expect(mapS3Error(nodeError('ENOTFOUND', { hostname: 'photos.s3.eu-wset-1.amazonaws.com' }), amazon)).toMatchObject(
      {
        code: 'unreachable',
        field: 'region',
      },
    );
  });
  test('points to the profile if the destination uses an AWS profile', () => {
    const profile = v.parse(s3SettingsSchema, { bucket: 'photos', credentials: 'profile', awsProfile: 'work' });
    for (const [name, code] of [
      ['InvalidAccessKeyId', 'unauthorized'],
      ['SignatureDoesNotMatch', 'unauthorized'],
      ['AccessDenied', 'forbidden'],
      ['ExpiredToken', 'session-expired'],
    ] as const) {
      expect(mapS3Error(errorResponse(name, 403), profile)).toMatchObject({ code, field: 'awsProfile' });
    }
  });
  test('reports the region that the store names', () => {
    expect(mapS3Error(errorResponse('AuthorizationHeaderMalformed', 400, { Region: 'eu-west-1' }), settings)).toEqual({
      code: 'wrong-region',
      field: 'region',
      params: { ...params, region: 'eu-west-1', status: 400, reason: 'AuthorizationHeaderMalformed' },
    });
    expect(
      mapS3Error(errorResponse('PermanentRedirect', 301, {}, { 'x-amz-bucket-region': 'ap-south-1' }), settings)?.params
        ?.region,
    ).toBe('ap-south-1');
    expect(
      mapS3Error(errorResponse('Unknown', 301, {}, { 'x-amz-bucket-region': 'ap-south-1' }), settings),
    ).toMatchObject({
      code: 'wrong-region',
      params: { region: 'ap-south-1' },
    });
    expect(
      mapS3Error(errorResponse('PermanentRedirect', 301, {}, { 'x-amz-bucket-region': '<b>x</b>' }), settings)?.params
        ?.region,
    ).toBeUndefined();
  });
  test('treats a redirect to another host as a wrong service, and repeats only the origin of the address', () => {
    const redirectError = (status: number, location: string, headers = {}) =>
      mapS3Error(errorResponse('Unknown', status, {}, { location, ...headers }), settings);
    expect(redirectError(301, 'https://minio.example.com/login?token=canary')).toMatchObject({
      code: 'wrong-service',
      field: 'endpoint',
      params: { why: 'moved', to: 'https://minio.example.com' },
    });
    expect(JSON.stringify(redirectError(308, 'https://x.example/?token=canary'))).not.toContain('canary');
    expect(
      redirectError(301, 'https://photos.s3.eu-west-1.amazonaws.com/', { 'x-amz-bucket-region': 'eu-west-1' }),
    ).toMatchObject({ code: 'wrong-region', params: { region: 'eu-west-1' } });
  });
  test('reports the clock difference in minutes', () => {
    expect(
      mapS3Error(
        errorResponse('RequestTimeTooSkewed', 403, { ServerTime: new Date(Date.now() - 25 * 60_000).toISOString() }),
        settings,
      ),
    ).toMatchObject({ code: 'clock-skewed', params: { minutes: 25 } });
    expect(
      mapS3Error(
        errorResponse('RequestTimeTooSkewed', 403, {}, { date: new Date(Date.now() + 3_600_000).toUTCString() }),
        settings,
      )?.params?.minutes,
    ).toBe(60);
    expect(mapS3Error(errorResponse('RequestTimeTooSkewed', 403), settings)?.params?.minutes).toBe(0);
  });
  test('reads Retry-After in seconds and as a date', () => {
    expect(mapS3Error(errorResponse('SlowDown', 503, {}, { 'retry-after': '120' }), settings)?.retryAfterMs).toBe(
      120_000,
    );
    const ms = mapS3Error(
      errorResponse('SlowDown', 503, {}, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }),
      settings,
    )?.retryAfterMs;
    expect(ms).toBeGreaterThan(58_000);
    expect(ms).toBeLessThanOrEqual(60_000);
    expect(
      mapS3Error(
        errorResponse('SlowDown', 503, {}, { 'retry-after': new Date(Date.now() - 60_000).toUTCString() }),
        settings,
      )?.retryAfterMs,
    ).toBe(0);
    expect(mapS3Error(errorResponse('SlowDown', 503, {}, { 'retry-after': 'soon' }), settings)).not.toHaveProperty(
      'retryAfterMs',
    );
  });
  test('maps the timeouts of the SDK', () => {
    const timeoutError = (message: string): Error => Object.assign(new Error(message), { name: 'TimeoutError' });
    expect(
      codeAndField(
        timeoutError(
          '@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 1 ms.',
        ),
      )[0],
    ).toBe('unreachable');
    expect(
      codeAndField(
        timeoutError('@smithy/node-http-handler - the request socket timed out after 1 ms of inactivity'),
      )[0],
    ).toBe('stalled');
  });
  test('returns undefined for an error that is not from the store or the network', () => {
    for (const cause of [
      undefined,
      null,
      'text',
      7,
      new Error('oops'),
      new TypeError('x is not a function'),
      Object.assign(new Error('Request aborted'), { name: 'AbortError' }),
      nodeError('ENOSPC'),
    ])
      expect(mapS3Error(cause, settings)).toBeUndefined();
  });
});

test('mapped errors have only known codes and fields', () => {
  const keys = s3.fields.map((field) => field.key);
  for (const name of [
    'NoSuchBucket',
    'InvalidAccessKeyId',
    'SignatureDoesNotMatch',
    'ExpiredToken',
    'AccessControlListNotSupported',
    'SecondLevelDomainForbidden',
    'PermanentRedirect',
    'MethodNotAllowed',
  ]) {
    const error = mapS3Error(errorResponse(name, 400), settings)!;
    expect(keys).toContain(error.field);
    expect(Object.keys(errorTable)).toContain(error.code);
  }
});
