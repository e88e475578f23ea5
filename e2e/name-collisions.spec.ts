/** Names that are already taken, in the window and after a restart, on a real server. */
import fs from 'node:fs';
import path from 'node:path';
import { downloadLink, createTestBucket, hasS3Server, listObjectKeys, sha256 } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, test, type AppLauncher, type LaunchedApp } from './app-fixture.ts';
import { uploadRow, saveDestination, selectDestination } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

function writeMenu(apps: AppLauncher, content: string, name = 'menu.txt'): string {
  const file = path.join(apps.folder('drop'), name);
  fs.writeFileSync(file, content);
  return file;
}

async function useNameTemplate(launched: LaunchedApp, settings: Record<string, string>): Promise<void> {
  await selectDestination(
    launched,
    await saveDestination(launched, 'By name', { nameTemplate: '{name}', ...settings }),
  );
}

/** Drops a file and waits for its link. */
async function uploadAndGetLink({ page }: LaunchedApp, file: string): Promise<string> {
  const before = clipboardText();
  await dropOnPage(page, [file]);
  await expect.poll(clipboardText, { timeout: 20_000 }).not.toBe(before);
  return clipboardText();
}
const newestRow = (launched: LaunchedApp) => uploadRow(launched, 'menu.txt').first();
const expectNameTaken = (launched: LaunchedApp): Promise<void> =>
  expect(newestRow(launched)).toContainText('A file with this name already exists.', { timeout: 20_000 });

test('asks about a taken name: the user keeps both files, or replaces the object and its old link opens the new file', async ({
  apps,
}) => {
  const bucket = await createTestBucket();
  const launched = await apps.launch();
  await useNameTemplate(launched, { bucket, collision: 'ask' });
  const first = await uploadAndGetLink(launched, writeMenu(apps, 'monday'));
  expect(new URL(first).pathname).toMatch(/\/menu\.txt$/);

  await dropOnPage(launched.page, [writeMenu(apps, 'tuesday')]);
  await expectNameTaken(launched);
  expect(await listObjectKeys(bucket)).toEqual(['menu.txt']);
  await newestRow(launched).getByRole('button', { name: 'Keep both: upload menu.txt under a new name' }).click();
  await expect.poll(() => listObjectKeys(bucket), { timeout: 20_000 }).toEqual(['menu-2.txt', 'menu.txt']);
  await expect.poll(clipboardText, { timeout: 20_000 }).toMatch(/\/menu-2\.txt\?/);

  const newer = writeMenu(apps, 'wednesday');
  await dropOnPage(launched.page, [newer]);
  await expectNameTaken(launched);
  await newestRow(launched).focus();
  await launched.page.keyboard.press('Shift+F10');
  await launched.page.getByRole('menuitem', { name: 'Replace existing file' }).click();
  await expect.poll(async () => (await downloadLink(first)).sha256, { timeout: 20_000 }).toBe(await sha256(newer));
  expect(await listObjectKeys(bucket)).toEqual(['menu-2.txt', 'menu.txt']);
});

test('the question about a taken name is shown again after a restart, and removing the upload keeps the existing object', async ({
  apps,
}) => {
  const bucket = await createTestBucket();
  const launched = await apps.launch();
  await useNameTemplate(launched, { bucket, collision: 'ask' });
  const file = writeMenu(apps, 'monday');
  const first = await uploadAndGetLink(launched, file);
  const firstSha256 = await sha256(file);
  await dropOnPage(launched.page, [writeMenu(apps, 'tuesday')]);
  await expectNameTaken(launched);
  await launched.app.close();
  const restarted = await apps.launch({ userData: launched.userData });
  await expectNameTaken(restarted);
  await newestRow(restarted).focus();
  await restarted.page.keyboard.press('Delete');
  await expect(uploadRow(restarted, 'menu.txt')).toHaveCount(1);
  expect((await downloadLink(first)).sha256).toBe(firstSha256);
});

test('an upload whose name is taken waits for an answer: keep both or replace', async ({ apps }) => {
  const launched = await apps.launch();
  const { page } = launched;
  const bucketName = await createTestBucket();
  await saveDestination(launched, 'Asks', { bucket: bucketName, nameTemplate: '{name}', collision: 'ask' });
  const file = path.join(apps.folder('drop'), 'menu.txt');
  fs.writeFileSync(file, 'soup');
  await dropOnPage(page, [file]);
  await expect(uploadRow(launched, 'menu.txt').getByRole('button', { name: 'Copy link to menu.txt' })).toBeVisible({
    timeout: 20_000,
  });
  for (const [index, answer] of (['Keep both', 'Replace'] as const).entries()) {
    fs.writeFileSync(file, `fish, ${answer}`);
    await dropOnPage(page, [file]);
    const taken = page.getByRole('listitem').filter({ hasText: 'A file with this name already exists.' });
    await expect(taken).toHaveCount(1, { timeout: 20_000 });
    if (answer === 'Keep both') await taken.getByRole('button', { name: /^Keep both/ }).click();
    else {
      await taken.getByRole('button', { name: 'More for menu.txt' }).click();
      await page.getByRole('menuitem', { name: 'Replace existing file' }).click();
    }
    await expect(taken).toHaveCount(0, { timeout: 20_000 });
    // The next round writes the file again, so no upload may still be reading it.
    await expect(uploadRow(launched, 'menu.txt').getByRole('button', { name: 'Copy link to menu.txt' })).toHaveCount(
      index + 2,
      { timeout: 20_000 },
    );
  }
  await expect(page.getByText('3 uploads', { exact: true })).toBeVisible({ timeout: 20_000 });
  expect(
    (await listObjectKeys(bucketName)).length,
    'one upload got a new name, and one replaced the existing object',
  ).toBe(2);
});
