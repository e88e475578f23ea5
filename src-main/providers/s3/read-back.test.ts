/** Responses that do not prove that the store has the file: the driver asks the store before it fails or succeeds. */
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { requestKind, s3Faults, type RequestKind } from '../../../e2e/servers/s3-fault-plan.ts';
import type { FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import {
  createTransfer,
  DriverFixture,
  errorCodeOf,
  fiveMiBParts,
  isCompleteRequest,
  thrownBy,
} from './testing/driver-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

const twoPartBytes = 5 * MiB + 1;
const kindsOfRequests = (): RequestKind[] => fixture.proxy.requests.map(requestKind);
const upload = (size: number, overrides = fiveMiBParts) =>
  fixture.createDriver(overrides).upload(createTransfer(patternSource(size)));

/** The server adds no ETag to any response. */
const withoutEtags: FaultRule = (request) =>
  ['put', 'part', 'head'].includes(requestKind(request)) ? { kind: 'tamper', headers: { etag: undefined } } : undefined;

/** A proxy answers with this page after the store handled the request. */
const pageAfter = (kind: RequestKind): FaultRule =>
  s3Faults({
    kind,
    nth: 1,
    fault: { kind: 'tamper', headers: { 'content-type': 'text/html' }, body: () => '<!doctype html><p>Hello' },
  });
const cutDocument = '<?xml version="1.0"?>\n<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k';

describe('a success without an ETag', () => {
  test('counts after a HEAD request found the object, also if no response has an ETag', async () => {
    fixture.proxy.setRule(withoutEtags);
    const ref = await upload(10);
    expect(kindsOfRequests()).toEqual(['put', 'head']);
    expect(await fixture.storedBytes(ref)).toHaveLength(10);
    expect(await fixture.createDriver().stat(ref, new AbortController().signal)).toEqual({ size: 10 });
  });

  test('of a part counts after the store listed the part', async () => {
    fixture.proxy.setRule(withoutEtags);
    const ref = await upload(twoPartBytes);
    expect(kindsOfRequests().toSorted()).toEqual(['complete', 'create', 'list-parts', 'list-parts', 'part', 'part']);
    expect((await fixture.storedBytes(ref)).equals(patternBytes(twoPartBytes))).toBe(true);
  });

  test.each([10, twoPartBytes])('does not count if nothing is stored (%i bytes)', async (size) => {
    fixture.proxy.setRule((request) =>
      request.hasFileBody ? { kind: 'answer', status: 200, when: 'after the body' } : undefined,
    );
    const thrown = await thrownBy(upload(size));
    expect(thrown).toMatchObject({
      error: { code: 'wrong-service', field: 'endpoint', params: { host: new URL(fixture.proxy.url).host } },
    });
  });

  test.each([10, twoPartBytes])('does not count if the access key may not read (%i bytes)', async (size) => {
    fixture.proxy.setRule((request) => {
      if (request.hasFileBody) return { kind: 'tamper', headers: { etag: undefined } };
      return ['head', 'list-parts'].includes(requestKind(request)) ? { kind: 'answer', status: 403 } : undefined;
    });
    expect(await errorCodeOf(upload(size))).toBe('wrong-service');
  });

  test('is an error if the stored object has another size', async () => {
    fixture.proxy.setRule((request) => {
      if (request.hasFileBody) return { kind: 'tamper', headers: { etag: undefined } };
      return request.method === 'HEAD'
        ? { kind: 'answer', status: 200, headers: { etag: '"x"', 'content-length': '5' } }
        : undefined;
    });
    expect(await errorCodeOf(upload(10))).toBe('corrupted');
  });

  test('of a stream counts only if the object is stored', async () => {
    const sendStream = () => {
      let count = 0;
      return fixture.createDriver(fiveMiBParts).upload({
        source: {
          name: 'piped.txt',
          contentType: 'text/plain',
          size: undefined,
          close: async () => undefined,
          bytesRead: () => count,
          chunks: async function* () {
            for await (const chunk of Readable.from([Buffer.from('hello')]) as AsyncIterable<Buffer>) {
              count += chunk.length;
              yield chunk;
            }
          },
        },
        signal: new AbortController().signal,
        onCheckpoint: async () => undefined,
        onProgress: () => undefined,
      });
    };
    fixture.proxy.setRule(withoutEtags);
    expect((await fixture.storedBytes(await sendStream())).toString()).toBe('hello');
    fixture.proxy.setRule((request) =>
      request.hasFileBody ? { kind: 'answer', status: 200, when: 'after the body' } : undefined,
    );
    expect(await errorCodeOf(sendStream())).toBe('wrong-service');
  });
});

test.each([
  ['put', 10],
  ['part', twoPartBytes],
  ['complete', twoPartBytes],
] as const)('a page instead of the response to %s does not hide that the store has the data', async (kind, size) => {
  fixture.proxy.setRule(pageAfter(kind));
  expect((await fixture.storedBytes(await upload(size))).equals(patternBytes(size))).toBe(true);
});

describe('half a response to Complete', () => {
  test.each(['before', 'after'])('is repeated if it was cut %s the store completed the object', async (when) => {
    fixture.proxy.setRule(
      s3Faults({
        kind: 'complete',
        nth: 1,
        fault:
          when === 'before'
            ? { kind: 'answer', status: 200, body: cutDocument }
            : { kind: 'tamper', body: () => cutDocument },
      }),
    );
    const ref = await upload(twoPartBytes);
    expect(fixture.proxy.requests.filter(isCompleteRequest)).toHaveLength(2);
    expect((await fixture.storedBytes(ref)).equals(patternBytes(twoPartBytes))).toBe(true);
  });

  test('is not an error if the object exists although every response is cut', async () => {
    fixture.proxy.setRule((request) =>
      isCompleteRequest(request) ? { kind: 'tamper', body: () => cutDocument } : undefined,
    );
    expect(await fixture.storedBytes(await upload(twoPartBytes))).toHaveLength(twoPartBytes);
  });

  test('or an empty one is repeated, and the upload fails if the object never appears', async () => {
    for (const [body, name] of [
      ['', 'InternalError'],
      [cutDocument, 'Error'],
    ]) {
      fixture.proxy.setRule((request) =>
        isCompleteRequest(request) ? { kind: 'answer', status: 200, body: body ?? '' } : undefined,
      );
      expect(await errorCodeOf(upload(twoPartBytes)), body).toBe(name);
      expect(fixture.proxy.requests.filter(isCompleteRequest).length).toBeGreaterThanOrEqual(3);
      expect(await fixture.practice.keys()).toEqual([]);
    }
    fixture.proxy.setRule(s3Faults({ kind: 'complete', nth: 1, fault: { kind: 'answer', status: 200 } }));
    expect(await fixture.storedBytes(await upload(twoPartBytes))).toHaveLength(twoPartBytes);
  });
});

test('a store that drops the upload after a success that proves nothing gets the file once, not again and again', async () => {
  const answers = [
    { status: 200, body: '<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>' },
    { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' },
  ];
  let completes = 0;
  fixture.proxy.setRule((request) =>
    isCompleteRequest(request) ? { kind: 'answer', ...answers[completes++ % answers.length]! } : undefined,
  );
  expect(await errorCodeOf(upload(twoPartBytes))).toBe('wrong-service');
  expect(kindsOfRequests().filter((kind) => kind === 'create' || kind === 'part')).toEqual(['create', 'part', 'part']);
});

test('half a response to Create is repeated', async () => {
  fixture.proxy.setRule(
    s3Faults({ kind: 'create', nth: 1, fault: { kind: 'tamper', body: (text) => text.slice(0, text.length / 2) } }),
  );
  expect(await fixture.storedBytes(await upload(twoPartBytes))).toHaveLength(twoPartBytes);
  expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
});
