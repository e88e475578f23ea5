/**
 * Small checks of an S3 server's features, made with the SDK. The results become the table in docs/s3-servers.md
 * (s3-features.test.ts).
 */
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

export interface FeatureServer {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The domain of virtual-host names, for example localhost. */
  domain: string;
}

/** Throws when the server does not support it. */
export interface Feature {
  name: string;
  probe(s3: FeatureClient): Promise<void>;
}

const MiB = 1024 * 1024;
const part = 5 * MiB;
const zeros = '0'.repeat(32);
/** Every check uses separate keys. */
const uniqueKey = (): string => `features/${randomBytes(8).toString('hex')}`;

function expectThat(isTrue: unknown, otherwise: string): asserts isTrue {
  if (!isTrue) throw new Error(otherwise);
}

export class FeatureClient {
  readonly server: FeatureServer;
  readonly client: S3.S3Client;
  readonly plain: S3.S3Client;

  constructor(server: FeatureServer) {
    this.server = server;
    this.client = this.clientWith({});
    this.plain = this.clientWith({
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  clientWith(config: S3.S3ClientConfig): S3.S3Client {
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
    rest: Partial<S3.PutObjectCommandInput> = {},
    client = this.client,
  ) {
    return client.send(new S3.PutObjectCommand({ Bucket: this.server.bucket, Key, Body, ...rest }));
  }
  head(Key: string, rest: Partial<S3.HeadObjectCommandInput> = {}) {
    return this.plain.send(new S3.HeadObjectCommand({ Bucket: this.server.bucket, Key, ...rest }));
  }
  async get(Key: string, rest: Partial<S3.GetObjectCommandInput> = {}): Promise<Buffer> {
    const { Body } = await this.plain.send(new S3.GetObjectCommand({ Bucket: this.server.bucket, Key, ...rest }));
    return Buffer.from(await Body!.transformToByteArray());
  }
  async roundTrip(Key: string, body: Buffer): Promise<void> {
    expectThat((await this.get(Key)).equals(body), 'other bytes come back');
  }
  async create(Key: string, rest: Partial<S3.CreateMultipartUploadCommandInput> = {}): Promise<string> {
    return (
      (await this.plain.send(new S3.CreateMultipartUploadCommand({ Bucket: this.server.bucket, Key, ...rest })))
        .UploadId ?? ''
    );
  }
  async part(
    Key: string,
    UploadId: string,
    PartNumber: number,
    Body: S3.UploadPartCommandInput['Body'],
    rest: Partial<S3.UploadPartCommandInput> = {},
    client = this.plain,
  ): Promise<S3.CompletedPart> {
    const { ETag } = await client.send(
      new S3.UploadPartCommand({ Bucket: this.server.bucket, Key, UploadId, PartNumber, Body, ...rest }),
    );
    return { PartNumber, ETag };
  }
  complete(
    Key: string,
    UploadId: string,
    Parts: S3.CompletedPart[],
    rest: Partial<S3.CompleteMultipartUploadCommandInput> = {},
  ) {
    return this.plain.send(
      new S3.CompleteMultipartUploadCommand({
        Bucket: this.server.bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        ...rest,
      }),
    );
  }
  link(
    command: S3.GetObjectCommand | S3.PutObjectCommand,
    options: { expiresIn: number; signingDate?: Date } = { expiresIn: 60 },
  ): Promise<string> {
    return getSignedUrl(this.plain, command, options);
  }
  linkTo(
    Key: string,
    rest: Partial<S3.GetObjectCommandInput> = {},
    options?: { expiresIn: number; signingDate?: Date },
  ): Promise<string> {
    return this.link(new S3.GetObjectCommand({ Bucket: this.server.bucket, Key, ...rest }), options);
  }
  async anonymous(key: string): Promise<number> {
    return (await fetch(`${this.server.endpoint}/${this.server.bucket}/${key}`)).status;
  }

  /** Sends a PUT with headers that the SDK would not send. */
  async putWith(headers: Record<string, string>): Promise<void> {
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

/** Must be refused with this error name or status. */
async function expectError(work: Promise<unknown>, expected: string | number): Promise<void> {
  const cause = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expectThat(cause !== undefined, 'accepted');
  const { name, $metadata } = cause as S3.S3ServiceException;
  expectThat(name === expected || $metadata?.httpStatusCode === expected, `${name} ${$metadata?.httpStatusCode}`);
}

const stream = (body: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let i = 0; i < body.length; i += 65_536) yield body.subarray(i, i + 65_536);
    })(),
    { objectMode: false },
  );
const feature = (name: string, probe: Feature['probe']): Feature => ({ name, probe });

const storing: Feature[] = [
  feature('an object in one request', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(100_000)];
    await s3.put(key, body);
    await s3.roundTrip(key, body);
  }),
  feature('a stream with its length known', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(300_000)];
    await s3.put(key, stream(body), { ContentLength: body.length }, s3.plain);
    await s3.roundTrip(key, body);
  }),
  feature('a stream in chunks with a trailing checksum (aws-chunked)', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(300_000)];
    await s3.put(key, stream(body), { ContentLength: body.length });
    await s3.roundTrip(key, body);
  }),
  feature('a part in chunks with a trailing checksum', async (s3) => {
    const [key, body] = [uniqueKey(), randomBytes(300_000)];
    await s3.part(key, await s3.create(key), 1, stream(body), { ContentLength: body.length }, s3.client);
  }),
  feature('lib-storage, 12 MiB of unknown length', async (s3) => {
    const [Key, body] = [uniqueKey(), randomBytes(12 * MiB)];
    await new Upload({ client: s3.client, params: { Bucket: s3.server.bucket, Key, Body: stream(body) } }).done();
    await s3.roundTrip(Key, body);
  }),
  feature('Content-Type, -Disposition, -Encoding, -Language, Cache-Control and metadata are kept', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'x', {
      ContentType: 'text/x',
      CacheControl: 'max-age=5',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { foo: 'bar' },
    });
    const head = await s3.head(key);
    expectThat(
      head.ContentType === 'text/x' &&
        head.CacheControl &&
        head.ContentDisposition &&
        head.ContentEncoding === 'gzip' &&
        head.ContentLanguage &&
        head.Metadata?.foo === 'bar',
      'something is lost',
    );
  }),
  feature('storage class STANDARD accepted, an unknown one refused', async (s3) => {
    await s3.put(uniqueKey(), 'x', { StorageClass: 'STANDARD' });
    await expectError(s3.put(uniqueKey(), 'x', { StorageClass: 'NOWHERE' as 'GLACIER' }), 400);
  }),
  feature('tags', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'x', { Tagging: 'a=b' });
    const { TagSet } = await s3.plain.send(new S3.GetObjectTaggingCommand({ Bucket: s3.server.bucket, Key: key }));
    expectThat(TagSet?.[0]?.Key === 'a', 'no tags');
  }),
  feature('Expect: 100-continue is answered', async (s3) =>
    expectThat(
      (await expectContinue(await s3.link(new S3.PutObjectCommand({ Bucket: s3.server.bucket, Key: uniqueKey() })))) ===
        'continued 200',
      'no',
    ),
  ),
  feature('… and not when the request is refused', async (s3) =>
    expectThat(
      (await expectContinue(await s3.link(new S3.PutObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x' })))) ===
        'refused 404',
      'no',
    ),
  ),
  feature('a connection that is cut in the middle leaves nothing', async (s3) => {
    const key = uniqueKey();
    const url = new URL(await s3.link(new S3.PutObjectCommand({ Bucket: s3.server.bucket, Key: key })));
    await new Promise<void>((resolve) => {
      const socket = net.connect(Number(url.port), '127.0.0.1', () => {
        socket.write(
          `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(500_000), () => socket.destroy());
      });
      socket.once('close', () => resolve());
    });
    await expectError(s3.head(key), 404);
  }),
];

const inParts: Feature[] = [
  feature("parts; the ETag is the MD5 of the parts' MD5s", async (s3) => {
    const [key, bodies] = [uniqueKey(), [randomBytes(part), randomBytes(1000)]];
    const id = await s3.create(key);
    const parts = [await s3.part(key, id, 1, bodies[0]), await s3.part(key, id, 2, bodies[1])];
    await s3.complete(key, id, parts);
    await s3.roundTrip(key, Buffer.concat(bodies));
    const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();
    expectThat(
      (await s3.head(key)).ETag === `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-2"`,
      'another ETag',
    );
  }),
  feature('the answer to Complete names the ETag', async (s3) => {
    const key = uniqueKey();
    const id = await s3.create(key);
    expectThat((await s3.complete(key, id, [await s3.part(key, id, 1, 'x')])).ETag, 'empty');
  }),
  feature('lists of parts, in pages', async (s3) => {
    const key = uniqueKey();
    const UploadId = await s3.create(key);
    for (const number of [1, 2, 3]) await s3.part(key, UploadId, number, 'x');
    const first = await s3.plain.send(
      new S3.ListPartsCommand({ Bucket: s3.server.bucket, Key: key, UploadId, MaxParts: 2 }),
    );
    const second = await s3.plain.send(
      new S3.ListPartsCommand({
        Bucket: s3.server.bucket,
        Key: key,
        UploadId,
        PartNumberMarker: first.NextPartNumberMarker,
      }),
    );
    expectThat(first.IsTruncated && first.Parts?.length === 2 && second.Parts?.length === 1, 'other pages');
  }),
  feature('lists of unfinished uploads, by prefix', async (s3) => {
    const key = uniqueKey();
    const id = await s3.create(key);
    const { Uploads } = await s3.plain.send(
      new S3.ListMultipartUploadsCommand({ Bucket: s3.server.bucket, Prefix: key }),
    );
    expectThat(Uploads?.length === 1 && Uploads[0]?.UploadId === id, 'not listed');
  }),
  feature('an upload that was aborted is unknown', async (s3) => {
    const Key = uniqueKey();
    const UploadId = await s3.create(Key);
    await s3.plain.send(new S3.AbortMultipartUploadCommand({ Bucket: s3.server.bucket, Key, UploadId }));
    await expectError(s3.part(Key, UploadId, 1, 'x'), 'NoSuchUpload');
  }),
  feature('a part below 5 MiB that is not the last: EntityTooSmall', async (s3) => {
    const key = uniqueKey();
    const id = await s3.create(key);
    await expectError(
      s3.complete(key, id, [await s3.part(key, id, 1, 'a'), await s3.part(key, id, 2, 'b')]),
      'EntityTooSmall',
    );
  }),
  feature('a part with another ETag: InvalidPart', async (s3) => {
    const key = uniqueKey();
    const id = await s3.create(key);
    await s3.part(key, id, 1, 'a');
    await expectError(s3.complete(key, id, [{ PartNumber: 1, ETag: `"${zeros}"` }]), 'InvalidPart');
  }),
  feature('parts in another order: InvalidPartOrder', async (s3) => {
    const key = uniqueKey();
    const id = await s3.create(key);
    const [one, two] = [await s3.part(key, id, 1, randomBytes(part)), await s3.part(key, id, 2, randomBytes(part))];
    await expectError(s3.complete(key, id, [two, one]), 'InvalidPartOrder');
  }),
  feature('Complete again gives the same answer', async (s3) => {
    const key = uniqueKey();
    const id = await s3.create(key);
    const parts = [await s3.part(key, id, 1, 'x')];
    await s3.complete(key, id, parts);
    await s3.complete(key, id, parts);
  }),
  feature('copies an object, and a byte range of an object as a part', async (s3) => {
    const [from, to] = [`${uniqueKey()}/ü +.txt`, uniqueKey()];
    await s3.put(from, 'abcdef');
    const CopySource = `${s3.server.bucket}/${encodeURIComponent(from)}`;
    await s3.plain.send(new S3.CopyObjectCommand({ Bucket: s3.server.bucket, Key: to, CopySource }));
    const UploadId = await s3.create(to);
    const { CopyPartResult } = await s3.plain.send(
      new S3.UploadPartCopyCommand({
        Bucket: s3.server.bucket,
        Key: to,
        UploadId,
        PartNumber: 1,
        CopySource,
        CopySourceRange: 'bytes=1-3',
      }),
    );
    await s3.complete(to, UploadId, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    await s3.roundTrip(to, Buffer.from('bcd'));
  }),
];

const reading: Feature[] = [
  feature('ranges; If-None-Match', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'hello');
    expectThat((await s3.get(key, { Range: 'bytes=1-3' })).toString() === 'ell', 'other bytes');
    const { ETag } = await s3.head(key);
    await expectError(s3.get(key, { IfNoneMatch: ETag }), 304);
  }),
  feature('paginated lists, with prefix and delimiter (v1 and v2)', async (s3) => {
    const Prefix = `${uniqueKey()}/`;
    for (const number of [1, 2, 3]) await s3.put(`${Prefix}${number}/f`);
    const { bucket: Bucket } = s3.server;
    const first = await s3.plain.send(new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2 }));
    const second = await s3.plain.send(
      new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', ContinuationToken: first.NextContinuationToken }),
    );
    expectThat(first.CommonPrefixes?.length === 2 && first.IsTruncated && second.CommonPrefixes?.length === 1, 'v2');
    const old = await s3.plain.send(new S3.ListObjectsCommand({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2 }));
    const next = await s3.plain.send(
      new S3.ListObjectsCommand({ Bucket, Prefix, Delimiter: '/', Marker: old.NextMarker }),
    );
    expectThat(old.CommonPrefixes?.length === 2 && next.CommonPrefixes?.length === 1, 'v1');
  }),
  ...[
    'sp ace',
    'plus+plus',
    'uni-日本語-é-🎉',
    'a//b',
    'q?x=1',
    'h#y',
    'per%25cent',
    'dot/../x',
    'trail/',
    `quote'"`,
    'amp&lt<',
    'tilde~!*()',
  ].map((name) =>
    feature(`the key \`${name}\``, async (s3) => {
      const key = `${uniqueKey()}/${name}`;
      const body = randomBytes(10);
      await s3.put(key, body);
      await s3.roundTrip(key, body);
      const { Contents } = await s3.plain.send(
        new S3.ListObjectsV2Command({ Bucket: s3.server.bucket, Prefix: key.slice(0, 26) }),
      );
      expectThat(
        Contents?.some((one) => one.Key === key),
        'not listed',
      );
    }),
  ),
  feature('several objects are deleted with one request', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    const { Deleted } = await s3.client.send(
      new S3.DeleteObjectsCommand({ Bucket: s3.server.bucket, Delete: { Objects: [{ Key: key }] } }),
    );
    expectThat(Deleted?.length === 1, 'not removed');
    await expectError(s3.head(key), 404);
  }),
];

const integrity: Feature[] = [
  feature('x-amz-content-sha256 that does not match is refused', (s3) =>
    expectError(
      s3.putWith({ 'x-amz-content-sha256': createHash('sha256').update('HELLO').digest('hex') }),
      'XAmzContentSHA256Mismatch',
    ),
  ),
  feature('Content-MD5 that does not match is refused', (s3) =>
    expectError(s3.putWith({ 'content-md5': Buffer.alloc(16).toString('base64') }), 'BadDigest'),
  ),
  feature('x-amz-checksum-crc32 that does not match is refused', (s3) =>
    expectError(s3.putWith({ 'x-amz-checksum-crc32': 'AAAAAA==' }), 'BadDigest'),
  ),
  feature('x-amz-checksum-sha256 that does not match is refused', (s3) =>
    expectError(s3.putWith({ 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') }), 'BadDigest'),
  ),
  ...(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const).map((ChecksumAlgorithm) =>
    feature(`the checksum ${ChecksumAlgorithm} is stored and returned`, async (s3) => {
      const key = uniqueKey();
      await s3.put(key, 'hello', { ChecksumAlgorithm });
      expectThat((await s3.head(key, { ChecksumMode: 'ENABLED' }))[`Checksum${ChecksumAlgorithm}`], 'not given back');
    }),
  ),
  feature('If-None-Match: * on Put', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    await expectError(s3.put(key, 'y', { IfNoneMatch: '*' }), 412);
  }),
  feature('If-Match on Put', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    await expectError(s3.put(key, 'y', { IfMatch: `"${zeros}"` }), 412);
  }),
  feature('If-None-Match: * on Complete', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    const id = await s3.create(key);
    await expectError(s3.complete(key, id, [await s3.part(key, id, 1, 'x')], { IfNoneMatch: '*' }), 412);
  }),
];

const signing: Feature[] = [
  feature('presigned links, with another Content-Disposition', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    const answer = await fetch(await s3.linkTo(key, { ResponseContentDisposition: 'attachment; filename="x y.bin"' }));
    expectThat(
      answer.status === 200 && answer.headers.get('content-disposition')?.includes('x y'),
      String(answer.status),
    );
  }),
  feature('presigned uploads', async (s3) => {
    const Key = uniqueKey();
    const answer = await fetch(await s3.link(new S3.PutObjectCommand({ Bucket: s3.server.bucket, Key })), {
      method: 'PUT',
      body: 'hello',
    });
    expectThat(answer.status === 200, String(answer.status));
    await s3.roundTrip(Key, Buffer.from('hello'));
  }),
  feature('a link that has expired is refused', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    expectThat(
      (await fetch(await s3.linkTo(key, {}, { expiresIn: 1, signingDate: new Date(Date.now() - 60_000) }))).status ===
        403,
      'accepted',
    );
  }),
  feature('a link that was changed is refused', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    expectThat(
      (await fetch((await s3.linkTo(key)).replace(/X-Amz-Signature=..../, 'X-Amz-Signature=0000'))).status === 403,
      'accepted',
    );
  }),
  feature('wrong secret: SignatureDoesNotMatch', (s3) =>
    expectError(
      s3
        .clientWith({ credentials: { accessKeyId: s3.server.accessKeyId, secretAccessKey: 'wrong' } })
        .send(new S3.ListObjectsV2Command({ Bucket: s3.server.bucket })),
      'SignatureDoesNotMatch',
    ),
  ),
  feature('unknown key: InvalidAccessKeyId', (s3) =>
    expectError(
      s3
        .clientWith({ credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'wrong' } })
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
  feature('nothing is read without a signature', async (s3) => {
    const key = uniqueKey();
    await s3.put(key);
    expectThat((await s3.anonymous(key)) === 403, 'accepted');
  }),
  feature('public-read: anonymous clients can read', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, 'x', { ACL: 'public-read' });
    expectThat((await s3.anonymous(key)) === 200, 'not readable');
  }),
  feature('a bucket policy', async (s3) => {
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
  feature('CORS', async (s3) => {
    await s3.plain.send(
      new S3.PutBucketCorsCommand({
        Bucket: s3.server.bucket,
        CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['https://app.example'], AllowedMethods: ['GET'] }] },
      }),
    );
    await s3.plain.send(new S3.DeleteBucketCorsCommand({ Bucket: s3.server.bucket }));
  }),
  feature('a page that runs scripts is saved, not shown', async (s3) => {
    const key = uniqueKey();
    await s3.put(key, '<script>', { ContentType: 'text/html', ContentDisposition: 'inline' });
    expectThat((await s3.head(key)).ContentDisposition?.startsWith('attachment'), 'shown');
  }),
  feature("the bucket in the host's name", async (s3) => {
    const client = s3.clientWith({
      endpoint: s3.server.endpoint.replace('127.0.0.1', s3.server.domain),
      forcePathStyle: false,
    });
    const key = uniqueKey();
    await s3.put(key, 'v', {}, client);
    client.destroy();
    await s3.roundTrip(key, Buffer.from('v'));
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
  feature('another bucket', async (s3) => {
    const Bucket = `another-${randomBytes(6).toString('hex')}`;
    await s3.plain.send(new S3.CreateBucketCommand({ Bucket }));
    await s3.plain.send(new S3.DeleteBucketCommand({ Bucket }));
  }),
];

async function expectContinue(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let outcome = 'refused';
    const request = http.request(new URL(url), {
      method: 'PUT',
      agent: false,
      headers: { expect: '100-continue', 'content-length': 3 },
    });
    request.once('continue', () => {
      outcome = 'continued';
      request.end('abc');
    });
    request.once('response', (response) => {
      response.resume();
      resolve(`${outcome} ${response.statusCode}`);
      request.destroy();
    });
    request.once('error', reject);
    request.flushHeaders();
  });
}

export const featureGroups: [title: string, features: Feature[]][] = [
  ['Storing', storing],
  ['In parts', inParts],
  ['Reading and listing', reading],
  ['Integrity and conditions', integrity],
  ['Signatures and rights', signing],
];
