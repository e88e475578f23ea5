/** Settings that a store rejects: the error is shown at the setting, with a helpful sentence. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { connectDestination } from '../destination/connect.ts';
import { FaultProxy, type FaultRule } from '../testing/fault-proxy.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { createS3Driver, s3Module } from './driver.ts';
import { mapS3Error } from './errors.ts';
import { s3 } from './index.ts';
import type { S3Settings } from './settings.ts';
import { parseTestSettings } from './testing/error-cases.ts';
import { s3TestPorts } from './testing/subject.ts';

const neverAborted = new AbortController().signal;
let practice: TestPractice;
let proxy: FaultProxy;
beforeAll(async () => {
  practice = await TestPractice.start();
  proxy = await FaultProxy.start(practice.address.endpoint);
});
afterEach(() => proxy.setRule());
afterAll(async () => {
  await proxy?.stop();
  await practice?.stop();
});

const errorResponse = (status: number, code: string, message = ''): ReturnType<FaultRule> => ({
  kind: 'answer',
  status,
  body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

/**
 * Returns the error of a check.
 * @param overrides replace parsed settings, although the requests go to Practice
 */
async function checkError(values: FieldValues, overrides: Partial<S3Settings> = {}): Promise<AppError | undefined> {
  const { endpoint: _, ...rest } = practice.address;
  const provider = {
    ...s3,
    load: async () => ({
      errorOf: (cause: unknown, settings: S3Settings) => s3Module.errorOf(cause, { ...settings, ...overrides }),
      connect: (settings: S3Settings, driverPorts: typeof s3TestPorts) =>
        createS3Driver({ ...settings, ...overrides }, driverPorts, { retryMs: 1, recheckDelaysMs: [5] }),
    }),
  };
  const destination = await connectDestination(
    provider,
    { ...rest, endpoint: proxy.url, pathStyle: 'true', ...values },
    s3TestPorts,
  );
  try {
    return await destination.check(neverAborted);
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return cause.error;
  } finally {
    destination.close();
  }
}

describe('an ACL', () => {
  const publicValues = { linkKind: 'public', acl: 'true' };
  test('is reported if the bucket rejects it', async () => {
    const error = await checkError(publicValues);
    expect(error).toMatchObject({ code: 'rejected', field: 'acl', params: { why: 'acl' } });
    expect(errorText(error!)).toEqual({
      what: 'Files in practice can’t have this ACL.',
      remedy: 'Choose no ACL; a bucket policy can allow public reading instead.',
    });
  });
  test.each([
    ['because of Block Public Access', 403, 'AccessDenied'],
    ['because it supports no ACLs', 501, 'NotImplemented'],
    ['without a specific error', 400, 'InvalidArgument'],
  ])('is reported if the store rejects it %s', async (_, status, code) => {
    proxy.setRule(({ headers }) => (headers['x-amz-acl'] === undefined ? undefined : errorResponse(status, code)));
    expect(await checkError(publicValues)).toMatchObject({ code: 'rejected', field: 'acl', params: { why: 'acl' } });
    expect(proxy.requests.map(({ method, headers }) => [method, headers['x-amz-acl']])).toEqual([
      ['POST', 'public-read'],
      ['POST', undefined],
      ['DELETE', undefined],
    ]);
  });
  test('is not reported if the store also rejects the upload without the ACL', async () => {
    proxy.setRule(() => errorResponse(403, 'AccessDenied'));
    expect(await checkError(publicValues)).toMatchObject({ code: 'forbidden', field: 'accessKeyId' });
  });
  test('is sent if the user chose one', async () => {
    for (const [acl, sent] of [
      ['false', undefined],
      ['bucket-owner-full-control', 'bucket-owner-full-control'],
      ['private', 'private'],
    ] as const) {
      proxy.setRule();
      expect(await checkError({ linkKind: 'expiring', acl })).toBeUndefined();
      expect(proxy.requests[0]?.headers['x-amz-acl']).toBe(sent);
    }
  });
});

describe('the accelerated endpoint', () => {
  test('is reported if acceleration is not enabled for the bucket', async () => {
    proxy.setRule(() =>
      errorResponse(400, 'InvalidRequest', 'S3 Transfer Acceleration is not configured on this bucket'),
    );
    const error = await checkError({}, { awsEndpoint: 'accelerate' });
    expect(error).toMatchObject({ code: 'rejected', field: 'awsEndpoint', params: { why: 'acceleration' } });
    expect(errorText(error!).remedy).toBe('Enable it in the bucket’s properties, or choose the standard endpoint.');
  });
  test('is not reported for other errors', async () => {
    proxy.setRule(() => errorResponse(400, 'InvalidRequest', 'Something else'));
    expect((await checkError({}, { awsEndpoint: 'accelerate' }))?.field).not.toBe('awsEndpoint');
    proxy.setRule(() =>
      errorResponse(400, 'InvalidRequest', 'S3 Transfer Acceleration is not configured on this bucket'),
    );
    expect((await checkError({}))?.field).not.toBe('awsEndpoint');
  });
  test('is used for uploads but not in links', async () => {
    const host = '127.0.0.1';
    const standardEndpoint = practice.address.endpoint;
    const { endpoint: _, ...rest } = practice.address;
    const provider = {
      ...s3,
      load: async () => ({
        errorOf: s3Module.errorOf,
        connect: (settings: S3Settings, driverPorts: typeof s3TestPorts) =>
          createS3Driver({ ...settings, awsEndpoint: 'accelerate', linkEndpoint: standardEndpoint }, driverPorts, {
            retryMs: 1,
          }),
      }),
    };
    const destination = await connectDestination(
      provider,
      { ...rest, endpoint: proxy.url, pathStyle: 'true' },
      s3TestPorts,
    );
    const ref = await destination.upload({
      source: patternSource(100),
      signal: neverAborted,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    expect(proxy.requests.some(({ hasFileBody }) => hasFileBody)).toBe(true);
    const { url } = await destination.link(ref, neverAborted);
    expect([new URL(url).origin, new URL(url).hostname, (await fetch(url)).status]).toEqual([
      standardEndpoint,
      host,
      200,
    ]);
    destination.close();
  });
});

describe('links of one upload', () => {
  test('have the kind that the user chose, whatever the destination’s setting', async () => {
    const { endpoint: _, ...rest } = practice.address;
    const connect = (values: FieldValues) =>
      connectDestination(s3, { ...rest, endpoint: proxy.url, pathStyle: 'true', ...values }, s3TestPorts);
    const [expiringDestination, publicDestination] = [
      await connect({ linkKind: 'expiring', acl: 'true' }),
      await connect({ linkKind: 'public' }),
    ];
    const transfer = {
      source: patternSource(10),
      signal: neverAborted,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    };
    proxy.setRule(({ headers }) =>
      headers['x-amz-acl'] === undefined ? undefined : errorResponse(400, 'AccessControlListNotSupported'),
    );
    const ref = await expiringDestination.upload(transfer);
    // Practice rejects ACLs. Only the upload with a public link sends the ACL.
    await expect(expiringDestination.upload({ ...transfer, linkOverride: { kind: 'public' } })).rejects.toMatchObject({
      error: { field: 'acl' },
    });
    expect(await expiringDestination.link(ref, neverAborted, { kind: 'public' })).toMatchObject({
      visibility: 'public',
      url: expect.not.stringContaining('?') as string,
    });
    for (const [seconds, signedSeconds] of [
      [3600, '3600'],
      [10 * 86_400, '604800'],
    ] as const) {
      const link = await publicDestination.link(ref, neverAborted, { kind: 'expiring', seconds });
      expect([link.visibility, new URL(link.url).searchParams.get('X-Amz-Expires')]).toEqual([
        'expiring',
        signedSeconds,
      ]);
      expect(Math.abs(link.expiresAt! - Date.now() - Number(signedSeconds) * 1000)).toBeLessThan(60_000);
      expect((await fetch(link.url)).status).toBe(200);
    }
    expiringDestination.close();
    publicDestination.close();
  });
});

describe('a setting for new objects', () => {
  const settings: [string, FieldValues, string][] = [
    ['storageClass', { storageClass: 'NO_SUCH_CLASS' }, 'x-amz-storage-class'],
    ['encryption', { encryption: 'AES256' }, 'x-amz-server-side-encryption'],
    ['kmsKey', { encryption: 'aws:kms', kmsKey: 'no-such-key' }, 'x-amz-server-side-encryption-aws-kms-key-id'],
    ['cacheControl', { cacheControl: 'max-age=1' }, 'cache-control'],
    ['headers', { headers: 'x-amz-storage-class: NO_SUCH_CLASS' }, 'x-amz-storage-class'],
    ['headers', { headers: 'x-amz-meta-a: b' }, 'x-amz-meta-a'],
  ];
  /** Settings for new objects that the store accepts. */
  const acceptedValues: FieldValues = {
    storageClass: 'STANDARD',
    cacheControl: 'no-store',
    headers: 'x-amz-meta-project: summer',
    linkKind: 'public',
    acl: 'private',
  };
  test.each(
    settings.flatMap(([field, wrong, header]) =>
      [400, 403, 501].map((status) => [field, status, wrong, header] as const),
    ),
  )('%s is found if the store answers %i without a reason', async (field, status, wrong, header) => {
    const wrongValue = Object.values(wrong).at(-1)!.replace(/^.*: /, '');
    const errorName = { 400: 'InvalidArgument', 403: 'AccessDenied', 501: 'NotImplemented' }[status]!;
    proxy.setRule(({ headers, method }) => {
      if (headers[header] === wrongValue) return errorResponse(status, errorName);
      if (field !== 'kmsKey') return undefined;
      // Practice does not support encryption with keys, so the proxy answers for a store that does.
      return method === 'DELETE'
        ? { kind: 'answer', status: 204 }
        : { kind: 'answer', status: 200, body: '<R><UploadId>u</UploadId></R>' };
    });
    const { storageClass: _, ...withoutClass } = acceptedValues;
    const rest = header === 'x-amz-storage-class' ? withoutClass : acceptedValues;
    for (const values of [wrong, { ...rest, ...wrong }])
      expect(await checkError(values), JSON.stringify(values)).toMatchObject({ code: 'rejected', field });
  });

  test('is not blamed for another error', async () => {
    proxy.setRule(() => errorResponse(403, 'InvalidAccessKeyId'));
    expect(await checkError(acceptedValues)).toMatchObject({ code: 'unauthorized', field: 'accessKeyId' });
    proxy.setRule(() => ({
      kind: 'answer',
      status: 501,
      headers: { 'content-type': 'text/html' },
      body: '<!DOCTYPE HTML><html><head><title>Error response</title></head><body><br></body></html>',
    }));
    expect(await checkError(acceptedValues)).toMatchObject({ code: 'wrong-service', field: 'endpoint' });
  });

  test('is found if the store rejects two settings: the check reports one of the two', async () => {
    proxy.setRule(({ headers }) =>
      headers['cache-control'] !== undefined || headers['x-amz-storage-class'] !== undefined
        ? errorResponse(400, 'InvalidArgument')
        : undefined,
    );
    expect((await checkError(acceptedValues))?.field).toMatch(/^(storageClass|cacheControl)$/);
  });
});

describe('the error of a failed upload', () => {
  const errorOfUpload = (name: string, message: string, values: FieldValues): AppError =>
    mapS3Error(
      Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, $response: { statusCode: 400 } }),
      parseTestSettings(values),
    )!;
  const kms = { encryption: 'aws:kms', kmsKey: 'k' };
  test.each<[string, string, FieldValues, string]>([
    ['InvalidStorageClass', 'x', { storageClass: 'COLD' }, 'storageClass'],
    ['InvalidStorageClass', 'x', { headers: 'x-amz-storage-class: COLD' }, 'headers'],
    ['InvalidArgument', 'Unknown storage class', { storageClass: 'COLD' }, 'storageClass'],
    ['InvalidArgument', '', { storageClass: 'COLD' }, 'storageClass'],
    ['KMS.NotFoundException', 'x', kms, 'kmsKey'],
    ['KMS.NotFoundException', 'x', { encryption: 'aws:kms' }, 'encryption'],
    ['InvalidRequest', 'server side encryption is not configured', kms, 'kmsKey'],
    ['InvalidArgument', "bad 'x-amz-server-side-encryption-aws-kms-key-id'", kms, 'kmsKey'],
    ['InvalidRequest', '', kms, 'kmsKey'],
    ['NotImplemented', '', { cacheControl: 'x' }, 'cacheControl'],
    ['NotImplemented', '', { linkKind: 'public', acl: 'true' }, 'acl'],
  ])('is shown at the rejected setting for %s “%s” with %j', (name, message, values, field) => {
    expect(errorOfUpload(name, message, values)).toMatchObject({ code: 'rejected', field });
  });
});
