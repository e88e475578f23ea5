/** How an upload handles unusual and wrong answers of a store. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import type { FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import {
  amazonTraits,
  amazonWithFiveMiBParts,
  createTransfer,
  customStore,
  DriverFixture,
  errorCodeOf,
  fiveMiBParts,
  isCompleteRequest,
  keyOf,
  recordTo,
} from './testing/driver-fixture.ts';
import { s3TestPorts } from './testing/subject.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

describe('conditional writes and taken keys', () => {
  test('a store without conditional writes gets no second conditional request', async () => {
    fixture.proxy.setRule((request) =>
      request.headers['if-none-match']
        ? { kind: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>' }
        : undefined,
    );
    const driver = fixture.createDriver();
    for (const _ of [1, 2])
      expect(await fixture.storedBytes(await driver.upload(createTransfer(patternSource(10))))).toHaveLength(10);
    expect(fixture.proxy.requests.map((request) => request.headers['if-none-match'])).toEqual([
      '*',
      undefined,
      undefined,
    ]);
  });

  test('a store that answers 412 to every condition gets the file without a condition if the key is free', async () => {
    fixture.proxy.setRule((request) =>
      request.headers['if-none-match'] ? { kind: 'answer', status: 412 } : undefined,
    );
    expect(
      await fixture.storedBytes(await fixture.createDriver().upload(createTransfer(patternSource(10)))),
    ).toHaveLength(10);
  });

  test('an existing object under the key is neither overwritten nor deleted', async () => {
    let keysCreated = 0;
    const driver = fixture.createDriver({
      ports: { randomBytes: (count) => (keysCreated++ === 0 ? new Uint8Array(count) : s3TestPorts.randomBytes(count)) },
    });
    // Swedish dates have the format YYYY-MM-DD. Twelve zero bytes are sixteen `A` in Base64.
    const today = new Date().toLocaleDateString('sv').replaceAll('-', '/');
    const takenKey = `${today}/AAAAAAAAAAAAAAAA/file.bin`;
    await fixture.practice.put(takenKey, 'ten bytes!');
    const checkpoints: Checkpoint[] = [];
    const ref = await driver.upload(
      createTransfer(patternSource(10), {
        onCheckpoint: recordTo(checkpoints),
      }),
    );
    expect(keyOf(ref)).not.toBe(takenKey);
    await driver.discard({ checkpoint: checkpoints.at(-1)! }, neverAborted);
    expect(await fixture.practice.keys()).toEqual([takenKey]);

    // An upload that finds only taken keys fails and leaves the objects alone.
    const driverWithFixedKey = fixture.createDriver({ ports: { randomBytes: (count) => new Uint8Array(count) } });
    expect(await errorCodeOf(driverWithFixedKey.upload(createTransfer(patternSource(10))))).toBe('unavailable');
    expect((await fixture.practice.bytes(takenKey)).toString()).toBe('ten bytes!');
  });

  test('the files of a folder share one location, and a file whose name is taken gets a new name there', async () => {
    const driver = fixture.createDriver(fiveMiBParts);
    const folder = (relativePath: string) => ({
      name: 'holiday',
      relativePath,
      token: 'q3Zl8s1TSz0X_h-w',
      at: Date.UTC(2026, 10, 22),
    });
    const folderKey = '2026/11/22/q3Zl8s1TSz0X_h-w/holiday';
    for (const size of [10, 5 * MiB + 1]) {
      const send = (relativePath: string): Promise<Ref> =>
        driver.upload(createTransfer({ ...patternSource(size), folder: folder(relativePath) }));
      expect(keyOf(await send(`a/${size}`))).toBe(`${folderKey}/a/${size}`);
      await fixture.practice.put(`${folderKey}/b/${size}`, 'theirs');
      const renamed = await send(`b/${size}`);
      expect(keyOf(renamed)).toBe(`${folderKey}/b/${size}-2`);
      expect((await fixture.storedBytes(renamed)).equals(patternBytes(size))).toBe(true);
      expect((await fixture.practice.bytes(`${folderKey}/b/${size}`)).toString()).toBe('theirs');
    }
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 6, uploads: 0 });
  });
});

describe('checksums and ETags', () => {
  test('an ETag that contradicts the sent bytes causes new attempts and then the error `corrupted`', async () => {
    const wrong = { kind: 'tamper', headers: { etag: `"${'0'.repeat(32)}"` } } as const;
    fixture.proxy.setRule((request) => (request.hasFileBody && request.number < 4 ? wrong : undefined));
    const size = 5 * MiB + 1;
    expect(
      (
        await fixture.storedBytes(await fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(size))))
      ).equals(patternBytes(size)),
    ).toBe(true);
    fixture.proxy.setRule((request) => (request.target.includes('partNumber=2') ? wrong : undefined));
    expect(await errorCodeOf(fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(size))))).toBe(
      'corrupted',
    );
    expect(fixture.fileRequests().filter((request) => request.target.includes('partNumber=2'))).toHaveLength(3);
    fixture.proxy.setRule((request) => (request.hasFileBody ? wrong : undefined));
    expect(await errorCodeOf(fixture.createDriver().upload(createTransfer(patternSource(10))))).toBe('corrupted');
  });

  test('an ETag that is not an MD5 is ignored', async () => {
    for (const headers of [
      { etag: '"abc-def"' },
      { etag: `"${'0'.repeat(32)}"`, 'x-amz-server-side-encryption': 'aws:kms' },
    ]) {
      fixture.proxy.setRule((request) => (request.hasFileBody ? { kind: 'tamper', headers } : undefined));
      await fixture.createDriver().upload(createTransfer(patternSource(10)));
    }
    fixture.proxy.setRule((request) =>
      request.hasFileBody ? { kind: 'tamper', headers: { etag: `"${'0'.repeat(32)}"` } } : undefined,
    );
    await fixture.createDriver(customStore({ etag: 'opaque' })).upload(createTransfer(patternSource(10)));
  });

  test('an upload to Amazon fails if the reported checksum contradicts the sent bytes', async () => {
    fixture.proxy.setRule((request) =>
      request.hasFileBody ? { kind: 'tamper', headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } } : undefined,
    );
    expect(
      await errorCodeOf(
        fixture.createDriver({ settings: { store: amazonTraits } }).upload(createTransfer(patternSource(10))),
      ),
    ).toBe('corrupted');
  });

  test('a part that the store refuses because its bytes were damaged is sent again', async () => {
    for (const overrides of [fiveMiBParts, amazonWithFiveMiBParts]) {
      fixture.proxy.setRule((request) => (request.number === 2 ? { kind: 'flip-bit' } : undefined));
      const size = 2 * 5 * MiB + 3;
      expect(
        (
          await fixture.storedBytes(await fixture.createDriver(overrides).upload(createTransfer(patternSource(size))))
        ).equals(patternBytes(size)),
      ).toBe(true);
      expect(fixture.fileRequests()).toHaveLength(4);
    }
  });

  test('an upload reports `source-changed` instead of `corrupted` if the file changed meanwhile', async () => {
    fixture.proxy.setRule((request) => (request.hasFileBody ? { kind: 'flip-bit' } : undefined));
    const source = patternSource(5 * MiB + 1, {
      check: async () => {
        throw new AppFailure({ code: 'source-changed' });
      },
    });
    expect(await errorCodeOf(fixture.createDriver(fiveMiBParts).upload(createTransfer(source)))).toBe('source-changed');
  });
});

describe('answers to Complete', () => {
  test('a 200 response that contains an error is retried, and the upload fails after three attempts', async () => {
    const errorIn200 = {
      kind: 'answer',
      status: 200,
      body: '<?xml version="1.0"?>\n\n<Error><Code>InternalError</Code><Message>x</Message></Error>',
    } as const;
    fixture.proxy.setRule((request) => (isCompleteRequest(request) ? errorIn200 : undefined));
    const size = 5 * MiB + 1;
    expect(await errorCodeOf(fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(size))))).toBe(
      'InternalError',
    );
    expect(fixture.proxy.requests.filter(isCompleteRequest)).toHaveLength(3);
    expect(await fixture.practice.keys()).toEqual([]);
    let failures = 0;
    fixture.proxy.setRule((request) => (isCompleteRequest(request) && failures++ === 0 ? errorIn200 : undefined));
    expect(
      await fixture.storedBytes(await fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(size)))),
    ).toHaveLength(size);
  });

  test('after an answer with an empty ETag, the driver checks the object itself', async () => {
    // Ceph 16 answers in this way.
    const withoutEtag =
      (otherRequests: FaultRule = () => undefined): FaultRule =>
      (request) =>
        isCompleteRequest(request)
          ? { kind: 'tamper', body: (text) => text.replace(/<ETag>[^<]+<\/ETag>/, '<ETag></ETag>') }
          : otherRequests(request);
    fixture.proxy.setRule(withoutEtag());
    const size = 5 * MiB + 1;
    const driver = fixture.createDriver(fiveMiBParts);
    expect(await fixture.storedBytes(await driver.upload(createTransfer(patternSource(size))))).toHaveLength(size);
    expect(fixture.proxy.requests.at(-1)?.method).toBe('HEAD');
    fixture.proxy.setRule(
      withoutEtag((request) =>
        request.method === 'HEAD'
          ? { kind: 'answer', status: 200, headers: { etag: '"x"', 'content-length': '5' } }
          : undefined,
      ),
    );
    expect(await errorCodeOf(driver.upload(createTransfer(patternSource(size))))).toBe('corrupted');
    fixture.proxy.setRule(
      withoutEtag((request) => (request.method === 'HEAD' ? { kind: 'answer', status: 404 } : undefined)),
    );
    expect(await errorCodeOf(driver.upload(createTransfer(patternSource(size))))).toBe('wrong-service');
  });
});

describe('early errors', () => {
  test('the first part that fails stops the other parts', async () => {
    fixture.proxy.setRule((request) => {
      if (!request.hasFileBody) return undefined;
      const isSecondPart = /partNumber=2(&|$)/.test(request.target);
      return isSecondPart
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : { kind: 'silence' };
    });
    const reads: number[] = [];
    expect(
      await errorCodeOf(
        fixture.createDriver(fiveMiBParts).upload(
          createTransfer(
            patternSource(40 * MiB, {
              onRead: (at) => {
                reads.push(at);
              },
            }),
          ),
        ),
      ),
    ).toBe('AccessDenied');
    expect(fixture.fileRequests().length).toBeLessThanOrEqual(4);
    // The caller closes the file now, so the driver may not read it any more.
    const readsAtFailure = reads.length;
    await fixture.proxy.waitUntil(() => fixture.proxy.connections.open <= 1);
    expect(reads).toHaveLength(readsAtFailure);
  });

  test('a response in the middle of the body stops the request and is an error, even with the status 200', async () => {
    for (const [status, code] of [
      [403, 'AccessDenied'],
      [200, 'wrong-service'],
    ] as const) {
      fixture.proxy.setRule((request) =>
        request.hasFileBody
          ? { kind: 'answer', status, headers: { etag: '"x"' }, body: '<Error><Code>AccessDenied</Code></Error>' }
          : undefined,
      );
      let passes = 0;
      let resumeReading = (): void => undefined;
      const readingResumed = new Promise<void>((resolve) => {
        resumeReading = resolve;
      });
      const source = patternSource(16 * MiB, {
        onRead: async (at) => {
          if (at === 0) passes++;
          // The first pass computes the checksum. The second pass waits, so that the server answers first.
          if (passes === 2 && at > MiB) await readingResumed;
        },
      });
      expect(await errorCodeOf(fixture.createDriver().upload(createTransfer(source)))).toBe(code);
      resumeReading();
      await fixture.proxy.waitUntil(() => fixture.proxy.connections.open === 0);
      expect(fixture.proxy.requests).toHaveLength(1);
      expect(fixture.proxy.requests[0]?.bytesReceived).toBeLessThan(2 * MiB);
    }
  });
});
