/** Deletes all objects and unfinished uploads through the S3 API, because another process serves the store. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { PracticeAddress } from './practice.ts';

/** @throws the errors of the S3 client */
export async function emptyOverS3(address: PracticeAddress): Promise<void> {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey } = address;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 3,
    // The user's AWS configuration must not redirect or change these requests.
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    requestChecksumCalculation: 'WHEN_SUPPORTED',
  });
  try {
    await removeObjects(client, bucket);
    await abortUploads(client, bucket);
  } finally {
    client.destroy();
  }
}

async function removeObjects(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length > 0)
      await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Quiet: true, Objects: Contents.map(({ Key }) => ({ Key })) },
        }),
      );
    if (!IsTruncated) return;
  }
}

async function abortUploads(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Uploads = [], IsTruncated } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    if (!IsTruncated) return;
  }
}
