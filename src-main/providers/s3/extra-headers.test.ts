/** Headers that a destination sends with every object. */
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorText } from '../../../src-shared/text/text.ts';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { connectDestination } from '../destination/connect.ts';
import { fieldProblems } from '../destination/field-problems.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { parseExtraHeaders, HeaderProblem } from './extra-headers.ts';
import { s3 } from './index.ts';
import { s3SettingsSchema } from './settings.ts';
import type { S3Ref } from './records.ts';
import { s3TestPorts, s3Sizes, s3ProviderWith } from './testing/subject.ts';

describe('extra headers', () => {
  test('are accepted in any case and with blanks around them', () => {
    expect(
      parseExtraHeaders(
        ' cache-control :max-age=60, public\r\n\r\nX-Amz-Meta-From: a: b\nX-AMZ-STORAGE-CLASS: STANDARD_IA\nCache-Control: no-store',
      ),
    ).toEqual({
      'cache-control': 'no-store',
      'x-amz-meta-from': 'a: b',
      'x-amz-storage-class': 'STANDARD_IA',
    });
    expect(parseExtraHeaders('')).toEqual({});
  });
  test.each([
    'no colon',
    ': nothing',
    'Cache-Control:',
    'Cache-Control: ümläut',
    'Bad Name: x',
    'Cache-Control: a\u0000b',
  ])('are rejected if a line is %j', (line) => {
    expect(parseExtraHeaders(line)).toBeInstanceOf(HeaderProblem);
  });
  test('are rejected by name if they could override Hoist’s own headers', () => {
    const values = {
      bucket: 'photos',
      accessKeyId: 'AKID',
      secretAccessKey: 's',
      headers: 'Authorization: canary\nCache-Control: no-store\nHost: canary\nX-Amz-Acl: canary\nContent-Length: 5',
    };
    const [problem] = fieldProblems(s3, values);
    expect(problem?.field).toBe('headers');
    expect(errorText(problem!.error).what).toBe(
      'These headers can’t be sent: authorization, host, x-amz-acl, content-length.',
    );
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
  test('for encryption with a KMS key make the ETag incomparable', () => {
    const etag = (headers: string): string =>
      v.parse(s3SettingsSchema, { bucket: 'photos', accessKeyId: 'A', secretAccessKey: 's', headers }).store.etag;
    expect(etag('x-amz-server-side-encryption: aws:kms')).toBe('opaque');
    expect(etag('x-amz-server-side-encryption: AES256')).toBe('md5');
  });
});

describe('a destination with extra headers', () => {
  let practice: TestPractice;
  let proxy: FaultProxy;
  beforeAll(async () => {
    practice = await TestPractice.start();
    proxy = await FaultProxy.start(practice.address.endpoint);
  });
  afterAll(async () => {
    await proxy.stop();
    await practice.stop();
  });

  test.each([
    ['in one request', 1000],
    ['in parts', s3Sizes.partBytes + 1],
  ])('sends them once per file %s', async (_, size) => {
    const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
    const destination = await connectDestination(
      s3ProviderWith({ retryMs: 10 }),
      {
        bucket,
        region,
        accessKeyId,
        secretAccessKey,
        endpoint: proxy.url,
        pathStyle: 'true',
        linkKind: 'expiring',
        headers: 'Cache-Control: no-store\nx-amz-meta-from: Hoist test\nContent-Disposition: attachment',
      },
      s3TestPorts,
    );
    const signal = new AbortController().signal;
    proxy.setRule();
    const { key } = (await destination.upload({
      source: patternSource(size),
      signal,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
    })) as S3Ref;
    const requestsWithHeaders = proxy.requests.filter(({ headers }) => headers['x-amz-meta-from'] !== undefined);
    expect(requestsWithHeaders.map(({ headers }) => headers['cache-control'])).toEqual(['no-store']);
    // The store accepts x-amz- headers only if they are signed.
    expect(requestsWithHeaders[0]?.headers.authorization).toMatch(/SignedHeaders=[^ ]*x-amz-meta-from/);
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    expect([head.CacheControl, head.Metadata, head.ContentDisposition]).toEqual([
      'no-store',
      { from: 'Hoist test' },
      'attachment',
    ]);
    client.destroy();
    destination.close();
  });
});
