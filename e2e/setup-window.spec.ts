/** Setup of a destination in the window, from the first start to a working link. */
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright/test';
import { writeAwsProfile, bucket, bucketEnv, endpoint, downloadLink, hasS3Server, accessKey } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, test } from './app-fixture.ts';
import { chooseService, clickContinue, field, fillFields } from './setup-form.ts';

test.skip(!hasS3Server, 'no S3 server');

/** Counts the user's clicks and typed characters from now on. The returned function reads the counts. */
async function countInput(page: Page): Promise<() => Promise<{ clicks: number; typed: number }>> {
  await page.evaluate(() => {
    const effort = { clicks: 0, typed: 0 };
    (globalThis as unknown as { effort: typeof effort }).effort = effort;
    addEventListener(
      'pointerdown',
      () => {
        effort.clicks += 1;
      },
      { capture: true },
    );
    addEventListener(
      'keydown',
      ({ key }) => {
        if (key.length === 1) effort.typed += 1;
      },
      { capture: true },
    );
  });
  return () => page.evaluate(() => (globalThis as unknown as { effort: { clicks: number; typed: number } }).effort);
}

test('with an AWS profile, the first link needs at most six clicks and no typing', async ({ apps }) => {
  const { page } = await apps.launch({ env: writeAwsProfile(apps.folder('aws')) });
  const effort = await countInput(page);
  await expect(page.getByRole('heading', { name: 'Where should your files go?' })).toBeVisible();
  await page.getByRole('button', { name: 'Use it: AWS profile work' }).click();
  const choice = page.getByRole('button', { name: 'Show options for Bucket' });
  await expect(choice).toBeVisible({ timeout: 15_000 });
  if ((await field(page, 'bucket').inputValue()) === '') {
    await choice.click();
    await page.getByRole('option', { name: bucket, exact: true }).click();
  }
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
  await clickContinue(page);
  await page.getByRole('button', { name: 'Upload an example and copy its link' }).click();
  await expect(
    page
      .getByText('The link is on your clipboard.', { exact: false })
      .or(page.getByText('The link works and is on your clipboard.'))
      .first(),
  ).toBeVisible({ timeout: 20_000 });
  expect((await downloadLink(clipboardText())).status).toBe(200);
  const { clicks, typed } = await effort();
  expect(clicks).toBeLessThanOrEqual(6);
  expect(typed).toBe(0);
});

test('setup without a profile needs at most five fields, and the page never receives a secret', async ({ apps }) => {
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Amazon S3');
  const visibleInputs = page.locator('form input:visible:not([type="radio"])');
  await expect(visibleInputs).toHaveCount(4);
  await page.getByRole('button', { name: 'Back' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await expect(visibleInputs.first()).toBeVisible();
  expect(await visibleInputs.count()).toBeLessThanOrEqual(5);
  await fillFields(page);
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: `${bucket} is ready` })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(accessKey.secret);
  await page.getByRole('button', { name: 'Finish' }).click();
  await expect(page.getByRole('button', { name: /link works for 7 days/ })).toBeVisible();
});

test('typing replaces the placeholder in an address, and an untouched placeholder is not marked as an error', async ({
  apps,
}) => {
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Cloudflare R2');
  await field(page, 'endpoint').focus();
  await expect
    .poll(() =>
      field(page, 'endpoint').evaluate((input: HTMLInputElement) =>
        input.value.slice(input.selectionStart!, input.selectionEnd!),
      ),
    )
    .toBe('{account}');
  await field(page, 'endpoint').press('Tab');
  await expect(field(page, 'endpoint')).not.toBeFocused();
  await expect(page.locator('[data-field="endpoint"] [data-invalid]')).toHaveCount(0);
  await page.keyboard.press('Shift+Tab');
  await expect
    .poll(() =>
      field(page, 'endpoint').evaluate((input: HTMLInputElement) => input.selectionEnd! - input.selectionStart!),
    )
    .toBe(9);
  await page.keyboard.type('0123456789abcdef');
  await expect(field(page, 'endpoint')).toHaveValue('https://0123456789abcdef.r2.cloudflarestorage.com');
  await expect(page.locator('[data-field="endpoint"] [data-invalid]')).toHaveCount(0);
});

test('both keys pasted at once fill their fields', async ({ apps }) => {
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await field(page, 'accessKeyId').focus();
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.activeElement!.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    );
  }, `aws_access_key_id = ${accessKey.id}\naws_secret_access_key = ${accessKey.secret}\n`);
  await expect(field(page, 'accessKeyId')).toHaveValue(accessKey.id);
  await expect(field(page, 'secretAccessKey')).toHaveValue(accessKey.secret);
  await expect(field(page, 'secretAccessKey')).toHaveAttribute('type', 'password');
});

test('without a key store the user chooses where keys are saved, with the risk explained', async ({ apps }) => {
  const launched = await apps.launch({
    env: { XDG_CURRENT_DESKTOP: '', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
  });
  const { page } = launched;
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await expect(page.getByRole('radio', { name: /^Keep the keys until Hoist quits/ })).toBeChecked();
  await page.getByText('Save them unprotected').click();
  await expect(page.getByText('Every program that runs as you can read the keys.')).toBeVisible();
  await fillFields(page);
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
  await clickContinue(page);
  await page.getByRole('button', { name: 'Finish' }).click();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByText('unprotected keys', { exact: false })).toBeVisible();
});

test('closing the setup keeps a draft without its keys, also after a restart; finishing the setup deletes the draft', async ({
  apps,
}) => {
  const first = await apps.launch();
  await first.page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(first.page, 'Ceph RADOS Gateway');
  await fillFields(first.page);
  await field(first.page, 'accessKeyId').press('Escape');
  await expect(first.page.getByRole('dialog')).toHaveCount(0);
  await first.page.getByRole('button', { name: 'Set up destination…' }).click();
  await expect(first.page.getByText('You started to set up Ceph RADOS Gateway.')).toBeVisible();
  await first.app.evaluate(({ app }) => app.quit());
  await first.exited;
  const { page } = await apps.launch({ userData: first.userData });
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await page.getByRole('button', { name: 'Continue setup' }).click();
  await expect(field(page, 'bucket')).toHaveValue(bucket);
  await expect(field(page, 'accessKeyId')).toHaveValue(accessKey.id);
  await expect(field(page, 'secretAccessKey')).toHaveValue('');
  await expect(field(page, 'secretAccessKey')).toBeFocused();
  await field(page, 'secretAccessKey').fill(accessKey.secret);
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
  await clickContinue(page);
  await page.getByRole('button', { name: 'Add another destination' }).click();
  await expect(page.getByRole('option', { name: 'Amazon S3' })).toBeVisible();
  await expect(page.getByText('You started to set up')).toHaveCount(0);
});

test('works by keyboard and tells a screen reader the current step', async ({ apps }) => {
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).press('Enter');
  await expect(page.getByRole('searchbox', { name: 'Search' })).toBeFocused();
  await page.keyboard.type('ceph');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(field(page, 'accessKeyId')).toBeFocused();
  await expect(page.getByRole('list', { name: 'Steps' }).locator('[aria-current="step"]')).toHaveText(/Sign in/);
  await page.keyboard.type(accessKey.id);
  await page.keyboard.press('Tab');
  await page.keyboard.type(accessKey.secret);
  for (const [key, value] of [
    ['endpoint', endpoint],
    ['bucket', bucket],
  ] as const) {
    for (let i = 0; i < 4 && !(await field(page, key).evaluate((element) => element === document.activeElement)); i++)
      await page.keyboard.press('Tab');
    await expect(field(page, key)).toBeFocused();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(value);
  }
  // Leaving the field closes the list of buckets.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(field(page, 'bucket')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('status').getByText(/^It works/)).toBeAttached();
  expect(await page.evaluate(() => document.activeElement?.tagName), 'the step’s title has the focus').toBe('H2');
});

test('files dropped before the setup go to Practice, and the window explains it', async ({ apps }) => {
  const { page } = await apps.launch({ env: bucketEnv() });
  await page.getByRole('button', { name: 'Use it' }).waitFor();
  const file = path.join(apps.folder('drop'), 'to practice.txt');
  fs.writeFileSync(file, 'x');
  await dropOnPage(page, [file]);
  await expect(page.getByRole('button', { name: 'Copy link to to practice.txt' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('Other people can’t open these links yet.')).toBeVisible();
});
