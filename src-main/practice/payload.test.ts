/** Which request bodies the server stores and which it refuses: hashes, checksums, lengths and cut connections. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { CreateMultipartUploadCommand, ListPartsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { expect, test } from 'vitest';
import { MiB } from '../platform/testing/mib.ts';
import { checksumNames } from './checksums.ts';
import { Bucket, startServerForEachTest, waitUntil } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('refuses a body whose hash differs from the signed hash, and leaves no data', async () => {
  const hash = createHash('sha256').update('hello').digest('hex');
  expect(await server.send({ method: 'PUT', path: '/practice/k', body: 'HELLO', payload: hash })).toMatchObject({
    status: 400,
    code: 'XAmzContentSHA256Mismatch',
  });
  expect((await server.send({ method: 'PUT', path: '/practice/k', body: 'hello', payload: hash })).status).toBe(200);
  expect(
    (await server.send({ method: 'PUT', path: '/practice/k2', body: 'hello', payload: 'UNSIGNED-PAYLOAD' })).status,
  ).toBe(200);
  expect(await server.send({ method: 'PUT', path: '/practice/k3', body: 'hello', payload: 'EMPTY' })).toMatchObject({
    status: 400,
    code: 'InvalidArgument',
  });
  expect(await server.practice.keys()).toEqual(['k', 'k2']);
  expect(await server.countBlobs()).toBe(2);
});

test('verifies and returns Content-MD5 and every checksum, and stores no body with a wrong checksum', async () => {
  const body = randomBytes(100_000);
  for (const name of checksumNames) {
    const Algorithm = name.toUpperCase() as 'CRC32';
    const { $metadata: _, ...response } = await server.put(name, body, { ChecksumAlgorithm: Algorithm });
    const checksum = (response as Record<string, string>)[`Checksum${Algorithm}`]!;
    if (name.startsWith('sha')) expect(checksum).toBe(createHash(name).update(body).digest('base64'));
    expect(await server.head(name, { ChecksumMode: 'ENABLED' })).toMatchObject({
      [`Checksum${Algorithm}`]: checksum,
      ChecksumType: 'FULL_OBJECT',
    });
    expect(await server.head(name)).not.toHaveProperty(`Checksum${Algorithm}`);
    const header = `x-amz-checksum-${name}`;
    expect(
      (await server.send({ method: 'PUT', path: '/practice/right', body, headers: { [header]: checksum } })).headers[
        header
      ],
    ).toBe(checksum);
    const wrong = Buffer.from(checksum, 'base64');
    wrong[0]! ^= 1;
    expect(
      await server.send({
        method: 'PUT',
        path: '/practice/wrong',
        body,
        headers: { [header]: wrong.toString('base64') },
      }),
    ).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(
      await server.send({ method: 'PUT', path: '/practice/wrong', body, headers: { [header]: 'AAAA' } }),
    ).toMatchObject({ status: 400, code: 'InvalidRequest' });
  }
  const md5 = createHash('md5').update(body).digest('base64');
  expect(
    (await server.send({ method: 'PUT', path: '/practice/right', body, headers: { 'content-md5': md5 } })).headers.etag,
  ).toBe(`"${Buffer.from(md5, 'base64').toString('hex')}"`);
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/wrong',
      body,
      headers: { 'content-md5': Buffer.alloc(16).toString('base64') },
    }),
  ).toMatchObject({ status: 400, code: 'BadDigest' });
  expect(
    await server.send({ method: 'PUT', path: '/practice/wrong', body, headers: { 'content-md5': 'no' } }),
  ).toMatchObject({ status: 400, code: 'InvalidDigest' });
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/wrong',
      body,
      headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': Buffer.alloc(20).toString('base64') },
    }),
  ).toMatchObject({ code: 'InvalidRequest' });
  expect(await server.practice.keys()).not.toContain('wrong');
  expect(await server.countBlobs()).toBe(checksumNames.length + 1);
});

test('computes the published check values of the CRC checksums', async () => {
  // A check value is the checksum of 123456789. Sources: https://reveng.sourceforge.io/crc-catalogue/ and RFC 3720
  for (const [name, hex] of [
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ] as const) {
    const value = Buffer.from(hex, 'hex').toString('base64');
    expect(
      (
        await server.send({
          method: 'PUT',
          path: '/practice/k',
          body: '123456789',
          headers: { [`x-amz-checksum-${name}`]: value },
        })
      ).status,
      name,
    ).toBe(200);
  }
});

test('stores streams of the SDK, which sends them in chunks with a trailing checksum', async () => {
  const body = randomBytes(300_000);
  const stream = (): Readable =>
    Readable.from(
      (function* () {
        for (let i = 0; i < body.length; i += 65_536) yield body.subarray(i, i + 65_536);
      })(),
      { objectMode: false },
    );
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    await server.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 's',
        Body: stream(),
        ContentLength: body.length,
        ContentEncoding: 'gzip',
        ChecksumAlgorithm,
      }),
    );
    expect((await server.practice.bytes('s')).equals(body)).toBe(true);
    expect(await server.head('s', { ChecksumMode: 'ENABLED' })).toMatchObject({
      ContentEncoding: 'gzip',
      ContentLength: body.length,
      [`Checksum${ChecksumAlgorithm}`]: expect.any(String),
    });
  }
  await new Upload({
    client: server.client,
    params: { Bucket, Key: 'u', Body: Readable.from([randomBytes(6 * MiB), randomBytes(6 * MiB)]) },
  }).done();
  expect(await server.head('u')).toMatchObject({
    ContentLength: 12 * MiB,
    ETag: expect.stringMatching(/^"[0-9a-f]{32}-3"$/),
  });
});

test('requests the body only after it accepted the headers', async () => {
  const headers = { expect: '100-continue' };
  expect(await server.send({ method: 'PUT', path: '/practice/k', body: 'x', headers })).toMatchObject({
    status: 200,
    continued: true,
  });
  expect(await server.send({ method: 'PUT', path: '/practice/k', body: 'x', headers, signed: 'no' })).toMatchObject({
    status: 403,
    continued: false,
  });
  expect(await server.send({ method: 'PUT', path: '/nowhere/k', body: 'x', headers })).toMatchObject({
    code: 'NoSuchBucket',
    continued: false,
  });
  expect(
    await server.send({ method: 'PUT', path: '/practice/k', body: 'x', headers: { ...headers, 'if-none-match': '*' } }),
  ).toMatchObject({ status: 412, continued: false });
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/k',
      body: 'x',
      headers: { ...headers, 'x-amz-acl': 'public-read' },
    }),
  ).toMatchObject({ code: 'AccessControlListNotSupported', continued: false });
});

test('refuses a body without a length and a body that is too large', async () => {
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/k',
      headers: { 'transfer-encoding': 'chunked' },
      payload: 'UNSIGNED-PAYLOAD',
    }),
  ).toMatchObject({ status: 411, code: 'MissingContentLength' });
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/k',
      headers: { expect: '100-continue', 'content-length': String(5 * 1024 ** 3 + 1) },
      payload: 'UNSIGNED-PAYLOAD',
    }),
  ).toMatchObject({ code: 'EntityTooLarge', continued: false });
});

test('a client that disconnects during the upload leaves no data', async () => {
  const body = randomBytes(20 * MiB);
  const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'p' }));
  for (const [path, query] of [
    ['/practice/k', {}],
    ['/practice/p', { uploadId: UploadId!, partNumber: '1' }],
  ] as const) {
    await expect(
      server.send({ method: 'PUT', path, query, body, payload: 'UNSIGNED-PAYLOAD', cutAfter: 10 * MiB }),
    ).rejects.toThrow('cut');
    await waitUntil(async () => (await server.countBlobs()) === 0);
  }
  expect(await server.practice.keys()).toEqual([]);
  expect((await server.usage()).bytes).toBe(0);
  expect((await server.client.send(new ListPartsCommand({ Bucket, Key: 'p', UploadId }))).Parts).toBeUndefined();
});
