/**
 * The first start without an account: a dropped file gets a link at once, and the window does not claim that everyone
 * can open it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Locator, Page } from 'playwright/test';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { bucketEnv, downloadLink, hasS3Server, sha256 } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { closeWindow, expect, test, type AppLauncher, type LaunchedApp } from './app-fixture.ts';

const MiB = 1024 * 1024;

function writeFile(apps: AppLauncher, name: string, content: string | Buffer): string {
  const file = path.join(apps.folder('drop'), name);
  fs.writeFileSync(file, content);
  return file;
}

const rowWith = (page: Page, name: string): Locator => page.getByRole('listitem').filter({ hasText: name });

async function uploadFile(page: Page, file: string): Promise<string> {
  const name = path.basename(file);
  await dropOnPage(page, [file]);
  await expect(page.getByRole('button', { name: 'Copy link to ' + name })).toBeVisible({ timeout: 20_000 });
  await expect.poll(clipboardText).toContain(`/${encodeURIComponent(name)}?`);
  return clipboardText();
}

test('the first start explains Practice; a dropped file gets a link that opens on this computer, also after a restart', async ({
  apps,
}) => {
  const first = await apps.launch();
  const { page } = first;
  await expect(page.getByRole('button', { name: 'Practice links open only on this computer' })).toBeVisible();
  await expect(page.getByText('Practice: links open only on this computer')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Set up destination…' })).toBeVisible();

  const file = writeFile(apps, 'first light.bin', Buffer.alloc(3_000_000, 'first light '));
  const link = await uploadFile(page, file);
  await expect(page.getByText('Link copied. It opens only on this computer.').first()).toBeVisible();
  await expect(rowWith(page, 'first light.bin').getByText('Only this computer')).toBeVisible();
  await expect(rowWith(page, 'first light.bin').getByText('Link works')).toHaveCount(0);
  await expect(page.getByText('Other people can’t open these links yet.')).toBeVisible();
  expect(await downloadLink(link)).toMatchObject({ status: 200, sha256: await sha256(file), bytes: 3_000_000 });

  await closeWindow(first);
  await first.exited;
  const second = await apps.launch({ userData: first.userData });
  await expect(rowWith(second.page, 'first light.bin').getByText('Only this computer')).toBeVisible();
  await expect
    .poll(async () => (await downloadLink(link).catch(ignoreRefused)).sha256, { timeout: 10_000 })
    .toBe(await sha256(file));
});

test('Practice is listed only while it is the only destination, and cannot be edited or removed', async ({ apps }) => {
  test.skip(!hasS3Server, 'no S3 server');
  const { page } = await apps.launch({ env: bucketEnv() });
  await uploadFile(page, writeFile(apps, 'tried.txt', 'tried'));
  await page.getByRole('button', { name: /^Practice/ }).click();
  await expect(page.getByRole('menuitemradio', { name: 'Practice' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: /^Edit/ })).toHaveCount(0);
  await page.getByRole('menuitem', { name: /^Use Bucket/ }).click();
  const destinations = page.getByRole('button', { name: /link works for 7 days/ });
  await destinations.click();
  await expect(page.getByRole('menuitem', { name: 'Add destination…' })).toBeVisible();
  await expect(page.getByRole('menuitemradio', { name: 'Practice' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByText('Other people can’t open these links yet.')).toHaveCount(0);
  await expect(rowWith(page, 'tried.txt').getByText('Practice', { exact: true })).toBeVisible();
});

test('Empty Practice asks with the number of files; “Keep” keeps them, and confirming removes the files, links and rows', async ({
  apps,
}) => {
  const { page } = await apps.launch();
  const link = await uploadFile(page, writeFile(apps, 'one.txt', 'one'));
  await uploadFile(page, writeFile(apps, 'two.txt', 'two'));
  await page.getByRole('button', { name: 'Settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await expect(settings.getByText(/^2 files, .* of 5\.4 GB$/)).toBeVisible();
  const empty = settings.getByRole('button', { name: 'Empty Practice' });

  await empty.press('Enter');
  await expect(settings.getByText('Delete 2 files from Practice?')).toBeVisible();
  await expect(settings.getByText('Their links stop working', { exact: false })).toBeVisible();
  await expect(settings.getByRole('button', { name: 'Keep' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(empty).toBeFocused();
  expect((await downloadLink(link)).status).toBe(200);

  await empty.press('Enter');
  await empty.press('Enter');
  await expect(settings.getByText('Empty, 5.4 GB available')).toBeVisible();
  expect(
    await page.evaluate(() => document.activeElement?.closest('[role="dialog"]') !== null),
    'the focus is still in the dialog',
  ).toBe(true);
  await expect(empty).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Drop files to get a link' })).toBeVisible();
  await expect(page.getByText('one.txt')).toHaveCount(0);
  expect((await downloadLink(link).catch(ignoreRefused)).status).not.toBe(200);
});

test('Practice can be emptied after a destination is set up', async ({ apps }) => {
  test.skip(!hasS3Server, 'no S3 server');
  const { page } = await apps.launch({ env: bucketEnv() });
  await uploadFile(page, writeFile(apps, 'left over.txt', 'left over'));
  await page.getByRole('button', { name: /^Practice/ }).click();
  await page.getByRole('menuitem', { name: /^Use Bucket/ }).click();
  await page.getByRole('button', { name: /link works for 7 days/ }).waitFor();
  await uploadFile(page, writeFile(apps, 'at work.txt', 'at work'));
  await page.getByRole('button', { name: 'Settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('button', { name: 'Empty Practice' }).press('Enter');
  await expect(settings.getByText('Delete 1 file from Practice?')).toBeVisible();
  await settings.getByRole('button', { name: 'Empty Practice' }).press('Enter');
  await expect(settings.getByText('Empty, 5.4 GB available')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('left over.txt')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Copy link to at work.txt' })).toBeVisible();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(settings.getByText('Destinations')).toBeVisible();
  await expect(settings.getByRole('heading', { name: 'Practice' })).toHaveCount(0);
});

test('the window shows an upload from a pipe: bytes without a percentage, no cancel button, then the link', async ({
  apps,
}) => {
  const launched = await apps.launch();
  const { page } = launched;
  // Larger than a part (16 MiB), so that each block completes at least one part.
  const block = randomBytes(17 * MiB);
  const hash = createHash('sha256');
  const command = spawnCli(launched, ['upload', '-', '--name', 'piped.bin']);
  try {
    const link = text(command.stdout!);
    const writeBlock = (): void => {
      hash.update(block);
      command.stdin!.write(block);
    };
    const piped = rowWith(page, 'piped.bin');
    await expect
      .poll(
        async () => {
          writeBlock(); // bytes keep arriving until the window shows the progress
          return piped.textContent({ timeout: 10_000 });
        },
        { intervals: [1000], timeout: 30_000 },
      )
      .toMatch(/\d MB uploaded/);
    await expect(piped.getByText('Command line')).toBeVisible();
    await expect(piped).toHaveAccessibleName('piped.bin, Uploading · Running on the command line');
    await expect(page.getByRole('progressbar', { name: 'Progress of piped.bin' })).not.toHaveAttribute('aria-valuenow');
    await expect(page.getByRole('button', { name: 'Cancel piped.bin' })).toHaveCount(0);
    await piped.press('Delete');
    await expect(page.getByRole('button', { name: 'More for piped.bin' })).toHaveCount(0);

    command.stdin!.end();
    await expect(page.getByRole('button', { name: 'Copy link to piped.bin' })).toBeVisible({ timeout: 20_000 });
    await expect(piped.getByText('Command line')).toHaveCount(0);
    await expect(piped.getByText('Only this computer')).toBeVisible();
    // The command line served Practice; the window takes over shortly afterwards.
    const printedLink = (await link).trim();
    await expect
      .poll(async () => (await downloadLink(printedLink).catch(ignoreRefused)).sha256, { timeout: 10_000 })
      .toBe(hash.digest('hex'));
  } finally {
    command.kill('SIGKILL');
  }
});

/** Runs `hoist …` on the records of this window. */
function spawnCli({ userData }: LaunchedApp, args: string[]): ChildProcess {
  const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
  const electronArgs = [
    '--ozone-platform=headless',
    '--disable-gpu',
    '--disable-software-rasterizer',
    '--log-level=3',
    ...hostArgs(),
    `--user-data-dir=${userData}`,
  ];
  return spawn(electron, [...electronArgs, path.resolve(import.meta.dirname, '..'), '--command-line', '--', ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

/** The result of a download whose server does not accept connections: status 0. Other errors are thrown. */
const ignoreRefused = (error: NodeJS.ErrnoException): { status: number; sha256: string } => {
  if (error.code !== 'ECONNREFUSED' && error.code !== 'ECONNRESET') throw error;
  return { status: 0, sha256: '' };
};
