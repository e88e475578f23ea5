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
  const waiting = page.getByRole('listitem').filter({ hasText: 'Waiting: Typed wrong needs a valid key' });
  await expect(waiting.first()).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText(/12 need attention/)).toBeVisible({ timeout: 5000 });
  await waiting.first().getByRole('button', { name: 'Fix key of Typed wrong' }).click();
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
  await expect(page.getByRole('listitem').filter({ hasText: /The bucket .* doesn’t exist/ })).toHaveCount(2, {
    timeout: 20_000,
  });
  await page.getByRole('button', { name: 'Try all again' }).click();
  await expect(page.getByRole('status').getByText('Trying 2 uploads again.')).toBeAttached();
  await expect(uploadRow(launched, 'a.txt').getByRole('button', { name: 'Fix settings of Nowhere' })).toBeVisible({
    timeout: 20_000,
  });
});
