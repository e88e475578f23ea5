/** Enters, tests, saves, uses, copies, changes and removes recognizable secrets, then searches for them everywhere. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { bucketEnv, hasS3Server } from './bucket.ts';
import { clipboardText, isInDesktop } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, test, type LaunchedApp } from './app-fixture.ts';
import { KeyringBus } from './keyring.ts';

type BridgeResult = { ok: boolean; value: { id: string; ok?: boolean; secretStorage?: string } };
type Bridge = Record<string, Record<string, (input?: unknown) => Promise<BridgeResult>>>;

const invoke = ({ page }: LaunchedApp, group: string, name: string, input?: unknown): Promise<BridgeResult> =>
  page.evaluate(([g, n, i]) => (globalThis as unknown as { hoist: Bridge }).hoist[g]![n]!(i), [
    group,
    name,
    input,
  ] as const);

/** A random secret, with characters that URLs, JSON and shells escape. */
const makeCanary = (): string => `CANARY/${randomBytes(9).toString('hex')}+${randomBytes(9).toString('hex')}`;

/**
 * Every encoding in which a secret could leak. Base64 depends on the bytes around the secret: there are three variants,
 * by the number of preceding bytes, and the first and last characters are cut off.
 */
function encodings(secret: string): string[] {
  const base64 = [0, 1, 2].map((before) =>
    Buffer.from(`${'x'.repeat(before)}${secret}`)
      .toString('base64')
      .slice(4, -4),
  );
  return [
    secret,
    encodeURIComponent(secret),
    secret.replaceAll('/', '\\/'),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret, 'utf8').toString('base64url').slice(0, -2),
    ...base64,
  ];
}

/** Records every response and event from main to the page. The returned function reads them. */
async function recordMessages({ app }: LaunchedApp): Promise<() => Promise<string[]>> {
  await app.evaluate(({ BrowserWindow, ipcMain }) => {
    const recorded: string[] = [];
    (globalThis as { recorded?: string[] }).recorded = recorded;
    const contents = BrowserWindow.getAllWindows()[0]!.webContents;
    const send = contents.send.bind(contents);
    contents.send = (channel, ...args) => {
      recorded.push(JSON.stringify([channel, args]));
      send(channel, ...args);
    };
    // Electron has no public function that lists the handlers.
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...args: unknown[]) => Promise<unknown>> })
      ._invokeHandlers;
    for (const [channel, handler] of handlers)
      handlers.set(channel, async (...args) => {
        const answer = await handler(...args);
        recorded.push(JSON.stringify([channel, answer]));
        return answer;
      });
  });
  return () => app.evaluate(() => (globalThis as { recorded?: string[] }).recorded!);
}

/** The content of all files below a folder. */
function readFilesIn(folder: string): [string, string][] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [path.relative(folder, file), readIfReadable(file)]);
}

/** Arguments and environments of all processes, including ours and its children. */
const readProcesses = (): [string, string][] =>
  fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) =>
      ['cmdline', 'environ'].map((file): [string, string] => [
        `${pid} ${file}`,
        readIfReadable(`/proc/${pid}/${file}`),
      ]),
    );

function readIfReadable(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return ''; // the process has ended, or belongs to the kernel
    throw cause;
  }
}

const pageContent = ({ page }: LaunchedApp): Promise<string> =>
  page.evaluate(
    () =>
      document.documentElement.outerHTML +
      [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value).join('\n') +
      [localStorage, sessionStorage].map((storage) => JSON.stringify(storage)).join(''),
  );

const readClipboards = async ({ app }: LaunchedApp): Promise<string> =>
  (isInDesktop ? clipboardText() : '') + (await app.evaluate(({ clipboard }) => clipboard.readText()));

test('keys and passwords stay in the main process: no message, page, file, argument, environment or clipboard has them', async ({
  apps,
}) => {
  test.skip(!hasS3Server, 'no S3 server');
  const bus = await KeyringBus.start(apps.folder('bus'));
  await bus.startKeyring('login', 'unlocked');
  const launched = await apps.launch({ env: bus.env });
  try {
    const recorded = await recordMessages(launched);
    const {
      AWS_S3_BUCKET: bucket,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: right = '',
    } = bucketEnv();
    const [wrong, token, password] = [makeCanary(), makeCanary(), makeCanary()];
    const settings = { bucket, endpoint, region: 'us-east-1', pathStyle: 'true', accessKeyId, linkKind: 'expiring' };
    const draft = (overrides: object = {}, more: object = {}): object => ({
      providerId: 's3',
      name: 'Canary',
      settings: { ...settings, ...overrides },
      secrets: { secretAccessKey: wrong },
      ...more,
    });

    // The user types a wrong key, the server refuses it, and the user closes the setup.
    const { page } = launched;
    const field = (key: string) => page.getByRole('dialog').locator(`[data-field="${key}"] input`);
    await page.getByRole('button', { name: 'Set up destination…' }).click();
    await page.getByRole('option', { name: 'Ceph RADOS Gateway', exact: true }).click();
    for (const [key, value] of Object.entries({ accessKeyId, secretAccessKey: wrong, endpoint, bucket }))
      await field(key).fill(value!);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'Can’t sign in' })).toBeVisible({ timeout: 20_000 });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    const afterSetup = await pageContent(launched);

    // The page validates a draft, asks for suggestions, tests each kind of wrong value, and saves and reads a setup
    // draft.
    await invoke(launched, 'profiles', 'validate', draft({ bucket: '' }));
    await invoke(launched, 'profiles', 'suggest', { draft: draft(), field: 'bucket' });
    for (const overrides of [
      {},
      { endpoint: 'http://127.0.0.1:9' },
      { bucket: 'No Such Bucket' },
      { region: 'no where' },
      { proxy: 'address', proxyAddress: 'http://127.0.0.1:9', proxyUser: 'me' },
    ]) {
      expect(
        await invoke(
          launched,
          'profiles',
          'test',
          draft(overrides, { secrets: { secretAccessKey: wrong, sessionToken: token, proxyPassword: password } }),
        ),
      ).toMatchObject({ ok: true, value: { ok: false } });
    }
    await invoke(launched, 'profiles', 'saveSetupDraft', {
      draft: {
        providerId: 's3',
        name: 'Half',
        preset: '',
        settings: { ...settings, secretAccessKey: wrong, sessionToken: token },
      },
    });
    expect(await invoke(launched, 'profiles', 'savedSetup')).toMatchObject({
      ok: true,
      value: { closed: { name: 'Half' } },
    });

    // The page saves wrong keys, checks and uses them; then it saves the right keys, uses, duplicates and removes them.
    const saved = await invoke(
      launched,
      'profiles',
      'save',
      draft({ proxy: 'none' }, { secrets: { secretAccessKey: wrong, sessionToken: token, proxyPassword: password } }),
    );
    expect(saved).toMatchObject({ ok: true, value: { secretStorage: 'saved' } });
    await invoke(launched, 'profiles', 'check', {});
    const file = path.join(apps.folder('drop'), 'refused.txt');
    fs.writeFileSync(file, 'x');
    await dropOnPage(launched.page, [file]);
    await expect.poll(recorded, { timeout: 20_000 }).toContainEqual(expect.stringContaining('unauthorized'));
    expect(
      await invoke(
        launched,
        'profiles',
        'save',
        draft({}, { id: saved.value.id, secrets: { secretAccessKey: right, sessionToken: '' } }),
      ),
    ).toMatchObject({ ok: true });
    expect(await invoke(launched, 'profiles', 'test', draft({}, { id: saved.value.id, secrets: {} }))).toMatchObject({
      ok: true,
      value: { ok: true },
    });
    expect(await invoke(launched, 'uploads', 'uploadExample', { profileId: saved.value.id })).toMatchObject({
      ok: true,
    });
    await expect(launched.page.getByRole('button', { name: 'Copy link to Hello from Hoist.txt' })).toBeVisible({
      timeout: 20_000,
    });
    const copy = await invoke(launched, 'profiles', 'duplicate', { id: saved.value.id });
    await invoke(launched, 'profiles', 'remove', { id: copy.value.id });
    for (const [group, name, input] of [
      ['profiles', 'list'],
      ['uploads', 'snapshot'],
      ['app', 'info'],
      ['history', 'query', { limit: 50 }],
      ['settings', 'get'],
    ] as const)
      expect(await invoke(launched, group, name, input)).toMatchObject({ ok: true });

    // The log redacts secrets that the app has used. A crashed page must not write a secret to disk either.
    await launched.app.evaluate((_, words) => {
      setImmediate(() => {
        throw new Error(`mistake with ${words}`);
      });
    }, [wrong, right].join(' '));
    const dom = await pageContent(launched);
    const clipboard = await readClipboards(launched);
    await expect
      .poll(() =>
        readFilesIn(launched.userData).some(
          ([name, content]) => name.endsWith('.log') && content.includes('mistake with'),
        ),
      )
      .toBe(true);
    await launched.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer(),
    );

    const messages = await recorded();
    const files = readFilesIn(launched.userData);
    expect(messages.length).toBeGreaterThan(20);
    expect(files.map(([name]) => name)).toEqual(expect.arrayContaining(['hoist.db', path.join('logs', 'hoist.log')]));
    expect(clipboard).toMatch(/^http/);
    const outputs: [string, string][] = [
      ...messages.map((text): [string, string] => ['message', text]),
      ['page', dom],
      ['page after the setup', afterSetup],
      ['clipboard', clipboard],
      ...launched.output.map((text): [string, string] => ['output', text]),
      ...files,
    ];
    const findLeaks = (sources: [string, string][], secrets: string[]): string[] =>
      secrets
        .flatMap((secret) => encodings(secret))
        .flatMap((encoded) => sources.filter(([, text]) => text.includes(encoded)).map(([name]) => name));
    expect(findLeaks(outputs, [wrong, token, password, right])).toEqual([]);
    // The test process has the real key in its environment, so only the invented secrets are searched there.
    expect(findLeaks(readProcesses(), [wrong, token, password])).toEqual([]);
  } finally {
    await bus.stop();
  }
});
