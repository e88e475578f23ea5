/** A Practice server for each test of a file, an S3 client, and short functions for the requests of these tests. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, expect } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { sendRawRequest, type RawRequest, type RawResponse } from './raw-request.ts';
import { TestPractice } from './test-practice.ts';

export const Bucket = 'practice';
/** The quota of the server, in bytes. */
const quotaBytes = 100 * MiB;

interface MultipartUpload {
  Key: string;
  UploadId: string;
  Parts: { PartNumber: number; ETag: string }[];
}

class ServerFixture {
  practice!: TestPractice;
  client!: S3Client;
  /** The free space that the server sees on its disk. */
  freeDiskBytes = Infinity;
  /** How far the server's clock is ahead of the real time. */
  clockOffsetMs = 0;

  async start(): Promise<void> {
    this.freeDiskBytes = Infinity;
    this.clockOffsetMs = 0;
    this.practice = await TestPractice.start({
      quotaBytes,
      freeBytes: async () => this.freeDiskBytes,
      now: () => Date.now() + this.clockOffsetMs,
    });
    this.client = this.practice.newClient();
  }

  /** Fails when a request caused an unexpected error in the server. */
  async stop(): Promise<void> {
    this.client.destroy();
    const problems = [...this.practice.problems];
    await this.practice.stop();
    expect(problems).toEqual([]);
  }

  send(request: RawRequest): Promise<RawResponse> {
    return sendRawRequest(this.practice.address, request);
  }

  put(Key: string, Body: Buffer | string = 'x', parameters: object = {}) {
    return this.client.send(new PutObjectCommand({ Bucket, Key, Body, ...parameters }));
  }
  get(Key: string, parameters: object = {}) {
    return this.client.send(new GetObjectCommand({ Bucket, Key, ...parameters }));
  }
  head(Key: string, parameters: object = {}) {
    return this.client.send(new HeadObjectCommand({ Bucket, Key, ...parameters }));
  }
  delete(keys: string[]) {
    return this.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
  }
  presign(command: GetObjectCommand | PutObjectCommand): Promise<string> {
    return getSignedUrl(this.client, command, { expiresIn: 60 });
  }

  /** Creates a multipart upload and stores its parts, but does not complete it. */
  async uploadParts(Key: string, bodies: Buffer[], parameters: object = {}): Promise<MultipartUpload> {
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...parameters }));
    const Parts: MultipartUpload['Parts'] = [];
    for (const [index, Body] of bodies.entries()) {
      const { $metadata: _, ...part } = await this.client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: index + 1, Body, ...parameters }),
      );
      Parts.push({ ...part, PartNumber: index + 1, ETag: part.ETag! });
    }
    return { Key, UploadId: UploadId!, Parts };
  }
  complete({ Key, UploadId, Parts }: { Key: string; UploadId: string; Parts: object[] }, parameters: object = {}) {
    return this.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...parameters }),
    );
  }

  usage() {
    return this.practice.practice.usage();
  }
  /** The number of files that hold object data. */
  async countBlobs(): Promise<number> {
    return (await readdir(join(this.practice.folder, 'pieces'))).length;
  }
}

/** Starts a server before each test of the calling file, and stops it after the test. */
export function startServerForEachTest(): ServerFixture {
  const fixture = new ServerFixture();
  beforeEach(() => fixture.start());
  afterEach(() => fixture.stop());
  return fixture;
}

/** The error code of a failed request, or 'done' for a successful one. */
export async function errorNameOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (error instanceof S3ServiceException) return error.name;
    throw error;
  }
}

/** Checks again in each turn of the event loop. */
export async function waitUntil(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue()))
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}
