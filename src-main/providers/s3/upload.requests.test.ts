/** The requests of an upload: headers, checksums, parts and connections. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import type { Checkpoint } from '../../../src-shared/upload.ts';
import { connectDestination } from '../destination/connect.ts';
import type { Fault, FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import {
  amazonWithFiveMiBParts,
  crc32,
  createTransfer,
  DriverFixture,
  fiveMiBParts,
  isCompleteRequest,
  keyOf,
  md5,
  recordTo,
  thrownBy,
} from './testing/driver-fixture.ts';
import { s3ProviderWith, s3TestPorts } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

describe('an upload', () => {
  test('sends Amazon the CRC32 of each part, and the CRC32 of a file in one request', async () => {
    const size = 2 * 5 * MiB + 7;
    const driver = fixture.createDriver(amazonWithFiveMiBParts);
    const ref = await driver.upload(createTransfer(patternSource(size)));
    expect((await fixture.storedBytes(ref)).equals(patternBytes(size))).toBe(true);
    const content = patternBytes(size);
    const sums = [0, 1, 2].map((part) => crc32(content.subarray(part * 5 * MiB, (part + 1) * 5 * MiB)));
    expect(new Set(fixture.fileRequests().map((request) => request.headers['x-amz-checksum-crc32']))).toEqual(
      new Set(sums),
    );
    expect(fixture.proxy.requests[0]?.headers['x-amz-checksum-algorithm']).toBe('CRC32');
    for (const { headers } of fixture.fileRequests()) expect(headers).not.toHaveProperty('content-md5');

    fixture.proxy.setRule();
    await driver.upload(createTransfer(patternSource(1000)));
    expect(fixture.fileRequests()[0]?.headers['x-amz-checksum-crc32']).toBe(crc32(patternBytes(1000)));
  });

  test('sends other stores Content-MD5, and no header that only Amazon supports', async () => {
    const size = 5 * MiB + 1;
    await fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(size)));
    const content = patternBytes(size);
    expect(new Set(fixture.fileRequests().map((request) => request.headers['content-md5']))).toEqual(
      new Set([md5(content.subarray(0, 5 * MiB)), md5(content.subarray(5 * MiB))]),
    );
    for (const { headers, target } of fixture.proxy.requests) {
      expect(
        Object.keys(headers).filter((name) => /checksum|trailer|^x-amz-acl|^x-amz-sdk-checksum/.test(name)),
        target,
      ).toEqual([]);
    }
  });

  test('sends each body with its length, without a payload hash and without waiting for 100 Continue', async () => {
    for (const overrides of [fiveMiBParts, amazonWithFiveMiBParts]) {
      for (const size of [0, 3 * MiB, 5 * MiB + 1])
        await fixture.createDriver(overrides).upload(createTransfer(patternSource(size)));
    }
    const bodies = fixture.proxy.requests.filter((request) => request.method === 'PUT');
    // With each driver: one request for each of the first two files, two parts of the third.
    expect(bodies).toHaveLength(8);
    for (const { headers } of bodies) {
      expect(headers['content-length']).toMatch(/^\d+$/);
      expect(headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD');
      for (const name of [
        'expect',
        'transfer-encoding',
        'content-encoding',
        'x-amz-trailer',
        'x-amz-decoded-content-length',
      ])
        expect(headers).not.toHaveProperty(name);
    }
    for (const { target } of fixture.proxy.requests) expect(target).not.toContain('x-id');
  });

  test('sends a file of up to 16 MiB in one request, and a larger file in parts of 16 MiB', async () => {
    const driver = fixture.createDriver();
    await driver.upload(createTransfer(patternSource(16 * MiB)));
    expect(fixture.proxy.requests.map((request) => request.method)).toEqual(['PUT']);
    expect(fixture.proxy.requests[0]?.headers['if-none-match']).toBe('*');
    fixture.proxy.setRule();
    const checkpoints: Checkpoint[] = [];
    await driver.upload(
      createTransfer(patternSource(16 * MiB + 1), {
        onCheckpoint: recordTo(checkpoints),
      }),
    );
    expect(fixture.proxy.requests.map((request) => request.method)).toEqual(['POST', 'PUT', 'PUT', 'POST']);
    // The first has the key, the second also the upload id, and the third also the checksum of the file.
    expect(checkpoints).toHaveLength(3);
    expect(checkpoints[1]).toMatchObject({
      v: 1,
      bucket: 'practice',
      uploadId: expect.any(String),
      partSize: 16 * MiB,
    });
  });

  test('sends the type, the name and the ACL of a file, in one request and in parts', async () => {
    // Answers like a store that allows public objects, which Practice does not.
    const publicStore: FaultRule = (request): Fault => {
      if (request.method === 'DELETE') return { kind: 'answer', status: 204 };
      const [createAnswer, completeAnswer] = [
        '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
        '<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>',
      ];
      return {
        kind: 'answer',
        status: 200,
        headers: { etag: '"x"' },
        when: 'after the body',
        ...(request.method === 'POST' ? { body: isCompleteRequest(request) ? completeAnswer : createAnswer } : {}),
      };
    };
    const contentHeaders = {
      'content-type': 'image/svg+xml',
      'content-disposition': `attachment; filename="Bild _.svg"; filename*=UTF-8''Bild%20%C3%BC.svg`,
    };
    for (const size of [10, 5 * MiB + 1]) {
      const transfer = () => createTransfer(patternSource(size, { name: 'Bild ü.svg', contentType: 'image/svg+xml' }));
      const privateRef = await fixture.createDriver(fiveMiBParts).upload(transfer());
      expect(
        await fixture.practice.client.send(new HeadObjectCommand({ Bucket: 'practice', Key: keyOf(privateRef) })),
      ).toMatchObject({
        ContentType: contentHeaders['content-type'],
        ContentDisposition: contentHeaders['content-disposition'],
      });
      fixture.proxy.setRule(publicStore);
      const driver = fixture.createDriver({
        settings: { ...fiveMiBParts.settings, acl: 'public-read', linkKind: 'public' },
      });
      const ref = await driver.upload(transfer());
      expect(fixture.proxy.requests[0]?.headers).toMatchObject({ ...contentHeaders, 'x-amz-acl': 'public-read' });
      expect(fixture.proxy.requests[0]?.headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-acl/);
      expect(fixture.proxy.requests.slice(1).map((request) => request.headers['x-amz-acl'])).toEqual(
        size === 10 ? [] : [undefined, undefined, undefined],
      );
      expect(await driver.link(ref, neverAborted)).toEqual({
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/practice\/[\w/-]+\/Bild%20%C3%BC\.svg$/),
        visibility: 'public',
      });
      fixture.proxy.setRule();
    }
    fixture.proxy.setRule(publicStore);
    await fixture.createDriver({ settings: { acl: 'public-read', linkKind: 'public' } }).check(neverAborted);
    expect(fixture.proxy.requests.map(({ method, headers }) => [method, headers['x-amz-acl']])).toEqual([
      ['POST', 'public-read'],
      ['DELETE', undefined],
    ]);
  });

  test('fails with an error at the ACL if the store does not allow public objects', async () => {
    const destination = await connectDestination(
      s3ProviderWith({ retryMs: 1 }),
      { ...fixture.values, acl: 'true', linkKind: 'public' },
      s3TestPorts,
    );
    for (const size of [10, 5 * MiB + 1])
      expect(await thrownBy(destination.upload(createTransfer(patternSource(size))))).toMatchObject({
        error: { code: 'rejected', field: 'acl' },
      });
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
    destination.close();
  });

  test('adds the folder of the settings to the key', async () => {
    const ref = await fixture.createDriver({ settings: { prefix: 'a b/c' } }).upload(createTransfer(patternSource(1)));
    expect(keyOf(ref)).toMatch(/^a b\/c\/\d{4}\/\d\d\/\d\d\/[\w-]{16}\/file\.bin$/);
    expect(await fixture.storedBytes(ref)).toHaveLength(1);
  });

  test('uses the connections of finished parts for the next of ten parts', async () => {
    await fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(10 * 5 * MiB)));
    expect(fixture.fileRequests()).toHaveLength(10);
    // Four parts at once. A connection may become free a moment after the next part has opened another one.
    expect(fixture.proxy.connections.made).toBeLessThan(8);
  });
});
