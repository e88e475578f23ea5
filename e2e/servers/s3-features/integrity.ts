/** Checksums, and conditions of writes. */
import { createHash } from 'node:crypto';
import { uniqueKey } from './feature-client.ts';
import { expectError, expectThat, feature, type Feature } from './feature.ts';

const wrongMd5 = '0'.repeat(32);

export const integrity: Feature[] = [
  feature('x-amz-content-sha256 that does not match is refused', (s3) =>
    expectError(
      s3.putWithHeaders({ 'x-amz-content-sha256': createHash('sha256').update('HELLO').digest('hex') }),
      'XAmzContentSHA256Mismatch',
    ),
  ),
  feature('Content-MD5 that does not match is refused', (s3) =>
    expectError(s3.putWithHeaders({ 'content-md5': Buffer.alloc(16).toString('base64') }), 'BadDigest'),
  ),
  feature('x-amz-checksum-crc32 that does not match is refused', (s3) =>
    expectError(s3.putWithHeaders({ 'x-amz-checksum-crc32': 'AAAAAA==' }), 'BadDigest'),
  ),
  feature('x-amz-checksum-sha256 that does not match is refused', (s3) =>
    expectError(s3.putWithHeaders({ 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') }), 'BadDigest'),
  ),
  ...(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const).map((ChecksumAlgorithm) =>
    feature(`the checksum ${ChecksumAlgorithm} is stored and returned`, async (s3) => {
      const key = uniqueKey();
      await s3.put(key, 'hello', { ChecksumAlgorithm });
      expectThat(
        (await s3.head(key, { ChecksumMode: 'ENABLED' }))[`Checksum${ChecksumAlgorithm}`],
        'the checksum is not returned',
      );
    }),
  ),
  feature('If-None-Match: * on Put', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    await expectError(s3.put(key, 'y', { IfNoneMatch: '*' }), 412);
  }),
  feature('If-Match on Put', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    await expectError(s3.put(key, 'y', { IfMatch: `"${wrongMd5}"` }), 412);
  }),
  feature('If-None-Match: * on Complete', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    const id = await s3.createUpload(key);
    await expectError(s3.completeUpload(key, id, [await s3.uploadPart(key, id, 1, 'x')], { IfNoneMatch: '*' }), 412);
  }),
];
