/** A dropped folder is one row, and its links keep its structure. */
import fs from 'node:fs';
import path from 'node:path';
import { downloadLink, createTestBucket, hasS3Server, listObjectKeys } from './bucket.ts';
import { clipboardText, setClipboardText } from './desktop.ts';
import { dispatchDrag, dropOnPage } from './drag-and-drop.ts';
import { expect, stubMessageBoxes, test, type AppLauncher } from './app-fixture.ts';
import { uploadRow } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

const relativePaths = [
  'cover.txt',
  'raw/day 1/one.txt',
  'raw/day 1/two.txt',
  'raw/day 2/three.txt',
  'selected/four.txt',
];

function writeFolder(apps: AppLauncher, name: string): string {
  const folder = path.join(apps.folder('drop'), name);
  for (const file of relativePaths) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), `this is ${file}`);
  }
  fs.symlinkSync('cover.txt', path.join(folder, 'a link.txt'));
  return folder;
}

test('a folder is one expandable row; its links keep its structure, and deleting it deletes its files', async ({
  apps,
}) => {
  const bucket = await createTestBucket();
  const launched = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: bucket } });
  const { page } = launched;
  const folder = writeFolder(apps, 'Trip to the coast');
  setClipboardText('something of my own');
  const questions = await stubMessageBoxes(launched, 'safe');
  await dropOnPage(page, [folder]);
  await expect.poll(questions).toEqual(['Add all files of this folder?']);
  await expect(page.getByText('Nothing uploaded yet')).toBeVisible();
  await stubMessageBoxes(launched, 'confirm');
  await dispatchDrag(page, [folder], ['dragEnter', 'dragOver']);
  await expect(page.getByText('Drop to upload 1 item')).toBeVisible();
  await dispatchDrag(page, [folder], ['drop']);
  await expect(page.getByText('5 files uploaded.').first()).toBeVisible({ timeout: 20_000 });
  expect(clipboardText(), 'links of a folder are copied only on request').toBe('something of my own');
  await expect(page.getByText('In Trip to the coast, 1 link was skipped', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: 'Copy all 5 links' }).click();
  await expect.poll(clipboardText).toContain('four.txt');
  const links = clipboardText().split('\n');
  expect(links.map((link) => decodeURIComponent(new URL(link).pathname).split('/Trip to the coast/')[1])).toEqual(
    relativePaths,
  );
  expect((await downloadLink(links[3]!)).status).toBe(200);

  const folderRow = uploadRow(launched, 'Folder Trip to the coast');
  await expect(folderRow).toHaveCount(1);
  await expect(page.getByRole('list', { name: 'History' }).getByRole('listitem')).toHaveCount(1);
  await folderRow.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('button', { name: 'Hide the files of Trip to the coast' })).toHaveAttribute(
    'aria-expanded',
    'true',
  );
  await expect(page.getByRole('listitem')).toHaveCount(6);
  await expect(page.getByRole('listitem').nth(2)).toContainText('raw/day 1/one.txt');
  await page.keyboard.press('ArrowDown');
  await expect(uploadRow(launched, 'cover.txt')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(folderRow).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('listitem')).toHaveCount(1);

  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: /^Delete from/ }).click();
  await page
    .getByRole('alertdialog', { name: /^Delete 5 files of Trip to the coast from/ })
    .getByRole('button', { name: /^Delete from/ })
    .click();
  await expect(page.getByText(/^5 files were deleted from/).first()).toBeVisible({ timeout: 10_000 });
  await expect(folderRow).toHaveCount(0);
  expect(await listObjectKeys(bucket)).toEqual([]);
});

test('links of more than fifty files are copied only on request, with one click', async ({ apps }) => {
  const launched = await apps.launchWithBucket({ env: { AWS_S3_BUCKET: await createTestBucket() } });
  const { page } = launched;
  const folder = apps.folder('many');
  const files = Array.from({ length: 51 }, (_, index) => path.join(folder, `${String(index).padStart(2, '0')}.txt`));
  for (const file of files) fs.writeFileSync(file, path.basename(file));
  setClipboardText('mine');
  const questions = await stubMessageBoxes(launched, 'safe');
  await dropOnPage(page, files);
  await expect.poll(questions).toEqual([expect.stringMatching(/^Upload 51 files \(.*\) to hoist-/)]);
  await expect(page.getByText('Nothing uploaded yet')).toBeVisible();
  await stubMessageBoxes(launched, 'confirm');
  await dropOnPage(page, files);
  await expect(page.getByText('51 files uploaded.').first()).toBeVisible({ timeout: 40_000 });
  expect(clipboardText()).toBe('mine');
  await page.getByRole('button', { name: 'Copy all 51 links' }).click();
  await expect.poll(() => clipboardText().split('\n').length).toBe(51);
  expect(
    clipboardText()
      .split('\n')
      .map((link) => path.basename(new URL(link).pathname)),
  ).toEqual(files.map((file) => path.basename(file)));
});

test('a drop of 10,500 files at once is accepted as a whole', { tag: '@slow-3' }, async ({ apps }) => {
  const launched = await apps.launchWithBucket();
  const questions = await stubMessageBoxes(launched, 'safe');
  const folder = apps.folder('many');
  const files = Array.from({ length: 10_500 }, (_, index) => path.join(folder, `${index}.txt`));
  for (const file of files) fs.writeFileSync(file, '');
  await dropOnPage(launched.page, files);
  await expect(async () => {
    expect(await questions()).toEqual([expect.stringContaining('Upload 10,500 files (0')]);
  }).toPass({ timeout: 40_000 });
});
