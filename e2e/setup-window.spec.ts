/** Setup of a destination in the window, from the first start to a working link, with all errors. */
import fs from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright/test';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import {
  writeAwsProfile,
  bucket,
  bucketEnv,
  createBucketWithPolicy,
  endpoint,
  downloadLink,
  createTestBucket,
  hasS3Server,
  accessKey,
  listObjectKeys,
  otherAccessKey,
} from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { stubOpenDialog, expect, test } from './app-fixture.ts';
import { uploadRow, saveDestination, selectDestination } from './window-actions.ts';

test.skip(!hasS3Server, 'no S3 server');

/** Counts the user's clicks and typed characters. */
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

const chooseService = (page: Page, name: string): Promise<void> =>
  page.getByRole('option', { name, exact: true }).click();
const clickContinue = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

/** Fills the other fields of a custom server and leaves each field as a user does. */
async function fillFields(page: Page, overrides: Record<string, string> = {}): Promise<void> {
  const values = { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret, endpoint, bucket, ...overrides };
  for (const [key, value] of Object.entries(values)) {
    await field(page, key).fill(value);
    await field(page, key).blur(); // closes the list of suggestions
  }
}
const field = (page: Page, key: string): Locator => page.locator(`[data-field="${key}"] input:visible`);

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

test('with one wrong value at a time, the test stops at the right step, and its button leads to the field and keeps the other values', async ({
  apps,
}) => {
  test.setTimeout(120_000);
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await fillFields(page);
  const right = { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret, endpoint, bucket };
  const closed = new URL(endpoint);
  closed.port = '9';
  const wrong: [key: keyof typeof right, value: string, step: RegExp, sentence: RegExp][] = [
    ['endpoint', 'http://no-such-host.test', /^Can’t connect/, /No server named no-such-host\.test was found/],
    ['endpoint', closed.href, /^Can’t connect/, /refused the connection\. Check the port/],
    ['endpoint', endpoint.replace('http:', 'https:'), /^Can’t connect/, /Write http:\/\//],
    ['bucket', 'no-such-bucket-here', /^Can’t store files/, /The bucket “no-such-bucket-here” doesn’t exist/],
    [
      'accessKeyId',
      'AKIDNOBODYKNOWS',
      /^Can’t sign in/,
      /This access key doesn’t exist on .* Check the key and the endpoint/,
    ],
    ['secretAccessKey', 'x'.repeat(40), /^Can’t sign in/, /doesn’t match the access key/],
  ];
  for (const [key, value, step, sentence] of wrong) {
    await field(page, key).fill(value);
    await field(page, key).blur();
    await clickContinue(page);
    const failed = page.locator('[data-state="failed"]');
    await expect(failed).toHaveText(step, { timeout: 20_000 });
    await expect(failed).toHaveText(sentence);
    await failed.getByRole('button', { name: /^Change/ }).click();
    await expect(field(page, key)).toBeFocused();
    await expect(page.locator(`[data-field="${key}"]`)).toHaveText(sentence);
    for (const [other, expected] of Object.entries(right))
      if (other !== key) await expect(field(page, other)).toHaveValue(expected);
    await field(page, key).fill(right[key]);
    await field(page, key).blur();
  }
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
});

test('a wrong region, permission or certificate stops the test at the right step, and a button fixes it or leads to its field', async ({
  apps,
}) => {
  test.setTimeout(120_000);
  const proxy = await FaultProxy.start(endpoint);
  // This server accepts any region; the response is Amazon's.
  proxy.setRule(({ headers }) =>
    /\/eu-west-9\/s3\//.test(headers.authorization ?? '')
      ? {
          kind: 'answer',
          status: 400,
          body: '<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>us-east-1</Region></Error>',
        }
      : undefined,
  );
  const other = { accessKeyId: otherAccessKey.id, secretAccessKey: otherAccessKey.secret };
  const tlsEndpoint = process.env.HOIST_TEST_S3_ENDPOINT_TLS ?? '';
  const wrong: { values: Record<string, string>; region?: string; step: RegExp; sentence: RegExp; leadsTo: string }[] =
    [
      {
        values: { endpoint: proxy.url },
        region: 'eu-west-9',
        step: /^Can’t connect/,
        sentence: /in us-east-1/,
        leadsTo: 'region',
      },
      {
        values: { ...other, bucket: await createBucketWithPolicy(['s3:GetObject']) },
        step: /^Can’t store files/,
        sentence: /s3:PutObject/,
        leadsTo: 'accessKeyId',
      },
      {
        values: {
          ...other,
          bucket: await createBucketWithPolicy(
            ['s3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
            ['s3:GetObject'],
          ),
        },
        step: /^The link doesn’t open/,
        sentence: /s3:GetObject/,
        leadsTo: 'accessKeyId',
      },
      { values: { endpoint: tlsEndpoint }, step: /^Can’t connect/, sentence: /paste/, leadsTo: 'ca' },
    ];
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  for (const { values, region, step, sentence, leadsTo } of wrong) {
    await fillFields(page, values);
    if (region !== undefined) {
      await page.getByRole('button', { name: 'More options' }).click();
      await field(page, 'region').fill(region);
      await field(page, 'region').blur();
    }
    await clickContinue(page);
    const failed = page.locator('[data-state="failed"]');
    await expect(failed).toHaveText(step, { timeout: 20_000 });
    await expect(failed).toHaveText(sentence);
    if (region !== undefined) {
      // The store's response names the right region, so nothing is typed.
      await failed.getByRole('button', { name: 'Use us-east-1' }).click();
      await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
      await page.getByRole('button', { name: 'Back' }).click();
      continue;
    }
    await failed.getByRole('button', { name: /^Change/ }).click();
    const fieldGroup = page.locator(`[data-field="${leadsTo}"]`);
    await expect(fieldGroup.locator('input, textarea').and(page.locator(':focus'))).toBeVisible();
    await expect(fieldGroup).toHaveText(sentence);
  }
  // Fixes the last problem as its message says.
  await page.locator('[data-field="ca"] textarea').fill(fs.readFileSync(process.env.HOIST_TEST_S3_CA ?? '', 'utf8'));
  await page.locator('[data-field="ca"] textarea').blur();
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: /^It works/ })).toBeVisible({ timeout: 20_000 });
  await proxy.stop();
});

test('reports a clock that is an hour off, and the destination still works', async ({ apps }) => {
  const { app, page } = await apps.launch();
  await app.evaluate(() => {
    const Real = Date;
    const off = 3_600_000;
    globalThis.Date = class extends Real {
      constructor(...args: []) {
        super(...((args.length === 0 ? [Real.now() + off] : args) as []));
      }
      static override now(): number {
        return Real.now() + off;
      }
    } as DateConstructor;
  });
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await fillFields(page);
  await clickContinue(page);
  await expect(page.getByRole('heading', { name: 'It works, with limits' })).toBeVisible({ timeout: 20_000 });
  await expect(page.locator('[data-state="warning"]').first()).toHaveText(/clock differs from the server’s by 60 min/);
});

test('reports invalid values beside their fields before it sends a request', async ({ apps }) => {
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await field(page, 'bucket').fill('No Bucket');
  await field(page, 'bucket').blur();
  await expect(
    page
      .locator('[data-field="bucket"]')
      .getByText(/bucket/i)
      .last(),
  ).toBeVisible();
  await expect(page.locator('[data-field="bucket"] [data-invalid]').first()).toBeVisible();
  await expect(
    page.locator('[data-field="accessKeyId"] [data-invalid]'),
    'a field that the user has not reached shows no error',
  ).toHaveCount(0);
  await clickContinue(page);
  await expect(page.getByText('Fill in Access key.')).toBeVisible();
  await expect(field(page, 'accessKeyId')).toBeFocused();
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
