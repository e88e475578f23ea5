/** Cleanup of the data that an upload left at the store. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MiB } from '../../platform/testing/mib.ts';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import type { Checkpoint } from '../../../src-shared/upload.ts';
import { patternSource } from '../testing/pattern-source.ts';
import {
  createTransfer,
  DriverFixture,
  fiveMiBParts,
  isCompleteRequest,
  keyOf,
  recordTo,
  thrownBy,
} from './testing/driver-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

describe('a cleanup', () => {
  test('sends requests only for the key of its checkpoint', async () => {
    const driver = fixture.createDriver(fiveMiBParts);
    const otherRef = await driver.upload(createTransfer(patternSource(10)));
    const checkpoints: Checkpoint[] = [];
    await driver.upload(
      createTransfer(patternSource(5 * MiB + 1), {
        onCheckpoint: recordTo(checkpoints),
      }),
    );
    fixture.proxy.setRule();
    for (const checkpoint of checkpoints) await driver.discard({ checkpoint }, neverAborted);
    expect(await fixture.practice.keys()).toEqual([keyOf(otherRef)]);
    const key = (checkpoints[0] as { key: string }).key;
    for (const { target } of fixture.proxy.requests) expect(decodeURIComponent(target)).toContain(key);
  });

  test('is not needed if a lost answer makes Hoist open two uploads, because Hoist aborts the first one', async () => {
    fixture.proxy.setRule((request) => (request.number === 1 ? { kind: 'lost-answer' } : undefined));
    await fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(5 * MiB + 1)));
    expect(await fixture.practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
  });

  test('by a new driver needs only the checkpoint', async () => {
    const remainingItems = async (): Promise<number> =>
      (await fixture.practice.keys()).length + (await fixture.practice.uploads()).length;
    for (const fault of ['parts', 'complete'] as const) {
      const checkpoints: Checkpoint[] = [];
      fixture.proxy.setRule((request) => {
        if (fault === 'parts')
          return request.hasFileBody
            ? { kind: 'answer', status: 400, body: '<Error><Code>InvalidRequest</Code></Error>' }
            : undefined;
        if (isCompleteRequest(request)) return { kind: 'lost-answer' };
        return request.method === 'HEAD' ? { kind: 'reset' } : undefined;
      });
      await thrownBy(
        fixture.createDriver(fiveMiBParts).upload(
          createTransfer(patternSource(5 * MiB + 1), {
            onCheckpoint: recordTo(checkpoints),
          }),
        ),
      );
      expect(await remainingItems()).toBe(1);
      fixture.proxy.setRule();
      await fixture
        .createDriver()
        .discard({ checkpoint: JSON.parse(JSON.stringify(checkpoints.at(-1))) as Checkpoint }, neverAborted);
      expect(await remainingItems()).toBe(0);
    }
  });

  test('with a key that may not list uploads aborts the upload in the checkpoint', async () => {
    const checkpoints: Checkpoint[] = [];
    fixture.proxy.setRule((request) =>
      request.hasFileBody || request.method === 'GET'
        ? { kind: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
        : undefined,
    );
    await thrownBy(
      fixture.createDriver(fiveMiBParts).upload(
        createTransfer(patternSource(5 * MiB + 1), {
          onCheckpoint: recordTo(checkpoints),
        }),
      ),
    );
    await fixture.createDriver().discard({ checkpoint: checkpoints.at(-1)! }, neverAborted);
    expect(await fixture.practice.uploads()).toEqual([]);
  });
});
