/**
 * Cancel, crash and quit: an unfinished upload never stays at the store unnoticed and never disappears from the list.
 */
import fs from 'node:fs';
import path from 'node:path';
import { stopTimeoutMs } from '../src-main/engine/engine.ts';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import {
  bucketEnv,
  downloadLink,
  createTestBucket,
  hasS3Server,
  listObjectKeys,
  listUploadIds,
  sha256,
} from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { stubMessageBoxes, closeWindow, expect, test, type AppLauncher } from './app-fixture.ts';
import { maxInFlightBytes } from './in-flight-bytes.ts';
import { unsentBytes } from './unsent-bytes.ts';

test.skip(!hasS3Server, 'no S3 server');

const MiB = 1024 * 1024;

/** Each MiB has its own content, so a part that is stored in the wrong position changes the file's hash. */
function writeDistinctParts(apps: AppLauncher, name: string, bytes: number): string {
  const file = path.join(apps.folder('drop'), name);
  const handle = fs.openSync(file, 'w');
  const block = Buffer.alloc(MiB);
  for (let i = 0; i < bytes / MiB; i++) {
    block.fill(`${i},`);
    fs.writeSync(handle, block);
  }
  fs.closeSync(handle);
  return file;
}

let proxy: FaultProxy;
test.beforeEach(async () => {
  proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
});
test.afterEach(async () => {
  await proxy.stop();
});

test('canceling an upload: the row shows it, sending stops, and the bucket is empty again', async ({ apps }) => {
  const bucket = await createTestBucket();
  const { page } = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url } });
  proxy.bytesPerSecond = 20 * MiB;
  await dropOnPage(page, [writeDistinctParts(apps, 'big.bin', 96 * MiB)]);
  await expect.poll(() => listUploadIds(bucket).then((u) => u.length), { timeout: 15_000 }).toBe(1);
  await expect.poll(() => proxy.uploaded, { timeout: 15_000 }).toBeGreaterThan(8 * MiB);
  const port = Number(new URL(proxy.url).port);
  expect(unsentBytes(port)).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Cancel big.bin' }).click();
  await expect(page.getByRole('listitem', { name: /^big\.bin, Canceled/ })).toBeVisible({ timeout: 10_000 });
  await expect.poll(() => unsentBytes(port), { timeout: 10_000 }).toBe(0);
  await expect.poll(() => listUploadIds(bucket), { timeout: 10_000 }).toEqual([]);
  expect(await listObjectKeys(bucket)).toEqual([]);
  await expect(page.getByRole('button', { name: 'Upload again: big.bin' })).toBeVisible();
  await page.getByRole('button', { name: 'More for big.bin' }).click();
  await page.getByRole('menuitem', { name: 'Remove from list' }).click();
  await expect(page.getByText('big.bin')).toHaveCount(0);
  expect(clipboardText()).not.toContain('big.bin');
});

test('kill -9 during an upload: the next start resumes it without sending stored parts again', async ({ apps }) => {
  const bucket = await createTestBucket();
  const env = { AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url };
  const first = await apps.launchWithBucket({ env });
  proxy.bytesPerSecond = 60 * MiB;
  const file = writeDistinctParts(apps, 'survivor.bin', 160 * MiB);
  const startedAt = performance.now();
  await dropOnPage(first.page, [file]);
  await expect.poll(() => proxy.uploaded, { timeout: 15_000 }).toBeGreaterThan(90 * MiB);
  process.kill(first.pid, 'SIGKILL');
  const maxResent = maxInFlightBytes(performance.now() - startedAt);
  await first.exited;
  expect(await listUploadIds(bucket)).toHaveLength(1);

  proxy.bytesPerSecond = Infinity;
  const second = await apps.launch({ userData: first.userData, env: withBucketEnv(env) });
  await expect(second.page.getByRole('button', { name: 'Copy link to survivor.bin' })).toBeVisible({ timeout: 30_000 });
  await expect.poll(clipboardText).toContain('survivor.bin');
  expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(file) });
  expect(proxy.uploaded).toBeLessThan(160 * MiB + maxResent + 4 * MiB);
  expect(await listObjectKeys(bucket)).toHaveLength(1);
  expect(await listUploadIds(bucket)).toEqual([]);
});

test(
  'sleep during an upload: after waking with dead connections it resumes at once without sending stored parts again',
  { tag: '@slow-1' },
  async ({ apps }) => {
    const bucket = await createTestBucket();
    const launched = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url } });
    proxy.bytesPerSecond = 20 * MiB;
    const file = writeDistinctParts(apps, 'sleeper.bin', 96 * MiB);
    await dropOnPage(launched.page, [file]);
    for (const sent of [24 * MiB, 56 * MiB]) {
      await expect.poll(() => proxy.uploaded, { timeout: 20_000 }).toBeGreaterThan(sent);
      process.kill(launched.pid, 'SIGSTOP');
      // Wait until the bytes in flight have arrived, then cut the connections as a new network would.
      await expect
        .poll(
          () => {
            const before = proxy.uploaded;
            return new Promise((resolve) => {
              setTimeout(() => resolve(proxy.uploaded - before), 500);
            });
          },
          { timeout: 20_000 },
        )
        .toBe(0);
      proxy.closeConnections();
      process.kill(launched.pid, 'SIGCONT');
    }
    await expect(launched.page.getByRole('button', { name: 'Copy link to sleeper.bin' })).toBeVisible({
      timeout: 30_000,
    });
    await expect.poll(clipboardText).toContain('sleeper.bin');
    expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(file) });
    const interrupted = proxy.requests.filter(({ hasFileBody, wasAnswered }) => hasFileBody && !wasAnswered);
    expect(interrupted.length).toBeGreaterThan(0);
    expect(proxy.uploaded).toBeLessThan(
      96 * MiB + interrupted.reduce((sum, { headers }) => sum + Number(headers['content-length']), 0) + MiB,
    );
    expect(await listObjectKeys(bucket)).toHaveLength(1);
    expect(await listUploadIds(bucket)).toEqual([]);
  },
);

test('closing while an upload runs asks: staying keeps the window, quitting resumes at the next start', async ({
  apps,
}) => {
  const bucket = await createTestBucket();
  const env = { AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url };
  const first = await apps.launchWithBucket({ env });
  proxy.bytesPerSecond = 8 * MiB;
  const file = writeDistinctParts(apps, 'unfinished.bin', 40 * MiB);
  await dropOnPage(first.page, [file]);
  await expect.poll(() => proxy.uploaded, { timeout: 15_000 }).toBeGreaterThan(MiB);

  const shownMessages = await stubMessageBoxes(first, 'safe');
  await closeWindow(first);
  await expect.poll(shownMessages).toEqual(['1 upload is unfinished.']);
  await expect(first.page.getByRole('button', { name: 'Cancel unfinished.bin' })).toBeVisible();

  await stubMessageBoxes(first, 'confirm');
  const startedAt = Date.now();
  await closeWindow(first);
  await first.exited;
  expect(Date.now() - startedAt).toBeLessThan(10 * stopTimeoutMs);

  proxy.bytesPerSecond = Infinity;
  const second = await apps.launch({ userData: first.userData, env: withBucketEnv(env) });
  await expect(second.page.getByRole('button', { name: 'Copy link to unfinished.bin' })).toBeVisible({
    timeout: 30_000,
  });
  expect(await listObjectKeys(bucket)).toHaveLength(1);
  expect(await listUploadIds(bucket)).toEqual([]);
});

test('closing without an upload does not ask', async ({ apps }) => {
  const launched = await apps.launchWithBucket();
  await closeWindow(launched);
  await launched.exited;
});

const withBucketEnv = (env: Record<string, string>): Record<string, string> => ({ ...bucketEnv(), ...env });
