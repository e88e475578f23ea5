/** What a store does not allow is said at the setting that asked for it, in words that help. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { ServedPractice } from '../../practice/testing/served.ts';
import { connectDestination } from '../connect.ts';
import { FaultProxy, type Plan } from '../testing/faults.ts';
import { patternSource } from '../testing/source.ts';
import { connectWith, errorOf } from './driver.ts';
import { s3 } from './index.ts';
import type { S3Settings } from './settings.ts';
import { ports } from './testing/subject.ts';

const never = new AbortController().signal;
let practice: ServedPractice;
let proxy: FaultProxy;
beforeAll(async () => {
  practice = await ServedPractice.start();
  proxy = await FaultProxy.start(practice.address.endpoint);
});
afterEach(() => proxy.set());
afterAll(async () => {
  await proxy?.stop();
  await practice?.stop();
});

const refusal = (status: number, code: string, message = ''): ReturnType<Plan> => ({
  kind: 'answer',
  status,
  body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

/** As a profile would be connected; `as`: what its settings come to, though they go to Practice. */
async function tried(values: FieldValues, as: Partial<S3Settings> = {}): Promise<AppError | undefined> {
  const { endpoint: _, ...rest } = practice.address;
  const provider = {
    ...s3,
    load: async () => ({
      errorOf: (cause: unknown, settings: S3Settings) => errorOf(cause, { ...settings, ...as }),
      connect: (settings: S3Settings, its: typeof ports) =>
        connectWith({ ...settings, ...as }, its, { retryMs: 1, lookAgainMs: [5] }),
    }),
  };
  const destination = await connectDestination(
    provider,
    { ...rest, endpoint: proxy.url, pathStyle: 'true', ...values },
    ports,
  );
  try {
    return await destination.check(never);
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return cause.error;
  } finally {
    destination.close();
  }
}

describe('an ACL', () => {
  const isPublic = { linkKind: 'public', acl: 'true' };
  test('that the bucket does not take', async () => {
    const error = await tried(isPublic);
    expect(error).toMatchObject({ code: 'rejected', field: 'acl', params: { why: 'acl' } });
    expect(errorText(error!)).toEqual({
      what: 'The storage takes no such ACL for files in practice.',
      remedy: 'Choose no ACL. The bucket’s policy can let everyone read instead.',
    });
  });
  test.each([
    ['that Block Public Access forbids', 403, 'AccessDenied'],
    ['that the store knows nothing of', 501, 'NotImplemented'],
    ['that the store has no word for', 400, 'InvalidArgument'],
  ])('%s', async (_, status, code) => {
    proxy.set(({ headers }) => (headers['x-amz-acl'] === undefined ? undefined : refusal(status, code)));
    expect(await tried(isPublic)).toMatchObject({ code: 'rejected', field: 'acl', params: { why: 'acl' } });
    expect(proxy.seen.map(({ method, headers }) => [method, headers['x-amz-acl']])).toEqual([
      ['POST', 'public-read'],
      ['POST', undefined],
      ['DELETE', undefined],
    ]);
  });
  test('is not blamed for a key that may not write at all', async () => {
    proxy.set(() => refusal(403, 'AccessDenied'));
    expect(await tried(isPublic)).toMatchObject({ code: 'forbidden', field: 'accessKeyId' });
  });
  test('is sent as it was chosen, and off by default', async () => {
    for (const [acl, sent] of [
      ['false', undefined],
      ['bucket-owner-full-control', 'bucket-owner-full-control'],
      ['private', 'private'],
    ] as const) {
      proxy.set();
      expect(await tried({ linkKind: 'expiring', acl })).toBeUndefined();
      expect(proxy.seen[0]?.headers['x-amz-acl']).toBe(sent);
    }
  });
});

describe('acceleration', () => {
  test('that the bucket has not switched on', async () => {
    proxy.set(() => refusal(400, 'InvalidRequest', 'S3 Transfer Acceleration is not configured on this bucket'));
    const error = await tried({}, { awsEndpoint: 'accelerate' });
    expect(error).toMatchObject({ code: 'rejected', field: 'awsEndpoint', params: { why: 'acceleration' } });
    expect(errorText(error!).remedy).toBe('Switch it on in the bucket’s properties, or choose the standard address.');
  });
  test('is not blamed for anything else', async () => {
    proxy.set(() => refusal(400, 'InvalidRequest', 'Something else'));
    expect((await tried({}, { awsEndpoint: 'accelerate' }))?.field).not.toBe('awsEndpoint');
    proxy.set(() => refusal(400, 'InvalidRequest', 'S3 Transfer Acceleration is not configured on this bucket'));
    expect((await tried({}))?.field).not.toBe('awsEndpoint');
  });
  test('that works sends files there, and makes links with the usual address', async () => {
    const [host] = ['127.0.0.1'];
    const usual = practice.address.endpoint;
    const { endpoint: _, ...rest } = practice.address;
    const provider = {
      ...s3,
      load: async () => ({
        errorOf,
        connect: (settings: S3Settings, its: typeof ports) =>
          connectWith({ ...settings, awsEndpoint: 'accelerate', linkEndpoint: usual }, its, { retryMs: 1 }),
      }),
    };
    const destination = await connectDestination(provider, { ...rest, endpoint: proxy.url, pathStyle: 'true' }, ports);
    const ref = await destination.upload({
      source: patternSource(100),
      signal: never,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    });
    expect(proxy.seen.some(({ carriesFile }) => carriesFile)).toBe(true);
    const { url } = await destination.link(ref, never);
    expect([new URL(url).origin, new URL(url).hostname, (await fetch(url)).status]).toEqual([usual, host, 200]);
    destination.close();
  });
});

describe('links of one upload', () => {
  test('are as they are wanted, whatever the destination says', async () => {
    const { endpoint: _, ...rest } = practice.address;
    const connect = (values: FieldValues) =>
      connectDestination(s3, { ...rest, endpoint: proxy.url, pathStyle: 'true', ...values }, ports);
    const [expiring, open] = [
      await connect({ linkKind: 'expiring', acl: 'true' }),
      await connect({ linkKind: 'public' }),
    ];
    const transfer = {
      source: patternSource(10),
      signal: never,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    };
    proxy.set(({ headers }) =>
      headers['x-amz-acl'] === undefined ? undefined : refusal(400, 'AccessControlListNotSupported'),
    );
    const ref = await expiring.upload(transfer);
    // Only a link for everybody makes a file public.
    await expect(expiring.upload({ ...transfer, link: { kind: 'public' } })).rejects.toMatchObject({
      error: { field: 'acl' },
    });
    expect(await expiring.link(ref, never, { kind: 'public' })).toMatchObject({
      visibility: 'public',
      url: expect.not.stringContaining('?') as string,
    });
    for (const [seconds, counted] of [
      [3600, '3600'],
      [10 * 86_400, '604800'],
    ] as const) {
      const link = await open.link(ref, never, { kind: 'expiring', seconds });
      expect([link.visibility, new URL(link.url).searchParams.get('X-Amz-Expires')]).toEqual(['expiring', counted]);
      expect(Math.abs(link.expiresAt! - Date.now() - Number(counted) * 1000)).toBeLessThan(5000);
      expect((await fetch(link.url)).status).toBe(200);
    }
    for (const one of [expiring, open]) one.close();
  });
});
