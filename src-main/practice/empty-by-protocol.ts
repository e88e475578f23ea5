/** Empties the store of another process the way any S3 client would. */
import { AbortMultipartUploadCommand, DeleteObjectsCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { PracticeAddress } from './practice.ts';

/** @throws what the client throws */
export async function emptyByProtocol({ endpoint, region, bucket, accessKeyId, secretAccessKey }: PracticeAddress): Promise<void> {
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, ignoreConfiguredEndpointUrls: true });
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
    if (Contents.length > 0) await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Quiet: true, Objects: Contents.map(({ Key }) => ({ Key })) } }));
    if (!IsTruncated) return;
  }
}

async function abortUploads(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Uploads = [], IsTruncated } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    for (const { Key, UploadId } of Uploads) await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    if (!IsTruncated) return;
  }
}
