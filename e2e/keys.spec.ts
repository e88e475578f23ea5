/** Keys in the real key store, and what happens where there is none. */
import fs from 'node:fs';
import path from 'node:path';
import { bucketEnv, hasServer } from './bucket.ts';
import { keyring, Services } from './desktop.ts';
import { dropFiles } from './drop.ts';
import { closeWindow, expect, test as base, type Launched } from './hoist.ts';
import { Bus } from './keyring.ts';

const test = base.extend<{ bus: Bus }>({
  bus: async ({ apps }, use) => {
    const bus = await Bus.start(apps.folder('bus'));
    await use(bus);
    await bus.stop();
  },
});

test.skip(!hasServer, 'no S3 server');

interface Destination {
  id: string;
  name: string;
  kept: string;
  keyStore?: string;
  secrets: string[];
  status: { state: string; error?: { code: string }; isChecking?: true };
}
type Answer<T> = { ok: true; value: T } | { ok: false; error: { code: string } };
type Bridge = { profiles: Record<string, (input?: unknown) => Promise<Answer<unknown>>> };

const ask = async <T>({ page }: Launched, command: string, input?: unknown): Promise<T> => {
  const answer = await page.evaluate(
    ([name, given]) => (globalThis as unknown as { hoist: Bridge }).hoist.profiles[name]!(given),
    [command, input] as const,
  );
  if (!answer.ok) throw new Error(`profiles.${command}: ${JSON.stringify(answer.error)}`);
  return answer.value as T;
};

const secret = (): string => bucketEnv()['AWS_SECRET_ACCESS_KEY']!;

async function save(
  launched: Launched,
  over: { id?: string; secrets?: Record<string, string>; keep?: 'session' | 'unprotected' } = {},
): Promise<Destination> {
  const env = bucketEnv();
  return ask<Destination>(launched, 'save', {
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
    ...over,
  });
}

const destination = async (launched: Launched): Promise<Destination> =>
  (await ask<{ profiles: Destination[] }>(launched, 'list')).profiles[0]!;

/** As the button "Check again" does. */
async function check(launched: Launched): Promise<Destination> {
  await ask(launched, 'check', {});
  return destination(launched);
}

const records = ({ userData }: Launched): string =>
  fs
    .readdirSync(userData)
    .filter((name) => /^hoist.*\.db/.test(name))
    .map((name) => fs.readFileSync(path.join(userData, name), 'latin1'))
    .join('');

async function quit(launched: Launched): Promise<void> {
  await closeWindow(launched);
  await launched.gone;
}

async function uploads({ page }: Launched, file: string): Promise<void> {
  await dropFiles(page, [file]);
  await expect(page.getByRole('button', { name: `Copy link of ${path.basename(file)}` })).toBeVisible({
    timeout: 20_000,
  });
}

test('saved keys are encrypted by the key store and work after a restart', async ({ apps }) => {
  test.skip(keyring !== '1', 'no unlocked keyring on this desktop');
  const first = await apps.launch();
  expect(await save(first)).toMatchObject({ kept: 'saved', keyStore: 'GNOME Keyring', secrets: ['secretAccessKey'] });
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploads(first, file);
  await quit(first);
  expect(records(first)).toContain('Kept');
  expect(records(first)).not.toContain(secret());
  const second = await apps.launch({ userData: first.userData });
  const again = path.join(apps.folder('drop'), 'two.txt');
  fs.writeFileSync(again, 'two');
  await uploads(second, again);
});

test('without a key store keys live until Hoist quits, and the app asks again afterwards', async ({ apps }) => {
  const env = { XDG_CURRENT_DESKTOP: '', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  const first = await apps.launch({ env });
  expect(await save(first)).toMatchObject({ kept: 'session' });
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploads(first, file);
  await quit(first);
  expect(records(first)).not.toContain(secret());
  const second = await apps.launch({ userData: first.userData, env });
  await dropFiles(second.page, [file]);
  await expect(second.page.getByText('is not available on this computer', { exact: false }).first()).toBeVisible({
    timeout: 20_000,
  });
  await expect(second.page.getByRole('button', { name: /^Fix key of/ })).toBeVisible();
});

for (const [what, leave] of [
  ['is locked', (bus: Bus) => bus.serve('login', 'locked')],
  ['is not there', (bus: Bus) => bus.away()],
  ['is another one', (bus: Bus) => bus.serve('another', 'unlocked')],
] as const) {
  test(`a keyring that ${what}: the app starts, the destination is locked with its key kept, and works by itself when the keyring is back`, async ({
    apps,
    bus,
  }) => {
    await bus.serve('login', 'unlocked');
    const first = await apps.launch({ env: bus.env });
    expect(await save(first)).toMatchObject({ kept: 'saved' });
    await quit(first);

    await leave(bus);
    const second = await apps.launch({ userData: first.userData, env: bus.env });
    expect(await check(second)).toMatchObject({
      kept: 'locked',
      keyStore: 'GNOME Keyring',
      secrets: [],
      status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
    });
    const file = path.join(apps.folder('drop'), 'waits.txt');
    fs.writeFileSync(file, 'waits');
    await dropFiles(second.page, [file]);
    await expect(second.page.getByText('is not available on this computer', { exact: false }).first()).toBeVisible({
      timeout: 20_000,
    });
    await quit(second);

    await bus.serve('login', 'unlocked');
    const third = await apps.launch({ userData: first.userData, env: bus.env });
    expect(await check(third)).toMatchObject({
      kept: 'saved',
      secrets: ['secretAccessKey'],
      status: { state: 'ready' },
    });
    await uploads(third, file);
  });
}

test('a key that is entered again for another keyring is kept there', async ({ apps, bus }) => {
  await bus.serve('login', 'unlocked');
  const first = await apps.launch({ env: bus.env });
  await save(first);
  await quit(first);
  await bus.serve('another', 'unlocked');
  const second = await apps.launch({ userData: first.userData, env: bus.env });
  const { id } = await check(second);
  expect(await save(second, { id })).toMatchObject({ kept: 'saved' });
  await quit(second);
  const third = await apps.launch({ userData: first.userData, env: bus.env });
  expect(await check(third)).toMatchObject({ kept: 'saved', status: { state: 'ready' } });
});

test('keys are kept readable only by choice, in a file for this user alone, until there is a key store and they are saved again', async ({
  apps,
  bus,
}) => {
  const first = await apps.launch({ env: bus.env });
  expect(await ask(first, 'keyStore')).toEqual({ state: 'none', name: '' });
  const saved = await save(first, { keep: 'unprotected' });
  expect(saved).toMatchObject({ kept: 'unprotected', secrets: ['secretAccessKey'] });
  await quit(first);
  const kept = path.join(first.userData, 'unprotected-keys.json');
  expect(fs.statSync(kept).mode & 0o777).toBe(0o600);
  expect(fs.readFileSync(kept, 'utf8')).toContain(secret());
  expect(records(first)).not.toContain(secret());

  await bus.serve('login', 'unlocked');
  const second = await apps.launch({ userData: first.userData, env: bus.env });
  expect(await ask(second, 'keyStore')).toEqual({ state: 'available', name: 'GNOME Keyring' });
  expect(await check(second)).toMatchObject({ kept: 'unprotected', status: { state: 'ready' } });
  expect(fs.existsSync(kept)).toBe(true);
  expect(await save(second, { id: saved.id, secrets: {} })).toMatchObject({ kept: 'saved', keyStore: 'GNOME Keyring' });
  expect(fs.existsSync(kept)).toBe(false);
  const file = path.join(apps.folder('drop'), 'one.txt');
  fs.writeFileSync(file, 'one');
  await uploads(second, file);
});

test('a destination that lacks its key says so at the start: in the window, in the tray and in the log', async ({
  apps,
}) => {
  const first = await apps.launchWithBucket();
  const { name } = await destination(first);
  await quit(first);
  const services = await Services.start();
  try {
    const second = await apps.launch({ userData: first.userData });
    expect(await destination(second)).toMatchObject({
      kept: 'missing',
      status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
    });
    await expect(second.page.getByText(name).first()).toBeVisible();
    await expect(second.page.getByText(/key/i).first()).toBeVisible();
    await services.wait((event) => event.event === 'tray-added');
    await expect.poll(async () => (await services.tray())[0]!.menu[0]!.label).toBe(`${name} needs its key`);
    const log = (): string => fs.readFileSync(path.join(first.userData, 'logs', 'hoist.log'), 'utf8');
    await expect.poll(log).toMatch(/"event":"destination lacks something".*"state":"needs-sign-in"/);
  } finally {
    await services.stop();
  }
});
