/** Keys in the real key store, and what happens where there is none. */
import fs from 'node:fs';
import path from 'node:path';
import { bucketEnv, hasServer } from './bucket.ts';
import { keyring } from './desktop.ts';
import { dropFiles } from './drop.ts';
import { closeWindow, expect, test, type Launched } from './hoist.ts';

test.skip(!hasServer, 'no S3 server');

async function saveDestination({ page }: Launched): Promise<unknown> {
  const env = bucketEnv();
  return page.evaluate((e) => (globalThis as unknown as { hoist: { profiles: { save(draft: unknown): Promise<unknown> } } }).hoist.profiles.save({
    providerId: 's3', name: 'Kept', secrets: { secretAccessKey: e['AWS_SECRET_ACCESS_KEY'] },
    settings: { bucket: e['AWS_S3_BUCKET'], endpoint: e['AWS_ENDPOINT_URL'], region: 'us-east-1', pathStyle: 'true', accessKeyId: e['AWS_ACCESS_KEY_ID'], linkKind: 'expiring' },
  }), env);
}

async function uploads({ page }: Launched, file: string): Promise<void> {
  await dropFiles(page, [file]);
  await expect(page.getByRole('button', { name: `Copy link of ${path.basename(file)}` })).toBeVisible({ timeout: 20_000 });
}

test('saved keys are encrypted by the key store and work after a restart', async ({ apps }) => {
  test.skip(keyring !== '1', 'no unlocked keyring on this desktop');
  const first = await apps.launch();
  expect(await saveDestination(first)).toMatchObject({ ok: true, value: { kept: 'saved', secrets: ['secretAccessKey'] } });
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploads(first, file);
  await closeWindow(first);
  await first.gone;
  const raw = fs.readFileSync(path.join(first.userData, 'hoist.db'), 'latin1');
  expect(raw).toContain('Kept');
  expect(raw).not.toContain(bucketEnv()['AWS_SECRET_ACCESS_KEY']!);
  const second = await apps.launch({ userData: first.userData });
  const again = path.join(apps.folder('drop'), 'two.txt');
  fs.writeFileSync(again, 'two');
  await uploads(second, again);
});

test('without a key store keys live until Hoist quits, the window says so, and the app asks again afterwards', async ({ apps }) => {
  const env = { XDG_CURRENT_DESKTOP: '', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  const first = await apps.launch({ env });
  await first.page.getByRole('button', { name: 'Set up a destination…' }).click();
  await expect(first.page.getByText('There is no key store on this computer: the keys are kept until Hoist quits.').first()).toBeVisible();
  await first.page.getByRole('button', { name: 'Cancel', exact: true }).last().click();
  expect(await saveDestination(first)).toMatchObject({ ok: true, value: { kept: 'session' } });
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploads(first, file);
  await closeWindow(first);
  await first.gone;
  expect(fs.readFileSync(path.join(first.userData, 'hoist.db'), 'latin1')).not.toContain(bucketEnv()['AWS_SECRET_ACCESS_KEY']!);
  const second = await apps.launch({ userData: first.userData, env });
  await dropFiles(second.page, [file]);
  await expect(second.page.getByText('is not available on this computer', { exact: false }).first()).toBeVisible({ timeout: 20_000 });
  await expect(second.page.getByRole('button', { name: /^Fix key of/ })).toBeVisible();
});
