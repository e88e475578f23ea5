/** Features of uploads in one request. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { MiB } from '../../../src-main/platform/testing/mib.ts';
import { uniqueKey } from './feature-client.ts';
import { expectError, expectThat, feature, type Feature } from './feature.ts';

/** A stream that gives the bytes in small chunks. */
const stream = (body: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let i = 0; i < body.length; i += 65_536) yield body.subarray(i, i + 65_536);
    })(),
    { objectMode: false },
  );

export const storing: Feature[] = [
  feature('an object in one request', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(100_000)];
    await s3.put(key, body);
    await s3.expectBytes(key, body);
  }),
  feature('a stream of known length', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(300_000)];
    await s3.put(key, stream(body), { ContentLength: body.length }, s3.plain);
    await s3.expectBytes(key, body);
  }),
  feature('a stream in chunks with a trailing checksum (aws-chunked)', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(300_000)];
    await s3.put(key, stream(body), { ContentLength: body.length });
    await s3.expectBytes(key, body);
  }),
  feature('a part in chunks with a trailing checksum', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(300_000)];
    await s3.uploadPart(key, await s3.createUpload(key), 1, stream(body), { ContentLength: body.length }, s3.client);
  }),
  feature('a stream of unknown length, sent with lib-storage', async (s3) => {
    const [Key, body] = [uniqueKey(), randomBytes(12 * MiB)];
    await new Upload({ client: s3.client, params: { Bucket: s3.server.bucket, Key, Body: stream(body) } }).done();
    await s3.expectBytes(Key, body);
  }),
  feature('Content-Type, -Disposition, -Encoding, -Language, Cache-Control and metadata are kept', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'x', {
      ContentType: 'text/x',
      CacheControl: 'max-age=5',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { foo: 'bar' },
    });
    const head = await s3.head(key);
    expectThat(
      head.ContentType === 'text/x' &&
        head.CacheControl &&
        head.ContentDisposition &&
        head.ContentEncoding === 'gzip' &&
        head.ContentLanguage &&
        head.Metadata?.foo === 'bar',
      'a header or the metadata is lost',
    );
  }),
  feature('storage class STANDARD accepted, an unknown one refused', async (s3) => {
    await s3.put(uniqueKey(), 'x', { StorageClass: 'STANDARD' });
    await expectError(s3.put(uniqueKey(), 'x', { StorageClass: 'NOWHERE' as 'GLACIER' }), 400);
  }),
  feature('tags', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'x', { Tagging: 'a=b' });
    const { TagSet } = await s3.plain.send(new S3.GetObjectTaggingCommand({ Bucket: s3.server.bucket, Key: key }));
    expectThat(TagSet?.[0]?.Key === 'a', 'no tags are returned');
  }),
  feature('Expect: 100-continue is answered', async (s3) =>
    expectThat(
      (await putWithExpect(
        await s3.presign(new S3.PutObjectCommand({ Bucket: s3.server.bucket, Key: uniqueKey() })),
      )) === 'continued 200',
      'no interim response, or the request failed',
    ),
  ),
  feature('Expect: 100-continue is not answered when the request is refused', async (s3) =>
    expectThat(
      (await putWithExpect(await s3.presign(new S3.PutObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x' })))) ===
        'refused 404',
      'an interim response, or no error 404',
    ),
  ),
  feature('a connection that is cut during an upload leaves no object', async (s3) => {
    const key = uniqueKey();
    const url = new URL(await s3.presign(new S3.PutObjectCommand({ Bucket: s3.server.bucket, Key: key })));
    await new Promise<void>((resolve) => {
      const socket = net.connect(Number(url.port), '127.0.0.1', () => {
        socket.write(
          `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(500_000), () => socket.destroy());
      });
      socket.once('close', () => resolve());
    });
    await expectError(s3.head(key), 404);
  }),
];

/** Sends `Expect: 100-continue`. @returns whether the server continued, and the final status */
async function putWithExpect(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let outcome = 'refused';
    const request = http.request(new URL(url), {
      method: 'PUT',
      agent: false,
      headers: { expect: '100-continue', 'content-length': 3 },
    });
    request.once('continue', () => {
      outcome = 'continued';
      request.end('abc');
    });
    request.once('response', (response) => {
      response.resume();
      resolve(`${outcome} ${response.statusCode}`);
      request.destroy();
    });
    request.once('error', reject);
    request.flushHeaders();
  });
}
