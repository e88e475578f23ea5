/** The link of one upload can be another than its destination makes; it is chosen before anything is sent. */
import fs from 'node:fs';
import path from 'node:path';
import { hasServer } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { drag, dropFiles } from './drop.ts';
import { answerFileDialog, expect, test, type Apps, type Launched } from './hoist.ts';
import { row } from './window.ts';

test.skip(!hasServer, 'no S3 server');

const secondsIn = (link: string): string | null =>
  URL.canParse(link) ? new URL(link).searchParams.get('X-Amz-Expires') : null;

const write = (apps: Apps, name: string): string => {
  const file = path.join(apps.folder('drop'), name);
  fs.writeFileSync(file, name);
  return file;
};

async function wish({ page }: Launched, choice: string): Promise<void> {
  await page.getByRole('button', { name: /link works for|next: / }).click();
  await page.getByRole('menuitemradio', { name: choice }).click();
}

test('the next files have the link that was chosen, it is said before they go, and those after them are as always', async ({
  apps,
}) => {
  const launched = await apps.launchWithBucket();
  const { page } = launched;
  await wish(launched, 'Work for 1 day');
  await expect(page.getByRole('button', { name: 'next: link works for 1 day' })).toBeVisible();
  const [brief, usual, open] = [write(apps, 'brief.txt'), write(apps, 'usual.txt'), write(apps, 'open.txt')];
  await drag(page, [brief], ['dragEnter', 'dragOver']);
  await expect(page.getByTestId('drop-overlay')).toContainText('the link works for 1 day');
  await page.keyboard.press('Escape');
  await dropFiles(page, [brief]);
  await expect(row(launched, 'brief.txt').getByRole('button', { name: 'Copy link of brief.txt' })).toBeVisible({
    timeout: 20_000,
  });
  await expect.poll(() => secondsIn(clipboardText())).toBe('86400');
  await expect(page.getByRole('button', { name: /next: / })).toHaveCount(0);

  await dropFiles(page, [usual]);
  await expect(row(launched, 'usual.txt').getByRole('button', { name: 'Copy link of usual.txt' })).toBeVisible({
    timeout: 20_000,
  });
  await expect.poll(() => secondsIn(clipboardText())).toBe('604800');

  await wish(launched, 'Open for anyone, without an end');
  await dropFiles(page, [open]);
  // This bucket gives nothing to strangers: the row says so, and its link is not put on the clipboard by itself.
  await expect(row(launched, 'open.txt')).toContainText('private', { ignoreCase: true, timeout: 20_000 });
  await row(launched, 'open.txt').getByRole('button', { name: 'Copy link of open.txt' }).click();
  await expect.poll(clipboardText).toMatch(/open\.txt$/);
});

test('it counts for files that a dialog names too, and can be chosen where names are asked for', async ({ apps }) => {
  const launched = await apps.launchWithBucket();
  const { page } = launched;
  await wish(launched, 'Work for 1 day');
  await answerFileDialog(launched, [write(apps, 'from the menu.txt')]);
  await page.getByRole('button', { name: 'Choose files' }).click();
  await expect(row(launched, 'from the menu.txt').getByRole('button', { name: /^Copy link/ })).toBeVisible({
    timeout: 20_000,
  });
  await expect.poll(() => secondsIn(clipboardText())).toBe('86400');

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('Ask for names before sending').click();
  await page.keyboard.press('Escape');
  await dropFiles(page, [write(apps, 'asked.txt')]);
  await page.getByRole('dialog').getByRole('button', { name: /Link/ }).click();
  await page.getByRole('option', { name: 'Work for 1 day' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(row(launched, 'asked.txt').getByRole('button', { name: /^Copy link/ })).toBeVisible({ timeout: 20_000 });
  await expect.poll(() => secondsIn(clipboardText())).toBe('86400');
});
