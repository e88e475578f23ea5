/** What is below a prefix of a bucket, past our code. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { statusOf } from '../store.ts';

interface Entry {
  Key?: string | undefined;
  VersionId?: string | undefined;
}

/** How stores say that they know no versions. */
const unknown = new Set([400, 403, 405, 501]);

export class Folder {
  readonly #client: S3Client;
  readonly #where: { Bucket: string; Prefix: string };

  constructor(client: S3Client, bucket: string, prefix: string) {
    this.#client = client;
    this.#where = { Bucket: bucket, Prefix: `${prefix}/` };
  }

  async leftovers(): Promise<{ objects: number; uploads: number }> {
    return { objects: (await this.#objects()).length, uploads: (await this.#uploads()).length };
  }

  async empty(): Promise<void> {
    const { Bucket } = this.#where;
    for (const { Key, UploadId } of await this.#uploads())
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    for (const { Key, VersionId } of await this.#objects())
      await this.#client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }

  async #uploads(): Promise<{ Key?: string | undefined; UploadId?: string | undefined }[]> {
    return (await this.#client.send(new ListMultipartUploadsCommand(this.#where))).Uploads ?? [];
  }

  async #objects(): Promise<Entry[]> {
    try {
      const { Versions = [], DeleteMarkers = [] } = await this.#client.send(new ListObjectVersionsCommand(this.#where));
      return [...Versions, ...DeleteMarkers];
    } catch (cause) {
      if (!unknown.has(statusOf(cause) ?? 0)) throw cause;
      return (await this.#client.send(new ListObjectsV2Command(this.#where))).Contents ?? [];
    }
  }
}
