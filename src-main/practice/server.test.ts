/** Requests that the server accepts or refuses, with which error code. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checksumNames } from './checksums.ts';
import { ObjectStore } from './object-store.ts';
import { PracticeServer } from './server.ts';
import { TestPractice } from './testing/test-practice.ts';
import {
  encodeChunk,
  sendRawRequest as sendTo,
  signRequest,
  type RawResponse,
  type RawRequest,
} from './testing/raw-request.ts';

const MiB = 1024 * 1024;
const Bucket = 'practice';

let practice: TestPractice;
let client: S3Client;
let freeDiskBytes = Infinity;
let clockOffset = 0;

// Other test files create and remove entries in the shared folder, which one test here compares.
const temporary = mkdtempSync(join(tmpdir(), 'hoist-server-'));
process.env['TMPDIR'] = temporary;
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

beforeEach(async () => {
  freeDiskBytes = Infinity;
  clockOffset = 0;
  practice = await TestPractice.start({
    quotaBytes: 100 * MiB,
    freeBytes: async () => freeDiskBytes,
    now: () => Date.now() + clockOffset,
  });
  client = practice.newClient();
});
afterEach(async () => {
  client.destroy();
  const problems = [...practice.problems];
  await practice.stop();
  expect(problems).toEqual([]);
});

const send = (request: RawRequest): Promise<RawResponse> => sendTo(practice.address, request);
const errorNameOf = async (work: Promise<unknown>): Promise<string> => {
  const cause = await work.then(
    () => 'done',
    (thrown: unknown) => thrown,
  );
  if (cause === 'done') return 'done';
  if (!(cause instanceof S3ServiceException)) throw cause;
  return cause.name;
};
const countBlobs = async (): Promise<number> => (await readdir(join(practice.folder, 'pieces'))).length;
const put = (Key: string, Body: Buffer | string = 'x', rest: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...rest }));
const get = (Key: string, rest: object = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
const head = (Key: string, rest: object = {}) => client.send(new HeadObjectCommand({ Bucket, Key, ...rest }));
const presigned = (command: GetObjectCommand | PutObjectCommand, expiresIn = 60): Promise<string> =>
  getSignedUrl(client, command, { expiresIn });
const waitUntil = async (isTrue: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await isTrue()))
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
};

async function upload(
  Key: string,
  bodies: Buffer[],
  rest: object = {},
): Promise<{ Key: string; UploadId: string; Parts: { PartNumber: number; ETag: string }[] }> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...rest }));
  const Parts: { PartNumber: number; ETag: string }[] = [];
  for (const [index, Body] of bodies.entries()) {
    const { $metadata: _, ...answer } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: index + 1, Body, ...rest }),
    );
    Parts.push({ ...answer, PartNumber: index + 1, ETag: answer.ETag! });
  }
  return { Key, UploadId: UploadId!, Parts };
}
const complete = ({ Key, UploadId, Parts }: { Key: string; UploadId: string; Parts: object[] }, rest: object = {}) =>
  client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...rest }));

describe('bodies', () => {
  test('stores only the signed body: another body is refused and leaves no data', async () => {
    const hash = createHash('sha256').update('hello').digest('hex');
    expect(await send({ method: 'PUT', path: '/practice/k', body: 'HELLO', payload: hash })).toMatchObject({
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
    });
    expect((await send({ method: 'PUT', path: '/practice/k', body: 'hello', payload: hash })).status).toBe(200);
    expect(
      (await send({ method: 'PUT', path: '/practice/k2', body: 'hello', payload: 'UNSIGNED-PAYLOAD' })).status,
    ).toBe(200);
    expect(await send({ method: 'PUT', path: '/practice/k3', body: 'hello', payload: 'EMPTY' })).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    expect(await practice.keys()).toEqual(['k', 'k2']);
    expect(await countBlobs()).toBe(2);
  });

  test('verifies and returns Content-MD5 and every checksum; a wrong one leaves no data', async () => {
    const body = randomBytes(100_000);
    for (const name of checksumNames) {
      const Algorithm = name.toUpperCase() as 'CRC32';
      const { $metadata: _, ...answer } = await put(name, body, { ChecksumAlgorithm: Algorithm });
      const sum = (answer as Record<string, string>)[`Checksum${Algorithm}`]!;
      if (name.startsWith('sha')) expect(sum).toBe(createHash(name).update(body).digest('base64'));
      expect(await head(name, { ChecksumMode: 'ENABLED' })).toMatchObject({
        [`Checksum${Algorithm}`]: sum,
        ChecksumType: 'FULL_OBJECT',
      });
      expect(await head(name)).not.toHaveProperty(`Checksum${Algorithm}`);
      const header = `x-amz-checksum-${name}`;
      expect(
        (await send({ method: 'PUT', path: '/practice/right', body, headers: { [header]: sum } })).headers[header],
      ).toBe(sum);
      const wrong = Buffer.from(sum, 'base64');
      wrong[0]! ^= 1;
      expect(
        await send({ method: 'PUT', path: '/practice/wrong', body, headers: { [header]: wrong.toString('base64') } }),
      ).toMatchObject({ status: 400, code: 'BadDigest' });
      expect(await send({ method: 'PUT', path: '/practice/wrong', body, headers: { [header]: 'AAAA' } })).toMatchObject(
        { status: 400, code: 'InvalidRequest' },
      );
    }
    const md5 = createHash('md5').update(body).digest('base64');
    expect(
      (await send({ method: 'PUT', path: '/practice/right', body, headers: { 'content-md5': md5 } })).headers.etag,
    ).toBe(`"${Buffer.from(md5, 'base64').toString('hex')}"`);
    expect(
      await send({
        method: 'PUT',
        path: '/practice/wrong',
        body,
        headers: { 'content-md5': Buffer.alloc(16).toString('base64') },
      }),
    ).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(
      await send({ method: 'PUT', path: '/practice/wrong', body, headers: { 'content-md5': 'no' } }),
    ).toMatchObject({ status: 400, code: 'InvalidDigest' });
    expect(
      await send({
        method: 'PUT',
        path: '/practice/wrong',
        body,
        headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': Buffer.alloc(20).toString('base64') },
      }),
    ).toMatchObject({ code: 'InvalidRequest' });
    expect(await practice.keys()).not.toContain('wrong');
    expect(await countBlobs()).toBe(checksumNames.length + 1);
  });

  test('check values of the checksums: the digits 1 to 9', async () => {
    // https://reveng.sourceforge.io/crc-catalogue/ and RFC 3720 for CRC32C
    for (const [name, hex] of [
      ['crc32', 'cbf43926'],
      ['crc32c', 'e3069283'],
      ['crc64nvme', 'ae8b14860a799888'],
    ] as const) {
      const value = Buffer.from(hex, 'hex').toString('base64');
      expect(
        (
          await send({
            method: 'PUT',
            path: '/practice/k',
            body: '123456789',
            headers: { [`x-amz-checksum-${name}`]: value },
          })
        ).status,
        name,
      ).toBe(200);
    }
  });

  test('streams of the SDK: chunks with a trailing checksum', async () => {
    const body = randomBytes(300_000);
    const stream = (): Readable =>
      Readable.from(
        (function* () {
          for (let i = 0; i < body.length; i += 65_536) yield body.subarray(i, i + 65_536);
        })(),
        { objectMode: false },
      );
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key: 's',
          Body: stream(),
          ContentLength: body.length,
          ContentEncoding: 'gzip',
          ChecksumAlgorithm,
        }),
      );
      expect((await practice.bytes('s')).equals(body)).toBe(true);
      expect(await head('s', { ChecksumMode: 'ENABLED' })).toMatchObject({
        ContentEncoding: 'gzip',
        ContentLength: body.length,
        [`Checksum${ChecksumAlgorithm}`]: expect.any(String),
      });
    }
    await new Upload({
      client,
      params: { Bucket, Key: 'u', Body: Readable.from([randomBytes(6 * MiB), randomBytes(6 * MiB)]) },
    }).done();
    expect(await head('u')).toMatchObject({
      ContentLength: 12 * MiB,
      ETag: expect.stringMatching(/^"[0-9a-f]{32}-3"$/),
    });
  });

  const chunked = (
    kind: 'signed' | 'trailer' | 'signed trailer',
    chunkTexts: string[],
    corrupt: (body: Buffer) => Buffer = (body) => body,
    rest: Partial<RawRequest> = {},
  ): Promise<RawResponse> => {
    const isSigned = kind !== 'trailer';
    const payload = {
      signed: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      trailer: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'signed trailer': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    }[kind];
    const host = new URL(practice.address.endpoint).host;
    const at = Date.now();
    const whole = chunkTexts.join('');
    const sum = createHash('sha256').update(whole).digest('base64');
    const build = (headers: Record<string, string>): Buffer => {
      const { chunk: next, trailer } = signRequest(practice.address, {
        method: 'PUT',
        path: '/practice/c',
        headers,
        payload,
        at,
      });
      const chunks = [...chunkTexts, ''].map((chunkText) =>
        encodeChunk(chunkText, isSigned ? next(Buffer.from(chunkText)) : undefined),
      );
      const line = `x-amz-checksum-sha256:${sum}`;
      const trailers =
        kind === 'signed' ? '' : `${line}\r\n${isSigned ? `x-amz-trailer-signature:${trailer(`${line}\n`)}\r\n` : ''}`;
      return corrupt(Buffer.concat([...chunks, Buffer.from(`${trailers}\r\n`)]));
    };
    const base = {
      'x-amz-decoded-content-length': String(whole.length),
      ...(kind === 'signed' ? {} : { 'x-amz-trailer': 'x-amz-checksum-sha256' }),
      ...rest.headers,
    };
    // The signature does not include the length here.
    return sendTo(practice.address, {
      method: 'PUT',
      path: '/practice/c',
      payload,
      at,
      ...rest,
      headers: base,
      body: build({ ...base, host }),
    });
  };
  const change =
    (from: string, to: string) =>
    (body: Buffer): Buffer =>
      Buffer.from(body.toString('latin1').replace(from, to), 'latin1');

  test('aws-chunked: signed, unsigned with a trailer, both; a changed body is refused and leaves no data', async () => {
    const chunkTexts = ['first chunk ', 'second chunk', '3'];
    for (const kind of ['signed', 'trailer', 'signed trailer'] as const) {
      expect((await chunked(kind, chunkTexts)).status, kind).toBe(200);
      expect((await practice.bytes('c')).toString()).toBe(chunkTexts.join(''));
      expect((await chunked(kind, [])).status, kind).toBe(200);
      expect(await practice.bytes('c')).toHaveLength(0);
    }
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'c' }] } }));
    expect(await chunked('signed', chunkTexts, change('second', 'SECOND'))).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    expect(
      await chunked('signed', chunkTexts, (body) =>
        Buffer.from(
          body
            .toString('latin1')
            .replace(/chunk-signature=(.)/, (_, c: string) => `chunk-signature=${c === '0' ? '1' : '0'}`),
          'latin1',
        ),
      ),
    ).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await chunked('signed trailer', chunkTexts, change('sha256:', 'sha256:A'))).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    expect(
      await chunked('signed trailer', chunkTexts, change('x-amz-trailer-signature', 'x-amz-trailer-signatur_')),
    ).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await chunked('trailer', chunkTexts, change('second', 'SECOND'))).toMatchObject({
      status: 400,
      code: 'BadDigest',
    });
    expect(
      await chunked('trailer', chunkTexts, change('x-amz-checksum-sha256', 'x-amz-checksum-sha25_')),
    ).toMatchObject({
      status: 400,
      code: 'IncompleteBody',
    });
    expect(await chunked('trailer', chunkTexts, (body) => Buffer.concat([body, Buffer.from('more')]))).toMatchObject({
      code: 'IncompleteBody',
    });
    expect(await chunked('trailer', chunkTexts, change('c\r\nfirst', 'fffffff\r\nfirst'))).toMatchObject({
      code: 'IncompleteBody',
    });
    expect(await chunked('trailer', chunkTexts, change('c\r\nfirst', 'x\r\nfirst'))).toMatchObject({
      code: 'IncompleteBody',
    });
    expect(
      await chunked('trailer', chunkTexts, undefined, { headers: { 'x-amz-decoded-content-length': '26' } }),
    ).toMatchObject({ code: 'IncompleteBody' });
    expect(
      await chunked('trailer', chunkTexts, undefined, { headers: { 'x-amz-decoded-content-length': '24' } }),
    ).toMatchObject({ code: 'IncompleteBody' });
    expect(
      await send({
        method: 'PUT',
        path: '/practice/c',
        body: 'x',
        payload: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
        headers: { 'x-amz-decoded-content-length': '1' },
      }),
    ).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await practice.keys()).toEqual([]);
    expect(await countBlobs()).toBe(0);
  });

  test('requests the body only after the headers were accepted', async () => {
    const headers = { expect: '100-continue' };
    expect(await send({ method: 'PUT', path: '/practice/k', body: 'x', headers })).toMatchObject({
      status: 200,
      continued: true,
    });
    expect(await send({ method: 'PUT', path: '/practice/k', body: 'x', headers, signed: 'no' })).toMatchObject({
      status: 403,
      continued: false,
    });
    expect(await send({ method: 'PUT', path: '/nowhere/k', body: 'x', headers })).toMatchObject({
      code: 'NoSuchBucket',
      continued: false,
    });
    expect(
      await send({ method: 'PUT', path: '/practice/k', body: 'x', headers: { ...headers, 'if-none-match': '*' } }),
    ).toMatchObject({ status: 412, continued: false });
    expect(
      await send({
        method: 'PUT',
        path: '/practice/k',
        body: 'x',
        headers: { ...headers, 'x-amz-acl': 'public-read' },
      }),
    ).toMatchObject({ code: 'AccessControlListNotSupported', continued: false });
  });

  test('refuses bodies without a length or with too large a length', async () => {
    expect(
      await send({
        method: 'PUT',
        path: '/practice/k',
        headers: { 'transfer-encoding': 'chunked' },
        payload: 'UNSIGNED-PAYLOAD',
      }),
    ).toMatchObject({ status: 411, code: 'MissingContentLength' });
    expect(
      await send({
        method: 'PUT',
        path: '/practice/k',
        headers: { expect: '100-continue', 'content-length': String(5 * 1024 ** 3 + 1) },
        payload: 'UNSIGNED-PAYLOAD',
      }),
    ).toMatchObject({ code: 'EntityTooLarge', continued: false });
  });

  test('a client that disconnects in the middle leaves no data', async () => {
    const body = randomBytes(20 * MiB);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'p' }));
    for (const [path, query] of [
      ['/practice/k', {}],
      ['/practice/p', { uploadId: UploadId!, partNumber: '1' }],
    ] as const) {
      await expect(
        send({ method: 'PUT', path, query, body, payload: 'UNSIGNED-PAYLOAD', cutAfter: 10 * MiB }),
      ).rejects.toThrow('cut');
      await waitUntil(async () => (await countBlobs()) === 0);
    }
    expect(await practice.keys()).toEqual([]);
    expect((await practice.practice.usage()).bytes).toBe(0);
    expect((await client.send(new ListPartsCommand({ Bucket, Key: 'p', UploadId }))).Parts).toBeUndefined();
  });

  test('no space: the quota and the disk, before and during a write', async () => {
    const refused = { status: 403, code: 'QuotaExceeded' };
    const big = randomBytes(40 * MiB);
    await put('a', big);
    await put('b', big);
    expect(await send({ method: 'PUT', path: '/practice/c', body: big, payload: 'UNSIGNED-PAYLOAD' })).toMatchObject(
      refused,
    );
    expect(await countBlobs()).toBe(2);
    // Bodies in transfer count too: two that fit separately do not fit together.
    const half = randomBytes(15 * MiB);
    const both = await Promise.all(
      ['d', 'e'].map((key) =>
        send({ method: 'PUT', path: `/practice/${key}`, body: half, payload: 'UNSIGNED-PAYLOAD' }),
      ),
    );
    expect(both.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 403]);
    await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: ['a', 'b', 'd', 'e'].map((Key) => ({ Key })) } }),
    );
    expect(await practice.practice.usage()).toMatchObject({ objects: 0, bytes: 0 });
    freeDiskBytes = 256 * MiB;
    expect(await send({ method: 'PUT', path: '/practice/k', body: 'x' })).toMatchObject(refused);
    freeDiskBytes = 300 * MiB;
    expect((await send({ method: 'PUT', path: '/practice/k', body: 'x' })).status).toBe(200);
    const running = send({
      method: 'PUT',
      path: '/practice/l',
      body: randomBytes(70 * MiB),
      payload: 'UNSIGNED-PAYLOAD',
      headers: { expect: '100-continue' },
    });
    freeDiskBytes = 350 * MiB;
    await waitUntil(async () => (await countBlobs()) === 2);
    freeDiskBytes = 0;
    expect(await running).toMatchObject({ ...refused, continued: true });
    expect(await countBlobs()).toBe(1);
  });
});

describe('objects', () => {
  test('returns the stored bytes: whole, ranges, parts', async () => {
    const bodies = [randomBytes(5 * MiB), randomBytes(6 * MiB), randomBytes(1000)];
    await complete(await upload('parts', bodies));
    const whole = Buffer.concat(bodies);
    await put('one', whole);
    const fetched = async (Key: string, rest: object) =>
      Buffer.from(await (await get(Key, rest)).Body!.transformToByteArray());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('parts', 'one'),
        fc.nat({ max: whole.length - 1 }),
        fc.nat({ max: 100_000 }),
        async (key, start, length) => {
          const answer = await get(key, { Range: `bytes=${start}-${start + length}` });
          expect(answer.ContentRange).toBe(
            `bytes ${start}-${Math.min(start + length, whole.length - 1)}/${whole.length}`,
          );
          expect(
            Buffer.from(await answer.Body!.transformToByteArray()).equals(whole.subarray(start, start + length + 1)),
          ).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
    for (const [range, from] of [
      ['bytes=-10', whole.length - 10],
      ['bytes=11000000-', 11_000_000],
      ['bytes=-999999999', 0],
    ] as const)
      expect((await fetched('parts', { Range: range })).equals(whole.subarray(from)), range).toBe(true);
    for (const range of ['bytes=5-4', 'bytes=a-b', 'lines=1-2', 'bytes=0-0,5-6', 'bytes=-'])
      expect(await fetched('parts', { Range: range }), range).toHaveLength(whole.length);
    expect(await errorNameOf(get('one', { Range: `bytes=${whole.length}-` }))).toBe('InvalidRange');
    expect(await errorNameOf(get('one', { Range: 'bytes=-0' }))).toBe('InvalidRange');
    for (const [index, body] of bodies.entries()) {
      const answer = await get('parts', { PartNumber: index + 1 });
      expect([answer.PartsCount, answer.$metadata.httpStatusCode]).toEqual([3, 206]);
      expect(Buffer.from(await answer.Body!.transformToByteArray()).equals(body)).toBe(true);
    }
    expect(await errorNameOf(get('parts', { PartNumber: 4 }))).toBe('InvalidRange');
    expect((await head('parts')).ETag).toBe(
      `"${createHash('md5')
        .update(Buffer.concat(bodies.map((body) => createHash('md5').update(body).digest())))
        .digest('hex')}-3"`,
    );
    expect((await head('one')).ETag).toBe(`"${createHash('md5').update(whole).digest('hex')}"`);
  });

  test('a download continues when the object is replaced or deleted meanwhile', async () => {
    // An object with several parts, the later of which are not open yet.
    const bodies = [randomBytes(12 * MiB), randomBytes(12 * MiB)];
    const [first, second] = [Buffer.concat(bodies), randomBytes(1000)];
    await complete(await upload('k', bodies));
    const [one, other] = [await get('k'), await get('k')];
    await put('k', second);
    expect(Buffer.from(await one.Body!.transformToByteArray()).equals(first)).toBe(true);
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'k' }] } }));
    expect(Buffer.from(await other.Body!.transformToByteArray()).equals(first)).toBe(true);
    await waitUntil(async () => (await countBlobs()) === 0);
  });

  test('conditional reads', async () => {
    await put('k', 'v');
    const { ETag = '', LastModified } = await head('k');
    const before = new Date(LastModified!.getTime() - 1000);
    expect(await errorNameOf(get('k', { IfNoneMatch: ETag }))).toMatch(/304|NotModified|Unknown/);
    for (const [conditions, status] of [
      [{ 'if-none-match': ETag }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-match': ETag }, 200],
      [{ 'if-match': '"other"' }, 412],
      [{ 'if-modified-since': LastModified!.toUTCString() }, 304],
      [{ 'if-modified-since': before.toUTCString() }, 200],
      [{ 'if-unmodified-since': before.toUTCString() }, 412],
      [{ 'if-unmodified-since': LastModified!.toUTCString() }, 200],
      [{ 'if-none-match': '"other"', 'if-modified-since': LastModified!.toUTCString() }, 200],
    ] as const)
      for (const method of ['GET', 'HEAD'])
        expect(
          (await send({ method, path: '/practice/k', headers: conditions })).status,
          JSON.stringify(conditions),
        ).toBe(status);
    expect((await send({ path: '/practice/k', headers: { range: 'bytes=0-0', 'if-range': '"other"' } })).status).toBe(
      200,
    );
    expect((await send({ path: '/practice/k', headers: { range: 'bytes=0-0', 'if-range': ETag } })).status).toBe(206);
  });

  test('conditions are checked at the moment of writing, for single requests and multipart uploads', async () => {
    expect(await errorNameOf(put('k', '1', { IfNoneMatch: '*' }))).toBe('done');
    expect(await errorNameOf(put('k', '2', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await errorNameOf(put('k', '2', { IfMatch: '"0"' }))).toBe('PreconditionFailed');
    expect(await errorNameOf(put('nothing', '2', { IfMatch: '"0"' }))).toBe('NoSuchKey');
    expect(await errorNameOf(put('k', '2', { IfMatch: (await head('k')).ETag }))).toBe('done');
    expect(await errorNameOf(complete(await upload('k', [Buffer.from('3')]), { IfNoneMatch: '*' }))).toBe(
      'PreconditionFailed',
    );
    expect((await practice.bytes('k')).toString()).toBe('2');
    // Exactly one of many concurrent requests succeeds, although none of them saw an object at its start.
    const names = await Promise.all(
      Array.from({ length: 8 }, (_, i) => errorNameOf(put('race', randomBytes(500_000 + i), { IfNoneMatch: '*' }))),
    );
    expect(names.filter((name) => name === 'done')).toHaveLength(1);
    const opened = await Promise.all(Array.from({ length: 4 }, () => upload('race2', [Buffer.from('x')])));
    const completed = await Promise.all(opened.map((one) => errorNameOf(complete(one, { IfNoneMatch: '*' }))));
    expect(completed.filter((name) => name === 'done')).toHaveLength(1);
  });

  test('stores headers and metadata; a URL may override them', async () => {
    await put('m', 'x', {
      ContentType: 'text/x',
      CacheControl: 'max-age=5',
      ContentDisposition: 'inline; filename="a"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { foo: 'bar', two: '2' },
    });
    expect(await head('m')).toMatchObject({
      ContentType: 'text/x',
      CacheControl: 'max-age=5',
      ContentDisposition: 'inline; filename="a"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { foo: 'bar', two: '2' },
    });
    const url = await presigned(
      new GetObjectCommand({
        Bucket,
        Key: 'm',
        ResponseContentType: 'image/png',
        ResponseContentDisposition: 'attachment; filename="ü.png"',
        ResponseCacheControl: 'no-store',
      }),
    );
    const { headers } = await send({ path: url.slice(practice.address.endpoint.length), signed: 'no' });
    expect(headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store' });
    expect(Buffer.from(headers['content-disposition']!, 'latin1').toString('utf8')).toBe(
      'attachment; filename="ü.png"',
    );
    const split = await fetch(
      await presigned(new GetObjectCommand({ Bucket, Key: 'm', ResponseContentDisposition: 'x\r\nset-cookie: a=b' })),
    );
    expect([split.status, split.headers.get('set-cookie')]).toEqual([400, null]);
    expect(await errorNameOf(put('m', 'x', { Metadata: { big: 'x'.repeat(2100) } }))).toBe('MetadataTooLarge');
  });

  test('refuses unsupported features, and requires signed reads', async () => {
    for (const [headers, code] of [
      [{ 'x-amz-acl': 'public-read' }, 'AccessControlListNotSupported'],
      [
        { 'x-amz-grant-read': 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
        'AccessControlListNotSupported',
      ],
      [{ 'x-amz-storage-class': 'GLACIER' }, 'InvalidStorageClass'],
      [{ 'x-amz-tagging': 'a=b' }, 'NotImplemented'],
      [{ 'x-amz-server-side-encryption': 'aws:kms' }, 'NotImplemented'],
    ] as const) {
      expect(await send({ method: 'PUT', path: '/practice/k', body: 'x', headers })).toMatchObject({ code });
      expect(await send({ method: 'POST', path: '/practice/k', query: { uploads: '' }, headers })).toMatchObject({
        code,
      });
    }
    expect(
      (
        await fetch(await presigned(new PutObjectCommand({ Bucket, Key: 'k', ACL: 'public-read' })), {
          method: 'PUT',
          body: 'x',
        })
      ).status,
    ).toBe(400);
    for (const acl of ['private', 'bucket-owner-full-control'])
      expect(
        (await send({ method: 'PUT', path: '/practice/k', body: 'x', headers: { 'x-amz-acl': acl } })).status,
      ).toBe(200);
    for (const path of ['/', '/practice', '/practice/', '/practice/k', '/practice?list-type=2', '/practice/k?acl'])
      expect((await send({ path, signed: 'no' })).status, path).toBe(403);
    for (const [method, query] of [
      ['PUT', { acl: '' }],
      ['PUT', { policy: '' }],
      ['PUT', { cors: '' }],
      ['GET', { versions: '' }],
      ['PUT', { tagging: '' }],
    ] as const)
      expect(await send({ method, path: '/practice', query })).toMatchObject({ status: 501, code: 'NotImplemented' });
  });

  test('copies objects with the old or with new headers', async () => {
    const body = randomBytes(6 * MiB);
    await put('dir/ü +%.txt', body, { ContentType: 'text/a', Metadata: { a: '1' } });
    const { ETag } = await head('dir/ü +%.txt');
    const CopySource = `${Bucket}/${encodeURIComponent('dir/ü +%.txt')}`;
    const copy = (Key: string, rest: object = {}) =>
      client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...rest }));
    await copy('c1');
    await copy('c2', { MetadataDirective: 'REPLACE', ContentType: 'text/b', Metadata: { b: '2' } });
    expect(await head('c1')).toMatchObject({ ETag, ContentType: 'text/a', Metadata: { a: '1' } });
    expect(await head('c2')).toMatchObject({ ETag, ContentType: 'text/b', Metadata: { b: '2' } });
    expect((await practice.practice.usage()).bytes).toBe(body.length);
    expect(await errorNameOf(copy('dir/ü +%.txt'))).toBe('InvalidRequest');
    expect(await errorNameOf(copy('dir/ü +%.txt', { MetadataDirective: 'REPLACE', ContentType: 'text/c' }))).toBe(
      'done',
    );
    expect(await errorNameOf(copy('c3', { CopySourceIfMatch: '"0"' }))).toBe('PreconditionFailed');
    expect(await errorNameOf(copy('c3', { CopySourceIfNoneMatch: ETag }))).toBe('PreconditionFailed');
    expect(await errorNameOf(copy('c3', { CopySource: `${Bucket}/nothing` }))).toBe('NoSuchKey');
    expect(await errorNameOf(copy('c3', { CopySource: 'other/nothing' }))).toBe('NoSuchBucket');
    await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'dir/ü +%.txt' }, { Key: 'c1' }] } }),
    );
    expect((await practice.bytes('c2')).equals(body)).toBe(true);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'whole' }));
    const Parts = [];
    for (const [index, range] of ['bytes=0-5242879', 'bytes=5242880-6291455'].entries()) {
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'whole',
          UploadId,
          PartNumber: index + 1,
          CopySource: `${Bucket}/c2`,
          CopySourceRange: range,
        }),
      );
      Parts.push({ PartNumber: index + 1, ETag: CopyPartResult?.ETag });
    }
    expect(
      await errorNameOf(
        client.send(
          new UploadPartCopyCommand({
            Bucket,
            Key: 'whole',
            UploadId,
            PartNumber: 3,
            CopySource: `${Bucket}/c2`,
            CopySourceRange: 'bytes=0-6291456',
          }),
        ),
      ),
    ).toBe('InvalidRange');
    await complete({ Key: 'whole', UploadId: UploadId!, Parts });
    expect((await practice.bytes('whole')).equals(body)).toBe(true);
    expect((await practice.practice.usage()).bytes).toBe(2 * body.length);
  });

  test('deletes many objects at once, missing objects, and only with a checksum', async () => {
    for (const key of ['a', 'b', 'c&<>"\'', 'd']) await put(key);
    expect(
      (
        await client.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects: ['a', 'c&<>"\'', 'never'].map((Key) => ({ Key })) } }),
        )
      ).Deleted?.map(({ Key }) => Key),
    ).toEqual(['a', 'c&<>"\'', 'never']);
    expect(await practice.keys()).toEqual(['b', 'd']);
    const body = '<Delete><Object><Key>b</Key></Object></Delete>';
    expect(await send({ method: 'POST', path: '/practice', query: { delete: '' }, body })).toMatchObject({
      code: 'InvalidRequest',
    });
    const post = (xml: string) =>
      send({
        method: 'POST',
        path: '/practice',
        query: { delete: '' },
        body: xml,
        headers: { 'content-md5': createHash('md5').update(xml).digest('base64') },
      });
    for (const xml of [
      '',
      'x',
      '<Delete>',
      '<Other/>',
      '<Delete/>',
      '<Delete><Object/></Delete>',
      '<a>'.repeat(200_000),
      `<Delete>${'<Object><Key>b</Key></Object>'.repeat(1001)}</Delete>`,
    ])
      expect(await post(xml), xml.slice(0, 40)).toMatchObject({ status: 400, code: 'MalformedXML' });
    expect(
      await post(
        `<!DOCTYPE Delete [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "b">]><Delete><Object><Key>&y;&x;</Key></Object></Delete>`,
      ),
    ).toMatchObject({ code: 'MalformedXML' });
    expect(await practice.keys()).toEqual(['b', 'd']);
    expect(
      await send({
        method: 'POST',
        path: '/practice',
        query: { delete: '' },
        body: `<Delete>${' '.repeat(5 * MiB)}</Delete>`,
        headers: { 'content-md5': Buffer.alloc(16).toString('base64') },
      }),
    ).toMatchObject({ code: 'MaxMessageLengthExceeded' });
    expect(
      (await post('<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>')).body.toString(),
    ).not.toContain('Deleted');
    expect((await send({ method: 'DELETE', path: '/practice/never' })).status).toBe(204);
  });
});

describe('multipart uploads', () => {
  test('completing: refused requests and their error codes', async () => {
    const big = randomBytes(5 * MiB);
    const multipart = await upload('k', [big, big, Buffer.from('end')]);
    const [one, two, three] = multipart.Parts as [object, object, object];
    expect(await errorNameOf(complete({ ...multipart, Parts: [two, one] }))).toBe('InvalidPartOrder');
    expect(await errorNameOf(complete({ ...multipart, Parts: [one, one] }))).toBe('InvalidPartOrder');
    expect(await errorNameOf(complete({ ...multipart, Parts: [{ ...one, ETag: `"${'0'.repeat(32)}"` }] }))).toBe(
      'InvalidPart',
    );
    expect(await errorNameOf(complete({ ...multipart, Parts: [{ ...one, PartNumber: 9 }] }))).toBe('InvalidPart');
    expect(await errorNameOf(complete({ ...multipart, Parts: [] }))).toBe('MalformedXML');
    expect(await errorNameOf(complete({ ...multipart, Key: 'other' }))).toBe('NoSuchUpload');
    expect(await errorNameOf(complete({ ...multipart, UploadId: '../../objects' }))).toBe('NoSuchUpload');
    expect(await errorNameOf(complete({ ...multipart, Parts: [three, two] }))).toBe('InvalidPartOrder');
    const small = await upload('s', [Buffer.from('a'), Buffer.from('b')]);
    expect(await errorNameOf(complete(small))).toBe('EntityTooSmall');
    // The refused requests changed nothing.
    expect(await errorNameOf(complete({ ...multipart, Parts: [one, three] }))).toBe('done');
    expect((await practice.bytes('k')).equals(Buffer.concat([big, Buffer.from('end')]))).toBe(true);
    // The unlisted part was removed with the upload.
    expect((await practice.practice.usage()).bytes).toBe(5 * MiB + 3 + 2);
    for (const number of ['0', '10001', '-1', '1.5', 'x'])
      expect(
        await send({
          method: 'PUT',
          path: '/practice/s',
          query: { uploadId: small.UploadId, partNumber: number },
          body: 'x',
        }),
        number,
      ).toMatchObject({ code: 'InvalidArgument' });
  });

  test('completing again gives the same response, also concurrently and after a restart', async () => {
    const multipart = await upload('k', [Buffer.from('x')]);
    const answers = await Promise.all([complete(multipart), complete(multipart), complete(multipart)]);
    expect(new Set(answers.map((answer) => answer.ETag)).size).toBe(1);
    expect((await complete(multipart)).ETag).toBe(answers[0]?.ETag);
    expect(await errorNameOf(complete({ ...multipart, Parts: [{ PartNumber: 1, ETag: `"${'0'.repeat(32)}"` }] }))).toBe(
      'NoSuchUpload',
    );
    await put('k', 'something newer');
    expect(await errorNameOf(complete(multipart))).toBe('NoSuchUpload');
    expect((await practice.bytes('k')).toString()).toBe('something newer');
  });

  test('a repeated part replaces the first one; an aborted upload is removed', async () => {
    const multipart = await upload('k', [Buffer.from('first')]);
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key: 'k', UploadId: multipart.UploadId, PartNumber: 1, Body: 'second!' }),
    );
    expect(await errorNameOf(complete(multipart))).toBe('InvalidPart');
    expect((await practice.practice.usage()).bytes).toBe(7);
    await complete({ ...multipart, Parts: [{ PartNumber: 1, ETag }] });
    expect((await practice.bytes('k')).toString()).toBe('second!');
    const other = await upload('k', [Buffer.from('x')]);
    const abort = (Key: string) =>
      client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: other.UploadId }));
    expect(await errorNameOf(abort('wrong key'))).toBe('NoSuchUpload');
    expect(await errorNameOf(abort('k'))).toBe('done');
    for (const work of [
      () => abort('k'),
      () => complete(other),
      () => client.send(new ListPartsCommand({ Bucket, Key: 'k', UploadId: other.UploadId })),
      () =>
        client.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId: other.UploadId, PartNumber: 1, Body: 'x' })),
    ])
      expect(await errorNameOf(work())).toBe('NoSuchUpload');
    expect(await readdir(join(practice.folder, 'uploads'))).toEqual([]);
    expect(await countBlobs()).toBe(1);
  });

  test('lists of uploads and parts, in pages', async () => {
    const all: { Key: string; UploadId: string }[] = [];
    for (const key of ['a/1', 'a/2', 'a/2', 'b'])
      all.push(await upload(key, key === 'b' ? [Buffer.from('1'), Buffer.from('22'), Buffer.from('333')] : []));
    const seen: string[] = [];
    for (let markers = {}; ;) {
      const page = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, ...markers }));
      seen.push(...(page.Uploads ?? []).map((one) => `${one.Key} ${one.UploadId}`));
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    expect(seen).toHaveLength(4);
    expect(new Set(seen)).toEqual(new Set(all.map((one) => `${one.Key} ${one.UploadId}`)));
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'a/2' }))).Uploads).toHaveLength(2);
    const folders = await client.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/' }));
    expect([folders.CommonPrefixes?.map(({ Prefix }) => Prefix), folders.Uploads?.map(({ Key }) => Key)]).toEqual([
      ['a/'],
      ['b'],
    ]);
    const { UploadId } = all[3]!;
    const first = await client.send(new ListPartsCommand({ Bucket, Key: 'b', UploadId, MaxParts: 2 }));
    expect([first.IsTruncated, first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])]).toEqual([
      true,
      [
        [1, 1],
        [2, 2],
      ],
    ]);
    const second = await client.send(
      new ListPartsCommand({ Bucket, Key: 'b', UploadId, PartNumberMarker: first.NextPartNumberMarker }),
    );
    expect([second.IsTruncated, second.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])]).toEqual([
      false,
      [[3, 3]],
    ]);
  });

  test('checksums of parts and of the whole object', async () => {
    const bodies = [randomBytes(5 * MiB), randomBytes(777)];
    const sha = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
    await complete(await upload('composite', bodies, { ChecksumAlgorithm: 'SHA256' }));
    expect(await head('composite', { ChecksumMode: 'ENABLED' })).toMatchObject({
      ChecksumType: 'COMPOSITE',
      ChecksumSHA256: `${sha(Buffer.concat(bodies.map(sha))).toString('base64')}-2`,
    });
    const whole = await upload('whole', bodies, { ChecksumAlgorithm: 'CRC64NVME' });
    expect(await errorNameOf(complete(whole, { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }))).toBe('BadDigest');
    await complete(whole);
    const { ChecksumCRC64NVME: sum } = await head('whole', { ChecksumMode: 'ENABLED' });
    expect((await put('same', Buffer.concat(bodies), { ChecksumAlgorithm: 'CRC64NVME' })).ChecksumCRC64NVME).toBe(sum);
    const multipart = await upload('k', [Buffer.from('x')], { ChecksumAlgorithm: 'CRC32' });
    expect(
      await errorNameOf(
        complete({ ...multipart, Parts: multipart.Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) }),
      ),
    ).toBe('InvalidRequest');
    expect(
      await errorNameOf(
        complete({ ...multipart, Parts: multipart.Parts.map((part) => ({ ...part, ChecksumCRC32: 'AAAAAA==' })) }),
      ),
    ).toBe('InvalidPart');
    expect(
      await send({
        method: 'PUT',
        path: '/practice/k',
        query: { uploadId: multipart.UploadId, partNumber: '1' },
        body: 'x',
      }),
    ).toMatchObject({ code: 'InvalidRequest' });
  });
});

describe('from a browser', () => {
  test('refuses a foreign host name for this computer, signed or not', async () => {
    await put('k', 'v');
    const { port } = new URL(practice.address.endpoint);
    const url = new URL(await presigned(new GetObjectCommand({ Bucket, Key: 'k' })));
    for (const host of [
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `evillocalhost:${port}`,
      '0.0.0.0',
      `[::1]:${port}`,
      `127.0.0.2:${port}`,
      `user@127.0.0.1:${port}`,
    ]) {
      expect(await send({ path: '/practice/k', host }), host).toMatchObject({
        status: 421,
        code: 'MisdirectedRequest',
      });
      expect((await send({ path: url.pathname + url.search, host, signed: 'no' })).status, host).toBe(421);
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`])
      expect((await send({ path: '/practice/k', host })).status, host).toBe(200);
    for (const host of [`practice.localhost:${port}`])
      expect((await send({ path: '/k', host })).status, host).toBe(200);
    expect((await send({ path: '/k', host: `other.localhost:${port}` })).code).toBe('NoSuchBucket');
  });

  test('accepts a bucket in the host name, also in a presigned URL', async () => {
    const virtualHostClient = practice.newClient({
      endpoint: practice.address.endpoint.replace('127.0.0.1', 'localhost'),
      forcePathStyle: false,
    });
    const url = new URL(
      await getSignedUrl(virtualHostClient, new GetObjectCommand({ Bucket, Key: 'a b/ü' }), { expiresIn: 60 }),
    );
    expect(url.hostname).toBe('practice.localhost');
    await put('a b/ü', 'v');
    expect((await send({ path: url.pathname + url.search, host: url.host, signed: 'no' })).body.toString()).toBe('v');
    expect((await send({ path: `/practice${url.pathname}${url.search}`, signed: 'no' })).status).toBe(403);
  });

  test('no response allows another origin to read it or runs scripts', async () => {
    for (const [key, type] of [
      ['p.html', 'text/html; charset=utf-8'],
      ['s.svg', 'IMAGE/SVG+XML'],
      ['x.xhtml', 'application/xhtml+xml'],
      ['x.xml', 'text/xml'],
      ['a.xml', 'application/xml ; a=b'],
      ['r.rss', 'application/rss+xml'],
    ] as const) {
      await put(key, '<script>alert(1)</script>', {
        ContentType: type,
        ContentDisposition: `inline; filename="${key}"`,
      });
      const answer = await send({ path: `/practice/${key}` });
      expect(answer.headers['content-disposition'], type).toBe(`attachment; filename="${key}"`);
    }
    await put('t.txt', 'x', { ContentType: 'text/plain' });
    const overridden = await fetch(
      await presigned(
        new GetObjectCommand({
          Bucket,
          Key: 't.txt',
          ResponseContentType: 'text/html',
          ResponseContentDisposition: 'inline',
        }),
      ),
    );
    expect(overridden.headers.get('content-disposition')).toBe('attachment');
    for (const [path, rest] of [
      ['/practice/t.txt', {}],
      ['/practice/none', {}],
      ['/', {}],
      ['/practice', {}],
      ['/practice/t.txt', { signed: 'no' }],
      [
        '/practice/t.txt',
        {
          method: 'OPTIONS',
          signed: 'no',
          headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' },
        },
      ],
    ] as const) {
      const { headers } = await send({
        path,
        ...rest,
        headers: { origin: 'https://evil.example', ...('headers' in rest ? rest.headers : {}) },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
    }
    expect((await send({ path: '/practice/t.txt' })).headers['content-disposition']).toBeUndefined();
  });
});

describe('names', () => {
  test('never uses a key as a file path', async () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
      fc.constantFrom(
        '../../../etc/passwd',
        '..',
        '.',
        '/',
        '//',
        '/etc/passwd',
        'a/../../b',
        'C:\\x',
        'nul',
        '\0',
        'pieces/x',
        '__proto__',
        'constructor',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        key.filter((one) => Buffer.byteLength(one) <= 1024 && Buffer.from(one).toString() === one),
        async (one) => {
          const path = `/practice/${one
            .split('/')
            .map((segment) => encodeURIComponent(segment))
            .join('/')}`;
          const value = randomBytes(8).toString('hex');
          expect((await send({ method: 'PUT', path, body: value })).status).toBe(200);
          expect((await send({ path })).body.toString()).toBe(value);
          expect(
            (
              await send({ path: '/practice', query: { 'encoding-type': 'url', prefix: one, 'max-keys': '1' } })
            ).body.toString(),
          ).toContain(
            `<Key>${path.slice('/practice/'.length).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}</Key>`,
          );
        },
      ),
      { numRuns: 150 },
    );
    for (const folder of ['objects', 'pieces'])
      for (const name of await readdir(join(practice.folder, folder)))
        expect(name).toMatch(/^[\w-]{24}$|^[0-9a-f]{64}\.json$/);
    expect((await readdir(practice.folder)).sort()).toEqual([
      'objects',
      'pieces',
      'serving',
      'serving-journal',
      'uploads',
    ]);
    expect(await readdir(join(practice.folder, '..'))).toEqual(['practice']);
  });

  test('refuses invalid URLs', async () => {
    expect(await send({ path: `/practice/${'k'.repeat(1025)}` })).toMatchObject({ code: 'KeyTooLongError' });
    for (const path of ['/practice/%', '/practice/%ff%fe', '/practice/%zz', '/%E0%A4%A'])
      expect(await send({ path, signed: 'no' }), path).toMatchObject({ code: 'InvalidURI' });
    expect(await send({ path: 'http://127.0.0.1/practice/k', signed: 'no' })).toMatchObject({ code: 'InvalidURI' });
    expect(await send({ method: 'PATCH', path: '/practice/k' })).toMatchObject({
      status: 405,
      code: 'MethodNotAllowed',
    });
    expect(await send({ method: 'PUT', path: '/another-bucket', body: '' })).toMatchObject({ code: 'TooManyBuckets' });
    expect(await send({ method: 'PUT', path: '/practice', body: '' })).toMatchObject({ status: 200 });
    expect(await send({ method: 'DELETE', path: '/practice' })).toMatchObject({ code: 'AccessDenied' });
    expect(await send({ path: '/practice/none' })).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(await send({ method: 'HEAD', path: '/practice/none' })).toMatchObject({ status: 404, code: undefined });
  });

  test('uses the given clock', async () => {
    clockOffset = 3_600_000;
    expect(await send({ path: '/practice' })).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' });
    const answer = await send({ path: '/practice', at: Date.now() + clockOffset });
    expect(answer.status).toBe(200);
    expect(Math.abs(Date.parse(answer.headers.date!) - (Date.now() + clockOffset))).toBeLessThan(5000);
  });
});

test('closes a silent connection, before and during the body', async () => {
  const store = await ObjectStore.open(join(practice.folder, 'other'), {
    quotaBytes: MiB,
    freeBytes: async () => Infinity,
  });
  const server = await PracticeServer.listen(0, {
    context: { store, bucket: Bucket, region: 'us-east-1', now: Date.now },
    keys: { ...practice.address },
    proveIdentity: () => '',
    idleTimeoutMs: 200,
    headersTimeoutMs: 200,
  });
  const address = { ...practice.address, endpoint: `http://127.0.0.1:${server.port}` };
  const { authorization, date } = signRequest(address, {
    method: 'PUT',
    path: '/practice/k',
    headers: { host: `127.0.0.1:${server.port}` },
    payload: 'UNSIGNED-PAYLOAD',
    at: Date.now(),
  });
  const partialRequests = [
    '',
    'GET / HTTP/1.1\r\nHost: 127',
    `PUT /practice/k HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 100\r\nx-amz-date: ${date}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nAuthorization: ${authorization}\r\n\r\nxxx`,
  ];
  for (const partialRequest of partialRequests) {
    await new Promise<void>((resolve) => {
      const socket = net.connect(server.port, '127.0.0.1', () => socket.write(partialRequest));
      socket
        .on('error', () => undefined)
        .resume()
        .once('close', () => resolve());
    });
  }
  await waitUntil(async () => (await readdir(join(practice.folder, 'other', 'pieces'))).length === 0);
  expect(store.usage()).toMatchObject({ objects: 0, bytes: 0 });
  await server.close();
});
