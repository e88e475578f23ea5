/** Host names, paths and keys of requests. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bucket, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('refuses requests to a foreign host name, signed or not', async () => {
  await server.put('k', 'v');
  const { port } = new URL(server.practice.address.endpoint);
  const url = new URL(await server.presign(new GetObjectCommand({ Bucket, Key: 'k' })));
  for (const host of [
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `evillocalhost:${port}`,
    '0.0.0.0',
    `[::1]:${port}`,
    `127.0.0.2:${port}`,
    `user@127.0.0.1:${port}`,
  ]) {
    expect(await server.send({ path: '/practice/k', host }), host).toMatchObject({
      status: 421,
      code: 'MisdirectedRequest',
    });
    expect((await server.send({ path: url.pathname + url.search, host, signed: 'no' })).status, host).toBe(421);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`])
    expect((await server.send({ path: '/practice/k', host })).status, host).toBe(200);
  expect((await server.send({ path: '/k', host: `practice.localhost:${port}` })).status).toBe(200);
  expect((await server.send({ path: '/k', host: `other.localhost:${port}` })).code).toBe('NoSuchBucket');
});

test('accepts a presigned URL with the bucket in the host name', async () => {
  const virtualHostClient = server.practice.newClient({
    endpoint: server.practice.address.endpoint.replace('127.0.0.1', 'localhost'),
    forcePathStyle: false,
  });
  const url = new URL(
    await getSignedUrl(virtualHostClient, new GetObjectCommand({ Bucket, Key: 'a b/ü' }), { expiresIn: 60 }),
  );
  expect(url.hostname).toBe('practice.localhost');
  await server.put('a b/ü', 'v');
  expect((await server.send({ path: url.pathname + url.search, host: url.host, signed: 'no' })).body.toString()).toBe(
    'v',
  );
  // The signature covers the host name.
  expect((await server.send({ path: `/practice${url.pathname}${url.search}`, signed: 'no' })).status).toBe(403);
});

test('never uses a key as a file path', { timeout: 60_000 }, async () => {
  const keys = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
    fc.constantFrom(
      '../../../etc/passwd',
      '..',
      '.',
      '/',
      '//',
      '/etc/passwd',
      'a/../../b',
      'C:\\x',
      'nul',
      '\0',
      'pieces/x',
      '__proto__',
      'constructor',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      keys.filter((key) => Buffer.byteLength(key) <= 1024 && Buffer.from(key).toString() === key),
      async (key) => {
        const path = `/practice/${key
          .split('/')
          .map((segment) => encodeURIComponent(segment))
          .join('/')}`;
        const value = randomBytes(8).toString('hex');
        expect((await server.send({ method: 'PUT', path, body: value })).status).toBe(200);
        expect((await server.send({ path })).body.toString()).toBe(value);
        expect(
          (
            await server.send({ path: '/practice', query: { 'encoding-type': 'url', prefix: key, 'max-keys': '1' } })
          ).body.toString(),
        ).toContain(
          `<Key>${path.slice('/practice/'.length).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}</Key>`,
        );
      },
    ),
    { numRuns: 150 },
  );
  for (const folder of ['objects', 'pieces'])
    for (const name of await readdir(join(server.practice.folder, folder)))
      expect(name).toMatch(/^[\w-]{24}$|^[0-9a-f]{64}\.json$/);
  expect((await readdir(server.practice.folder)).sort()).toEqual([
    'objects',
    'pieces',
    'serving',
    'serving-journal',
    'uploads',
  ]);
  expect(await readdir(join(server.practice.folder, '..'))).toEqual(['practice']);
});

test('answers invalid and unsupported requests with the error codes of S3', async () => {
  expect(await server.send({ path: `/practice/${'k'.repeat(1025)}` })).toMatchObject({ code: 'KeyTooLongError' });
  for (const path of ['/practice/%', '/practice/%ff%fe', '/practice/%zz', '/%E0%A4%A'])
    expect(await server.send({ path, signed: 'no' }), path).toMatchObject({ code: 'InvalidURI' });
  expect(await server.send({ path: 'http://127.0.0.1/practice/k', signed: 'no' })).toMatchObject({
    code: 'InvalidURI',
  });
  expect(await server.send({ method: 'PATCH', path: '/practice/k' })).toMatchObject({
    status: 405,
    code: 'MethodNotAllowed',
  });
  expect(await server.send({ method: 'PUT', path: '/another-bucket', body: '' })).toMatchObject({
    code: 'TooManyBuckets',
  });
  expect(await server.send({ method: 'PUT', path: '/practice', body: '' })).toMatchObject({ status: 200 });
  expect(await server.send({ method: 'DELETE', path: '/practice' })).toMatchObject({ code: 'AccessDenied' });
  expect(await server.send({ path: '/practice/none' })).toMatchObject({ status: 404, code: 'NoSuchKey' });
  expect(await server.send({ method: 'HEAD', path: '/practice/none' })).toMatchObject({ status: 404, code: undefined });
});
