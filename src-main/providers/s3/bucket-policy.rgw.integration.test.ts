/** The bucket policy that Hoist shows for public links, on a real Ceph RADOS Gateway. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { probeLink } from '../links/probe-link.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { s3LinkExample } from './link-example.ts';
import { createTestDriver, rgw, logWhenSkipped } from './testing/subject.ts';

const { endpoint = '', accessKeyId, secretAccessKey } = rgw;
logWhenSkipped('the policy for public links on Ceph RADOS Gateway');
const neverAborted = new AbortController().signal;

describe.skipIf(endpoint === '')('the policy for public links', () => {
  test.each(['', 'shared files/2026'])(
    'lets everyone read the files in the folder %j, and allows nothing else',
    async (prefix) => {
      const bucket = `policy-${randomBytes(6).toString('hex')}`;
      const client = new S3Client({
        endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
      });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      const values = {
        endpoint,
        bucket,
        region: 'us-east-1',
        accessKeyId,
        secretAccessKey,
        linkKind: 'public',
        pathStyle: 'true',
        prefix,
      };
      const driver = createTestDriver(values);
      const otherFolderDriver = createTestDriver({ ...values, prefix: 'private' });
      const uploadAndLink = async (uploader: typeof driver) =>
        uploader.link(
          await uploader.upload({
            source: patternSource(100, { name: 'Bild ü+1.png' }),
            signal: neverAborted,
            onCheckpoint: async () => undefined,
            onProgress: () => undefined,
          }),
          neverAborted,
        );
      const [link, otherFolderLink] = [await uploadAndLink(driver), await uploadAndLink(otherFolderDriver)];
      expect(await probeLink(link, 100, neverAborted)).toBe('private');

      const { url, policy } = s3LinkExample(values, 'holiday photo.jpg')!;
      expect(url).toBe(`${endpoint}/${bucket}/${prefix === '' ? '' : 'shared%20files/2026/'}holiday%20photo.jpg`);
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }));

      const answer = await fetch(link.url);
      expect([answer.status, Buffer.from(await answer.arrayBuffer()).equals(patternBytes(100))]).toEqual([200, true]);
      expect((await fetch(otherFolderLink.url)).status).toBe(prefix === '' ? 200 : 403);
      // Anonymous clients may not list or write.
      expect([
        (await fetch(`${endpoint}/${bucket}`)).status,
        (await fetch(link.url, { method: 'PUT', body: 'x' })).status,
        (await fetch(link.url, { method: 'DELETE' })).status,
      ]).toEqual([403, 403, 403]);
      client.destroy();
      driver.close();
      otherFolderDriver.close();
    },
  );
});
