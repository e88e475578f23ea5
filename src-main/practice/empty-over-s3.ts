/** Empties the store of another process the way any S3 client would. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { createS3Client } from '../providers/s3/client.ts';
import { s3SettingsSchema } from '../providers/s3/settings.ts';
import type { PracticeAddress } from './practice.ts';

/** @throws what the client throws */
export async function emptyOverS3(address: PracticeAddress): Promise<void> {
  const { bucket } = address;
  const client = createS3Client(v.parse(s3SettingsSchema, { ...address, pathStyle: 'true' }), {
    credentials: { provider: async () => address },
    attempts: 3,
    retryMs: 200,
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
