/** When a destination fails, the window shows which destination took over and why, or how to fix the problem. */
import fs from 'node:fs';
import path from 'node:path';
import { downloadLink, createTestBucket, hasS3Server, accessKey, listObjectKeys } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, test, type AppLauncher } from './app-fixture.ts';
import { uploadRow, saveDestination, selectDestination } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

function writeFile(apps: AppLauncher, name: string): string {
  const file = path.join(apps.folder('drop'), name);
  fs.writeFileSync(file, name);
  return file;
}

test('with fallback on, another destination takes over, and the row says why', async ({ apps }) => {
  const bucket = await createTestBucket();
  const launched = await apps.launch();
  const { page } = launched;
  const first = await saveDestination(launched, 'First', { secretAccessKey: 'wrong-secret' });
  await saveDestination(launched, 'Second', { bucket });
  await selectDestination(launched, first);
  await expect(page.getByRole('button', { name: /^First/ })).toBeVisible();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(
    page.getByText('Off: a failed upload stops and shows why. On: Hoist tries the next destination you allow.'),
  ).toBeVisible();
  await page.getByText('Try the next destination').click();
  await expect(page.getByText('Hoist asks you before more people could open a link.')).toBeVisible();
  const fallbackSwitch = (name: string) => page.getByRole('switch', { name });
  await expect(fallbackSwitch('First')).toBeChecked();
  await expect(fallbackSwitch('Second')).toBeChecked();
  await page.getByText('First', { exact: true }).last().click();
  await expect(fallbackSwitch('First')).not.toBeChecked();
  await page.keyboard.press('Escape');

  await dropOnPage(page, [writeFile(apps, 'carried on.txt')]);
  await expect(
    uploadRow(launched, 'carried on.txt').getByText(/Uploaded to Second because First rejected the key/),
  ).toBeVisible({
    timeout: 20_000,
  });
  await expect.poll(clipboardText).toContain('carried%20on.txt');
  expect((await downloadLink(clipboardText())).status).toBe(200);
  expect(await listObjectKeys(bucket)).toHaveLength(1);
  await page.getByRole('button', { name: 'Details of carried on.txt' }).click();
  await expect(uploadRow(launched, 'carried on.txt').getByRole('listitem')).toHaveText(
    /^First · \d\d:\d\d · First rejected the key: the secret key doesn’t match the access key\.$/,
  );
});

test('an upload with a refused key waits, offers to fix the key, and resumes automatically', async ({ apps }) => {
  const bucket = await createTestBucket();
  const launched = await apps.launch();
  const { page } = launched;
  await saveDestination(launched, 'Typed wrong', { bucket, secretAccessKey: 'wrong-secret' });
  const names = Array.from({ length: 12 }, (_, index) => `file ${index}.txt`);
  await dropOnPage(
    page,
    names.map((name) => writeFile(apps, name)),
  );
  const group = page.getByRole('listitem', {
    name: /^12 files (are waiting for|couldn’t be uploaded to) Typed wrong: Typed wrong rejected the key/,
  });
  await expect(group, 'one cause, one row').toBeVisible({ timeout: 20_000 });
  await expect(page.getByText(/12 need attention/)).toBeVisible({ timeout: 5000 });
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1);
  await group.getByRole('button', { name: 'Fix key of Typed wrong' }).click();
  const secretKey = page.getByRole('textbox', { name: 'Secret key' });
  await expect(secretKey).toBeFocused();
  await expect(page.getByRole('dialog')).toContainText('the secret key doesn’t match the access key');
  await page.keyboard.type(accessKey.secret);
  await page.getByRole('button', { name: 'Save and try again' }).click();
  await expect(page.getByText('12 uploads', { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText(/^12 links copied/).first()).toBeVisible();
  expect((await listObjectKeys(bucket)).length, 'each file is stored once').toBe(12);
});

test('retries several failed uploads with one click', async ({ apps }) => {
  const launched = await apps.launch();
  const { page } = launched;
  await saveDestination(launched, 'Nowhere', { bucket: `hoist-absent-${Date.now().toString(36)}` });
  await dropOnPage(page, [writeFile(apps, 'a.txt'), writeFile(apps, 'b.txt')]);
  const group = page.getByRole('listitem', { name: /^2 files couldn’t be uploaded to Nowhere: The bucket .* doesn’t/ });
  await expect(group).toBeVisible({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Try all again' }).click();
  await expect(page.getByRole('status').getByText('Trying 2 uploads again.')).toBeAttached();
  await expect(group.getByRole('button', { name: 'Fix settings of Nowhere' })).toBeVisible({ timeout: 20_000 });
});

test('uploads with the same error are one row, which opens by keyboard and fixes all of them', async ({ apps }) => {
  const bucket = await createTestBucket();
  const launched = await apps.launch();
  const { page } = launched;
  await saveDestination(launched, 'Nowhere', { bucket: `hoist-absent-${Date.now().toString(36)}` });
  const names = ['a.txt', 'b.txt', 'c.txt'];
  await dropOnPage(
    page,
    names.map((name) => writeFile(apps, name)),
  );
  const group = (count: number) =>
    page.getByRole('listitem', {
      name: new RegExp(`^${count} files couldn’t be uploaded to Nowhere: The bucket .* doesn’t exist`),
    });
  const rows = page.getByRole('list', { name: 'Uploads in progress' }).getByRole('listitem');
  await expect(group(3)).toBeVisible({ timeout: 20_000 });
  await expect(rows).toHaveCount(1);
  await expect(group(3)).toContainText('a.txt, b.txt, c.txt');

  await group(3).focus();
  await page.keyboard.press('ArrowRight');
  await expect(rows).toHaveCount(4);
  await expect(group(3).getByRole('button', { name: 'Hide these 3 files' })).toHaveAttribute('aria-expanded', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(uploadRow(launched, 'a.txt')).toBeFocused();
  await expect(uploadRow(launched, 'a.txt')).toHaveAttribute('aria-setsize', '3');
  await page.keyboard.press('Delete');
  await expect(group(2), 'a file that leaves the list leaves the row').toBeVisible();
  await expect(uploadRow(launched, 'b.txt')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(group(2)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(rows).toHaveCount(1);

  await group(2).getByRole('button', { name: 'Fix settings of Nowhere' }).click();
  await expect(page.getByRole('combobox', { name: 'Bucket' })).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(bucket);
  await page.getByRole('button', { name: 'Save and try again' }).click();
  await expect(page.getByText('2 uploads', { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(group(2)).toHaveCount(0);
  expect(await listObjectKeys(bucket)).toHaveLength(2);
});
