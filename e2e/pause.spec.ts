/** Pause, resume and delete: stored bytes are not sent again, and the row shows the bytes that the store has. */
import { MiB } from '../src-main/platform/testing/mib.ts';
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
import { stubMessageBoxes, closeWindow, expect, test } from './app-fixture.ts';
import { uploadRow, progressPercent, writeLargeFile } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

const partBytes = 16 * MiB;
/** An upload starts with at most four parts in flight. */
const maxInFlight = 4 * partBytes;

let proxy: FaultProxy;
test.beforeEach(async () => {
  proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
});
test.afterEach(async () => {
  await proxy.stop();
});

const proxiedEnv = (bucket: string): Record<string, string> => ({ AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url });

/** Waits until two counts, half a second apart, are equal. */
async function expectTransferStopped(): Promise<void> {
  let before = -1;
  await expect
    .poll(
      () => {
        const { uploaded } = proxy;
        const isUnchanged = uploaded === before;
        before = uploaded;
        return isUnchanged;
      },
      { timeout: 10_000, intervals: [500] },
    )
    .toBe(true);
}

test('a paused upload shows the stored bytes, keeps its bar, and resumes by keyboard', async ({ apps }) => {
  const bucket = await createTestBucket();
  const launched = await apps.launchWithBucket({ env: proxiedEnv(bucket) });
  const { page } = launched;
  proxy.bytesPerSecond = 40 * MiB;
  const file = writeLargeFile(apps, 'talk.bin', 160 * MiB);
  await dropOnPage(page, [file]);
  await expect.poll(() => progressPercent(launched, 'talk.bin'), { timeout: 20_000 }).toBeGreaterThan(55);
  await page.getByRole('button', { name: 'Pause talk.bin' }).click();
  await expect(uploadRow(launched, 'talk.bin').getByText(/^Paused · \d+ MB of 168 MB uploaded/)).toBeVisible({
    timeout: 10_000,
  });
  await expectTransferStopped();
  const paused = proxy.uploaded;
  const storedPercent = await progressPercent(launched, 'talk.bin');
  expect(storedPercent, 'the bar shows what the store has').toBeGreaterThan(0);
  expect(await listUploadIds(bucket)).toHaveLength(1);
  await expect(page.getByText('1 paused')).toBeVisible();

  await uploadRow(launched, 'talk.bin').focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause talk.bin' })).toBeVisible();
  expect(await progressPercent(launched, 'talk.bin'), 'the bar continues from the stored bytes').toBeGreaterThanOrEqual(
    storedPercent,
  );
  proxy.bytesPerSecond = Infinity;
  await expect(page.getByRole('button', { name: 'Copy link to talk.bin' })).toBeVisible({ timeout: 30_000 });
  expect(proxy.uploaded, 'only bytes in flight are sent twice').toBeLessThan(160 * MiB + maxInFlight + MiB);
  expect(proxy.uploaded - paused, 'stored bytes are not sent again').toBeLessThan(160 * MiB - partBytes);
  await expect.poll(clipboardText).toContain('talk.bin');
  expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(file) });
  expect(await listObjectKeys(bucket)).toHaveLength(1);
  expect(await listUploadIds(bucket)).toEqual([]);
});

test('a paused upload stays paused after a restart and resumes on request', { tag: '@slow-3' }, async ({ apps }) => {
  const bucket = await createTestBucket();
  const env = proxiedEnv(bucket);
  const first = await apps.launchWithBucket({ env });
  proxy.bytesPerSecond = 40 * MiB;
  await dropOnPage(first.page, [writeLargeFile(apps, 'unfinished.bin', 128 * MiB)]);
  await expect.poll(() => progressPercent(first, 'unfinished.bin'), { timeout: 20_000 }).toBeGreaterThan(65);
  await first.page.getByRole('button', { name: 'Pause unfinished.bin' }).click();
  await expect(uploadRow(first, 'unfinished.bin').getByText(/^Paused · .* uploaded/)).toBeVisible();
  await stubMessageBoxes(first, 'confirm');
  await closeWindow(first);
  await first.exited;
  const sent = proxy.uploaded;

  proxy.bytesPerSecond = Infinity;
  const second = await apps.launch({ userData: first.userData, env: { ...bucketEnv(), ...env } });
  await expect(uploadRow(second, 'unfinished.bin').getByText(/^Paused · \d+ MB of 134 MB uploaded/)).toBeVisible();
  expect(await progressPercent(second, 'unfinished.bin')).toBeGreaterThan(10);
  await second.page.getByRole('button', { name: 'Resume unfinished.bin' }).click();
  await expect(second.page.getByRole('button', { name: 'Copy link to unfinished.bin' })).toBeVisible({
    timeout: 30_000,
  });
  expect(proxy.uploaded - sent, 'stored bytes are not sent again').toBeLessThan(128 * MiB - partBytes);
});

test(
  'pauses and resumes all uploads together, and asks before it cancels uploads with many stored bytes',
  { tag: '@slow-2' },
  async ({ apps }) => {
    const bucket = await createTestBucket();
    const { page } = await apps.launchWithBucket({ env: proxiedEnv(bucket) });
    proxy.bytesPerSecond = 16 * MiB;
    const files = ['a.bin', 'b.bin', 'c.bin'].map((name) => writeLargeFile(apps, name, 64 * MiB));
    await dropOnPage(page, files);
    await expect.poll(() => proxy.uploaded, { timeout: 20_000 }).toBeGreaterThan(16 * MiB);
    await page.getByRole('button', { name: 'Pause all' }).click();
    await expect(page.getByText('3 paused', { exact: true })).toBeVisible({ timeout: 10_000 });
    await expectTransferStopped();
    await page.getByRole('button', { name: 'Resume all' }).click();
    await expect(page.getByText(/uploading/).first()).toBeVisible();
    const before = proxy.uploaded;
    await expect.poll(() => proxy.uploaded, { timeout: 10_000 }).toBeGreaterThan(before + 56 * MiB);
    await page.getByRole('button', { name: 'Cancel all' }).click();
    const question = page.getByRole('alertdialog', { name: 'Cancel 3 uploads?' });
    await expect(question.getByText(/The \d+ MB uploaded so far will be deleted/)).toBeVisible();
    await question.getByRole('button', { name: 'Cancel all' }).click();
    await expect(page.getByRole('listitem', { name: /\.bin, Canceled/ })).toHaveCount(3, { timeout: 10_000 });
    await expect.poll(() => listUploadIds(bucket), { timeout: 10_000 }).toEqual([]);
    expect(await listObjectKeys(bucket)).toEqual([]);
  },
);

test('the question before a cancel follows the uploads, and closes when all of them have ended', async ({ apps }) => {
  const bucket = await createTestBucket();
  const { page } = await apps.launchWithBucket({ env: proxiedEnv(bucket) });
  proxy.bytesPerSecond = 16 * MiB;
  await dropOnPage(page, [writeLargeFile(apps, 'a.bin', 48 * MiB), writeLargeFile(apps, 'b.bin', 48 * MiB)]);
  await expect.poll(() => proxy.uploaded, { timeout: 20_000 }).toBeGreaterThan(52 * MiB);
  await page.getByRole('button', { name: 'Cancel all' }).click();
  const question = page.getByRole('alertdialog');
  const sentence = question.getByText(/MB uploaded so far will be deleted/);
  const first = await sentence.innerText();
  await expect(sentence, 'the number of bytes grows').not.toHaveText(first, { timeout: 10_000 });
  proxy.bytesPerSecond = 1024 * MiB;
  await expect(question, 'nothing is left to cancel').toHaveCount(0, { timeout: 30_000 });
  await expect(page.getByText('Nothing is left to cancel: all 2 uploads have ended.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Copy link to/ })).toHaveCount(2);
});

test('deletes a stored file after a confirmation that names it, and its link stops working', async ({ apps }) => {
  const bucket = await createTestBucket();
  const { page } = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: bucket } });
  await dropOnPage(page, [writeLargeFile(apps, 'regret.bin', MiB), writeLargeFile(apps, 'fine.bin', MiB)]);
  await expect(page.getByText('2 links copied').first()).toBeVisible({ timeout: 20_000 });
  const [link = ''] = clipboardText().split('\n');
  expect((await downloadLink(link)).status).toBe(200);
  await page.getByRole('button', { name: 'More for regret.bin' }).click();
  await page.getByRole('menuitem', { name: /^Delete from .*…$/ }).click();
  const question = page.getByRole('alertdialog', { name: /^Delete regret\.bin from / });
  await expect(question.getByText('Its link stops working immediately', { exact: false })).toBeVisible();
  await expect(question.getByRole('button', { name: 'Keep' }).last()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  expect(await listObjectKeys(bucket), 'Escape keeps the file').toHaveLength(2);
  await page.getByRole('button', { name: 'More for regret.bin' }).click();
  await page.getByRole('menuitem', { name: /^Delete from/ }).click();
  await question.getByRole('button', { name: /^Delete from/ }).click();
  await expect(page.getByText(/^regret\.bin was deleted from .* Its link no longer works\.$/).first()).toBeVisible();
  await expect(page.getByRole('listitem', { name: /^regret\.bin/ })).toHaveCount(0);
  await expect(page.getByRole('listitem', { name: /^fine\.bin/ }), 'the focus stays in the list').toBeFocused();
  expect((await downloadLink(link)).status).toBe(404);
  expect((await listObjectKeys(bucket)).map((key) => key.split('/').at(-1))).toEqual(['fine.bin']);
});

test('deletes a file in Practice too', async ({ apps }) => {
  const { page } = await apps.launch();
  await dropOnPage(page, [writeLargeFile(apps, 'tryout.bin', MiB)]);
  await expect(page.getByRole('button', { name: 'Copy link to tryout.bin' })).toBeVisible({ timeout: 20_000 });
  await expect.poll(clipboardText).toContain('tryout.bin');
  const link = clipboardText();
  await page.getByRole('button', { name: 'More for tryout.bin' }).click();
  await page.getByRole('menuitem', { name: 'Delete from Practice…' }).click();
  await page.getByRole('button', { name: 'Delete from Practice' }).click();
  await expect(page.getByText('tryout.bin was deleted from Practice. Its link no longer works.').first()).toBeVisible();
  expect((await downloadLink(link)).status).toBe(404);
});

test('the settings delete the stored parts of paused uploads after a confirmation', async ({ apps }) => {
  const bucket = await createTestBucket();
  const launched = await apps.launchWithBucket({ env: proxiedEnv(bucket) });
  const { page } = launched;
  proxy.bytesPerSecond = 40 * MiB;
  await dropOnPage(page, [writeLargeFile(apps, 'kept.bin', 128 * MiB)]);
  await expect.poll(() => progressPercent(launched, 'kept.bin'), { timeout: 20_000 }).toBeGreaterThan(65);
  await page.getByRole('button', { name: 'Pause kept.bin' }).click();
  await expect(uploadRow(launched, 'kept.bin').getByText(/^Paused · .* uploaded/)).toBeVisible();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByText(/^1 unfinished upload, \d+ MB uploaded$/)).toBeVisible();
  await page.getByRole('button', { name: 'Delete uploaded data' }).click();
  await expect(page.getByText('Delete the uploaded data of 1 unfinished upload?')).toBeVisible();
  expect(await listUploadIds(bucket)).toHaveLength(1);
  await page.getByRole('button', { name: 'Delete uploaded data' }).click();
  await expect(page.getByText('All unfinished uploads were removed.').first()).toBeVisible();
  await expect.poll(() => listUploadIds(bucket), { timeout: 10_000 }).toEqual([]);
  await page.getByRole('button', { name: 'Close' }).first().click();
  await expect(uploadRow(launched, 'kept.bin').getByText(/^Paused · 134 MB/)).toBeVisible();
});
