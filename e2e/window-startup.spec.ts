/** The window in an unusual environment: it starts, or a dialog says why it can't. Signals end it. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { caseCount } from '../src-main/testing/sample.ts';
import { expect, stubMessageBoxes, temporaryFolder, test, type LaunchedApp } from './app-fixture.ts';
import { bucketEnv, createTestBucket, downloadLink, hasS3Server, sha256 } from './bucket.ts';
import { clipboardText, xdotool } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { runCommand, RunningCommand } from './shell-command.ts';

const MiB = 1024 * 1024;
const root = path.resolve(import.meta.dirname, '..');
const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
const scriptPath = (script: string): string => path.join(import.meta.dirname, script);

/** Returns why this machine can't put a full file system in place of a folder, or undefined if it can. */
function mountProblem(): string | undefined {
  try {
    execFileSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    });
    return undefined;
  } catch (cause) {
    return `this system allows no mounts: ${(cause as NodeJS.ErrnoException).code ?? 'unshare failed'}`;
  }
}

const windowArgs = (...args: string[]): string[] => [...hostArgs(), '--disable-gpu', ...args, root];

interface FailedStart {
  env: Record<string, string>;
  /** The name of a script in e2e/ that starts `$HOIST_TEST_ELECTRON`. */
  wrapper?: string;
}

/** Starts the app, closes the error dialog that appears instead of the window, and returns exit code and stderr. */
async function closeErrorDialog({ env, wrapper }: FailedStart): Promise<{ code: number | null; stderr: string }> {
  const running = new RunningCommand(wrapper ? scriptPath(wrapper) : electron, windowArgs(), {
    env: { ...process.env, HOIST_TEST_ELECTRON: electron, ...env },
  });
  const dialog = ['search', '--onlyvisible', '--name', '^Error$'];
  try {
    // xdotool fails while windows open and close.
    await expect(() => xdotool(...dialog)).toPass({ timeout: 20_000 });
    await expect(() => {
      if (running.child.exitCode === null) xdotool(...dialog, 'windowfocus', '--sync', 'key', 'Return');
      expect(running.child.exitCode).not.toBeNull();
    }).toPass({ timeout: 20_000 });
  } finally {
    running.child.kill('SIGKILL');
  }
  const { code, stderr } = await running.ended;
  return { code, stderr };
}

const isRoot = process.getuid?.() === 0;

test('a file in place of the folder for settings: a dialog says so, and the exit code is 1', async () => {
  const home = temporaryFolder('home');
  fs.writeFileSync(path.join(home, 'config'), '');
  fs.mkdirSync(path.join(home, 'other'));
  fs.writeFileSync(path.join(home, 'other/Hoist'), '');
  fs.symlinkSync(path.join(home, 'unmounted'), path.join(home, 'link'));
  for (const configHome of ['config', 'other', 'link']) {
    const folder = path.join(home, configHome, 'Hoist');
    expect(await closeErrorDialog({ env: { XDG_CONFIG_HOME: path.join(home, configHome) } })).toEqual({
      code: 1,
      stderr: `Hoist can’t start: Hoist can’t create its folder ${folder}. Check the path, then start Hoist again.\n`,
    });
  }
});

test('a folder for settings that Hoist can’t write to, or records that it can’t open: a dialog says so', async () => {
  const home = temporaryFolder('home');
  const env = { XDG_CONFIG_HOME: home };
  const wrapper = isRoot ? { wrapper: 'without-dac-override.sh' } : {};
  const stderr = `Hoist can’t start: Hoist can’t write to ${home}/Hoist. Change its permissions, then start Hoist again.\n`;
  fs.mkdirSync(path.join(home, 'Hoist'), { mode: 0o500 });
  expect(await closeErrorDialog({ env, ...wrapper })).toEqual({ code: 1, stderr });
  fs.chmodSync(path.join(home, 'Hoist'), 0o700);
  fs.writeFileSync(path.join(home, 'Hoist/hoist.db'), '', { mode: 0 });
  expect(await closeErrorDialog({ env, ...wrapper })).toEqual({ code: 1, stderr });
});

test('no folder for temporary files: a dialog says so', async () => {
  const missing = path.join(temporaryFolder('home'), 'missing');
  expect(await closeErrorDialog({ env: { XDG_CONFIG_HOME: temporaryFolder('home'), TMPDIR: missing } })).toEqual({
    code: 1,
    stderr: `Hoist can’t start: Hoist can’t create its folder ${missing}. Check the path, then start Hoist again.\n`,
  });
});

test('neither a folder for settings nor one for temporary files: the reason is printed, and the exit code is 1', async () => {
  const home = temporaryFolder('home');
  fs.writeFileSync(path.join(home, 'config'), '');
  const env = { ...process.env, XDG_CONFIG_HOME: path.join(home, 'config'), TMPDIR: path.join(home, 'missing') };
  expect(await runCommand(electron, windowArgs(), { env })).toMatchObject({
    code: 1,
    stderr: `Hoist can’t start: Hoist can’t create its folder ${home}/config/Hoist. Check the path, then start Hoist again.\n`,
  });
});

test('a full disk at the start: a dialog says so', async () => {
  const reason = mountProblem();
  test.skip(reason !== undefined, reason);
  const home = temporaryFolder('home');
  const { code, stderr } = await closeErrorDialog({
    env: { XDG_CONFIG_HOME: home, HOIST_TEST_FULL_FOLDER: home },
    wrapper: 'with-full-folder.sh',
  });
  expect(code).toBe(1);
  expect(stderr).toContain('Hoist can’t start: This computer’s disk is full, so Hoist can’t save its records. Free up');
  expect(stderr).not.toMatch(/\n {4}at /);
});

test('no space in /dev/shm: the window starts', async ({ apps }) => {
  const reason = mountProblem();
  test.skip(reason !== undefined, reason);
  const { page } = await apps.launch({
    wrapper: 'with-full-folder.sh',
    env: { HOIST_TEST_FULL_FOLDER: '/dev/shm' },
  });
  // The page works and is painted: a screenshot of an empty page has fewer bytes.
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await expect(page.getByRole('option', { name: 'Other S3 server' })).toBeVisible();
  expect((await page.screenshot()).length).toBeGreaterThan(5000);
});

test('a second start shows the open window, also from a deleted folder and if the folder has become read-only', async ({
  apps,
}) => {
  const { app, userData } = await apps.launch();
  const home = temporaryFolder('home');
  const isVisible = (): Promise<boolean> =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.isVisible());
  const expectToShowWindow = async (prepare: string): Promise<void> => {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.hide());
    expect(await isVisible()).toBe(false);
    const command = isRoot ? scriptPath('without-dac-override.sh') : electron;
    const start = [command, ...windowArgs(`--user-data-dir=${userData}`)].map((word) => `'${word}'`).join(' ');
    const { code } = await runCommand('bash', ['-c', `${prepare} && ${start}`], {
      cwd: home,
      env: { ...process.env, HOIST_TEST_ELECTRON: electron },
    });
    expect(code).toBe(0);
    await expect.poll(isVisible).toBe(true);
  };
  await expectToShowWindow('mkdir gone && cd gone && rmdir ../gone');
  fs.chmodSync(userData, 0o500);
  await expectToShowWindow('true');
  fs.chmodSync(userData, 0o700);
});

/** Sends a signal to the window's process group, and returns the exit code. */
async function signalGroup({ app, pid, exited }: LaunchedApp, signal: NodeJS.Signals): Promise<number | string | null> {
  const child = app.process();
  process.kill(-pid, signal);
  await exited;
  return child.exitCode ?? child.signalCode;
}

const runs = caseCount({ full: 10, sample: 1 });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} to the process group quits without a question in ${runs} of ${runs} runs, and the next start resumes`, async ({
    apps,
  }) => {
    test.skip(!hasS3Server, 'no S3 server');
    test.setTimeout(runs * 30_000 + 60_000);
    const proxy = await FaultProxy.start(process.env.HOIST_TEST_S3_ENDPOINT!);
    const env = { ...bucketEnv(), AWS_S3_BUCKET: await createTestBucket(), AWS_ENDPOINT_URL: proxy.url };
    const file = path.join(apps.folder('drop'), 'a.bin');
    fs.writeFileSync(file, Buffer.alloc(96 * MiB, 'a'));
    proxy.bytesPerSecond = 4 * MiB;
    const first = await apps.launchWithBucket({ env });
    // If the app asked before it quits, this answer would keep the window open.
    await stubMessageBoxes(first, 'safe');
    await dropOnPage(first.page, [file]);
    let launched = first;
    for (let run = 0; run < runs; run++) {
      const sent = proxy.uploaded;
      await expect
        .poll(() => proxy.uploaded, { timeout: 20_000, intervals: [20] })
        .toBeGreaterThan(sent + run * 65_536);
      expect(await signalGroup(launched, signal), launched.output.join('')).toBe(0);
      expect(launched.output.join('')).not.toContain('FATAL');
      launched = await apps.launch({ env, userData: first.userData });
    }
    proxy.bytesPerSecond = Infinity;
    await launched.page.getByRole('button', { name: 'Copy link to a.bin' }).click({ timeout: 30_000 });
    await expect.poll(clipboardText).toContain('/a.bin?');
    expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(file) });
    await proxy.stop();
  });
}
