/**
 * The window in several sizes and themes, its use by keyboard, and accessibility checks. Also makes the pictures of the
 * README.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { writeAwsProfile, bucket, endpoint, hasS3Server, accessKey } from './bucket.ts';
import { dispatchDrag, dropOnPage } from './drag-and-drop.ts';
import { expect, resize, stubMessageBoxes, test, type LaunchedApp } from './app-fixture.ts';
import { saveDestination } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

const MiB = 1024 * 1024;
const screenshotFolder = path.resolve(import.meta.dirname, '../out/shots');
const sizes = {
  compact: { width: 360, height: 480 },
  usual: { width: 720, height: 520 },
  large: { width: 1280, height: 800 },
};

const setTheme = ({ page }: LaunchedApp, name: 'light' | 'dark'): Promise<void> =>
  page.emulateMedia({ colorScheme: name });

async function takeScreenshots(launched: LaunchedApp, scene: string): Promise<void> {
  fs.mkdirSync(screenshotFolder, { recursive: true });
  for (const name of ['light', 'dark'] as const) {
    await setTheme(launched, name);
    for (const [label, size] of Object.entries(sizes)) {
      await resize(launched, size);
      await expect(launched.page.getByRole('main')).toBeVisible();
      expect(
        await launched.page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        `${scene} ${label}: no horizontal scrolling`,
      ).toBeLessThanOrEqual(0);
      await launched.page.screenshot({
        path: path.join(screenshotFolder, `${scene}-${name}-${label}.png`),
        animations: 'disabled',
      });
    }
  }
  await setTheme(launched, 'light');
  await resize(launched, sizes.usual);
}

async function expectAccessible({ page }: LaunchedApp): Promise<void> {
  // Legacy mode: this browser cannot open axe's helper page.
  const { violations, passes } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
  expect(passes.length).toBeGreaterThan(10);
}

function writeSparseFile(folder: string, name: string, bytes: number): string {
  const file = path.join(folder, name);
  fs.closeSync(fs.openSync(file, 'w'));
  fs.truncateSync(file, bytes);
  return file;
}

test('the window while empty, uploading and done fits in both themes and three sizes and has no accessibility violations', async ({
  apps,
}) => {
  test.setTimeout(120_000);
  const proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
  try {
    const first = await apps.launch();
    await takeScreenshots(first, 'first-start');
    await expectAccessible(first);
    await first.page.getByRole('button', { name: 'Set up destination…' }).click();
    await expect(first.page.getByRole('option', { name: 'Amazon S3' })).toBeVisible();
    await takeScreenshots(first, 'setup');
    await expectAccessible(first);

    const launched = await apps.launchWithBucket({ env: { AWS_ENDPOINT_URL: proxy.url } });
    const { page } = launched;
    await page.getByRole('button', { name: /^Dismiss: Test runtime/ }).click();
    await takeScreenshots(launched, 'empty');
    await expectAccessible(launched);
    const folder = apps.folder('drop');
    await dropOnPage(page, [
      writeSparseFile(folder, 'harbour at dusk.jpg', 2_400_000),
      writeSparseFile(folder, 'measurements.csv', 48_000),
      writeSparseFile(folder, 'contract Zoë & Søn.pdf', 310_000),
    ]);
    await expect(page.getByRole('button', { name: 'Copy link to contract Zoë & Søn.pdf' })).toBeVisible({
      timeout: 20_000,
    });
    proxy.bytesPerSecond = 4 * MiB;
    await dropOnPage(page, [
      writeSparseFile(folder, 'conference talk – final cut.mp4', 148 * MiB),
      writeSparseFile(folder, 'design-assets.zip', 40 * MiB),
    ]);
    await expect(page.getByText(/s left|min left/).first()).toBeVisible({ timeout: 20_000 });
    await expect(page.getByRole('button', { name: 'Dismiss message' })).toHaveCount(0, { timeout: 30_000 });
    await takeScreenshots(launched, 'busy');
    if (process.env.HOIST_NEW_PICTURES)
      fs.copyFileSync(
        path.join(screenshotFolder, 'busy-light-usual.png'),
        path.resolve(import.meta.dirname, '../docs/window-light.png'),
      );
    await expectAccessible(launched);
    await dispatchDrag(page, [path.join(folder, 'measurements.csv')], ['dragEnter', 'dragOver']);
    await expect(page.getByText('Drop to upload 1 file')).toBeVisible({ timeout: 10_000 });
    await page.screenshot({ path: path.join(screenshotFolder, 'dragging-light-usual.png') });
    await page.keyboard.press('Escape');
    await expect(page.getByText('Drop to upload 1 file')).toHaveCount(0);
  } finally {
    await proxy.stop();
  }
});

test('rows, settings and the confirmation of Practice have no accessibility violations', async ({ apps }) => {
  test.setTimeout(120_000);
  const launched = await apps.launch();
  const { page } = launched;
  const folder = apps.folder('drop');
  await dropOnPage(page, [
    writeSparseFile(folder, 'harbour at dusk.jpg', 2_400_000),
    writeSparseFile(folder, 'measurements of the third series, corrected and approved.csv', 48_000),
  ]);
  await expect(page.getByText('2 links copied. They open only on this computer.').first()).toBeVisible({
    timeout: 20_000,
  });
  await page.getByRole('button', { name: 'Dismiss message' }).click();
  await takeScreenshots(launched, 'practice');
  await expectAccessible(launched);
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByText(/^2 files, /)).toBeVisible();
  await takeScreenshots(launched, 'practice-settings');
  await expectAccessible(launched);
  await page.getByRole('button', { name: 'Empty Practice' }).click();
  await expect(page.getByText('Delete 2 files from Practice?')).toBeVisible();
  await takeScreenshots(launched, 'practice-question');
  await expectAccessible(launched);
});

test(
  'the wizard at each step and the destinations in the settings have no accessibility violations',
  { tag: '@slow-1' },
  async ({ apps }) => {
    test.setTimeout(120_000);
    const launched = await apps.launch({ env: writeAwsProfile(apps.folder('aws')) });
    const { page } = launched;
    await expect(page.getByText('AWS profile work')).toBeVisible();
    await takeScreenshots(launched, 'first-run');
    await expectAccessible(launched);
    await page.getByRole('button', { name: 'Set up destination…' }).click();
    await takeScreenshots(launched, 'wizard-where');
    await expectAccessible(launched);
    await page.getByRole('option', { name: 'Ceph RADOS Gateway' }).click();
    const fill = async (key: string, value: string): Promise<void> => {
      await page.locator(`[data-field="${key}"] input:visible`).fill(value);
      await page.locator(`[data-field="${key}"] input:visible`).blur();
    };
    for (const [key, value] of [
      ['accessKeyId', accessKey.id],
      ['secretAccessKey', 'not the secret'],
      ['endpoint', endpoint],
      ['bucket', bucket],
    ] as const)
      await fill(key, value);
    await takeScreenshots(launched, 'wizard-fill');
    await expectAccessible(launched);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { name: 'It doesn’t work yet' })).toBeVisible({ timeout: 20_000 });
    await takeScreenshots(launched, 'wizard-try');
    await expectAccessible(launched);
    await page.getByRole('button', { name: /^Change/ }).click();
    await fill('secretAccessKey', accessKey.secret);
    await page.getByRole('button', { name: 'More options' }).click();
    await expectAccessible(launched);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Upload an example and copy its link' }).click();
    await expect(page.getByText('is on your clipboard.', { exact: false }).first()).toBeVisible({ timeout: 20_000 });
    await takeScreenshots(launched, 'wizard-done');
    await expectAccessible(launched);
    await page.getByRole('button', { name: 'Finish' }).click();
    await saveDestination(launched, 'Typed wrong', { bucket: 'no-such-bucket-here' });
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Check all' }).click();
    await expect(page.getByRole('row', { name: /Typed wrong/ }).getByText('Needs setup')).toBeVisible({
      timeout: 20_000,
    });
    await takeScreenshots(launched, 'destinations');
    await expectAccessible(launched);
  },
);

test(
  'an open and a paused folder, the confirmations and the settings have no accessibility violations',
  { tag: '@slow-3' },
  async ({ apps }) => {
    test.setTimeout(120_000);
    const proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
    try {
      const launched = await apps.launchWithBucket({ env: { AWS_ENDPOINT_URL: proxy.url } });
      const { page } = launched;
      await page.getByRole('button', { name: /^Dismiss: Test runtime/ }).click();
      const folder = path.join(apps.folder('drop'), 'Trip to the coast');
      for (const subfolder of ['raw/day 1', 'raw/day 2'])
        fs.mkdirSync(path.join(folder, subfolder), { recursive: true });
      for (const [index, relativePath] of [
        'cover.jpg',
        'raw/day 1/DSC_1000.nef',
        'raw/day 1/DSC_1001.nef',
        'raw/day 2/DSC_1002.nef',
      ].entries())
        writeSparseFile(folder, relativePath, (index + 1) * 24_000_000);
      proxy.bytesPerSecond = 8 * MiB;
      await stubMessageBoxes(launched, 'confirm'); // the question before a dropped folder
      await dropOnPage(page, [
        folder,
        writeSparseFile(apps.folder('more'), 'conference talk – final cut.mp4', 148 * MiB),
      ]);
      await expect.poll(() => proxy.uploaded, { timeout: 20_000 }).toBeGreaterThan(24 * MiB);
      await page.getByRole('button', { name: 'Show the files of Trip to the coast' }).click();
      await expect(page.getByText('raw/day 1/DSC_1000.nef').first()).toBeVisible();
      await takeScreenshots(launched, 'folder');
      await expectAccessible(launched);
      await page.getByRole('button', { name: 'Cancel all' }).click();
      await takeScreenshots(launched, 'cancel-all');
      await expectAccessible(launched);
      await page.getByRole('button', { name: 'Pause instead' }).click();
      await expect(page.getByRole('button', { name: 'Resume all' })).toBeVisible({ timeout: 5000 });
      await takeScreenshots(launched, 'paused');
      await expectAccessible(launched);
      await page.getByRole('button', { name: 'Settings' }).click();
      await expect(page.getByText('Unfinished uploads', { exact: true })).toBeVisible();
      await takeScreenshots(launched, 'leftovers');
      await expectAccessible(launched);
    } finally {
      await proxy.stop();
    }
  },
);

test('everything is reachable by keyboard, and focus is visible', async ({ apps }) => {
  const launched = await apps.launchWithBucket();
  const { page } = launched;
  await dropOnPage(page, [writeSparseFile(apps.folder('drop'), 'by keyboard.txt', 10)]);
  await expect(page.getByRole('button', { name: 'Copy link to by keyboard.txt' })).toBeVisible({ timeout: 20_000 });
  const seen: string[] = [];
  for (let i = 0; i < 15; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const e = document.activeElement as HTMLElement;
      // A list item shows focus on the row inside it.
      const outlined = [e, ...e.children].some((part) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(part);
        return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      });
      return {
        name: e.getAttribute('aria-label') ?? e.textContent ?? '',
        visible: outlined,
        body: e === document.body,
      };
    });
    if (!focused.body) expect(focused.visible, `focus on ${focused.name}`).toBe(true);
    seen.push(focused.name);
  }
  for (const wanted of ['Choose files…', 'Settings', 'Search links'])
    expect(
      seen.some((name) => name.includes(wanted)),
      wanted,
    ).toBe(true);
  expect(seen.some((name) => name.includes('by keyboard.txt'))).toBe(true);
});

test('a second start shows the window of the first app and exits', async ({ apps }) => {
  const first = await apps.launch();
  await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.minimize());
  execFileSync(
    path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron'),
    ['--no-sandbox', '--disable-gpu', `--user-data-dir=${first.userData}`, path.resolve(import.meta.dirname, '..')],
    { timeout: 20_000, stdio: 'ignore' },
  );
  await expect
    .poll(() => first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.isMinimized()))
    .toBe(false);
  expect(await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});
