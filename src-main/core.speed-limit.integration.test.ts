/** Several processes with the same records upload to a destination with a speed limit. */
import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { TestPractice } from './practice/testing/test-practice.ts';
import { CoreFixture, practiceDraft } from './testing/core-fixture.ts';

const bytesPerSecond = 500_000;
const fileBytes = 1_000_000;

let store: TestPractice | undefined;
const processes: CoreFixture[] = [];
afterEach(async () => {
  const [first] = processes;
  await Promise.all(processes.splice(0).map(({ core }) => core.close()));
  if (first) rmSync(first.folder, { recursive: true, force: true });
  await store?.stop();
});

test('three processes together keep the speed limit of a destination', { timeout: 120_000 }, async () => {
  store = await TestPractice.start();
  for (let index = 0; index < 3; index++) {
    const process = await CoreFixture.open({}, processes[0]?.folder);
    process.core.engine.start();
    processes.push(process);
  }
  const settings = { speedKBs: String(bytesPerSecond / 1000) };
  const { id } = await processes[0]!.core.profiles.editor.save(
    practiceDraft(store.address, store.address.endpoint, { settings, keep: 'unprotected' }),
  );
  const start = performance.now();
  const uploads = await Promise.all(
    processes.map(async (process, index) => ({
      process,
      upload: await process.send(id, `${index}.bin`, Buffer.alloc(fileBytes, index)),
    })),
  );
  for (const { process, upload } of uploads)
    await expect.poll(() => process.latest.get(upload)?.status, { timeout: 60_000 }).toBe('done');
  const seconds = (performance.now() - start) / 1000;
  // A slow computer can only take longer. Without sharing, three processes take a third of this time.
  expect(seconds).toBeGreaterThan((0.7 * processes.length * fileBytes) / bytesPerSecond);
});
