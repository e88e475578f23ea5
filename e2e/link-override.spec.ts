/** A link kind chosen before an upload replaces the default of the destination. */
import fs from 'node:fs';
import path from 'node:path';
import { hasS3Server } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dispatchDrag, dropOnPage } from './drag-and-drop.ts';
import { stubOpenDialog, expect, test, type AppLauncher, type LaunchedApp } from './app-fixture.ts';
import { uploadRow } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

const expirySeconds = (link: string): string | null =>
  URL.canParse(link) ? new URL(link).searchParams.get('X-Amz-Expires') : null;

const writeFile = (apps: AppLauncher, name: string): string => {
  const file = path.join(apps.folder('drop'), name);
  fs.writeFileSync(file, name);
  return file;
};

async function chooseLinkOverride({ page }: LaunchedApp, choice: string): Promise<void> {
  await page.getByRole('button', { name: /link works for|next: / }).click();
  await page.getByRole('menuitemradio', { name: choice }).click();
}

test(
  'the next files get the chosen link kind, the window shows it beforehand, and later files get the default',
  { tag: '@slow-1' },
  async ({ apps }) => {
    const launched = await apps.launchWithBucket();
    const { page } = launched;
    await chooseLinkOverride(launched, 'Expire after 1 day');
    await expect(page.getByRole('button', { name: 'next: link works for 1 day' })).toBeVisible();
    const [brief, usual, open] = [
      writeFile(apps, 'brief.txt'),
      writeFile(apps, 'usual.txt'),
      writeFile(apps, 'open.txt'),
    ];
    await dispatchDrag(page, [brief], ['dragEnter', 'dragOver']);
    await expect(page.getByTestId('drop-overlay')).toContainText('the link works for 1 day');
    await page.keyboard.press('Escape');
    await dropOnPage(page, [brief]);
    await expect(uploadRow(launched, 'brief.txt').getByRole('button', { name: 'Copy link to brief.txt' })).toBeVisible({
      timeout: 20_000,
    });
    await expect.poll(() => expirySeconds(clipboardText())).toBe('86400');
    await expect(page.getByRole('button', { name: /next: / })).toHaveCount(0);

    await dropOnPage(page, [usual]);
    await expect(uploadRow(launched, 'usual.txt').getByRole('button', { name: 'Copy link to usual.txt' })).toBeVisible({
      timeout: 20_000,
    });
    await expect.poll(() => expirySeconds(clipboardText())).toBe('604800');

    await chooseLinkOverride(launched, 'Public, never expires');
    await dropOnPage(page, [open]);
    // This bucket denies anonymous requests: the row says so, and the link is not copied automatically.
    await expect(uploadRow(launched, 'open.txt')).toContainText('Not open', { timeout: 20_000 });
    await expect(uploadRow(launched, 'open.txt')).not.toContainText('Public');
    await expect(
      page.getByText(/^The link was not copied: other people can’t open it\. Allow public reading/).first(),
    ).toBeVisible();
    expect(expirySeconds(clipboardText()), 'the link was not copied').toBe('604800');
    await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Copy anyway' }).click();
    await expect.poll(clipboardText).toMatch(/open\.txt$/);
    await expect(
      uploadRow(launched, 'open.txt').getByRole('button', { name: 'Copy anyway: link to open.txt' }),
    ).toBeVisible();
  },
);

test(
  'a link override also applies to files from the file dialog and can be set in the dialog for names',
  { tag: '@slow-3' },
  async ({ apps }) => {
    const launched = await apps.launchWithBucket();
    const { page } = launched;
    await chooseLinkOverride(launched, 'Expire after 1 day');
    await stubOpenDialog(launched, [writeFile(apps, 'from the menu.txt')]);
    await page.getByRole('button', { name: 'Choose files' }).click();
    await expect(uploadRow(launched, 'from the menu.txt').getByRole('button', { name: /^Copy link/ })).toBeVisible({
      timeout: 20_000,
    });
    await expect.poll(() => expirySeconds(clipboardText())).toBe('86400');

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('Ask for names before uploading').click();
    await page.keyboard.press('Escape');
    await dropOnPage(page, [writeFile(apps, 'asked.txt')]);
    await page.getByRole('dialog').getByRole('button', { name: /Link/ }).click();
    await page.getByRole('option', { name: 'Expire after 1 day' }).click();
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await expect(uploadRow(launched, 'asked.txt').getByRole('button', { name: /^Copy link/ })).toBeVisible({
      timeout: 20_000,
    });
    await expect.poll(() => expirySeconds(clipboardText())).toBe('86400');
  },
);
