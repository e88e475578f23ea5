/** A compromised page can do only what its user could do. */
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { hasS3Server } from './bucket.ts';
import { setClipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { saveDestination } from './window-actions.ts';
import { stubMessageBoxes, expect, test, type LaunchedApp } from './app-fixture.ts';

type Bridge = Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
const invoke = ({ page }: LaunchedApp, group: string, name: string, ...args: unknown[]): Promise<unknown> =>
  page.evaluate(([g, n, a]) => (globalThis as unknown as { hoist: Bridge }).hoist[g]![n]!(...a), [
    group,
    name,
    args,
  ] as const);

test('the page has no Node, no Electron, and exactly the functions of the contract', async ({ apps }) => {
  const launched = await apps.launch();
  const seen = await launched.page.evaluate(() => ({
    globals: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in globalThis),
    bridge: Object.fromEntries(
      Object.entries((globalThis as unknown as { hoist: Bridge }).hoist).map(([group, functions]) => [
        group,
        Object.keys(functions).sort(),
      ]),
    ),
  }));
  expect(seen.globals).toEqual([]);
  expect(seen.bridge).toEqual({
    app: ['answerCodePrompt', 'batchSettled', 'codePrompt', 'info', 'notice', 'openSetup'],
    files: ['choose', 'drop', 'paste', 'refused'],
    uploads: [
      'cancel',
      'changed',
      'copy',
      'enqueue',
      'leftovers',
      'open',
      'pause',
      'remove',
      'removeLeftovers',
      'resolveCollision',
      'resume',
      'retry',
      'reveal',
      'revokeLinks',
      'sendAnyway',
      'snapshot',
      'unpublish',
      'uploadExample',
    ],
    history: ['query'],
    practice: ['empty', 'usage'],
    providers: ['list', 'openPage'],
    settings: ['changed', 'get', 'set'],
    profiles: [
      'adopt',
      'cancelSignIn',
      'changed',
      'check',
      'copyPolicy',
      'duplicate',
      'export',
      'import',
      'keyStore',
      'list',
      'pasteCode',
      'preview',
      'removalImpact',
      'remove',
      'reorder',
      'save',
      'saveSetupDraft',
      'savedSetup',
      'setFallback',
      'setNextLinkOverride',
      'signIn',
      'signInProgress',
      'suggest',
      'test',
      'testProgress',
      'use',
      'validate',
    ],
  });
  expect(launched.page.url()).toBe('app://hoist/');
});

test('the page cannot upload a File that it created or a token that it invented', async ({ apps }) => {
  const launched = await apps.launch();
  const secret = path.join(apps.folder('drop'), 'secret.txt');
  fs.writeFileSync(secret, 'secret');
  const result = await launched.page.evaluate(
    (name) =>
      (globalThis as unknown as { hoist: { files: { drop(files: File[]): Promise<unknown> } } }).hoist.files.drop([
        new File(['x'], name),
        Object.defineProperty(new File(['x'], 'a'), 'path', { value: name }),
      ]),
    secret,
  );
  expect(result).toMatchObject({
    ok: true,
    value: [{ error: { code: 'source-not-a-file' } }, { error: { code: 'source-not-a-file' } }],
  });
  // Real tokens have 22 characters.
  for (const tokens of [
    [secret],
    ['A'.repeat(22)],
    [`../../${'A'.repeat(16)}`],
    [null],
    ['A'.repeat(22), 'A'.repeat(22)],
  ]) {
    expect(await invoke(launched, 'uploads', 'enqueue', { tokens, profileId: 'p' })).toMatchObject({
      ok: false,
      error: { code: 'invalid-input' },
    });
  }
  expect(await invoke(launched, 'uploads', 'reveal', { id: '../../etc/passwd' })).toMatchObject({ ok: false });
  expect(await invoke(launched, 'uploads', 'open', { id: 'file:///etc/passwd' })).toMatchObject({ ok: false });
  expect(await invoke(launched, 'uploads', 'snapshot')).toMatchObject({ ok: true, value: { uploads: [] } });
});

test('a token works once', async ({ apps }) => {
  test.skip(!hasS3Server, 'no S3 server');
  const launched = await apps.launchWithBucket();
  const file = path.join(apps.folder('drop'), 'once.txt');
  fs.writeFileSync(file, 'once');
  await launched.app.evaluate(({ dialog }, f) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [f] });
  }, file);
  const chosen = (await invoke(launched, 'files', 'choose')) as { value: { token: string; name: string }[] };
  expect(Object.keys(chosen.value[0]!).sort()).toEqual(['name', 'size', 'token']);
  const { current } = ((await invoke(launched, 'profiles', 'list')) as { value: { current: string } }).value;
  const send = (): Promise<unknown> =>
    invoke(launched, 'uploads', 'enqueue', { tokens: [chosen.value[0]!.token], profileId: current });
  expect(await send()).toMatchObject({ ok: true });
  expect(await send()).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
});

test('the page cannot navigate, open windows, run inline scripts, reach the network, embed or download', async ({
  apps,
}) => {
  const launched = await apps.launch();
  const { page, app } = launched;
  await page.evaluate(() => {
    // Most of these attempts already throw a TypeError, because the page's policy requires Trusted Types.
    const tried = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    };
    const script = document.createElement('script');
    tried(() => {
      script.textContent = 'globalThis.ran = 1';
    });
    document.head.append(script);
    for (const tag of ['iframe', 'object', 'embed']) {
      const element = document.createElement(tag);
      tried(() => element.setAttribute(tag === 'object' ? 'data' : 'src', 'https://example.com/'));
      document.body.append(element);
    }
    open('https://example.com/');
    open('file:///etc/passwd');
    const a = document.createElement('a');
    a.href = 'https://example.com/';
    document.body.append(a);
    a.click();
    a.remove();
    location.href = 'https://example.com/';
  });
  const outside = await page.evaluate(async () => {
    const tried = await Promise.allSettled([
      fetch('https://example.com/'),
      fetch('file:///etc/passwd'),
      fetch('app://hoist/../../etc/passwd'),
    ]);
    const image = await new Promise((ok) => {
      const i = new Image();
      i.addEventListener('load', () => ok('loaded'));
      i.addEventListener('error', () => ok('refused'));
      i.src = 'https://example.com/x.png';
    });
    return { fetches: tried.map((t) => t.status), image, ran: 'ran' in globalThis };
  });
  expect(outside).toEqual({ fetches: ['rejected', 'rejected', 'rejected'], image: 'refused', ran: false });
  expect(page.url()).toBe('app://hoist/');
  expect(
    await app.evaluate(({ BrowserWindow, webContents }) => [
      BrowserWindow.getAllWindows().length,
      webContents.getAllWebContents().length,
    ]),
  ).toEqual([1, 1]);
  const permissions = await page.evaluate(() =>
    Promise.all(
      ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'].map(
        async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
      ),
    ),
  );
  expect(permissions.every((state) => state === 'denied')).toBe(true);
});

test('both sessions cancel every request except the page’s own', async ({ apps }) => {
  const { app } = await apps.launch();
  const errors = await app.evaluate(async ({ session }) => {
    const urls = ['https://example.com/', 'http://127.0.0.1:9/'];
    const sessions = [session.fromPartition('persist:page'), session.defaultSession];
    return Promise.all(
      sessions.flatMap((used) => urls.map((url) => used.fetch(url).then(String, (error: Error) => error.message))),
    );
  });
  expect(errors).toEqual(Array.from({ length: 4 }, () => 'net::ERR_BLOCKED_BY_CLIENT'));
});

test('the page cannot connect with WebRTC', async ({ apps }) => {
  const received: string[] = [];
  const udp = dgram.createSocket('udp4').on('message', () => received.push('udp'));
  const tcp = net.createServer((socket) => {
    received.push('tcp');
    socket.destroy();
  });
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { page } = await apps.launch();
  const candidates = await page.evaluate(
    async ([udpPort, tcpPort]) => {
      const login = { username: 'a', credential: 'b' };
      const connection = new RTCPeerConnection({
        iceServers: [
          { urls: `stun:127.0.0.1:${udpPort}` },
          { urls: [`turn:127.0.0.1:${udpPort}?transport=udp`, `turn:127.0.0.1:${tcpPort}?transport=tcp`], ...login },
        ],
      });
      connection.createDataChannel('data');
      const found: string[] = [];
      const isComplete = new Promise<void>((resolve) => {
        connection.addEventListener('icecandidate', ({ candidate }) => {
          if (candidate) found.push(candidate.candidate);
          else resolve();
        });
      });
      await connection.setLocalDescription(await connection.createOffer());
      await isComplete;
      return found;
    },
    [udp.address().port, (tcp.address() as net.AddressInfo).port] as const,
  );
  udp.close();
  tcp.close();
  expect(candidates).toEqual([]);
  expect(received).toEqual([]);
});

test('the page cannot read the clipboard', async ({ apps }) => {
  const { page, app } = await apps.launch();
  setClipboardText('copied from another program');
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.focus());
  const read = await page.evaluate(async () => {
    const field = document.createElement('textarea');
    document.body.append(field);
    field.focus();
    document.execCommand('paste');
    const pasted = field.value;
    field.remove();
    return [pasted, await navigator.clipboard.readText().catch((error: Error) => error.name)];
  });
  expect(read).toEqual(['', 'NotAllowedError']);
});

test('the page cannot go to an about: address', async ({ apps }) => {
  const { page } = await apps.launch();
  const outcome = await page.evaluate(async () => {
    type Navigation = { navigate(url: string): { committed: Promise<unknown> } };
    const { navigation } = globalThis as unknown as { navigation: Navigation };
    return navigation.navigate('about:blank').committed.then(
      () => 'left',
      (error: Error) => error.name,
    );
  });
  expect(outcome).toBe('AbortError');
});

test('a page opens in the browser after a click, and otherwise only after a native dialog', async ({ apps }) => {
  const launched = await apps.launch();
  const { app, page } = launched;
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    (globalThis as { opened?: string[] }).opened = opened;
    shell.openExternal = async (url) => {
      opened.push(url);
    };
  });
  const opened = (): Promise<string[]> => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  const openHelp = (): Promise<unknown> =>
    invoke(launched, 'providers', 'openPage', { providerId: 's3', of: { preset: 'r2' } });
  await stubMessageBoxes(launched, 'safe');
  await openHelp();
  expect(await opened()).toEqual([]);
  const shownMessages = await stubMessageBoxes(launched, 'confirm');
  await openHelp();
  expect(await shownMessages()).toEqual([expect.stringMatching(/^Open a page of .*cloudflare\.com in the browser\?$/)]);
  expect(await opened()).toHaveLength(1);
  await page.keyboard.press('Shift');
  await openHelp();
  expect(await opened()).toHaveLength(2);
  expect(await shownMessages(), 'no second question').toHaveLength(1);
});

test('wider links of a saved destination are confirmed in a native dialog', async ({ apps }) => {
  test.skip(!hasS3Server, 'no S3 server');
  const launched = await apps.launch();
  const id = await saveDestination(launched, 'Work');
  type Profile = { id: string; providerId: string; name: string; settings: Record<string, string> };
  const saved = async (): Promise<Profile> => {
    const list = (await invoke(launched, 'profiles', 'list')) as { value: { profiles: Profile[] } };
    return list.value.profiles.find((profile) => profile.id === id)!;
  };
  const { providerId, name, settings } = await saved();
  const save = (changed: Record<string, string>): Promise<unknown> =>
    invoke(launched, 'profiles', 'save', { id, providerId, name, settings: { ...settings, ...changed }, secrets: {} });
  const wider = { linkKind: 'public', publicBaseUrl: 'https://files.example' };
  const shownMessages = await stubMessageBoxes(launched, 'safe');
  expect(await save(wider)).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
  expect(await shownMessages()).toEqual(['The settings of Work change its new links:']);
  expect((await saved()).settings['linkKind']).toBe('expiring');
  await invoke(launched, 'profiles', 'use', { id });
  expect(await invoke(launched, 'profiles', 'setNextLinkOverride', { kind: 'public' })).toMatchObject({ ok: false });
  expect(await shownMessages()).toHaveLength(2);
  await stubMessageBoxes(launched, 'confirm');
  expect(await save(wider)).toMatchObject({ ok: true });
  expect((await saved()).settings['linkKind']).toBe('public');
});

test('app:// serves only a fixed list of files, and every response has the content security policy', async ({
  apps,
}) => {
  const { app } = await apps.launch();
  const answers = await app.evaluate(async ({ session }) => {
    const ask = async (url: string): Promise<[number, string | null]> => {
      const r = await session.fromPartition('persist:page').fetch(url);
      return [r.status, r.headers.get('content-security-policy')];
    };
    const hostile = [
      'app://hoist/../package.json',
      'app://hoist/..%2f..%2fpackage.json',
      'app://hoist/%2e%2e/main/main.js',
      'app://hoist//etc/passwd',
      'app://hoist/etc/passwd',
      'app://hoist/index.html%00.js',
      'app://hoist/..\\main\\main.js',
      'app://other/index.html',
      'app://hoist.evil/index.html',
      'app://hoist/assets/',
      'app://hoist/%2Fetc%2Fpasswd',
      'app://hoist/./././../../../etc/passwd',
    ];
    return {
      page: await ask('app://hoist/'),
      hostile: await Promise.all(hostile.map(async (url) => (await ask(url))[0])),
    };
  });
  expect(answers.page[0]).toBe(200);
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "webrtc 'block'",
  ])
    expect(answers.page[1]).toContain(part);
  expect(answers.page[1]).not.toMatch(/unsafe/);
  expect(answers.hostile.every((status) => status === 404)).toBe(true);
});

test('a message from any other frame or window is refused', async ({ apps }) => {
  const { app, page } = await apps.launch();
  const answer = await app.evaluate(async ({ app: electron, BrowserWindow }) => {
    const preload = `${electron.getAppPath()}/out/preload/preload.cjs`;
    const other = new BrowserWindow({
      show: false,
      webPreferences: { preload, sandbox: true, contextIsolation: true, partition: 'persist:page' },
    });
    await other.loadURL('app://hoist/');
    const result = (await other.webContents.executeJavaScript('hoist.uploads.snapshot()')) as unknown;
    other.destroy();
    return result;
  });
  expect(answer).toEqual({ ok: false, error: { code: 'invalid-input' } });
  expect(
    await page.evaluate(() => (globalThis as unknown as { hoist: Bridge }).hoist['uploads']!['snapshot']!()),
  ).toMatchObject({ ok: true });
});

test('asks before it uploads a file from a folder with keys, and Escape cancels', async ({ apps }) => {
  test.skip(!hasS3Server, 'no S3 server');
  const launched = await apps.launchWithBucket();
  const ssh = path.join(process.env.HOME!, '.ssh');
  fs.mkdirSync(ssh, { recursive: true });
  const key = path.join(ssh, 'id_ed25519');
  fs.writeFileSync(key, 'not a real key');
  try {
    const shownMessages = await stubMessageBoxes(launched, 'safe');
    await dropOnPage(launched.page, [key]);
    await expect.poll(shownMessages).toEqual([`${key} is in a location that usually holds keys or passwords.`]);
    await expect(launched.page.getByText('id_ed25519')).toHaveCount(0);
    await stubMessageBoxes(launched, 'confirm');
    await dropOnPage(launched.page, [key]);
    await expect(launched.page.getByRole('button', { name: 'Copy link to id_ed25519' })).toBeVisible({
      timeout: 20_000,
    });
  } finally {
    fs.rmSync(ssh, { recursive: true });
  }
});
