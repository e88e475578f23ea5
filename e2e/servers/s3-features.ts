/**
 * What an S3 server can do, as a list of small questions in the words of the SDK. The table in docs/s3-servers.md is
 * made of the answers (s3-features.test.ts).
 */
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import * as S3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

export interface Place {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Under which virtual-host names are served, for example localhost. */
  domain: string;
}

/** Throws when the server cannot do it. */
export interface Feature {
  name: string;
  ask(at: Asker): Promise<void>;
}

const MiB = 1024 * 1024;
const part = 5 * MiB;
const zeros = '0'.repeat(32);
/** Every question has keys of its own. */
const fresh = (): string => `features/${randomBytes(8).toString('hex')}`;

function must(isTrue: unknown, otherwise: string): asserts isTrue {
  if (!isTrue) throw new Error(otherwise);
}

export class Asker {
  readonly place: Place;
  readonly client: S3.S3Client;
  readonly plain: S3.S3Client;

  constructor(place: Place) {
    this.place = place;
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
    const { endpoint, accessKeyId, secretAccessKey } = this.place;
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
    return client.send(new S3.PutObjectCommand({ Bucket: this.place.bucket, Key, Body, ...rest }));
  }
  head(Key: string, rest: Partial<S3.HeadObjectCommandInput> = {}) {
    return this.plain.send(new S3.HeadObjectCommand({ Bucket: this.place.bucket, Key, ...rest }));
  }
  async get(Key: string, rest: Partial<S3.GetObjectCommandInput> = {}): Promise<Buffer> {
    const { Body } = await this.plain.send(new S3.GetObjectCommand({ Bucket: this.place.bucket, Key, ...rest }));
    return Buffer.from(await Body!.transformToByteArray());
  }
  async roundTrip(Key: string, body: Buffer): Promise<void> {
    must((await this.get(Key)).equals(body), 'other bytes come back');
  }
  async create(Key: string, rest: Partial<S3.CreateMultipartUploadCommandInput> = {}): Promise<string> {
    return (
      (await this.plain.send(new S3.CreateMultipartUploadCommand({ Bucket: this.place.bucket, Key, ...rest })))
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
      new S3.UploadPartCommand({ Bucket: this.place.bucket, Key, UploadId, PartNumber, Body, ...rest }),
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
        Bucket: this.place.bucket,
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
    return this.link(new S3.GetObjectCommand({ Bucket: this.place.bucket, Key, ...rest }), options);
  }
  async anonymous(key: string): Promise<number> {
    return (await fetch(`${this.place.endpoint}/${this.place.bucket}/${key}`)).status;
  }

  /** Puts with headers that the SDK would not send. */
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
      await this.put(fresh(), 'hello', {}, client);
    } finally {
      client.destroy();
    }
  }
}

/** Must be refused, with this name or status. */
async function refused(work: Promise<unknown>, expected: string | number): Promise<void> {
  const cause = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  must(cause !== undefined, 'accepted');
  const { name, $metadata } = cause as S3.S3ServiceException;
  must(name === expected || $metadata?.httpStatusCode === expected, `${name} ${$metadata?.httpStatusCode}`);
}

const stream = (body: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let i = 0; i < body.length; i += 65_536) yield body.subarray(i, i + 65_536);
    })(),
    { objectMode: false },
  );
const feature = (name: string, ask: Feature['ask']): Feature => ({ name, ask });

const storing: Feature[] = [
  feature('an object in one request', async (at) => {
    const [key, body] = [fresh(), randomBytes(100_000)];
    await at.put(key, body);
    await at.roundTrip(key, body);
  }),
  feature('a stream with its length known', async (at) => {
    const [key, body] = [fresh(), randomBytes(300_000)];
    await at.put(key, stream(body), { ContentLength: body.length }, at.plain);
    await at.roundTrip(key, body);
  }),
  feature('a stream in chunks with a checksum behind it (aws-chunked)', async (at) => {
    const [key, body] = [fresh(), randomBytes(300_000)];
    await at.put(key, stream(body), { ContentLength: body.length });
    await at.roundTrip(key, body);
  }),
  feature('a part in chunks with a checksum behind it', async (at) => {
    const [key, body] = [fresh(), randomBytes(300_000)];
    await at.part(key, await at.create(key), 1, stream(body), { ContentLength: body.length }, at.client);
  }),
  feature('lib-storage, 12 MiB of unknown length', async (at) => {
    const [Key, body] = [fresh(), randomBytes(12 * MiB)];
    await new Upload({ client: at.client, params: { Bucket: at.place.bucket, Key, Body: stream(body) } }).done();
    await at.roundTrip(Key, body);
  }),
  feature('Content-Type, -Disposition, -Encoding, -Language, Cache-Control and metadata are kept', async (at) => {
    const key = fresh();
    await at.put(key, 'x', {
      ContentType: 'text/x',
      CacheControl: 'max-age=5',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { foo: 'bar' },
    });
    const head = await at.head(key);
    must(
      head.ContentType === 'text/x' &&
        head.CacheControl &&
        head.ContentDisposition &&
        head.ContentEncoding === 'gzip' &&
        head.ContentLanguage &&
        head.Metadata?.foo === 'bar',
      'something is lost',
    );
  }),
  feature('storage class STANDARD accepted, an unknown one refused', async (at) => {
    await at.put(fresh(), 'x', { StorageClass: 'STANDARD' });
    await refused(at.put(fresh(), 'x', { StorageClass: 'NOWHERE' as 'GLACIER' }), 400);
  }),
  feature('tags', async (at) => {
    const key = fresh();
    await at.put(key, 'x', { Tagging: 'a=b' });
    const { TagSet } = await at.plain.send(new S3.GetObjectTaggingCommand({ Bucket: at.place.bucket, Key: key }));
    must(TagSet?.[0]?.Key === 'a', 'no tags');
  }),
  feature('Expect: 100-continue is answered', async (at) =>
    must(
      (await continued(await at.link(new S3.PutObjectCommand({ Bucket: at.place.bucket, Key: fresh() })))) ===
        'continued 200',
      'no',
    ),
  ),
  feature('… and not when the request is refused', async (at) =>
    must(
      (await continued(await at.link(new S3.PutObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x' })))) ===
        'refused 404',
      'no',
    ),
  ),
  feature('a connection that is cut in the middle leaves nothing', async (at) => {
    const key = fresh();
    const url = new URL(await at.link(new S3.PutObjectCommand({ Bucket: at.place.bucket, Key: key })));
    await new Promise<void>((resolve) => {
      const socket = net.connect(Number(url.port), '127.0.0.1', () => {
        socket.write(
          `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(500_000), () => socket.destroy());
      });
      socket.once('close', () => resolve());
    });
    await refused(at.head(key), 404);
  }),
];

const inParts: Feature[] = [
  feature("parts; the ETag is the MD5 of the parts' MD5s", async (at) => {
    const [key, bodies] = [fresh(), [randomBytes(part), randomBytes(1000)]];
    const id = await at.create(key);
    const parts = [await at.part(key, id, 1, bodies[0]), await at.part(key, id, 2, bodies[1])];
    await at.complete(key, id, parts);
    await at.roundTrip(key, Buffer.concat(bodies));
    const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();
    must((await at.head(key)).ETag === `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-2"`, 'another ETag');
  }),
  feature('the answer to Complete names the ETag', async (at) => {
    const key = fresh();
    const id = await at.create(key);
    must((await at.complete(key, id, [await at.part(key, id, 1, 'x')])).ETag, 'empty');
  }),
  feature('lists of parts, in pages', async (at) => {
    const key = fresh();
    const UploadId = await at.create(key);
    for (const number of [1, 2, 3]) await at.part(key, UploadId, number, 'x');
    const first = await at.plain.send(
      new S3.ListPartsCommand({ Bucket: at.place.bucket, Key: key, UploadId, MaxParts: 2 }),
    );
    const second = await at.plain.send(
      new S3.ListPartsCommand({
        Bucket: at.place.bucket,
        Key: key,
        UploadId,
        PartNumberMarker: first.NextPartNumberMarker,
      }),
    );
    must(first.IsTruncated && first.Parts?.length === 2 && second.Parts?.length === 1, 'other pages');
  }),
  feature('lists of unfinished uploads, by prefix', async (at) => {
    const key = fresh();
    const id = await at.create(key);
    const { Uploads } = await at.plain.send(
      new S3.ListMultipartUploadsCommand({ Bucket: at.place.bucket, Prefix: key }),
    );
    must(Uploads?.length === 1 && Uploads[0]?.UploadId === id, 'not listed');
  }),
  feature('an upload that was aborted is unknown', async (at) => {
    const Key = fresh();
    const UploadId = await at.create(Key);
    await at.plain.send(new S3.AbortMultipartUploadCommand({ Bucket: at.place.bucket, Key, UploadId }));
    await refused(at.part(Key, UploadId, 1, 'x'), 'NoSuchUpload');
  }),
  feature('a part below 5 MiB that is not the last: EntityTooSmall', async (at) => {
    const key = fresh();
    const id = await at.create(key);
    await refused(
      at.complete(key, id, [await at.part(key, id, 1, 'a'), await at.part(key, id, 2, 'b')]),
      'EntityTooSmall',
    );
  }),
  feature('a part with another ETag: InvalidPart', async (at) => {
    const key = fresh();
    const id = await at.create(key);
    await at.part(key, id, 1, 'a');
    await refused(at.complete(key, id, [{ PartNumber: 1, ETag: `"${zeros}"` }]), 'InvalidPart');
  }),
  feature('parts in another order: InvalidPartOrder', async (at) => {
    const key = fresh();
    const id = await at.create(key);
    const [one, two] = [await at.part(key, id, 1, randomBytes(part)), await at.part(key, id, 2, randomBytes(part))];
    await refused(at.complete(key, id, [two, one]), 'InvalidPartOrder');
  }),
  feature('Complete again gives the same answer', async (at) => {
    const key = fresh();
    const id = await at.create(key);
    const parts = [await at.part(key, id, 1, 'x')];
    await at.complete(key, id, parts);
    await at.complete(key, id, parts);
  }),
  feature('copies: an object, and a range of one as a part', async (at) => {
    const [from, to] = [`${fresh()}/ü +.txt`, fresh()];
    await at.put(from, 'abcdef');
    const CopySource = `${at.place.bucket}/${encodeURIComponent(from)}`;
    await at.plain.send(new S3.CopyObjectCommand({ Bucket: at.place.bucket, Key: to, CopySource }));
    const UploadId = await at.create(to);
    const { CopyPartResult } = await at.plain.send(
      new S3.UploadPartCopyCommand({
        Bucket: at.place.bucket,
        Key: to,
        UploadId,
        PartNumber: 1,
        CopySource,
        CopySourceRange: 'bytes=1-3',
      }),
    );
    await at.complete(to, UploadId, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    await at.roundTrip(to, Buffer.from('bcd'));
  }),
];

const reading: Feature[] = [
  feature('ranges; If-None-Match', async (at) => {
    const key = fresh();
    await at.put(key, 'hello');
    must((await at.get(key, { Range: 'bytes=1-3' })).toString() === 'ell', 'other bytes');
    const { ETag } = await at.head(key);
    await refused(at.get(key, { IfNoneMatch: ETag }), 304);
  }),
  feature('lists in pages, with prefix and delimiter (v1 and v2)', async (at) => {
    const Prefix = `${fresh()}/`;
    for (const number of [1, 2, 3]) await at.put(`${Prefix}${number}/f`);
    const { bucket: Bucket } = at.place;
    const first = await at.plain.send(new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2 }));
    const second = await at.plain.send(
      new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/', ContinuationToken: first.NextContinuationToken }),
    );
    must(first.CommonPrefixes?.length === 2 && first.IsTruncated && second.CommonPrefixes?.length === 1, 'v2');
    const old = await at.plain.send(new S3.ListObjectsCommand({ Bucket, Prefix, Delimiter: '/', MaxKeys: 2 }));
    const next = await at.plain.send(
      new S3.ListObjectsCommand({ Bucket, Prefix, Delimiter: '/', Marker: old.NextMarker }),
    );
    must(old.CommonPrefixes?.length === 2 && next.CommonPrefixes?.length === 1, 'v1');
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
    feature(`the key \`${name}\``, async (at) => {
      const key = `${fresh()}/${name}`;
      const body = randomBytes(10);
      await at.put(key, body);
      await at.roundTrip(key, body);
      const { Contents } = await at.plain.send(
        new S3.ListObjectsV2Command({ Bucket: at.place.bucket, Prefix: key.slice(0, 26) }),
      );
      must(
        Contents?.some((one) => one.Key === key),
        'not listed',
      );
    }),
  ),
  feature('many are removed with one request', async (at) => {
    const key = fresh();
    await at.put(key);
    const { Deleted } = await at.client.send(
      new S3.DeleteObjectsCommand({ Bucket: at.place.bucket, Delete: { Objects: [{ Key: key }] } }),
    );
    must(Deleted?.length === 1, 'not removed');
    await refused(at.head(key), 404);
  }),
];

const guarding: Feature[] = [
  feature('x-amz-content-sha256 that does not match is refused', (at) =>
    refused(
      at.putWith({ 'x-amz-content-sha256': createHash('sha256').update('HELLO').digest('hex') }),
      'XAmzContentSHA256Mismatch',
    ),
  ),
  feature('Content-MD5 that does not match is refused', (at) =>
    refused(at.putWith({ 'content-md5': Buffer.alloc(16).toString('base64') }), 'BadDigest'),
  ),
  feature('x-amz-checksum-crc32 that does not match is refused', (at) =>
    refused(at.putWith({ 'x-amz-checksum-crc32': 'AAAAAA==' }), 'BadDigest'),
  ),
  feature('x-amz-checksum-sha256 that does not match is refused', (at) =>
    refused(at.putWith({ 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') }), 'BadDigest'),
  ),
  ...(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const).map((ChecksumAlgorithm) =>
    feature(`the checksum ${ChecksumAlgorithm} is kept and given back`, async (at) => {
      const key = fresh();
      await at.put(key, 'hello', { ChecksumAlgorithm });
      must((await at.head(key, { ChecksumMode: 'ENABLED' }))[`Checksum${ChecksumAlgorithm}`], 'not given back');
    }),
  ),
  feature('If-None-Match: * on Put', async (at) => {
    const key = fresh();
    await at.put(key);
    await refused(at.put(key, 'y', { IfNoneMatch: '*' }), 412);
  }),
  feature('If-Match on Put', async (at) => {
    const key = fresh();
    await at.put(key);
    await refused(at.put(key, 'y', { IfMatch: `"${zeros}"` }), 412);
  }),
  feature('If-None-Match: * on Complete', async (at) => {
    const key = fresh();
    await at.put(key);
    const id = await at.create(key);
    await refused(at.complete(key, id, [await at.part(key, id, 1, 'x')], { IfNoneMatch: '*' }), 412);
  }),
];

const signing: Feature[] = [
  feature('presigned links, with another Content-Disposition', async (at) => {
    const key = fresh();
    await at.put(key);
    const answer = await fetch(await at.linkTo(key, { ResponseContentDisposition: 'attachment; filename="x y.bin"' }));
    must(answer.status === 200 && answer.headers.get('content-disposition')?.includes('x y'), String(answer.status));
  }),
  feature('presigned uploads', async (at) => {
    const Key = fresh();
    const answer = await fetch(await at.link(new S3.PutObjectCommand({ Bucket: at.place.bucket, Key })), {
      method: 'PUT',
      body: 'hello',
    });
    must(answer.status === 200, String(answer.status));
    await at.roundTrip(Key, Buffer.from('hello'));
  }),
  feature('a link that has expired is refused', async (at) => {
    const key = fresh();
    await at.put(key);
    must(
      (await fetch(await at.linkTo(key, {}, { expiresIn: 1, signingDate: new Date(Date.now() - 60_000) }))).status ===
        403,
      'accepted',
    );
  }),
  feature('a link that was changed is refused', async (at) => {
    const key = fresh();
    await at.put(key);
    must(
      (await fetch((await at.linkTo(key)).replace(/X-Amz-Signature=..../, 'X-Amz-Signature=0000'))).status === 403,
      'accepted',
    );
  }),
  feature('wrong secret: SignatureDoesNotMatch', (at) =>
    refused(
      at
        .clientWith({ credentials: { accessKeyId: at.place.accessKeyId, secretAccessKey: 'wrong' } })
        .send(new S3.ListObjectsV2Command({ Bucket: at.place.bucket })),
      'SignatureDoesNotMatch',
    ),
  ),
  feature('unknown key: InvalidAccessKeyId', (at) =>
    refused(
      at
        .clientWith({ credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'wrong' } })
        .send(new S3.ListObjectsV2Command({ Bucket: at.place.bucket })),
      'InvalidAccessKeyId',
    ),
  ),
  feature('a clock that is wrong by two hours: RequestTimeTooSkewed', (at) =>
    refused(
      at.clientWith({ systemClockOffset: 7_200_000 }).send(new S3.ListObjectsV2Command({ Bucket: at.place.bucket })),
      'RequestTimeTooSkewed',
    ),
  ),
  feature('nothing is read without a signature', async (at) => {
    const key = fresh();
    await at.put(key);
    must((await at.anonymous(key)) === 403, 'accepted');
  }),
  feature('public-read: everybody may read', async (at) => {
    const key = fresh();
    await at.put(key, 'x', { ACL: 'public-read' });
    must((await at.anonymous(key)) === 200, 'not readable');
  }),
  feature('a bucket policy', async (at) => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${at.place.bucket}/nowhere/*`,
        },
      ],
    });
    await at.plain.send(new S3.PutBucketPolicyCommand({ Bucket: at.place.bucket, Policy }));
    await at.plain.send(new S3.DeleteBucketPolicyCommand({ Bucket: at.place.bucket }));
  }),
  feature('CORS', async (at) => {
    await at.plain.send(
      new S3.PutBucketCorsCommand({
        Bucket: at.place.bucket,
        CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['https://app.example'], AllowedMethods: ['GET'] }] },
      }),
    );
    await at.plain.send(new S3.DeleteBucketCorsCommand({ Bucket: at.place.bucket }));
  }),
  feature('a page that runs scripts is saved, not shown', async (at) => {
    const key = fresh();
    await at.put(key, '<script>', { ContentType: 'text/html', ContentDisposition: 'inline' });
    must((await at.head(key)).ContentDisposition?.startsWith('attachment'), 'shown');
  }),
  feature("the bucket in the host's name", async (at) => {
    const client = at.clientWith({
      endpoint: at.place.endpoint.replace('127.0.0.1', at.place.domain),
      forcePathStyle: false,
    });
    const key = fresh();
    await at.put(key, 'v', {}, client);
    client.destroy();
    await at.roundTrip(key, Buffer.from('v'));
  }),
  feature('NoSuchKey and NoSuchBucket', async (at) => {
    await refused(at.get(fresh()), 'NoSuchKey');
    await refused(
      at.plain.send(new S3.PutObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x', Body: 'x' })),
      'NoSuchBucket',
    );
  }),
  feature('making the own bucket again is no error', async (at) => {
    await at.plain.send(new S3.CreateBucketCommand({ Bucket: at.place.bucket }));
  }),
  feature('another bucket', async (at) => {
    const Bucket = `another-${randomBytes(6).toString('hex')}`;
    await at.plain.send(new S3.CreateBucketCommand({ Bucket }));
    await at.plain.send(new S3.DeleteBucketCommand({ Bucket }));
  }),
];

async function continued(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let was = 'refused';
    const request = http.request(new URL(url), {
      method: 'PUT',
      agent: false,
      headers: { expect: '100-continue', 'content-length': 3 },
    });
    request.once('continue', () => {
      was = 'continued';
      request.end('abc');
    });
    request.once('response', (response) => {
      response.resume();
      resolve(`${was} ${response.statusCode}`);
      request.destroy();
    });
    request.once('error', reject);
    request.flushHeaders();
  });
}

export const groups: [title: string, features: Feature[]][] = [
  ['Storing', storing],
  ['In parts', inParts],
  ['Reading and listing', reading],
  ['Integrity and conditions', guarding],
  ['Signatures and rights', signing],
];
