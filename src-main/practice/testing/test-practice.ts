/** A separate Practice for a test, with a temporary folder, settings in memory, and independent S3 clients. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Practice, type PracticeAddress, type PracticePorts, type PracticeSettings } from '../practice.ts';

/** The parent contains only the folder, so that a test can check that no file is written outside the folder. */
const parentPrefix = 'hoist-test-practice-';

export class TestPractice {
  readonly practice: Practice;
  readonly address: PracticeAddress;
  readonly folder: string;
  /** Unexpected errors of requests. */
  readonly problems: unknown[];
  readonly client: S3Client;

  private constructor(practice: Practice, address: PracticeAddress, folder: string, problems: unknown[]) {
    this.practice = practice;
    this.address = address;
    this.folder = folder;
    this.problems = problems;
    this.client = this.newClient();
  }

  static async start(ports: Partial<PracticePorts> = {}): Promise<TestPractice> {
    const folder = ports.folder ?? join(await mkdtemp(join(tmpdir(), parentPrefix)), 'practice');
    const problems: unknown[] = [];
    const practice = new Practice({
      folder,
      storedSettings: memorySettings(),
      now: Date.now,
      randomBytes,
      onProblem: (cause) => {
        problems.push(cause);
      },
      ...ports,
    });
    const { address } = await practice.ensure();
    return new TestPractice(practice, address, folder, problems);
  }

  newClient(config: S3ClientConfig = {}): S3Client {
    const { endpoint, region, accessKeyId, secretAccessKey } = this.address;
    return new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
      ...isolatedConfig,
      ...config,
    });
  }

  /** Keys of all objects. */
  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.address.bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** Ids of all unfinished multipart uploads. */
  async uploads(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.address.bucket }));
    return Uploads.map(({ UploadId = '' }) => UploadId);
  }

  async itemCounts(): Promise<{ objects: number; uploads: number }> {
    return { objects: (await this.keys()).length, uploads: (await this.uploads()).length };
  }

  async bytes(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.address.bucket, Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  async put(key: string, body: Buffer | string): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.address.bucket, Key: key, Body: body }));
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.practice.close();
    const parent = dirname(this.folder);
    const isOurs = basename(parent).startsWith(parentPrefix);
    await rm(isOurs ? parent : this.folder, { recursive: true, force: true });
  }
}

/** Settings of S3 clients that environment variables could change otherwise. */
const isolatedConfig = {
  ignoreConfiguredEndpointUrls: true,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  requestChecksumCalculation: 'WHEN_SUPPORTED',
} as const;

export function memorySettings(): PracticePorts['storedSettings'] {
  let stored: PracticeSettings | undefined;
  return {
    get: () => stored,
    set: (settings) => {
      stored = settings;
    },
  };
}
