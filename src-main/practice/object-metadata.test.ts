/** The headers and metadata of objects. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Bucket, errorNameOf, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('stores the headers and metadata of an object', async () => {
  await server.put('m', 'x', {
    ContentType: 'text/x',
    CacheControl: 'max-age=5',
    ContentDisposition: 'inline; filename="a"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Metadata: { foo: 'bar', two: '2' },
  });
  expect(await server.head('m')).toMatchObject({
    ContentType: 'text/x',
    CacheControl: 'max-age=5',
    ContentDisposition: 'inline; filename="a"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Metadata: { foo: 'bar', two: '2' },
  });
  expect(await errorNameOf(server.put('m', 'x', { Metadata: { big: 'x'.repeat(2100) } }))).toBe('MetadataTooLarge');
});

test('a presigned URL overrides headers of the response, but cannot add one', async () => {
  await server.put('m', 'x');
  const url = await server.presign(
    new GetObjectCommand({
      Bucket,
      Key: 'm',
      ResponseContentType: 'image/png',
      ResponseContentDisposition: 'attachment; filename="ü.png"',
      ResponseCacheControl: 'no-store',
    }),
  );
  const { headers } = await server.send({ path: url.slice(server.practice.address.endpoint.length), signed: 'no' });
  expect(headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store' });
  expect(Buffer.from(headers['content-disposition']!, 'latin1').toString('utf8')).toBe('attachment; filename="ü.png"');
  const injected = await fetch(
    await server.presign(
      new GetObjectCommand({ Bucket, Key: 'm', ResponseContentDisposition: 'x\r\nset-cookie: a=b' }),
    ),
  );
  expect([injected.status, injected.headers.get('set-cookie')]).toEqual([400, null]);
});
