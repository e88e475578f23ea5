/**
 * The packaged folder: `hoist` from a shell, and its window. Playwright's Electron support needs switches that a packaged
 * app refuses (Electron fuses), so the test drives the window through Chromium's debugging port.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Page } from 'playwright/test';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { appProcesses, coreDumpSettings, withCoreDumps } from './core-dumps.ts';
import { bucketEnv, downloadLink, hasS3Server, sha256 } from './bucket.ts';
import { keyringState, xdotool } from './desktop.ts';
import { expect, temporaryFolder, test as base } from './app-fixture.ts';
import { runCommand, RunningCommand, processesWithEnv, shellEnv } from './shell-command.ts';

const root = path.resolve(import.meta.dirname, '..');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

/** `hoist`: the launcher of a package built for these tests. */
const test = base.extend<object, { hoist: string }>({
  hoist: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const folder = temporaryFolder('package');
      const packed = await runCommand(
        process.execPath,
        [path.join(root, 'scripts', 'dist.mjs'), 'dir', `--config.directories.output=${folder}`],
        { env: { ...process.env }, cwd: root },
      );
      expect(packed, packed.stderr).toMatchObject({ code: 0, stdout: '' });
      await use(path.join(folder, 'linux-unpacked', 'hoist'));
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

/** Matches messages of Chromium, GTK and the session bus, which must not appear among the output of a command. */
const chromiumNoise = /\[\d+:|ERROR|WARNING|Gtk|GLib|dbus|libva|dconf|DevTools|sandbox/i;

test('hoist works without a display, and Chromium prints nothing', async ({ hoist }) => {
  const configHome = temporaryFolder('shell');
  expect(await runCommand(hoist, ['--version'], { env: shellEnv(configHome) })).toEqual({
    code: 0,
    signal: null,
    stdout: `${version}\n`,
    stderr: '',
  });
  const withoutBus = {
    DISPLAY: ':987',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    GTK_MODULES: 'no-such-module',
    NODE_OPTIONS: '--inspect',
    ELECTRON_RUN_AS_NODE: '1',
  };
  expect(await runCommand(hoist, ['--version'], { env: shellEnv(configHome, withoutBus) })).toEqual({
    code: 0,
    signal: null,
    stdout: `${version}\n`,
    stderr: '',
  });
  const help = await runCommand(hoist, ['--help'], { env: shellEnv(configHome) });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/upload[\s\S]*serve[\s\S]*history[\s\S]*status/);
});

test('hoist: arguments arrive unchanged, and file names are relative to the user’s folder', async ({ hoist, apps }) => {
  const cwd = apps.folder('working-folder');
  fs.mkdirSync(path.join(cwd, 'only here'));
  const missing = [
    'two  words',
    '--remote-debugging-port=9',
    '--no-sandbox',
    '-n',
    '$HOME `id` "quoted" \'single\'',
    'Grüße 🎉',
    'line\nbreak',
    'end\n',
    '*',
    '\\',
  ];
  const { code, stdout } = await runCommand(hoist, ['upload', '--json', '--', 'only here', ...missing], {
    env: shellEnv(temporaryFolder('shell')),
    cwd,
  });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; error: { code: string } });
  expect(lines.map(({ file }) => file)).toEqual(['only here', ...missing]);
  expect(lines.map(({ error }) => error.code)).toEqual(['empty-folder', ...missing.map(() => 'source-missing')]);
  expect(code).toBe(1);
});

test('hoist: passes an empty argument on', async ({ hoist }) => {
  const { code, stderr } = await runCommand(hoist, [''], { env: shellEnv(temporaryFolder('shell')) });
  expect(code).toBe(2);
  expect(stderr).not.toContain('display');
});

test('hoist starts through symbolic links, by path and by name', async ({ hoist, apps }) => {
  const bin = apps.folder('a bin');
  fs.symlinkSync(hoist, path.join(bin, 'first'));
  fs.symlinkSync('first', path.join(bin, 'hoist'));
  const env = shellEnv(temporaryFolder('shell'));
  for (const [command, cwd] of [
    [path.join(bin, 'hoist'), '/'],
    ['./hoist', bin],
    ['hoist', '/'],
  ] as const) {
    expect(
      await runCommand(command, ['--version'], { env: { ...env, PATH: `${bin}:${env['PATH']}` }, cwd }),
    ).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  }
});

for (const [signal, code] of [
  ['SIGTERM', 0],
  ['SIGINT', 0],
] as const) {
  test(`hoist: ${signal} ends the app and leaves no process behind`, async ({ hoist }) => {
    const configHome = temporaryFolder('shell');
    const serving = new RunningCommand(hoist, ['serve'], { env: shellEnv(configHome) });
    expect(await serving.firstLine()).toMatch(/^http:/);
    serving.child.kill(signal);
    expect(await serving.ended).toMatchObject({ code, signal: null });
    await expect.poll(() => processesWithEnv('XDG_CONFIG_HOME', configHome)).toEqual([]);
    expect(serving.stderr).not.toMatch(chromiumNoise);
  });
}

test('hoist: core dumps are off in every process', async ({ hoist }) => {
  const env = shellEnv(temporaryFolder('shell'));
  const serving = new RunningCommand(...withCoreDumps(hoist, ['serve']), { env });
  expect(await serving.firstLine()).toMatch(/^http:/);
  const processes = appProcesses(serving.child.pid!);
  expect(processes.length).toBeGreaterThan(1);
  expect(processes.map(coreDumpSettings)).toEqual(processes.map(() => ({ limit: '1', filter: 0 })));
  serving.child.kill('SIGTERM');
  await serving.ended;
});

test('hoist: standard input and output work as pipes', async ({ hoist }) => {
  test.skip(!hasS3Server, 'no S3 server');
  const content = 'piped\n'.repeat(100_000);
  const { code, stdout, stderr } = await runCommand(hoist, ['upload', '-', '--name', 'piped.txt'], {
    env: shellEnv(temporaryFolder('shell'), bucketEnv()),
    input: content,
  });
  expect({ code, stderr: chromiumNoise.test(stderr) }, stderr).toEqual({ code: 0, stderr: false });
  expect(await downloadLink(stdout.trimEnd())).toMatchObject({ status: 200, bytes: content.length });
});

/** Starts the packaged window as the desktop entry does. Returns its page, and a function that ends the app. */
async function openWindow(hoist: string, env: NodeJS.ProcessEnv): Promise<{ page: Page; close(): Promise<void> }> {
  const child = spawn(
    path.join(path.dirname(hoist), 'hoist-app'),
    [...hostArgs(), '--disable-gpu', '--remote-debugging-port=0'],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const browser = await chromium.connectOverCDP(await debuggingAddress(child));
  const context = browser.contexts()[0]!;
  const page = context.pages()[0] ?? (await context.waitForEvent('page'));
  await page.getByRole('main').waitFor();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    page,
    close: async () => {
      await browser.close();
      child.kill();
      await exited;
    },
  };
}

/** Waits until Chromium prints the address of its debugging port. */
function debuggingAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let browserOutput = '';
    child.stderr!.setEncoding('utf8').on('data', (data: string) => {
      browserOutput += data;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(browserOutput) ?? [];
      if (address) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`the window ended with ${code}: ${browserOutput}`)));
  });
}

for (const option of [
  '--remote-debugging-port=9222',
  '--remote-debugging-pipe',
  '--js-flags=--expose-gc',
  '--load-extension=/tmp',
  '--ignore-certificate-errors',
  '--proxy-server=127.0.0.1:1',
  '--host-resolver-rules=MAP * 127.0.0.1',
]) {
  test(`the app ends with a message when it is started with ${option}`, async ({ hoist }) => {
    const executable = path.join(path.dirname(hoist), 'hoist-app');
    const env = shellEnv(temporaryFolder('refused'));
    for (const more of [[], ['--command-line', '--', '--version']]) {
      const ran = await runCommand(executable, [...hostArgs(), '--disable-gpu', option, ...more], { env });
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(`can’t be started with ${option.split('=')[0]},`);
      expect(ran.stderr).not.toContain('DevTools listening');
    }
  });
}

test('hoist --inspect is an unknown option', async ({ hoist }) => {
  const ran = await runCommand(hoist, ['--inspect'], { env: shellEnv(temporaryFolder('inspect')) });
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown option '--inspect'") });
});

test('hoist upload can read keys saved in the window, at the desktop and over ssh', async ({ hoist, apps }) => {
  test.skip(!hasS3Server, 'no S3 server');
  test.skip(keyringState !== '1', 'no unlocked keyring on this desktop');
  const configHome = temporaryFolder('records');
  const { page, close } = await openWindow(hoist, { ...process.env, XDG_CONFIG_HOME: configHome });
  const env = bucketEnv();
  const saved = await page.evaluate(
    (e) =>
      (
        globalThis as unknown as { hoist: { profiles: { save(draft: unknown): Promise<unknown> } } }
      ).hoist.profiles.save({
        providerId: 's3',
        name: 'Work',
        secrets: { secretAccessKey: e['AWS_SECRET_ACCESS_KEY'] },
        settings: {
          bucket: e['AWS_S3_BUCKET'],
          endpoint: e['AWS_ENDPOINT_URL'],
          region: 'us-east-1',
          pathStyle: 'true',
          accessKeyId: e['AWS_ACCESS_KEY_ID'],
          linkKind: 'expiring',
        },
      }),
    env,
  );
  expect(saved).toMatchObject({ ok: true, value: { secretStorage: 'saved' } });

  const folder = apps.folder('drop');
  const file = path.join(folder, 'Grüße.txt');
  fs.writeFileSync(file, 'from a shell\n');
  const expectUpload = async (variables: NodeJS.ProcessEnv): Promise<void> => {
    const { code, stdout, stderr } = await runCommand(hoist, ['upload', '--to', 'Work', 'Grüße.txt'], {
      env: shellEnv(configHome, variables),
      cwd: folder,
    });
    expect({ code, noise: chromiumNoise.test(stderr) }, stderr).toEqual({ code: 0, noise: false });
    expect(stdout).toMatch(/^http\S+\n$/);
    expect(await downloadLink(stdout.trimEnd())).toMatchObject({ status: 200, sha256: await sha256(file) });
  };
  await expectUpload({ XDG_CURRENT_DESKTOP: 'GNOME' }); // while the window is open
  await close();
  await expectUpload({ XDG_CURRENT_DESKTOP: 'GNOME' });
  await expectUpload({ SSH_CONNECTION: '::1 1 ::1 22' });
});

test('hoist without arguments opens the window, which warns about a test runtime', async ({ hoist }) => {
  const configHome = temporaryFolder('records');
  const opened = new RunningCommand(hoist, [], { env: { ...process.env, XDG_CONFIG_HOME: configHome } });
  await expect(() => xdotool('search', '--onlyvisible', '--name', '^Hoist$')).toPass({ timeout: 20_000 });
  opened.child.kill('SIGTERM');
  await opened.ended;
  await expect.poll(() => processesWithEnv('XDG_CONFIG_HOME', configHome)).toEqual([]);

  const { page, close } = await openWindow(hoist, { ...process.env, XDG_CONFIG_HOME: configHome });
  const isTest = fs.existsSync(path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'HOIST-TEST-RUNTIME'));
  await expect(page.getByText('don’t enter real keys', { exact: false })).toHaveCount(isTest ? 1 : 0);
  await close();
});

test('hoist explains what to do when there is neither a display nor a command', async ({ hoist }) => {
  const { code, stdout, stderr } = await runCommand(hoist, [], { env: shellEnv(temporaryFolder('shell')) });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('hoist --help');
});
