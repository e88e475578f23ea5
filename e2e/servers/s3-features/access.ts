/** Signatures, presigned links, permissions and buckets. */
import { randomBytes } from 'node:crypto';
import * as S3 from '@aws-sdk/client-s3';
import { uniqueKey } from './feature-client.ts';
import { expectError, expectThat, feature, type Feature } from './feature.ts';

export const access: Feature[] = [
  feature('presigned links, with a changed Content-Disposition', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    const response = await fetch(
      await s3.presignGet(key, { ResponseContentDisposition: 'attachment; filename="x y.bin"' }),
    );
    expectThat(
      response.status === 200 && response.headers.get('content-disposition')?.includes('x y'),
      `status ${response.status}`,
    );
  }),
  feature('presigned uploads', async (s3) => {
    const Key = uniqueKey();
    const response = await fetch(await s3.presign(new S3.PutObjectCommand({ Bucket: s3.server.bucket, Key })), {
      method: 'PUT',
      body: 'hello',
    });
    expectThat(response.status === 200, `status ${response.status}`);
    await s3.expectBytes(Key, Buffer.from('hello'));
  }),
  feature('a link that has expired is refused', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    expectThat(
      (await fetch(await s3.presignGet(key, {}, { expiresIn: 1, signingDate: new Date(Date.now() - 60_000) })))
        .status === 403,
      'the request was accepted',
    );
  }),
  feature('a link that was changed is refused', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    expectThat(
      (await fetch((await s3.presignGet(key)).replace(/X-Amz-Signature=..../, 'X-Amz-Signature=0000'))).status === 403,
      'the request was accepted',
    );
  }),
  feature('a wrong secret key: SignatureDoesNotMatch', (s3) =>
    expectError(
      s3
        .clientWith({ credentials: { accessKeyId: s3.server.accessKeyId, secretAccessKey: 'wrong' } })
        .send(new S3.ListObjectsV2Command({ Bucket: s3.server.bucket })),
      'SignatureDoesNotMatch',
    ),
  ),
  feature('an unknown access key: InvalidAccessKeyId', (s3) =>
    expectError(
      s3
        .clientWith({ credentials: { accessKeyId: 'UNKNOWN', secretAccessKey: 'wrong' } })
        .send(new S3.ListObjectsV2Command({ Bucket: s3.server.bucket })),
      'InvalidAccessKeyId',
    ),
  ),
  feature('a clock that is wrong by two hours: RequestTimeTooSkewed', (s3) =>
    expectError(
      s3.clientWith({ systemClockOffset: 7_200_000 }).send(new S3.ListObjectsV2Command({ Bucket: s3.server.bucket })),
      'RequestTimeTooSkewed',
    ),
  ),
  feature('a request without a signature is refused', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    expectThat((await s3.anonymousStatus(key)) === 403, 'the request was accepted');
  }),
  feature('public-read: anonymous clients can read', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'x', { ACL: 'public-read' });
    expectThat((await s3.anonymousStatus(key)) === 200, 'not readable');
  }),
  feature('a bucket policy can be set and deleted', async (s3) => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${s3.server.bucket}/nowhere/*`,
        },
      ],
    });
    await s3.plain.send(new S3.PutBucketPolicyCommand({ Bucket: s3.server.bucket, Policy }));
    await s3.plain.send(new S3.DeleteBucketPolicyCommand({ Bucket: s3.server.bucket }));
  }),
  feature('CORS rules can be set and deleted', async (s3) => {
    await s3.plain.send(
      new S3.PutBucketCorsCommand({
        Bucket: s3.server.bucket,
        CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['https://app.example'], AllowedMethods: ['GET'] }] },
      }),
    );
    await s3.plain.send(new S3.DeleteBucketCorsCommand({ Bucket: s3.server.bucket }));
  }),
  feature('browsers download a page with scripts instead of showing it', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, '<script>', { ContentType: 'text/html', ContentDisposition: 'inline' });
    expectThat((await s3.head(key)).ContentDisposition?.startsWith('attachment'), 'a browser would show the page');
  }),
  feature('the bucket name in the host name (virtual-host style)', async (s3) => {
    const client = s3.clientWith({
      endpoint: s3.server.endpoint.replace('127.0.0.1', s3.server.domain),
      forcePathStyle: false,
    });
    const key = uniqueKey();
    await s3.put(key, 'v', {}, client);
    client.destroy();
    await s3.expectBytes(key, Buffer.from('v'));
  }),
  feature('NoSuchKey and NoSuchBucket', async (s3) => {
    await expectError(s3.get(uniqueKey()), 'NoSuchKey');
    await expectError(
      s3.plain.send(new S3.PutObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x', Body: 'x' })),
      'NoSuchBucket',
    );
  }),
  feature('creating an existing own bucket succeeds', async (s3) => {
    await s3.plain.send(new S3.CreateBucketCommand({ Bucket: s3.server.bucket }));
  }),
  feature('a second bucket can be created and deleted', async (s3) => {
    const Bucket = `another-${randomBytes(6).toString('hex')}`;
    await s3.plain.send(new S3.CreateBucketCommand({ Bucket }));
    await s3.plain.send(new S3.DeleteBucketCommand({ Bucket }));
  }),
];
