/** Features of downloads, lists and deletions, and the characters of keys. */
import { randomBytes } from 'node:crypto';
import * as S3 from '@aws-sdk/client-s3';
import { uniqueKey } from './feature-client.ts';
import { expectError, expectThat, feature, type Feature } from './feature.ts';

export const reading: Feature[] = [
  feature('byte ranges; If-None-Match on Get', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'hello');
    expectThat((await s3.get(key, { Range: 'bytes=1-3' })).toString() === 'ell', 'the bytes differ');
    const { ETag } = await s3.head(key);
    await expectError(s3.get(key, { IfNoneMatch: ETag }), 304);
  }),
  feature('paginated lists, with prefix and delimiter (v1 and v2)', async (s3) => {
    const Prefix = `${uniqueKey()}/`;
    for (const number of [1, 2, 3]) await s3.put(`${Prefix}${number}/f`);
    const { bucket: Bucket } = s3.server;
    const first = await s3.plain.send(new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2 }));
    const second = await s3.plain.send(
      new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', ContinuationToken: first.NextContinuationToken }),
    );
    expectThat(
      first.CommonPrefixes?.length === 2 && first.IsTruncated && second.CommonPrefixes?.length === 1,
      'the pages of v2 differ',
    );
    const firstV1 = await s3.plain.send(new S3.ListObjectsCommand({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2 }));
    const secondV1 = await s3.plain.send(
      new S3.ListObjectsCommand({ Bucket, Prefix, Delimiter: '/', Marker: firstV1.NextMarker }),
    );
    expectThat(firstV1.CommonPrefixes?.length === 2 && secondV1.CommonPrefixes?.length === 1, 'the pages of v1 differ');
  }),
  ...[
    'sp ace',
    'plus+plus',
    'uni-日本語-é-🎉',
    'a//b',
    'q?x=1',
    'h#y',
    'per%25cent',
    'dot/../x',
    'trail/',
    `quote'"`,
    'amp&lt<',
    'tilde~!*()',
  ].map((name) =>
    feature(`the key \`${name}\``, async (s3) => {
      const key = `${uniqueKey()}/${name}`;
      const body = randomBytes(10);
      await s3.put(key, body);
      await s3.expectBytes(key, body);
      // The prefix is the unique part of the key ("features/" and 16 hexadecimal digits) and the slash.
      const { Contents } = await s3.plain.send(
        new S3.ListObjectsV2Command({ Bucket: s3.server.bucket, Prefix: key.slice(0, 26) }),
      );
      expectThat(
        Contents?.some((object) => object.Key === key),
        'not listed',
      );
    }),
  ),
  feature('several objects are deleted with one request', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    const { Deleted } = await s3.client.send(
      new S3.DeleteObjectsCommand({ Bucket: s3.server.bucket, Delete: { Objects: [{ Key: key }] } }),
    );
    expectThat(Deleted?.length === 1, 'the object is not reported as deleted');
    await expectError(s3.head(key), 404);
  }),
];
