/** Secrets that can be recognised: entered, tested, saved, used, copied, changed and removed, and then looked for everywhere. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { bucketEnv, hasServer } from './bucket.ts';
import { clipboardText, inDesktop } from './desktop.ts';
import { dropFiles } from './drop.ts';
import { expect, test, type Launched } from './hoist.ts';
import { Bus } from './keyring.ts';

type Answer = { ok: boolean; value: { id: string; ok?: boolean; kept?: string } };
type Hoist = Record<string, Record<string, (input?: unknown) => Promise<Answer>>>;

const call = ({ page }: Launched, group: string, name: string, input?: unknown): Promise<Answer> =>
  page.evaluate(([g, n, i]) => (globalThis as unknown as { hoist: Hoist }).hoist[g]![n]!(i), [
    group,
    name,
    input,
  ] as const);

/** With what has to be escaped in addresses, in JSON and in shells. */
const canary = (): string => `CANARY/${randomBytes(9).toString('hex')}+${randomBytes(9).toString('hex')}`;

/** Every spelling in which a secret could get out. Of base64 the part that does not depend on what stands before. */
function spellings(secret: string): string[] {
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

/** Every answer and every event that leaves main for the page. */
async function listen({ app }: Launched): Promise<() => Promise<string[]>> {
  await app.evaluate(({ BrowserWindow, ipcMain }) => {
    const heard: string[] = [];
    (globalThis as { heard?: string[] }).heard = heard;
    const contents = BrowserWindow.getAllWindows()[0]!.webContents;
    const send = contents.send.bind(contents);
    contents.send = (channel, ...args) => {
      heard.push(JSON.stringify([channel, args]));
      send(channel, ...args);
    };
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...args: unknown[]) => Promise<unknown>> })
      ._invokeHandlers;
    for (const [channel, handler] of handlers)
      handlers.set(channel, async (...args) => {
        const answer = await handler(...args);
        heard.push(JSON.stringify([channel, answer]));
        return answer;
      });
  });
  return () => app.evaluate(() => (globalThis as { heard?: string[] }).heard!);
}

/** Everything below it, as text. */
function filesBelow(folder: string): [string, string][] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [path.relative(folder, file), readIfThere(file)]);
}

/** Arguments and environments of every process that runs, ours and its children among them. */
const processes = (): [string, string][] =>
  fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) =>
      ['cmdline', 'environ'].map((what): [string, string] => [`${pid} ${what}`, readIfThere(`/proc/${pid}/${what}`)]),
    );

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return ''; // gone meanwhile, or the kernel's own
    throw cause;
  }
}

const domOf = ({ page }: Launched): Promise<string> =>
  page.evaluate(
    () =>
      document.documentElement.outerHTML +
      [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value).join('\n') +
      [localStorage, sessionStorage].map((kept) => JSON.stringify(kept)).join(''),
  );

const clipboardOf = async ({ app }: Launched): Promise<string> =>
  (inDesktop ? clipboardText() : '') + (await app.evaluate(({ clipboard }) => clipboard.readText()));

test('keys and passwords stay in main: in no answer, event, page, log, record, crash file, argument, environment or clipboard', async ({
  apps,
}) => {
  test.skip(!hasServer, 'no S3 server');
  const bus = await Bus.start(apps.folder('bus'));
  await bus.serve('login', 'unlocked');
  const launched = await apps.launch({ env: bus.env });
  try {
    const heard = await listen(launched);
    const {
      AWS_S3_BUCKET: bucket,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: right = '',
    } = bucketEnv();
    const [wrong, token, password] = [canary(), canary(), canary()];
    const settings = { bucket, endpoint, region: 'us-east-1', pathStyle: 'true', accessKeyId, linkKind: 'expiring' };
    const draft = (over: object = {}, more: object = {}): object => ({
      providerId: 's3',
      name: 'Canary',
      settings: { ...settings, ...over },
      secrets: { secretAccessKey: wrong },
      ...more,
    });

    // Typed into the window as a person does, refused, left.
    const { page } = launched;
    const field = (key: string) => page.getByRole('dialog').locator(`[data-field="${key}"] input`);
    await page.getByRole('button', { name: 'Set up a destination…' }).click();
    await page.getByRole('option', { name: 'Ceph RADOS Gateway', exact: true }).click();
    for (const [key, value] of Object.entries({ accessKeyId, secretAccessKey: wrong, endpoint, bucket }))
      await field(key).fill(value!);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'Cannot sign in' })).toBeVisible({ timeout: 20_000 });
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    const afterLeaving = await domOf(launched);

    // Begun, checked as typed, asked for suggestions, tried with what is wrong in each way, left and come back to.
    await call(launched, 'profiles', 'validate', draft({ bucket: '' }));
    await call(launched, 'profiles', 'suggest', { draft: draft(), field: 'bucket' });
    for (const over of [
      {},
      { endpoint: 'http://127.0.0.1:9' },
      { bucket: 'No Such Bucket' },
      { region: 'no where' },
      { proxy: 'address', proxyAddress: 'http://127.0.0.1:9', proxyUser: 'me' },
    ]) {
      expect(
        await call(
          launched,
          'profiles',
          'test',
          draft(over, { secrets: { secretAccessKey: wrong, sessionToken: token, proxyPassword: password } }),
        ),
      ).toMatchObject({ ok: true, value: { ok: false } });
    }
    await call(launched, 'profiles', 'keepBegun', {
      draft: {
        providerId: 's3',
        name: 'Half',
        preset: '',
        settings: { ...settings, secretAccessKey: wrong, sessionToken: token },
      },
    });
    expect(await call(launched, 'profiles', 'begun')).toMatchObject({ ok: true, value: { name: 'Half' } });

    // Saved with wrong keys, asked, used, refused; then with the right ones, used, doubled, removed.
    const saved = await call(
      launched,
      'profiles',
      'save',
      draft({ proxy: 'none' }, { secrets: { secretAccessKey: wrong, sessionToken: token, proxyPassword: password } }),
    );
    expect(saved).toMatchObject({ ok: true, value: { kept: 'saved' } });
    await call(launched, 'profiles', 'check', {});
    const file = path.join(apps.folder('drop'), 'refused.txt');
    fs.writeFileSync(file, 'x');
    await dropFiles(launched.page, [file]);
    await expect.poll(heard, { timeout: 20_000 }).toContainEqual(expect.stringContaining('unauthorized'));
    expect(
      await call(
        launched,
        'profiles',
        'save',
        draft({}, { id: saved.value.id, secrets: { secretAccessKey: right, sessionToken: '' } }),
      ),
    ).toMatchObject({ ok: true });
    expect(await call(launched, 'profiles', 'test', draft({}, { id: saved.value.id, secrets: {} }))).toMatchObject({
      ok: true,
      value: { ok: true },
    });
    expect(await call(launched, 'uploads', 'example', { profileId: saved.value.id })).toMatchObject({ ok: true });
    await expect(launched.page.getByRole('button', { name: 'Copy link of Hello from Hoist.txt' })).toBeVisible({
      timeout: 20_000,
    });
    const copy = await call(launched, 'profiles', 'duplicate', { id: saved.value.id });
    await call(launched, 'profiles', 'remove', { id: copy.value.id });
    for (const [group, name, input] of [
      ['profiles', 'list'],
      ['uploads', 'snapshot'],
      ['app', 'info'],
      ['history', 'query', { limit: 50 }],
      ['settings', 'get'],
    ] as const)
      expect(await call(launched, group, name, input)).toMatchObject({ ok: true });

    // What was opened is told to the log, so that no mistake of ours can write it; and a page that dies leaves nothing.
    await launched.app.evaluate((_, words) => {
      setImmediate(() => {
        throw new Error(`mistake with ${words}`);
      });
    }, [wrong, right].join(' '));
    const dom = await domOf(launched);
    const clipboard = await clipboardOf(launched);
    await expect
      .poll(() =>
        filesBelow(launched.userData).some(
          ([name, content]) => name.endsWith('.log') && content.includes('mistake with'),
        ),
      )
      .toBe(true);
    await launched.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer(),
    );

    const messages = await heard();
    const files = filesBelow(launched.userData);
    expect(messages.length).toBeGreaterThan(20);
    expect(files.map(([name]) => name)).toEqual(expect.arrayContaining(['hoist.db', path.join('logs', 'hoist.log')]));
    expect(clipboard).toMatch(/^http/);
    const made: [string, string][] = [
      ...messages.map((text): [string, string] => ['message', text]),
      ['page', dom],
      ['page after the setup', afterLeaving],
      ['clipboard', clipboard],
      ...launched.out.map((text): [string, string] => ['output', text]),
      ...files,
    ];
    const hits = (places: [string, string][], secrets: string[]): string[] =>
      secrets
        .flatMap((secret) => spellings(secret))
        .flatMap((form) => places.filter(([, text]) => text.includes(form)).map(([name]) => name));
    expect(hits(made, [wrong, token, password, right])).toEqual([]);
    // The right key is in the environment of the tests themselves, so only the made-up ones can be looked for there.
    expect(hits(processes(), [wrong, token, password])).toEqual([]);
  } finally {
    await bus.stop();
  }
});
