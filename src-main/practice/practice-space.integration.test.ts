/** Practice's capacity: files that don't fit are refused before their first byte, and rejected data is deleted. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { practiceId } from '../../src-shared/profile.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import { acceptFile } from '../platform/source-file.ts';
import { CoreFixture } from '../testing/core-fixture.ts';
import { emptyPractice } from '../core/empty-practice.ts';

const MiB = 1024 ** 2;

async function openFixture(options: { practiceQuotaBytes?: number } = {}): Promise<CoreFixture> {
  const fixture = await CoreFixture.open({ builtIns: ['practice'], ...options });
  onTestFinished(() => fixture.remove());
  fixture.core.engine.start();
  return fixture;
}

/** Uploads sparse files of these sizes, in bytes. */
async function sendSizes(fixture: CoreFixture, sizes: Record<string, number>): Promise<UploadId[]> {
  const files = Object.entries(sizes).map(([name, size]) => {
    const file = join(fixture.folder, name);
    writeFileSync(file, '');
    truncateSync(file, size);
    return acceptFile(file);
  });
  return fixture.core.engine
    .enqueue(await Promise.all(files), fixture.core.profiles.chains.from(practiceId))
    .map(({ id }) => id);
}

test('a file larger than Practice is refused before its first byte', async () => {
  const fixture = await openFixture();
  const [id] = await sendSizes(fixture, { 'large.bin': 6 * 1024 * MiB });
  await fixture.becomes(id!, {
    status: 'failed',
    error: { code: 'too-large', params: { why: 'capacity', limit: 5368 } },
  });
  expect(fixture.latest.get(id!)).not.toHaveProperty('bytesStored');
  expect(await fixture.core.practice.usage()).toMatchObject({ objects: 0, bytes: 0 });
});

test('a file larger than the free space is refused, and smaller files of the same drop are stored', async () => {
  const fixture = await openFixture({ practiceQuotaBytes: 40 * MiB });
  const [first] = await sendSizes(fixture, { 'first.bin': 30 * MiB });
  await fixture.becomes(first!, { status: 'done' });
  const [large, small] = await sendSizes(fixture, { 'large.bin': 20 * MiB, 'small.bin': MiB });
  await fixture.becomes(small!, { status: 'done' });
  await fixture.becomes(large!, { status: 'failed', error: { code: 'too-large', params: { why: 'space' } } });
  expect(await fixture.core.practice.usage()).toMatchObject({ objects: 2, bytes: 31 * MiB });
  await emptyPractice(fixture.core);
  await fixture.core.engine.retry(large!);
  await fixture.becomes(large!, { status: 'done' });
});

test('of two files of which only one fits, one is refused while the other is uploading', async () => {
  const fixture = await openFixture({ practiceQuotaBytes: 100 * MiB });
  const ids = await sendSizes(fixture, { 'a.bin': 70 * MiB, 'b.bin': 70 * MiB });
  await expect.poll(() => fixture.count(ids, 'done') + fixture.count(ids, 'failed'), { timeout: 60_000 }).toBe(2);
  expect(fixture.count(ids, 'done')).toBe(1);
  expect(ids.map((id) => fixture.latest.get(id)).find((upload) => upload?.status === 'failed')).toMatchObject({
    error: { code: 'too-large', params: { why: 'space' } },
  });
  expect((await fixture.core.practice.usage()).bytes).toBe(70 * MiB);
});

test('the parts of an upload that Practice rejects are deleted', async () => {
  const fixture = await openFixture({ practiceQuotaBytes: 200 * MiB });
  // This upload is paused after its first stored part.
  let resumed: UploadId | undefined;
  fixture.core.listeners.add({
    uploadChanged: (upload) => {
      if (upload.id === resumed && upload.status === 'uploading' && upload.bytesStored !== undefined)
        fixture.core.engine.pause(upload.id);
    },
  });
  [resumed] = await sendSizes(fixture, { 'resumed.bin': 180 * MiB });
  await fixture.becomes(resumed!, { status: 'paused' });
  await expect.poll(async () => (await fixture.core.practice.usage()).bytes).toBeGreaterThan(0);
  const { capacity, available } = await fixture.core.practice.space();
  expect(available).toBeLessThan(capacity);
  const [other] = await sendSizes(fixture, { 'other.bin': available - MiB });
  await fixture.becomes(other!, { status: 'done' });
  const id = resumed!;
  resumed = undefined;
  fixture.core.engine.resume(id);
  await fixture.becomes(id, { status: 'failed', error: { code: 'quota-exceeded', params: { why: 'practice' } } });
  expect(fixture.latest.get(id)).not.toHaveProperty('checkpoint');
  await expect.poll(async () => (await fixture.core.practice.usage()).bytes).toBe(available - MiB);
  await emptyPractice(fixture.core);
  await fixture.becomes(id, { status: 'done' });
});
