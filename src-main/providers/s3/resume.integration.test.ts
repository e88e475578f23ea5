/** Resuming an upload: cases that only S3 has. The conformance suite covers those that all providers have. */
import { AbortMultipartUploadCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { requestKind, s3Faults } from '../../../e2e/servers/s3-fault-plan.ts';
import type { RestartReason } from '../../../src-shared/upload.ts';
import { createSampler } from '../../testing/sample.ts';
import type { FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import {
  amazonWithFiveMiBParts,
  createTransfer,
  DriverFixture,
  fiveMiBParts,
  keyOf,
} from './testing/driver-fixture.ts';
import {
  accessDenied,
  createThreePartUpload,
  expectOnlyObject,
  fivePartBytes,
  interruptUpload,
  opaqueEtags,
  partBytes,
  partNumberOf,
  uploadStoredPart,
  resumeWithNewDriver,
  sourceWith,
  type SavedCheckpoint,
} from './testing/resume-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

describe('a resumed upload', () => {
  test.each([
    ['MD5', fiveMiBParts],
    ['CRC32', amazonWithFiveMiBParts],
  ])('does not send stored parts again if their %s matches the file', async (_, overrides) => {
    const resumed = await resumeWithNewDriver(fixture, await createThreePartUpload(fixture, overrides), { overrides });
    expect(resumed.requestKinds.sort()).toEqual(['complete', 'list-parts', 'part', 'part']);
    expect(resumed.bytesSent).toBe(partBytes + 7);
    expect(resumed.progress.find((sent) => sent >= 3 * partBytes)).toBeDefined();
    expect(resumed.progress.at(-1)).toBe(fivePartBytes);
    expect(resumed.restarts).toEqual([]);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('sends all parts again if the store reports no checksum of the stored parts', async () => {
    const checkpoint = await createThreePartUpload(fixture, opaqueEtags);
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { overrides: opaqueEtags });
    expect(resumed.bytesSent).toBe(fivePartBytes);
    expect(resumed.restarts).toEqual([]);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('sends a stored part again only if its bytes in the file changed', async () => {
    const checkpoint = await createThreePartUpload(fixture);
    const content = patternBytes(fivePartBytes);
    content.fill(1, partBytes + 100, partBytes + 101);
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { source: sourceWith(content) });
    expect(
      fixture
        .fileRequests()
        .map(partNumberOf)
        .sort((a, b) => a - b),
    ).toEqual([2, 4, 5]);
    expect(resumed.restarts).toEqual([]);
    await expectOnlyObject(fixture, resumed.ref, content);
  });

  test('reports a changed file if no stored part matches the file', async () => {
    const content = Buffer.alloc(fivePartBytes, 7);
    const checkpoint = await createThreePartUpload(fixture);
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { source: sourceWith(content) });
    expect(resumed.restarts).toEqual(['file-changed']);
    expect(resumed.bytesSent).toBe(fivePartBytes);
    await expectOnlyObject(fixture, resumed.ref, content);
  });

  test('sends a stored part again if its size differs from the planned size', async () => {
    const checkpoint = await interruptUpload(fixture, s3Faults({ kind: 'part', fault: accessDenied }));
    await uploadStoredPart(fixture, checkpoint, { number: 1, bytes: patternBytes(partBytes - 1) });
    await uploadStoredPart(fixture, checkpoint, {
      number: 2,
      bytes: patternBytes(fivePartBytes).subarray(partBytes, 2 * partBytes),
    });
    const resumed = await resumeWithNewDriver(fixture, checkpoint);
    expect(resumed.bytesSent).toBe(fivePartBytes - partBytes);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('reads all pages of the list of parts', async () => {
    const checkpoint = await createThreePartUpload(fixture);
    const onePartPerPage: FaultRule = (request) => {
      if (requestKind(request) !== 'list-parts') return undefined;
      const marker = Number(/part-number-marker=(\d+)/.exec(request.target)?.[1] ?? 0);
      return {
        kind: 'tamper',
        body: (text) =>
          text
            .replace(/<Part>[\s\S]*?<\/Part>/g, (part) =>
              part.includes(`<PartNumber>${marker + 1}</PartNumber>`) ? part : '',
            )
            .replace(/<NextPartNumberMarker>\d+/, `<NextPartNumberMarker>${marker + 1}`)
            .replace(/<IsTruncated>\w+/, `<IsTruncated>${marker < 2}`),
      };
    };
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { faults: onePartPerPage });
    expect(resumed.requestKinds.filter((kind) => kind === 'list-parts')).toHaveLength(3);
    expect(resumed.bytesSent).toBe(partBytes + 7);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('stops reading a list of parts that has no last page', async () => {
    const endlessList: FaultRule = (request) =>
      requestKind(request) === 'list-parts'
        ? {
            kind: 'tamper',
            body: (text) =>
              text
                .replace(/<IsTruncated>\w+/, '<IsTruncated>true')
                .replace(/<NextPartNumberMarker>\d+/, '<NextPartNumberMarker>3'),
          }
        : undefined;
    const resumed = await resumeWithNewDriver(fixture, await createThreePartUpload(fixture), { faults: endlessList });
    expect(resumed.requestKinds.filter((kind) => kind === 'list-parts')).toHaveLength(2);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('restarts from zero and deletes the old parts if the access key may not list parts', async () => {
    const resumed = await resumeWithNewDriver(fixture, await createThreePartUpload(fixture), {
      faults: s3Faults({ kind: 'list-parts', fault: accessDenied }),
    });
    expect(resumed.restarts).toEqual(['store-forgot']);
    expect(resumed.bytesSent).toBe(fivePartBytes);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('sends nothing if it is canceled while it compares the stored parts', async () => {
    const checkpoint = await createThreePartUpload(fixture);
    const controller = new AbortController();
    fixture.proxy.setRule();
    const source = patternSource(fivePartBytes, {
      onRead: (position) => {
        if (position > MiB) controller.abort();
      },
    });
    await expect(
      resumeWithNewDriver(fixture, checkpoint, { source, transferOptions: { signal: controller.signal } }),
    ).rejects.toMatchObject({ error: { code: 'canceled' } });
    expect(fixture.fileRequests()).toEqual([]);
    await fixture.createDriver(fiveMiBParts).discard({ checkpoint }, neverAborted);
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });
});

describe('an upload whose access keys expire', () => {
  const cases = ['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'].flatMap((code) =>
    [1, 2, 3, 4, 5].map((part) => ({ code, part })),
  );

  test.each(createSampler('keys that end')(cases, 5, ({ code, part }) => [code, part]))(
    'resumes with new keys after $code from part request $part on, and sends no stored part again',
    async ({ code, part: firstRefused }) => {
      let partRequests = 0;
      // The store refuses later requests. Requests that started earlier may still arrive.
      const checkpoint = await interruptUpload(fixture, (request) =>
        requestKind(request) === 'part' && ++partRequests >= firstRefused
          ? { kind: 'answer', status: 400, body: `<Error><Code>${code}</Code></Error>` }
          : undefined,
      );
      const { Parts: storedParts = [] } = await fixture.practice.client.send(
        new ListPartsCommand({ Bucket: 'practice', Key: checkpoint.key, UploadId: checkpoint.uploadId }),
      );
      const resumed = await resumeWithNewDriver(fixture, checkpoint);
      expect(resumed.requestKinds.filter((kind) => kind === 'create')).toEqual([]);
      // A part whose bytes were all sent may have arrived after the parts were listed.
      expect(resumed.requestKinds.filter((kind) => kind === 'part').length).toBeLessThanOrEqual(5 - storedParts.length);
      expect(resumed.restarts).toEqual([]);
      await expectOnlyObject(fixture, resumed.ref);
    },
  );
});

describe('an upload that the store lost', () => {
  const noSuchUpload = {
    kind: 'answer',
    status: 404,
    body: '<Error><Code>NoSuchUpload</Code></Error>',
    when: 'after the body',
  } as const;
  const abortAtStore = async ({ key: Key, uploadId: UploadId }: SavedCheckpoint): Promise<void> => {
    await fixture.practice.client.send(new AbortMultipartUploadCommand({ Bucket: 'practice', Key, UploadId }));
  };

  test('restarts with another key, and reports the restart', async () => {
    const checkpoint = await createThreePartUpload(fixture);
    await abortAtStore(checkpoint);
    const resumed = await resumeWithNewDriver(fixture, checkpoint);
    expect(resumed.restarts).toEqual(['store-forgot']);
    expect(keyOf(resumed.ref)).not.toBe(checkpoint.key);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('restarts only once: the upload fails if the store loses it again', async () => {
    for (const kind of ['part', 'complete'] as const) {
      const resumed = await resumeWithNewDriver(fixture, await createThreePartUpload(fixture), {
        faults: s3Faults({ kind, nth: 1, fault: noSuchUpload }),
      });
      expect(resumed.restarts).toEqual(['store-forgot']);
      expect((await fixture.storedBytes(resumed.ref)).equals(patternBytes(fivePartBytes))).toBe(true);
      await fixture.createDriver(fiveMiBParts).discard({ ref: resumed.ref }, neverAborted);
    }
    const restarts: RestartReason[] = [];
    await expect(
      resumeWithNewDriver(fixture, await createThreePartUpload(fixture), {
        faults: s3Faults({ kind: 'part', fault: noSuchUpload }),
        transferOptions: { onRestart: (reason) => restarts.push(reason) },
      }),
    ).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(restarts).toEqual(['store-forgot']);
    expect(fixture.proxy.requests.map(requestKind).filter((kind) => kind === 'create')).toHaveLength(1);
  });

  test('reports no more progress than the size of the file', async () => {
    const { progress } = await resumeWithNewDriver(fixture, await createThreePartUpload(fixture), {
      faults: s3Faults({ kind: 'part', nth: 2, fault: noSuchUpload }),
    });
    expect(progress.at(-1)).toBe(fivePartBytes);
    expect(Math.max(...progress)).toBeLessThanOrEqual(fivePartBytes);
  });
});

describe('an upload whose destination got another bucket', () => {
  test('starts again in the new bucket and deletes the parts in the old bucket', async () => {
    const checkpoint = await createThreePartUpload(fixture);
    const driver = fixture.createDriver(fiveMiBParts, { ...fixture.values, bucket: 'elsewhere' });
    // Practice has only one bucket, so the proxy answers for the new one.
    fixture.proxy.setRule((request) => (request.target.startsWith('/elsewhere/') ? accessDenied : undefined));
    await expect(driver.upload(createTransfer(patternSource(fivePartBytes), { checkpoint }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    expect(fixture.proxy.requests.map((request) => [requestKind(request), request.target.split('/')[1]])).toEqual([
      ['abort', 'practice'],
      ['create', 'elsewhere'],
    ]);
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 0, uploads: 0 });
  });

  test('succeeds even if the old bucket is unreachable', async () => {
    const checkpoint = { ...(await createThreePartUpload(fixture)), bucket: 'gone' };
    const resumed = await resumeWithNewDriver(fixture, checkpoint);
    expect((await fixture.storedBytes(resumed.ref)).equals(patternBytes(fivePartBytes))).toBe(true);
  });
});

test('uploads of two installations in one bucket do not affect each other', async () => {
  const [ourUpload, otherUpload] = [await createThreePartUpload(fixture), await createThreePartUpload(fixture)];
  const lostCreate = await interruptUpload(fixture, s3Faults({ kind: 'create', fault: { kind: 'lost-answer' } }));
  const resumed = await resumeWithNewDriver(fixture, ourUpload);
  await fixture.createDriver(fiveMiBParts).discard({ checkpoint: lostCreate }, neverAborted);
  await fixture.createDriver(fiveMiBParts).discard({ ref: resumed.ref }, neverAborted);
  const remaining = await fixture.practice.client.send(
    new ListPartsCommand({ Bucket: 'practice', Key: otherUpload.key, UploadId: otherUpload.uploadId }),
  );
  expect(remaining.Parts).toHaveLength(3);
  expect(await fixture.practice.uploads()).toEqual([otherUpload.uploadId]);
  await expectOnlyObject(fixture, (await resumeWithNewDriver(fixture, otherUpload)).ref);
});
