/** Resuming an upload after the answer to one of its requests was lost: the store may have done what was requested. */
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestKind, s3Faults } from '../../../e2e/servers/s3-fault-plan.ts';
import type { FileSource } from '../../engine/ports.ts';
import type { FaultRule } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { DriverFixture } from './testing/driver-fixture.ts';
import {
  expectOnlyObject,
  fivePartBytes,
  interruptUpload,
  partBytes,
  uploadStoredPart,
  resumeWithNewDriver,
  sourceWith,
  storeKinds,
} from './testing/resume-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

/** The store receives the first request of this kind, but its answer is lost. Further attempts do not arrive. */
const loseAnswer = (kind: 'create' | 'complete' | 'put'): FaultRule =>
  s3Faults({ kind, nth: 1, fault: { kind: 'lost-answer' } }, { kind, nth: { from: 2 }, fault: { kind: 'reset' } });
/** No request of this kind arrives at the store. */
const loseRequests = (kind: 'create' | 'put'): FaultRule => s3Faults({ kind, fault: { kind: 'reset' } });

describe('after a lost answer to Complete', () => {
  test.each(storeKinds)('the resumed upload finds the object and sends nothing (%s)', async (_, overrides) => {
    const checkpoint = await interruptUpload(fixture, loseAnswer('complete'), { overrides });
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { overrides });
    expect(resumed.requestKinds).toEqual(['list-parts', 'head']);
    expect(resumed.ref).toMatchObject({ key: checkpoint.key, size: fivePartBytes });
    expect(resumed.progress.at(-1)).toBe(fivePartBytes);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test.each(storeKinds)('the resumed upload of a changed file replaces the object (%s)', async (_, overrides) => {
    const checkpoint = await interruptUpload(fixture, loseAnswer('complete'), { overrides });
    const content = patternBytes(fivePartBytes);
    content.fill(0, fivePartBytes - 1);
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { overrides, source: sourceWith(content) });
    expect(resumed.restarts).toEqual(['file-changed']);
    await expectOnlyObject(fixture, resumed.ref, content);
  });
});

describe('after a lost answer to Create', () => {
  test('the resumed upload adopts the upload that the request opened, with the same key', async () => {
    const checkpoint = await interruptUpload(fixture, loseAnswer('create'));
    expect(checkpoint.uploadId).toBeUndefined();
    const [openUploadId] = await fixture.practice.uploads();
    const resumed = await resumeWithNewDriver(fixture, checkpoint);
    expect(resumed.requestKinds.filter((kind) => kind === 'create')).toEqual([]);
    expect(resumed.checkpoints[0]).toMatchObject({ key: checkpoint.key, uploadId: openUploadId });
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('the resumed upload adopts the upload with the most parts and aborts the other uploads', async () => {
    const checkpoint = await interruptUpload(fixture, loseRequests('create'));
    const { key } = checkpoint;
    const uploadIds: string[] = [];
    for (const _ of [1, 2, 3])
      uploadIds.push(
        (await fixture.practice.client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key: key })))
          .UploadId!,
      );
    const firstPart = { number: 1, bytes: patternBytes(partBytes) };
    const secondPart = { number: 2, bytes: patternBytes(2 * partBytes).subarray(partBytes) };
    await uploadStoredPart(fixture, { key, uploadId: uploadIds[1]! }, firstPart);
    await uploadStoredPart(fixture, { key, uploadId: uploadIds[1]! }, secondPart);
    await uploadStoredPart(fixture, { key, uploadId: uploadIds[2]! }, firstPart);
    const resumed = await resumeWithNewDriver(fixture, checkpoint);
    expect(resumed.bytesSent).toBe(fivePartBytes - 2 * partBytes);
    await expectOnlyObject(fixture, resumed.ref);
  });

  test('the resumed upload aborts the upload that a late request opens', async () => {
    const checkpoint = await interruptUpload(fixture, loseRequests('create'));
    let hasArrived = false;
    const source = patternSource(fivePartBytes, {
      onRead: async () => {
        if (hasArrived) return;
        hasArrived = true;
        await fixture.practice.client.send(
          new CreateMultipartUploadCommand({ Bucket: 'practice', Key: checkpoint.key }),
        );
      },
    });
    await expectOnlyObject(fixture, (await resumeWithNewDriver(fixture, checkpoint, { source })).ref);
  });
});

describe('after a lost answer to the PUT of a small file', () => {
  const smallFile = (): FileSource => patternSource(1000);
  const smallContent = patternBytes(1000);

  test.each(storeKinds)('the resumed upload finds the object and sends nothing (%s)', async (_, overrides) => {
    const checkpoint = await interruptUpload(fixture, loseAnswer('put'), { overrides, source: smallFile() });
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { overrides, source: smallFile() });
    expect(resumed.requestKinds).toEqual(['head']);
    await expectOnlyObject(fixture, resumed.ref, smallContent);
  });

  test.each(storeKinds)('the resumed upload of a changed file replaces the object (%s)', async (_, overrides) => {
    const checkpoint = await interruptUpload(fixture, loseAnswer('put'), { overrides, source: smallFile() });
    const changedContent = Buffer.alloc(1000, 9);
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { overrides, source: sourceWith(changedContent) });
    await expectOnlyObject(fixture, resumed.ref, changedContent);
  });

  test('the resumed upload uses the same key if the request never arrived', async () => {
    const checkpoint = await interruptUpload(fixture, loseRequests('put'), { source: smallFile() });
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { source: smallFile() });
    expect(resumed.ref).toMatchObject({ key: checkpoint.key });
    expect(resumed.requestKinds).toEqual(['head', 'put']);
    await expectOnlyObject(fixture, resumed.ref, smallContent);
  });

  test('the resumed upload treats the object as its own if the first request arrives meanwhile', async () => {
    const checkpoint = await interruptUpload(fixture, loseRequests('put'), { source: smallFile() });
    const source = patternSource(1000, {
      onRead: async () => {
        if ((await fixture.practice.keys()).length === 0) await fixture.practice.put(checkpoint.key, smallContent);
      },
    });
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { source });
    expect(resumed.ref).toMatchObject({ key: checkpoint.key });
    await expectOnlyObject(fixture, resumed.ref, smallContent);
  });

  test('the resumed upload succeeds with an access key that may not read or list', async () => {
    const refuseReading: FaultRule = (request) =>
      ['head', 'list-uploads', 'list-parts'].includes(requestKind(request))
        ? { kind: 'answer', status: 403 }
        : undefined;
    const loseAllAnswers = s3Faults({ kind: 'put', fault: { kind: 'lost-answer' } });
    const checkpoint = await interruptUpload(fixture, loseAllAnswers, { source: smallFile() });
    const resumed = await resumeWithNewDriver(fixture, checkpoint, { source: smallFile(), faults: refuseReading });
    await expectOnlyObject(fixture, resumed.ref, smallContent);
  });
});
