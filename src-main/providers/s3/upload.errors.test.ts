/** Errors of an upload whose cause the failed request does not name. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { connectDestination } from '../destination/connect.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { TlsProxy } from '../testing/tls-proxy.ts';
import { s3 } from './index.ts';
import { s3TestPorts } from './testing/subject.ts';

let practice: TestPractice;
let proxy: FaultProxy;
let tlsProxy: TlsProxy;
beforeAll(async () => {
  practice = await TestPractice.start();
  proxy = await FaultProxy.start(practice.address.endpoint);
  tlsProxy = await TlsProxy.start(practice.address.endpoint);
});
afterEach(() => proxy.setRule());
afterAll(async () => {
  tlsProxy.stop();
  await proxy.stop();
  await practice.stop();
});

async function uploadError(values: FieldValues): Promise<AppError | undefined> {
  const { bucket, region, accessKeyId, secretAccessKey } = practice.address;
  const destination = await connectDestination(
    s3,
    { bucket, region, accessKeyId, secretAccessKey, endpoint: proxy.url, pathStyle: 'true', ...values },
    s3TestPorts,
  );
  try {
    await destination.upload({
      source: patternSource(100),
      signal: new AbortController().signal,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return cause.error;
  } finally {
    destination.close();
  }
}

// The name is free only if the store has no object there, so Hoist sends HEAD first. Answers to HEAD have no body.
test.each([
  ['ExpiredToken', { code: 'session-expired', field: 'sessionToken' }],
  ['InvalidObjectName', { code: 'rejected', field: 'nameTemplate' }],
])('%s is recognized although the first request is a HEAD', async (name, expected) => {
  proxy.setRule(() => ({ kind: 'answer', status: 400, body: `<Error><Code>${name}</Code></Error>` }));
  expect(await uploadError({ nameTemplate: 'photos/{name}', sessionToken: 'token' })).toMatchObject(expected);
  expect(proxy.requests.map(({ method }) => method).slice(0, 2)).toEqual(['HEAD', 'GET']);
});

test('a file that the key may not read costs no further request', async () => {
  proxy.setRule(({ method }) => (method === 'HEAD' ? { kind: 'answer', status: 403 } : undefined));
  expect(await uploadError({ nameTemplate: 'photos/{name}' })).toBeUndefined();
  expect(proxy.requests.map(({ method }) => method)).not.toContain('GET');
});

test('http for a server that accepts only https is recognized by an upload', async () => {
  expect(await uploadError({ endpoint: tlsProxy.url.replace('https:', 'http:') })).toMatchObject({
    code: 'wrong-service',
    field: 'endpoint',
    params: { why: 'encrypted' },
  });
});
