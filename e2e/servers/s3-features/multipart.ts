/** Features of multipart uploads. */
import { createHash, randomBytes } from 'node:crypto';
import * as S3 from '@aws-sdk/client-s3';
import { MiB } from '../../../src-main/platform/testing/mib.ts';
import { uniqueKey } from './feature-client.ts';
import { expectError, expectThat, feature, type Feature } from './feature.ts';

/** The smallest part before the last one. */
const minPartBytes = 5 * MiB;
const wrongMd5 = '0'.repeat(32);

export const multipart: Feature[] = [
  feature("an upload in parts; its ETag is the MD5 of the parts' MD5s", async (s3) => {
    const [key, bodies] = [uniqueKey(), [randomBytes(minPartBytes), randomBytes(1000)]];
    const id = await s3.createUpload(key);
    const parts = [await s3.uploadPart(key, id, 1, bodies[0]), await s3.uploadPart(key, id, 2, bodies[1])];
    await s3.completeUpload(key, id, parts);
    await s3.expectBytes(key, Buffer.concat(bodies));
    const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();
    expectThat(
      (await s3.head(key)).ETag === `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-2"`,
      'the ETag differs',
    );
  }),
  feature('the response to Complete contains the ETag', async (s3) => {
    const key = uniqueKey();
    const id = await s3.createUpload(key);
    expectThat((await s3.completeUpload(key, id, [await s3.uploadPart(key, id, 1, 'x')])).ETag, 'no ETag');
  }),
  feature('paginated lists of parts', async (s3) => {
    const key = uniqueKey();
    const UploadId = await s3.createUpload(key);
    for (const number of [1, 2, 3]) await s3.uploadPart(key, UploadId, number, 'x');
    const first = await s3.plain.send(
      new S3.ListPartsCommand({ Bucket: s3.server.bucket, Key: key, UploadId, MaxParts: 2 }),
    );
    const second = await s3.plain.send(
      new S3.ListPartsCommand({
        Bucket: s3.server.bucket,
        Key: key,
        UploadId,
        PartNumberMarker: first.NextPartNumberMarker,
      }),
    );
    expectThat(first.IsTruncated && first.Parts?.length === 2 && second.Parts?.length === 1, 'the pages differ');
  }),
  feature('lists of unfinished uploads, by prefix', async (s3) => {
    const key = uniqueKey();
    const id = await s3.createUpload(key);
    const { Uploads } = await s3.plain.send(
      new S3.ListMultipartUploadsCommand({ Bucket: s3.server.bucket, Prefix: key }),
    );
    expectThat(Uploads?.length === 1 && Uploads[0]?.UploadId === id, 'not listed');
  }),
  feature('a part of an aborted upload: NoSuchUpload', async (s3) => {
    const Key = uniqueKey();
    const UploadId = await s3.createUpload(Key);
    await s3.plain.send(new S3.AbortMultipartUploadCommand({ Bucket: s3.server.bucket, Key, UploadId }));
    await expectError(s3.uploadPart(Key, UploadId, 1, 'x'), 'NoSuchUpload');
  }),
  feature('a part below 5 MiB before the last part: EntityTooSmall', async (s3) => {
    const key = uniqueKey();
    const id = await s3.createUpload(key);
    await expectError(
      s3.completeUpload(key, id, [await s3.uploadPart(key, id, 1, 'a'), await s3.uploadPart(key, id, 2, 'b')]),
      'EntityTooSmall',
    );
  }),
  feature('Complete with a wrong ETag: InvalidPart', async (s3) => {
    const key = uniqueKey();
    const id = await s3.createUpload(key);
    await s3.uploadPart(key, id, 1, 'a');
    await expectError(s3.completeUpload(key, id, [{ PartNumber: 1, ETag: `"${wrongMd5}"` }]), 'InvalidPart');
  }),
  feature('Complete with parts in the wrong order: InvalidPartOrder', async (s3) => {
    const key = uniqueKey();
    const id = await s3.createUpload(key);
    const [first, second] = [
      await s3.uploadPart(key, id, 1, randomBytes(minPartBytes)),
      await s3.uploadPart(key, id, 2, randomBytes(minPartBytes)),
    ];
    await expectError(s3.completeUpload(key, id, [second, first]), 'InvalidPartOrder');
  }),
  feature('a repeated Complete succeeds', async (s3) => {
    const key = uniqueKey();
    const id = await s3.createUpload(key);
    const parts = [await s3.uploadPart(key, id, 1, 'x')];
    await s3.completeUpload(key, id, parts);
    await s3.completeUpload(key, id, parts);
  }),
  feature('copies an object, and a byte range of an object as a part', async (s3) => {
    const [from, to] = [`${uniqueKey()}/ü +.txt`, uniqueKey()];
    await s3.put(from, 'abcdef');
    const CopySource = `${s3.server.bucket}/${encodeURIComponent(from)}`;
    await s3.plain.send(new S3.CopyObjectCommand({ Bucket: s3.server.bucket, Key: to, CopySource }));
    const UploadId = await s3.createUpload(to);
    const { CopyPartResult } = await s3.plain.send(
      new S3.UploadPartCopyCommand({
        Bucket: s3.server.bucket,
        Key: to,
        UploadId,
        PartNumber: 1,
        CopySource,
        CopySourceRange: 'bytes=1-3',
      }),
    );
    await s3.completeUpload(to, UploadId, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    await s3.expectBytes(to, Buffer.from('bcd'));
  }),
];
