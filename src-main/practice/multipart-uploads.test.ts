/** Multipart uploads: parts, completion, lists and checksums. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { MiB } from '../platform/testing/mib.ts';
import { Bucket, errorNameOf, startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('refuses to complete an upload whose list of parts is wrong', async () => {
  const big = randomBytes(5 * MiB);
  const multipart = await server.uploadParts('k', [big, big, Buffer.from('end')]);
  const [first, second, third] = multipart.Parts as [object, object, object];
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [second, first] }))).toBe('InvalidPartOrder');
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [first, first] }))).toBe('InvalidPartOrder');
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [{ ...first, ETag: `"${'0'.repeat(32)}"` }] }))).toBe(
    'InvalidPart',
  );
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [{ ...first, PartNumber: 9 }] }))).toBe(
    'InvalidPart',
  );
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [] }))).toBe('MalformedXML');
  expect(await errorNameOf(server.complete({ ...multipart, Key: 'other' }))).toBe('NoSuchUpload');
  expect(await errorNameOf(server.complete({ ...multipart, UploadId: '../../objects' }))).toBe('NoSuchUpload');
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [third, second] }))).toBe('InvalidPartOrder');
  const small = await server.uploadParts('s', [Buffer.from('a'), Buffer.from('b')]);
  expect(await errorNameOf(server.complete(small))).toBe('EntityTooSmall');
  // The refused requests changed nothing.
  expect(await errorNameOf(server.complete({ ...multipart, Parts: [first, third] }))).toBe('done');
  expect((await server.practice.bytes('k')).equals(Buffer.concat([big, Buffer.from('end')]))).toBe(true);
  // The unlisted part was removed with the upload.
  expect((await server.usage()).bytes).toBe(5 * MiB + 3 + 2);
  for (const partNumber of ['0', '10001', '-1', '1.5', 'x'])
    expect(
      await server.send({
        method: 'PUT',
        path: '/practice/s',
        query: { uploadId: small.UploadId, partNumber },
        body: 'x',
      }),
      partNumber,
    ).toMatchObject({ code: 'InvalidArgument' });
});

test('completes the same upload again with the same response, until its object is replaced', async () => {
  const multipart = await server.uploadParts('k', [Buffer.from('x')]);
  const responses = await Promise.all([
    server.complete(multipart),
    server.complete(multipart),
    server.complete(multipart),
  ]);
  expect(new Set(responses.map(({ ETag }) => ETag)).size).toBe(1);
  expect((await server.complete(multipart)).ETag).toBe(responses[0]?.ETag);
  expect(
    await errorNameOf(server.complete({ ...multipart, Parts: [{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }] })),
  ).toBe('NoSuchUpload');
  await server.put('k', 'something newer');
  expect(await errorNameOf(server.complete(multipart))).toBe('NoSuchUpload');
  expect((await server.practice.bytes('k')).toString()).toBe('something newer');
});

test('replaces a part that is sent again', async () => {
  const multipart = await server.uploadParts('k', [Buffer.from('first')]);
  const { ETag } = await server.client.send(
    new UploadPartCommand({ Bucket, Key: 'k', UploadId: multipart.UploadId, PartNumber: 1, Body: 'second!' }),
  );
  expect(await errorNameOf(server.complete(multipart))).toBe('InvalidPart');
  expect((await server.usage()).bytes).toBe(7);
  await server.complete({ ...multipart, Parts: [{ PartNumber: 1, ETag }] });
  expect((await server.practice.bytes('k')).toString()).toBe('second!');
});

test('removes an aborted upload with its parts', async () => {
  const multipart = await server.uploadParts('k', [Buffer.from('x')]);
  const { UploadId } = multipart;
  const abort = (Key: string) => server.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  expect(await errorNameOf(abort('wrong key'))).toBe('NoSuchUpload');
  expect(await errorNameOf(abort('k'))).toBe('done');
  for (const request of [
    () => abort('k'),
    () => server.complete(multipart),
    () => server.client.send(new ListPartsCommand({ Bucket, Key: 'k', UploadId })),
    () => server.client.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'x' })),
  ])
    expect(await errorNameOf(request())).toBe('NoSuchUpload');
  expect(await readdir(join(server.practice.folder, 'uploads'))).toEqual([]);
  expect(await server.countBlobs()).toBe(0);
});

test('lists uploads and parts in pages', async () => {
  const uploads: { Key: string; UploadId: string }[] = [];
  for (const key of ['a/1', 'a/2', 'a/2', 'b'])
    uploads.push(
      await server.uploadParts(key, key === 'b' ? [Buffer.from('1'), Buffer.from('22'), Buffer.from('333')] : []),
    );
  const listed: string[] = [];
  for (let markers = {}; ;) {
    const page = await server.client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, ...markers }));
    listed.push(...(page.Uploads ?? []).map(({ Key, UploadId: id }) => `${Key} ${id}`));
    if (!page.IsTruncated) break;
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  expect(listed).toHaveLength(4);
  expect(new Set(listed)).toEqual(new Set(uploads.map(({ Key, UploadId: id }) => `${Key} ${id}`)));
  expect((await server.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'a/2' }))).Uploads).toHaveLength(
    2,
  );
  const folders = await server.client.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/' }));
  expect([folders.CommonPrefixes?.map(({ Prefix }) => Prefix), folders.Uploads?.map(({ Key }) => Key)]).toEqual([
    ['a/'],
    ['b'],
  ]);
  const { UploadId } = uploads[3]!;
  const firstPage = await server.client.send(new ListPartsCommand({ Bucket, Key: 'b', UploadId, MaxParts: 2 }));
  expect([firstPage.IsTruncated, firstPage.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])]).toEqual([
    true,
    [
      [1, 1],
      [2, 2],
    ],
  ]);
  const secondPage = await server.client.send(
    new ListPartsCommand({ Bucket, Key: 'b', UploadId, PartNumberMarker: firstPage.NextPartNumberMarker }),
  );
  expect([secondPage.IsTruncated, secondPage.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])]).toEqual([
    false,
    [[3, 3]],
  ]);
});

test('verifies and returns the checksums of parts and of the whole object', async () => {
  const bodies = [randomBytes(5 * MiB), randomBytes(777)];
  const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  await server.complete(await server.uploadParts('composite', bodies, { ChecksumAlgorithm: 'SHA256' }));
  expect(await server.head('composite', { ChecksumMode: 'ENABLED' })).toMatchObject({
    ChecksumType: 'COMPOSITE',
    ChecksumSHA256: `${sha256(Buffer.concat(bodies.map(sha256))).toString('base64')}-2`,
  });
  const whole = await server.uploadParts('whole', bodies, { ChecksumAlgorithm: 'CRC64NVME' });
  expect(await errorNameOf(server.complete(whole, { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }))).toBe('BadDigest');
  await server.complete(whole);
  const { ChecksumCRC64NVME: checksum } = await server.head('whole', { ChecksumMode: 'ENABLED' });
  expect((await server.put('same', Buffer.concat(bodies), { ChecksumAlgorithm: 'CRC64NVME' })).ChecksumCRC64NVME).toBe(
    checksum,
  );
  const multipart = await server.uploadParts('k', [Buffer.from('x')], { ChecksumAlgorithm: 'CRC32' });
  expect(
    await errorNameOf(
      server.complete({ ...multipart, Parts: multipart.Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) }),
    ),
  ).toBe('InvalidRequest');
  expect(
    await errorNameOf(
      server.complete({ ...multipart, Parts: multipart.Parts.map((part) => ({ ...part, ChecksumCRC32: 'AAAAAA==' })) }),
    ),
  ).toBe('InvalidPart');
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/k',
      query: { uploadId: multipart.UploadId, partNumber: '1' },
      body: 'x',
    }),
  ).toMatchObject({ code: 'InvalidRequest' });
});
