/** Names that are taken, in the window and after a restart, against a real server. */
import fs from 'node:fs';
import path from 'node:path';
import { fetchLink, freshBucket, hasServer, objects, sha256 } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropFiles } from './drop.ts';
import { expect, test, type Apps, type Launched } from './hoist.ts';
import { row, saveDestination, useDestination } from './window.ts';

test.skip(!hasServer, 'no S3 server');

function write(apps: Apps, content: string, name = 'menu.txt'): string {
  const file = path.join(apps.folder('drop'), name);
  fs.writeFileSync(file, content);
  return file;
}

async function toNames(launched: Launched, settings: Record<string, string>): Promise<void> {
  await useDestination(launched, await saveDestination(launched, 'By name', { nameTemplate: '{name}', ...settings }));
}

/** Drops it, and waits for its link. */
async function linkOf({ page }: Launched, file: string): Promise<string> {
  const before = clipboardText();
  await dropFiles(page, [file]);
  await expect.poll(clipboardText, { timeout: 20_000 }).not.toBe(before);
  return clipboardText();
}
const newest = (launched: Launched) => row(launched, 'menu.txt').first();
const isTaken = (launched: Launched): Promise<void> =>
  expect(newest(launched)).toContainText('There is already a file with this name.', { timeout: 20_000 });

test('a taken name is asked about: both are kept, or what is there is replaced and its link gives the new file', async ({
  apps,
}) => {
  const bucket = await freshBucket();
  const launched = await apps.launch();
  await toNames(launched, { bucket, collision: 'ask' });
  const first = await linkOf(launched, write(apps, 'monday'));
  expect(new URL(first).pathname).toMatch(/\/menu\.txt$/);

  await dropFiles(launched.page, [write(apps, 'tuesday')]);
  await isTaken(launched);
  expect(await objects(bucket)).toEqual(['menu.txt']);
  await newest(launched).getByRole('button', { name: 'Keep both: send menu.txt under a new name' }).click();
  await expect.poll(() => objects(bucket), { timeout: 20_000 }).toEqual(['menu-2.txt', 'menu.txt']);
  await expect.poll(clipboardText, { timeout: 20_000 }).toMatch(/\/menu-2\.txt\?/);

  const newer = write(apps, 'wednesday');
  await dropFiles(launched.page, [newer]);
  await isTaken(launched);
  await newest(launched).focus();
  await launched.page.keyboard.press('Shift+F10');
  await launched.page.getByRole('menuitem', { name: 'Replace what is there' }).click();
  await expect.poll(async () => (await fetchLink(first)).sha256, { timeout: 20_000 }).toBe(await sha256(newer));
  expect(await objects(bucket)).toEqual(['menu-2.txt', 'menu.txt']);
});

test('a question that was not answered is still there after a restart, and what is deleted of it is not what is there', async ({
  apps,
}) => {
  const bucket = await freshBucket();
  const launched = await apps.launch();
  await toNames(launched, { bucket, collision: 'ask' });
  const file = write(apps, 'monday');
  const first = await linkOf(launched, file);
  const kept = await sha256(file);
  await dropFiles(launched.page, [write(apps, 'tuesday')]);
  await isTaken(launched);
  await launched.app.close();
  const again = await apps.launch({ userData: launched.userData });
  await isTaken(again);
  await newest(again).focus();
  await again.page.keyboard.press('Delete');
  await expect(row(again, 'menu.txt')).toHaveCount(1);
  expect((await fetchLink(first)).sha256).toBe(kept);
});
