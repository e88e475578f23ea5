/** An S3 client for the feature checks, with short calls for the requests that they need. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type net from 'node:net';
import * as S3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expectThat } from './feature.ts';

export interface FeatureServer {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The domain of virtual-host names, for example localhost. */
  domain: string;
}

/** A new key. Every check uses separate keys. */
export const uniqueKey = (): string => `features/${randomBytes(8).toString('hex')}`;

export class FeatureClient {
  readonly server: FeatureServer;
  readonly client: S3.S3Client;
  /** Sends checksums only where S3 requires them. */
  readonly plain: S3.S3Client;

  constructor(server: FeatureServer) {
    this.server = server;
    this.client = this.clientWith({});
    this.plain = this.clientWith({
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  /** A client that resolves every host name to this computer. */
  clientWith(config: S3.S3ClientConfig): S3.S3Client {
    // With `all`, Node expects a list of addresses in place of one address and its family.
    const lookup: net.LookupFunction = (_name, { all }, done) => {
      (done as (...args: unknown[]) => void)(
        null,
        ...(all ? [[{ address: '127.0.0.1', family: 4 }]] : ['127.0.0.1', 4]),
      );
    };
    const { endpoint, accessKeyId, secretAccessKey } = this.server;
    return new S3.S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
      ignoreConfiguredEndpointUrls: true,
      requestHandler: {
        httpAgent: new http.Agent({ keepAlive: true, lookup }),
        requestTimeout: 15_000,
        throwOnRequestTimeout: true,
      },
      ...config,
    });
  }

  destroy(): void {
    this.client.destroy();
    this.plain.destroy();
  }

  put(
    Key: string,
    Body: S3.PutObjectCommandInput['Body'] = 'x',
    more: Partial<S3.PutObjectCommandInput> = {},
    client = this.client,
  ) {
    return client.send(new S3.PutObjectCommand({ Bucket: this.server.bucket, Key, Body, ...more }));
  }
  head(Key: string, more: Partial<S3.HeadObjectCommandInput> = {}) {
    return this.plain.send(new S3.HeadObjectCommand({ Bucket: this.server.bucket, Key, ...more }));
  }
  async get(Key: string, more: Partial<S3.GetObjectCommandInput> = {}): Promise<Buffer> {
    const { Body } = await this.plain.send(new S3.GetObjectCommand({ Bucket: this.server.bucket, Key, ...more }));
    return Buffer.from(await Body!.transformToByteArray());
  }
  /** Throws unless the object has these bytes. */
  async expectBytes(Key: string, body: Buffer): Promise<void> {
    expectThat((await this.get(Key)).equals(body), 'the stored bytes differ');
  }
  /** Starts a multipart upload. @returns its id */
  async createUpload(Key: string, more: Partial<S3.CreateMultipartUploadCommandInput> = {}): Promise<string> {
    return (
      (await this.plain.send(new S3.CreateMultipartUploadCommand({ Bucket: this.server.bucket, Key, ...more })))
        .UploadId ?? ''
    );
  }
  async uploadPart(
    Key: string,
    UploadId: string,
    PartNumber: number,
    Body: S3.UploadPartCommandInput['Body'],
    more: Partial<S3.UploadPartCommandInput> = {},
    client = this.plain,
  ): Promise<S3.CompletedPart> {
    const { ETag } = await client.send(
      new S3.UploadPartCommand({ Bucket: this.server.bucket, Key, UploadId, PartNumber, Body, ...more }),
    );
    return { PartNumber, ETag };
  }
  completeUpload(
    Key: string,
    UploadId: string,
    Parts: S3.CompletedPart[],
    more: Partial<S3.CompleteMultipartUploadCommandInput> = {},
  ) {
    return this.plain.send(
      new S3.CompleteMultipartUploadCommand({
        Bucket: this.server.bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        ...more,
      }),
    );
  }
  presign(
    command: S3.GetObjectCommand | S3.PutObjectCommand,
    options: { expiresIn: number; signingDate?: Date } = { expiresIn: 60 },
  ): Promise<string> {
    return getSignedUrl(this.plain, command, options);
  }
  presignGet(
    Key: string,
    more: Partial<S3.GetObjectCommandInput> = {},
    options?: { expiresIn: number; signingDate?: Date },
  ): Promise<string> {
    return this.presign(new S3.GetObjectCommand({ Bucket: this.server.bucket, Key, ...more }), options);
  }
  /** The status of a GET request without a signature. */
  async anonymousStatus(key: string): Promise<number> {
    return (await fetch(`${this.server.endpoint}/${this.server.bucket}/${key}`)).status;
  }

  /** Stores an object with additional headers that the SDK would not send. */
  async putWithHeaders(headers: Record<string, string>): Promise<void> {
    const client = this.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, headers);
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    try {
      await this.put(uniqueKey(), 'hello', {}, client);
    } finally {
      client.destroy();
    }
  }
}
