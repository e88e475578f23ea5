/** The setting that asks for a name before each upload. */
import fs from 'node:fs';
import path from 'node:path';
import { hasS3Server } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, test } from './app-fixture.ts';
import { uploadRow } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

test('asks for names when the setting is on; Enter sends, Escape does not', async ({ apps }) => {
  const launched = await apps.launchWithBucket();
  const { page } = launched;
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('Ask for names before uploading').click();
  await page.keyboard.press('Escape');
  const file = path.join(apps.folder('drop'), 'IMG_0312.txt');
  fs.writeFileSync(file, 'a picture of words');
  await dropOnPage(page, [file]);
  const name = page.getByRole('dialog').getByRole('textbox', { name: 'Name' });
  await expect(name).toBeFocused();
  expect(
    await name.evaluate((input: HTMLInputElement) => input.value.slice(input.selectionStart!, input.selectionEnd!)),
  ).toBe('IMG_0312');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await dropOnPage(page, [file]);
  await expect(name).toBeFocused();
  await page.keyboard.type('harbour at dusk');
  await page.keyboard.press('Enter');
  await expect(
    uploadRow(launched, 'harbour at dusk.txt').getByRole('button', { name: 'Copy link to harbour at dusk.txt' }),
  ).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('IMG_0312')).toHaveCount(0);
  await expect.poll(clipboardText).toContain('harbour%20at%20dusk.txt');
});
