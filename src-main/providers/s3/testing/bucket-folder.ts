/** Lists and deletes the data in a folder of a bucket, without Hoist's driver. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { sdkErrorStatus } from '../sdk-error.ts';

interface ObjectVersion {
  Key?: string | undefined;
  VersionId?: string | undefined;
}

/** Statuses of stores that cannot list versions. */
const unsupportedStatuses = new Set([400, 403, 405, 501]);

export class BucketFolder {
  readonly #client: S3Client;
  readonly #target: { Bucket: string; Prefix: string };

  constructor(client: S3Client, bucket: string, prefix: string) {
    this.#client = client;
    this.#target = { Bucket: bucket, Prefix: `${prefix}/` };
  }

  async leftovers(): Promise<{ objects: number; uploads: number }> {
    return { objects: (await this.#objects()).length, uploads: (await this.#uploads()).length };
  }

  async empty(): Promise<void> {
    const { Bucket } = this.#target;
    for (const { Key, UploadId } of await this.#uploads())
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    for (const { Key, VersionId } of await this.#objects())
      await this.#client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }

  async #uploads(): Promise<{ Key?: string | undefined; UploadId?: string | undefined }[]> {
    return (await this.#client.send(new ListMultipartUploadsCommand(this.#target))).Uploads ?? [];
  }

  async #objects(): Promise<ObjectVersion[]> {
    try {
      const { Versions = [], DeleteMarkers = [] } = await this.#client.send(
        new ListObjectVersionsCommand(this.#target),
      );
      return [...Versions, ...DeleteMarkers];
    } catch (cause) {
      if (!unsupportedStatuses.has(sdkErrorStatus(cause) ?? 0)) throw cause;
      return (await this.#client.send(new ListObjectsV2Command(this.#target))).Contents ?? [];
    }
  }
}
