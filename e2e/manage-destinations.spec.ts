/** The list of destinations in the settings: order, copies, removal and import. */
import fs from 'node:fs';
import path from 'node:path';
import { endpoint, createTestBucket, hasS3Server, accessKey } from './bucket.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { stubOpenDialog, expect, test } from './app-fixture.ts';
import { uploadRow, saveDestination, selectDestination } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

test('destinations can be reordered, duplicated, checked and removed, and a removal explains its consequences', async ({
  apps,
}) => {
  const launched = await apps.launch();
  const { page } = launched;
  const first = await saveDestination(launched, 'First', { bucket: await createTestBucket() });
  await saveDestination(launched, 'Second');
  await selectDestination(launched, first);
  await expect(page.getByRole('button', { name: /^First/ })).toBeVisible();
  const file = path.join(apps.folder('drop'), 'kept.txt');
  fs.writeFileSync(file, 'kept');
  await dropOnPage(page, [file]);
  await expect(uploadRow(launched, 'kept.txt').getByRole('button', { name: 'Copy link to kept.txt' })).toBeVisible({
    timeout: 20_000,
  });

  await page.getByRole('button', { name: 'Settings' }).click();
  const list = page.getByRole('grid', { name: 'Destinations' }).getByRole('row');
  await expect(list).toHaveText([/First/, /Second/]);
  await page.getByRole('button', { name: 'More for Second' }).click();
  await page.getByRole('menuitem', { name: 'Move up' }).click();
  await expect(list).toHaveText([/Second/, /First/]);
  await page.getByRole('button', { name: 'Move Second' }).press('Enter');
  const target = page.locator(':focus');
  await expect(target).toHaveAccessibleName(/^Insert/);
  for (let i = 0; i < 4 && (await target.getAttribute('aria-label')) !== 'Insert after First'; i++)
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(list).toHaveText([/First/, /Second/]);
  await list.nth(1).dragTo(list.nth(0), { sourcePosition: { x: 12, y: 20 }, targetPosition: { x: 12, y: 3 } });
  await expect(list).toHaveText([/Second/, /First/]);
  await page.getByRole('button', { name: 'More for First' }).click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await expect(list).toHaveText([/Second/, /First/, /First 2/]);
  await page.getByRole('button', { name: 'Check all' }).click();
  await expect(list.filter({ hasText: 'Ready' })).toHaveCount(3, { timeout: 20_000 });

  await page.getByRole('button', { name: 'More for First', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await expect(
    page.getByText('The file stored there stays and its link keeps working', { exact: false }),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: 'Keep' })).toBeFocused();
  await page.getByRole('button', { name: 'Remove First', exact: true }).click();
  await expect(list).toHaveText([/Second/, /First 2/]);
  await page.keyboard.press('Escape');
  await expect(uploadRow(launched, 'kept.txt').getByRole('button', { name: 'Copy link to kept.txt' })).toBeVisible();
});

test('imports the file of another program: adds its destination once, recognizes it the second time, and keeps secrets off the page', async ({
  apps,
}) => {
  const launched = await apps.launch();
  const { page } = launched;
  const file = path.join(apps.folder('rclone'), 'rclone.conf');
  fs.writeFileSync(
    file,
    `[team]\ntype = s3\nprovider = Ceph\nendpoint = ${endpoint}\naccess_key_id = ${accessKey.id}\nsecret_access_key = ${accessKey.secret}\n\n[attic]\ntype = webdav\nurl = https://dav.example.com\n`,
  );
  await stubOpenDialog(launched, [file]);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Import…' }).click();
  await expect(page.getByText('attic: Hoist doesn’t support this kind of storage.')).toBeVisible();
  await expect(page.getByRole('row', { name: /team/ }).getByText('Needs setup')).toBeVisible();
  await page.getByRole('button', { name: 'Import…' }).click();
  await expect(page.getByText('1 already existed.')).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(1);
  expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(accessKey.secret);
});
