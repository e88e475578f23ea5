/** Copies and deletes objects. */
import { createHash, randomBytes } from 'node:crypto';
import { CopyObjectCommand, CreateMultipartUploadCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { MiB } from '../platform/testing/mib.ts';
import { Bucket, errorNameOf, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('copies an object, with its own headers or with new ones', async () => {
  const body = randomBytes(6 * MiB);
  await server.put('dir/ü +%.txt', body, { ContentType: 'text/a', Metadata: { a: '1' } });
  const { ETag } = await server.head('dir/ü +%.txt');
  const CopySource = `${Bucket}/${encodeURIComponent('dir/ü +%.txt')}`;
  const copy = (Key: string, parameters: object = {}) =>
    server.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...parameters }));
  await copy('c1');
  await copy('c2', { MetadataDirective: 'REPLACE', ContentType: 'text/b', Metadata: { b: '2' } });
  expect(await server.head('c1')).toMatchObject({ ETag, ContentType: 'text/a', Metadata: { a: '1' } });
  expect(await server.head('c2')).toMatchObject({ ETag, ContentType: 'text/b', Metadata: { b: '2' } });
  expect((await server.usage()).bytes).toBe(body.length);
  expect(await errorNameOf(copy('dir/ü +%.txt'))).toBe('InvalidRequest');
  expect(await errorNameOf(copy('dir/ü +%.txt', { MetadataDirective: 'REPLACE', ContentType: 'text/c' }))).toBe('done');
  expect(await errorNameOf(copy('c3', { CopySourceIfMatch: '"0"' }))).toBe('PreconditionFailed');
  expect(await errorNameOf(copy('c3', { CopySourceIfNoneMatch: ETag }))).toBe('PreconditionFailed');
  expect(await errorNameOf(copy('c3', { CopySource: `${Bucket}/nothing` }))).toBe('NoSuchKey');
  expect(await errorNameOf(copy('c3', { CopySource: 'other/nothing' }))).toBe('NoSuchBucket');
  await server.delete(['dir/ü +%.txt', 'c1']);
  expect((await server.practice.bytes('c2')).equals(body)).toBe(true);
});

test('a refused copy does not keep the bytes of its source after the source is deleted', async () => {
  await server.put('source', randomBytes(1000));
  const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source`, IfNoneMatch: '"etag"' });
  expect(await errorNameOf(server.client.send(copy))).toBe('NotImplemented');
  await server.delete(['source']);
  expect((await server.usage()).bytes).toBe(0);
});

test('copies ranges of an object into the parts of a multipart upload', async () => {
  const body = randomBytes(6 * MiB);
  await server.put('source', body);
  const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'whole' }));
  const Parts = [];
  for (const [index, range] of ['bytes=0-5242879', 'bytes=5242880-6291455'].entries()) {
    const { CopyPartResult } = await server.client.send(
      new UploadPartCopyCommand({
        Bucket,
        Key: 'whole',
        UploadId,
        PartNumber: index + 1,
        CopySource: `${Bucket}/source`,
        CopySourceRange: range,
      }),
    );
    Parts.push({ PartNumber: index + 1, ETag: CopyPartResult?.ETag });
  }
  expect(
    await errorNameOf(
      server.client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'whole',
          UploadId,
          PartNumber: 3,
          CopySource: `${Bucket}/source`,
          CopySourceRange: 'bytes=0-6291456',
        }),
      ),
    ),
  ).toBe('InvalidRange');
  await server.complete({ Key: 'whole', UploadId: UploadId!, Parts });
  expect((await server.practice.bytes('whole')).equals(body)).toBe(true);
  expect((await server.usage()).bytes).toBe(2 * body.length);
});

test('deletes several objects with one request, and reports missing objects as deleted', async () => {
  for (const key of ['a', 'b', 'c&<>"\'', 'd']) await server.put(key);
  const { Deleted } = await server.delete(['a', 'c&<>"\'', 'never']);
  expect(Deleted?.map(({ Key }) => Key)).toEqual(['a', 'c&<>"\'', 'never']);
  expect(await server.practice.keys()).toEqual(['b', 'd']);
  const response = await sendDeletion('<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>');
  expect(response.body.toString()).not.toContain('Deleted');
  expect(await server.practice.keys()).toEqual(['d']);
  expect((await server.send({ method: 'DELETE', path: '/practice/never' })).status).toBe(204);
});

test('refuses a list of deletions without a checksum, and invalid XML', async () => {
  await server.put('b');
  const body = '<Delete><Object><Key>b</Key></Object></Delete>';
  expect(await server.send({ method: 'POST', path: '/practice', query: { delete: '' }, body })).toMatchObject({
    code: 'InvalidRequest',
  });
  for (const xml of [
    '',
    'x',
    '<Delete>',
    '<Other/>',
    '<Delete/>',
    '<Delete><Object/></Delete>',
    '<a>'.repeat(200_000),
    `<Delete>${'<Object><Key>b</Key></Object>'.repeat(1001)}</Delete>`,
  ])
    expect(await sendDeletion(xml), xml.slice(0, 40)).toMatchObject({ status: 400, code: 'MalformedXML' });
  expect(
    await sendDeletion(
      `<!DOCTYPE Delete [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "b">]><Delete><Object><Key>&y;&x;</Key></Object></Delete>`,
    ),
  ).toMatchObject({ code: 'MalformedXML' });
  expect(
    await server.send({
      method: 'POST',
      path: '/practice',
      query: { delete: '' },
      body: `<Delete>${' '.repeat(5 * MiB)}</Delete>`,
      headers: { 'content-md5': Buffer.alloc(16).toString('base64') },
    }),
  ).toMatchObject({ code: 'MaxMessageLengthExceeded' });
  expect(await server.practice.keys()).toEqual(['b']);
});

/** Deletes the objects that the XML document names. */
const sendDeletion = (xml: string) =>
  server.send({
    method: 'POST',
    path: '/practice',
    query: { delete: '' },
    body: xml,
    headers: { 'content-md5': createHash('md5').update(xml).digest('base64') },
  });
