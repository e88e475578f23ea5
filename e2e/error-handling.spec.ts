/** Bad files, keys and disks: Hoist explains each problem and loses nothing. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createTestBucket, bucketEnv, hasS3Server, listObjectKeys } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { closeWindow, expect, stubMessageBoxes, test } from './app-fixture.ts';

test.skip(!hasS3Server, 'no S3 server');

test('shows a reason for each file that cannot be sent, and uploads the other files', async ({ apps }) => {
  // Root could read the locked file, so an app of root runs without that capability.
  const isRoot = process.getuid?.() === 0;
  const launched = await apps.launchWithBucket(isRoot ? { wrapper: 'without-dac-override.sh' } : {});
  await stubMessageBoxes(launched, 'confirm');
  const { page } = launched;
  const folder = apps.folder('drop');
  const resolvePath = (name: string): string => path.join(folder, name);
  fs.writeFileSync(resolvePath('good.txt'), 'good');
  fs.writeFileSync(resolvePath('empty.txt'), '');
  fs.mkdirSync(resolvePath('a folder'));
  fs.writeFileSync(resolvePath('locked.txt'), 'locked', { mode: 0 });

  execFileSync('mkfifo', [resolvePath('pipe')]);
  fs.symlinkSync(resolvePath('nowhere'), resolvePath('broken link'));
  const names = ['good.txt', 'empty.txt', 'a folder', 'locked.txt', 'pipe', 'broken link'];
  await dropOnPage(page, names.map(resolvePath));
  for (const [name, reason] of [
    ['a folder', 'This folder contains no files.'],
    ['pipe', 'This isn’t a regular file.'],
  ] as const) {
    await expect(page.getByText(reason, { exact: false }).first()).toBeVisible();
    await expect(page.getByText(`${name} was not added.`, { exact: false }).first()).toBeVisible();
  }
  // The window can't read these files, so it can't prove that the user added them.
  const unreadable = page.getByText('and 1 other file were not added. Hoist couldn’t read this file.', {
    exact: false,
  });
  await expect(unreadable.first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Copy link to good.txt' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('button', { name: 'Copy link to empty.txt' })).toBeVisible();
  await expect.poll(clipboardText).toContain('/good.txt?');
  // The links are in drop order, so the second is that of empty.txt.
  const empty = await fetch(clipboardText().split('\n')[1]!);
  expect([empty.status, (await empty.arrayBuffer()).byteLength]).toEqual([200, 0]);
});

test('wrong keys, a wrong bucket and an unreachable server: the row explains the problem and the fix, and no object appears', async ({
  apps,
}) => {
  const bucket = await createTestBucket();
  const file = path.join(apps.folder('drop'), 'doomed.txt');
  fs.writeFileSync(file, 'doomed');
  const cases = [
    [
      { AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) },
      'rejected the key: the secret key doesn’t match',
      'Enter the secret key again',
    ],
    [
      { AWS_S3_BUCKET: 'there-is-no-such-bucket' },
      'The bucket “there-is-no-such-bucket” doesn’t exist at this endpoint.',
      'Check the bucket name',
    ],
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, '127.0.0.1:9 refused the connection.', 'Trying again in'],
  ] as const;
  for (const [env, why, remedy] of cases) {
    const { page } = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: bucket, ...env } });
    await dropOnPage(page, [file]);
    await expect(page.getByText(why, { exact: false }).first()).toBeVisible({ timeout: 20_000 });
    await expect(page.getByText(remedy, { exact: false }).first()).toBeVisible();
  }
  expect(await listObjectKeys(bucket)).toEqual([]);
});

test('a queued file that disappears fails with a reason and keeps its row', async ({ apps }) => {
  const { page } = await apps.launchWithBucket({ env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } });
  const file = path.join(apps.folder('drop'), 'fleeting.txt');
  fs.writeFileSync(file, 'x');
  await dropOnPage(page, [file]);
  await expect(page.getByText('refused the connection', { exact: false }).first()).toBeVisible({ timeout: 20_000 });
  fs.rmSync(file);
  await expect(page.getByText('The file was moved or deleted.', { exact: false }).first()).toBeVisible({
    timeout: 20_000,
  });
  await expect(page.getByText('fleeting.txt').first()).toBeVisible();
});

test('a damaged database is moved aside, the backup is restored, and uploads resume', async ({ apps }) => {
  const first = await apps.launchWithBucket();
  const file = path.join(apps.folder('drop'), 'kept.txt');
  fs.writeFileSync(file, 'kept');
  await dropOnPage(first.page, [file]);
  await expect(first.page.getByRole('button', { name: 'Copy link to kept.txt' })).toBeVisible({ timeout: 20_000 });
  await closeWindow(first);
  await first.exited;
  const database = path.join(first.userData, 'hoist.db');
  fs.writeFileSync(database, Buffer.alloc(8192, 'not a database '));
  for (const suffix of ['-wal', '-shm']) fs.rmSync(database + suffix, { force: true });
  const second = await apps.launch({ userData: first.userData, env: bucketEnv() });
  await expect(
    second.page
      .getByText(/The upload list was damaged\. Hoist moved it to hoist-damaged-.* restored the last backup/)
      .first(),
  ).toBeVisible();
  await expect(second.page.getByText('kept.txt').first()).toBeVisible();
  expect(fs.readdirSync(first.userData).some((name) => name.startsWith('hoist-damaged-'))).toBe(true);
});

test('a full disk: the window refuses dropped files with a message and keeps its uploads', async ({ apps }) => {
  const disk = apps.folder('small-disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch (cause) {
    test.skip(cause instanceof Error, 'not allowed to mount a small disk');
  }
  try {
    const launched = await apps.launchWithBucket({ userData: disk });
    const { page } = launched;
    const drop = apps.folder('drop');
    const [before, after] = ['before.txt', 'after.txt'].map((name) => {
      const file = path.join(drop, name);
      fs.writeFileSync(file, name);
      return file;
    });
    await dropOnPage(page, [before!]);
    await expect(page.getByRole('button', { name: 'Copy link to before.txt' })).toBeVisible({ timeout: 20_000 });
    fillDisk(path.join(disk, 'filler'));
    await dropOnPage(page, [after!]);
    await expect(page.getByText('This computer’s disk is full', { exact: false }).first()).toBeVisible({
      timeout: 10_000,
    });
    await expect(page.getByRole('button', { name: 'Copy link to before.txt' })).toBeVisible();
    fs.rmSync(path.join(disk, 'filler'));
    await dropOnPage(page, [after!]);
    await expect(page.getByRole('button', { name: 'Copy link to after.txt' })).toBeVisible({ timeout: 20_000 });
    await closeWindow(launched);
    await launched.exited;
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

/** Writes until the disk is full. */
function fillDisk(file: string): void {
  const handle = fs.openSync(file, 'w');
  try {
    for (const block = Buffer.alloc(64 * 1024); ;) fs.writeSync(handle, block);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
  } finally {
    fs.closeSync(handle);
  }
}
