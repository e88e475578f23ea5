/** Features that the server does not support, and requests without a signature. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Bucket, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('refuses headers of features that it does not support', async () => {
  for (const [headers, code] of [
    [{ 'x-amz-acl': 'public-read' }, 'AccessControlListNotSupported'],
    [{ 'x-amz-grant-read': 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' }, 'AccessControlListNotSupported'],
    [{ 'x-amz-storage-class': 'GLACIER' }, 'InvalidStorageClass'],
    [{ 'x-amz-tagging': 'a=b' }, 'NotImplemented'],
    [{ 'x-amz-server-side-encryption': 'aws:kms' }, 'NotImplemented'],
  ] as const) {
    expect(await server.send({ method: 'PUT', path: '/practice/k', body: 'x', headers })).toMatchObject({ code });
    expect(await server.send({ method: 'POST', path: '/practice/k', query: { uploads: '' }, headers })).toMatchObject({
      code,
    });
  }
  expect(
    (
      await fetch(await server.presign(new PutObjectCommand({ Bucket, Key: 'k', ACL: 'public-read' })), {
        method: 'PUT',
        body: 'x',
      })
    ).status,
  ).toBe(400);
  for (const acl of ['private', 'bucket-owner-full-control'])
    expect(
      (await server.send({ method: 'PUT', path: '/practice/k', body: 'x', headers: { 'x-amz-acl': acl } })).status,
    ).toBe(200);
});

test('refuses unsigned reads', async () => {
  for (const path of ['/', '/practice', '/practice/', '/practice/k', '/practice?list-type=2', '/practice/k?acl'])
    expect((await server.send({ path, signed: 'no' })).status, path).toBe(403);
});

test('refuses operations that it does not support', async () => {
  for (const [method, query] of [
    ['PUT', { acl: '' }],
    ['PUT', { policy: '' }],
    ['PUT', { cors: '' }],
    ['GET', { versions: '' }],
    ['PUT', { tagging: '' }],
  ] as const)
    expect(await server.send({ method, path: '/practice', query })).toMatchObject({
      status: 501,
      code: 'NotImplemented',
    });
});
