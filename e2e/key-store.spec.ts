/** Keys in the real key store, and the app without a key store. */
import fs from 'node:fs';
import path from 'node:path';
import { bucketEnv, hasS3Server } from './bucket.ts';
import { keyringState, DesktopServices } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { closeWindow, expect, test as base, type LaunchedApp } from './app-fixture.ts';
import { KeyringBus } from './keyring.ts';

const test = base.extend<{ bus: KeyringBus }>({
  bus: async ({ apps }, use) => {
    const bus = await KeyringBus.start(apps.folder('bus'));
    await use(bus);
    await bus.stop();
  },
});

test.skip(!hasS3Server, 'no S3 server');

interface Destination {
  id: string;
  name: string;
  secretStorage: string;
  keyStore?: string;
  secrets: string[];
  status: { state: string; error?: { code: string }; isChecking?: true };
}
type Answer<T> = { ok: true; value: T } | { ok: false; error: { code: string } };
type Bridge = { profiles: Record<string, (input?: unknown) => Promise<Answer<unknown>>> };

const callProfiles = async <T>({ page }: LaunchedApp, command: string, input?: unknown): Promise<T> => {
  const answer = await page.evaluate(
    ([name, payload]) => (globalThis as unknown as { hoist: Bridge }).hoist.profiles[name]!(payload),
    [command, input] as const,
  );
  if (!answer.ok) throw new Error(`profiles.${command}: ${JSON.stringify(answer.error)}`);
  return answer.value as T;
};

const expectedSecret = (): string => bucketEnv()['AWS_SECRET_ACCESS_KEY']!;

async function saveProfile(
  launched: LaunchedApp,
  overrides: { id?: string; secrets?: Record<string, string>; keep?: 'session' | 'unprotected' } = {},
): Promise<Destination> {
  const env = bucketEnv();
  return callProfiles<Destination>(launched, 'save', {
    providerId: 's3',
    name: 'Kept',
    secrets: { secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] },
    settings: {
      bucket: env['AWS_S3_BUCKET'],
      endpoint: env['AWS_ENDPOINT_URL'],
      region: 'us-east-1',
      pathStyle: 'true',
      accessKeyId: env['AWS_ACCESS_KEY_ID'],
      linkKind: 'expiring',
    },
    ...overrides,
  });
}

const firstDestination = async (launched: LaunchedApp): Promise<Destination> =>
  (await callProfiles<{ profiles: Destination[] }>(launched, 'list')).profiles[0]!;

/** Does the same as the button "Check again". */
async function recheck(launched: LaunchedApp): Promise<Destination> {
  await callProfiles(launched, 'check', {});
  return firstDestination(launched);
}

const readDatabase = ({ userData }: LaunchedApp): string =>
  fs
    .readdirSync(userData)
    .filter((name) => /^hoist.*\.db/.test(name))
    .map((name) => fs.readFileSync(path.join(userData, name), 'latin1'))
    .join('');

async function quitApp(launched: LaunchedApp): Promise<void> {
  await closeWindow(launched);
  await launched.exited;
}

async function uploadFile({ page }: LaunchedApp, file: string): Promise<void> {
  await dropOnPage(page, [file]);
  await expect(page.getByRole('button', { name: `Copy link to ${path.basename(file)}` })).toBeVisible({
    timeout: 20_000,
  });
}

test('saved keys are encrypted with the key store and work after a restart', async ({ apps }) => {
  test.skip(keyringState !== '1', 'no unlocked keyring on this desktop');
  const first = await apps.launch();
  expect(await saveProfile(first)).toMatchObject({
    secretStorage: 'saved',
    keyStore: 'GNOME Keyring',
    secrets: ['secretAccessKey'],
  });
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploadFile(first, file);
  await quitApp(first);
  expect(readDatabase(first)).toContain('Kept');
  expect(readDatabase(first)).not.toContain(expectedSecret());
  const second = await apps.launch({ userData: first.userData });
  const secondFile = path.join(apps.folder('drop'), 'two.txt');
  fs.writeFileSync(secondFile, 'two');
  await uploadFile(second, secondFile);
});

test('if there is no key store, entered keys last until Hoist quits, and the app asks for them again after a restart', async ({
  apps,
}) => {
  const env = { XDG_CURRENT_DESKTOP: '', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  const first = await apps.launch({ env });
  expect(await saveProfile(first)).toMatchObject({ secretStorage: 'session' });
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploadFile(first, file);
  await quitApp(first);
  expect(readDatabase(first)).not.toContain(expectedSecret());
  const second = await apps.launch({ userData: first.userData, env });
  await dropOnPage(second.page, [file]);
  await expect(second.page.getByText('isn’t available on this computer', { exact: false }).first()).toBeVisible({
    timeout: 20_000,
  });
  await expect(second.page.getByRole('button', { name: /^Fix key of/ })).toBeVisible();
});

for (const [condition, disrupt] of [
  ['is locked', (bus: KeyringBus) => bus.startKeyring('login', 'locked')],
  ['is missing', (bus: KeyringBus) => bus.stopKeyring()],
  ['is replaced by another keyring', (bus: KeyringBus) => bus.startKeyring('another', 'unlocked')],
] as const) {
  test(`when the keyring ${condition}, the destination is locked until the original keyring is available again`, async ({
    apps,
    bus,
  }) => {
    await bus.startKeyring('login', 'unlocked');
    const first = await apps.launch({ env: bus.env });
    expect(await saveProfile(first)).toMatchObject({ secretStorage: 'saved' });
    await quitApp(first);

    await disrupt(bus);
    const second = await apps.launch({ userData: first.userData, env: bus.env });
    expect(await recheck(second)).toMatchObject({
      secretStorage: 'locked',
      keyStore: 'GNOME Keyring',
      secrets: [],
      status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
    });
    const file = path.join(apps.folder('drop'), 'waits.txt');
    fs.writeFileSync(file, 'waits');
    await dropOnPage(second.page, [file]);
    await expect(second.page.getByText('isn’t available on this computer', { exact: false }).first()).toBeVisible({
      timeout: 20_000,
    });
    await quitApp(second);

    await bus.startKeyring('login', 'unlocked');
    const third = await apps.launch({ userData: first.userData, env: bus.env });
    expect(await recheck(third)).toMatchObject({
      secretStorage: 'saved',
      secrets: ['secretAccessKey'],
      status: { state: 'ready' },
    });
    await uploadFile(third, file);
  });
}

test('a key entered again for another keyring is saved there', async ({ apps, bus }) => {
  await bus.startKeyring('login', 'unlocked');
  const first = await apps.launch({ env: bus.env });
  await saveProfile(first);
  await quitApp(first);
  await bus.startKeyring('another', 'unlocked');
  const second = await apps.launch({ userData: first.userData, env: bus.env });
  const { id } = await recheck(second);
  expect(await saveProfile(second, { id })).toMatchObject({ secretStorage: 'saved' });
  await quitApp(second);
  const third = await apps.launch({ userData: first.userData, env: bus.env });
  expect(await recheck(third)).toMatchObject({ secretStorage: 'saved', status: { state: 'ready' } });
});

test('keys are saved unencrypted only if the user chooses it, in a private file, until a key store is available', async ({
  apps,
  bus,
}) => {
  const first = await apps.launch({ env: bus.env });
  expect(await callProfiles(first, 'keyStore')).toEqual({ state: 'none', name: '' });
  const saved = await saveProfile(first, { keep: 'unprotected' });
  expect(saved).toMatchObject({ secretStorage: 'unprotected', secrets: ['secretAccessKey'] });
  await quitApp(first);
  const keyFile = path.join(first.userData, 'unprotected-keys.json');
  expect(fs.statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(fs.readFileSync(keyFile, 'utf8')).toContain(expectedSecret());
  expect(readDatabase(first)).not.toContain(expectedSecret());

  await bus.startKeyring('login', 'unlocked');
  const second = await apps.launch({ userData: first.userData, env: bus.env });
  expect(await callProfiles(second, 'keyStore')).toEqual({ state: 'available', name: 'GNOME Keyring' });
  expect(await recheck(second)).toMatchObject({ secretStorage: 'unprotected', status: { state: 'ready' } });
  expect(fs.existsSync(keyFile)).toBe(true);
  expect(await saveProfile(second, { id: saved.id, secrets: {} })).toMatchObject({
    secretStorage: 'saved',
    keyStore: 'GNOME Keyring',
  });
  expect(fs.existsSync(keyFile)).toBe(false);
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploadFile(second, file);
});

test('a destination without its key is reported at the start in the window, the tray and the log', async ({ apps }) => {
  const first = await apps.launchWithBucket();
  const { name } = await firstDestination(first);
  await quitApp(first);
  const services = await DesktopServices.start();
  try {
    const second = await apps.launch({ userData: first.userData });
    expect(await firstDestination(second)).toMatchObject({
      secretStorage: 'missing',
      status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
    });
    await expect(second.page.getByText(name).first()).toBeVisible();
    await expect(second.page.getByText(/key/i).first()).toBeVisible();
    await services.waitForEvent((event) => event.event === 'tray-added');
    await expect.poll(async () => (await services.tray())[0]!.menu[0]!.label).toBe(`${name} needs a valid key`);
    const log = (): string => fs.readFileSync(path.join(first.userData, 'logs', 'hoist.log'), 'utf8');
    await expect.poll(log).toMatch(/"event":"destination needs attention".*"state":"needs-sign-in"/);
  } finally {
    await services.stop();
  }
});
