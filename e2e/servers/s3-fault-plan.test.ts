/** Checks that each fault works with Practice and with a real server. */
import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TestPractice } from '../../src-main/practice/testing/test-practice.ts';
import { rgw, logWhenSkipped } from '../../src-main/providers/s3/testing/subject.ts';
import { FaultProxy, type Fault } from '../../src-main/providers/testing/fault-proxy.ts';
import { requestKind, s3Faults, type RequestKind } from './s3-fault-plan.ts';

interface TestServer {
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  stop(): Promise<void>;
}

const body = randomBytes(60_000);
const ok = 'ok';

function testFaults(name: string, start: (() => Promise<TestServer>) | undefined): void {
  describe.skipIf(!start)(`the fault proxy in front of ${name}`, { timeout: 30_000 }, () => {
    let server: TestServer;
    let proxy: FaultProxy;
    let client: S3Client;
    const Key = `faults-${randomBytes(6).toString('hex')}`;

    beforeAll(async () => {
      server = await start!();
      proxy = await FaultProxy.start(server.endpoint);
      client = new S3Client({
        endpoint: proxy.url,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: server,
        maxAttempts: 1,
        ignoreConfiguredEndpointUrls: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
    });
    afterAll(async () => {
      client?.destroy();
      await proxy?.stop();
      await server?.stop();
    });
    afterEach(async () => {
      proxy.setRule();
      await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key }));
    });

    const put = (): Promise<string> =>
      outcome(client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: body })));
    const get = async (): Promise<Buffer> =>
      Buffer.from(
        await (await client.send(new GetObjectCommand({ Bucket: server.bucket, Key }))).Body!.transformToByteArray(),
      );
    const objectExists = async (): Promise<boolean> =>
      (await client.send(new ListObjectsV2Command({ Bucket: server.bucket, Prefix: Key }))).KeyCount === 1;
    const outcome = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => ok,
        (cause: unknown) => (cause as Error & { code?: string }).code ?? (cause as Error).name,
      );
    const plan = (kind: RequestKind, fault: Fault, nth: number | { from: number } = 1): void =>
      proxy.setRule(s3Faults({ kind, nth, fault }));

    test('recognizes the kind of each request', async () => {
      proxy.setRule();
      await put();
      await get();
      const { bucket: Bucket } = server;
      await client.send(new HeadObjectCommand({ Bucket, Key }));
      await objectExists();
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
      await client.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
        }),
      );
      const other = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: other.UploadId }));
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      expect(proxy.requests.map(requestKind)).toEqual([
        'put',
        'get',
        'head',
        'list',
        'create',
        'part',
        'complete',
        'create',
        'abort',
        'delete',
      ]);
    });

    test('lets only the nth request of a kind fail, or all from the nth on', async () => {
      plan('put', { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }, 2);
      expect([await put(), await objectExists(), await put(), await put()]).toEqual([ok, true, 'AccessDenied', ok]);
      plan('put', { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }, { from: 2 });
      expect([await put(), await put(), await put()]).toEqual([ok, 'AccessDenied', 'AccessDenied']);
    });

    test('cuts the connection in the body of a request, so that no object is stored', async () => {
      plan('put', { kind: 'reset', afterBytes: 30_000 });
      expect(await put()).toMatch(/ECONNRESET|EPIPE/);
      expect(await objectExists()).toBe(false);
    });

    test('loses a response, and the object is stored', async () => {
      plan('put', { kind: 'lost-answer' });
      expect(await put()).toMatch(/ECONNRESET|EPIPE/);
      expect((await get()).equals(body)).toBe(true);
    });

    test('flips one bit of a request or of a response', async () => {
      plan('put', { kind: 'flip-bit' });
      // The client hashed the body before it was changed.
      expect(await put()).toBe('XAmzContentSHA256Mismatch');
      await put();
      plan('get', { kind: 'flip-bit', of: 'answer' });
      const damaged = await get();
      expect([damaged.length, damaged[0]! ^ body[0]!, damaged.subarray(1).equals(body.subarray(1))]).toEqual([
        body.length,
        1,
        true,
      ]);
      expect((await get()).equals(body)).toBe(true);
    });

    test('cuts a response in its body', async () => {
      await put();
      plan('get', { kind: 'cut-answer', afterBytes: 20_000 });
      expect(await outcome(get())).toMatch(/ECONNRESET|aborted/);
    });

    test('flips a bit at the given position', async () => {
      await put();
      plan('get', { kind: 'flip-bit', of: 'answer', at: 41_234 });
      const damaged = await get();
      expect(damaged.findIndex((byte, at) => byte !== body[at])).toBe(41_234);
    });

    test('cuts a response in its headers, and the object is stored', async () => {
      plan('put', { kind: 'cut-head' });
      expect(await put()).toMatch(/ECONNRESET|HPE|aborted/);
      expect((await get()).equals(body)).toBe(true);
    });

    test('slows down a response, which arrives complete', async () => {
      await put();
      plan('list', { kind: 'slow', bytesPerSecond: 2000, of: 'answer' });
      const startedAt = performance.now();
      expect(await objectExists()).toBe(true);
      expect(performance.now() - startedAt).toBeGreaterThan(100);
    });

    test('refuses connections while it is offline', async () => {
      proxy.goOffline();
      expect(await put()).toMatch(/ECONNREFUSED|ECONNRESET/);
      await proxy.goOnline();
      expect(await put()).toBe(ok);
    });

    test('a stalled request or a missing response ends when the client disconnects', async () => {
      for (const kind of ['stall', 'silence'] as const) {
        plan('put', { kind });
        const stop = new AbortController();
        const work = outcome(
          client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: body }), { abortSignal: stop.signal }),
        );
        await proxy.waitUntil(() => proxy.requests.length === 1);
        stop.abort();
        expect(await work).toBe('AbortError');
        expect(await objectExists()).toBe(false);
      }
    });

    test('slows down a request, which arrives complete', async () => {
      plan('put', { kind: 'slow', bytesPerSecond: 200_000 });
      const startedAt = performance.now();
      expect(await put()).toBe(ok);
      expect(performance.now() - startedAt).toBeGreaterThan(250);
      expect((await get()).equals(body)).toBe(true);
    });
  });
}

testFaults('Practice', async () => {
  const practice = await TestPractice.start();
  return { ...practice.address, stop: () => practice.stop() };
});
logWhenSkipped('the fault proxy in front of Ceph RADOS Gateway');
testFaults(
  'Ceph RADOS Gateway',
  rgw.endpoint === undefined
    ? undefined
    : async () => ({
        endpoint: rgw.endpoint ?? '',
        bucket: rgw.bucket,
        accessKeyId: rgw.accessKeyId,
        secretAccessKey: rgw.secretAccessKey,
        stop: async () => undefined,
      }),
);
