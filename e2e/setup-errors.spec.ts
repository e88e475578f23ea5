/** Wrong values in the setup form: the window says which value is wrong and leads to its field. */
import fs from 'node:fs';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { bucket, createBucketWithPolicy, endpoint, hasS3Server, accessKey, otherAccessKey } from './bucket.ts';
import { expect, test } from './app-fixture.ts';
import { chooseService, clickContinue, field, fillFields } from './setup-form.ts';

test.skip(!hasS3Server, 'no S3 server');

test('with one wrong value at a time, the test stops at the right step, and its button leads to the field and keeps the other values', async ({
  apps,
}) => {
  test.setTimeout(120_000);
  const { page } = await apps.launch();
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await chooseService(page, 'Ceph RADOS Gateway');
  await fillFields(page);
  const right = { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret, endpoint, bucket };
  const closed = new URL(endpoint); // no server listens at port 9
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
  // The test server accepts any region, so the proxy refuses the wrong one with Amazon's response.
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
    const off = 3_600_000; // an hour in ms
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
