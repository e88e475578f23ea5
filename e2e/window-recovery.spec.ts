/**
 * Chromium's processes are killed and the page hangs, crashes or leaves: uploads continue, and the window works again.
 * Playwright cannot use a page after its process has ended, so these tests reach the page through main.
 */
import fs from 'node:fs';
import path from 'node:path';
import { downloadLink, listObjectKeys, listUploadIds, sha256 } from './bucket.ts';
import { clipboardText } from './desktop.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, stubOpenDialog, type LaunchedApp } from './app-fixture.ts';
import { test } from './proxied-bucket.ts';
import { writeLargeFile } from './window-actions.ts';

const MiB = 1024 * 1024;

/** The value of an expression in the page, also after its process was replaced. Undefined while the page is loading. */
const inPage = ({ app }: LaunchedApp, expression: string): Promise<unknown> =>
  app.evaluate(async ({ BrowserWindow }, code) => {
    const [window] = BrowserWindow.getAllWindows();
    if (!window || window.webContents.isCrashed() || window.webContents.isLoading()) return undefined;
    return Promise.race([
      window.webContents.mainFrame.executeJavaScript(code).catch(() => {
        // The page ended meanwhile.
      }),
      new Promise((resolve) => {
        setTimeout(resolve, 1000);
      }),
    ]);
  }, expression);

/** The text of the window; empty while it shows nothing. */
async function windowText(launched: LaunchedApp): Promise<string> {
  const content = await inPage(launched, `document.querySelector('main')?.innerText`);
  return typeof content === 'string' ? content : '';
}

const clickButton = (launched: LaunchedApp, label: string): Promise<unknown> =>
  inPage(
    launched,
    `[...document.querySelectorAll('button')].find((button) => button.innerText.trim() === ${JSON.stringify(label)}).click()`,
  );

const processesOf = ({ app }: LaunchedApp): Promise<{ pid: number; type: string }[]> =>
  app.evaluate(({ app: electron }) =>
    electron.getAppMetrics().flatMap(({ pid, type }) => (type === 'Browser' ? [] : [{ pid, type }])),
  );

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

async function killPage(launched: LaunchedApp): Promise<void> {
  const pid = await launched.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]!.webContents.getOSProcessId(),
  );
  kill(pid);
  await expect.poll(() => pageProcess(launched)).not.toBe(pid);
}
const pageProcess = ({ app }: LaunchedApp): Promise<number> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.getOSProcessId());

interface Dialogs {
  shown: string[];
  answer?: (response: number) => void;
}

/** Leaves native dialogs open until the test answers them. */
const holdDialogs = ({ app }: LaunchedApp): Promise<void> =>
  app.evaluate(({ dialog }) => {
    const dialogs: Dialogs = { shown: [] };
    (globalThis as { dialogs?: Dialogs }).dialogs = dialogs;
    dialog.showMessageBox = async (...args: unknown[]) => {
      dialogs.shown.push((args.at(-1) as { message: string }).message);
      const response = await new Promise<number>((resolve) => {
        dialogs.answer = resolve;
      });
      return { response, checkboxChecked: false };
    };
  });
const shownDialogs = ({ app }: LaunchedApp): Promise<string[]> =>
  app.evaluate(() => (globalThis as unknown as { dialogs: Dialogs }).dialogs.shown);

test(
  'every process except main is killed during uploads: right bytes, one link each, and a window that works',
  { tag: '@slow-3' },
  async ({ apps, remote }) => {
    const launched = await apps.launchWithBucket({ env: remote.env });
    remote.proxy.bytesPerSecond = 20 * MiB;
    const file = writeLargeFile(apps, 'survivor.bin', 96 * MiB);
    await dropOnPage(launched.page, [file]);
    for (const sent of [8 * MiB, 32 * MiB]) {
      await expect.poll(() => remote.proxy.uploaded, { timeout: 20_000 }).toBeGreaterThan(sent);
      const processes = await processesOf(launched);
      expect(processes.map(({ type }) => type)).toEqual(expect.arrayContaining(['Tab', 'GPU', 'Utility']));
      const killedAt = performance.now();
      for (const { pid } of processes) kill(pid);
      await expect.poll(() => processesOf(launched).then((now) => now.filter(isOneOf(processes)))).toEqual([]);
      await expect.poll(() => windowText(launched), { timeout: 30_000, intervals: [50] }).toContain('survivor.bin');
      console.log(`the window shows the upload ${Math.round(performance.now() - killedAt)} ms after the kill`);
    }
    const second = path.join(apps.folder('drop'), 'second.txt');
    fs.writeFileSync(second, 'chosen in the new page');
    await stubOpenDialog(launched, [second]);
    await clickButton(launched, 'Choose files…');
    remote.proxy.bytesPerSecond = Infinity;
    await expect.poll(() => listObjectKeys(remote.bucket), { timeout: 60_000 }).toHaveLength(2);
    await expect.poll(() => listUploadIds(remote.bucket)).toEqual([]);
    for (const [name, source] of [
      ['second.txt', second],
      ['survivor.bin', file],
    ] as const) {
      await expect
        .poll(() => inPage(launched, `document.querySelector('[aria-label="Copy link to ${name}"]') !== null`), {
          timeout: 30_000,
        })
        .toBe(true);
      await inPage(launched, `document.querySelector('[aria-label="Copy link to ${name}"]').click()`);
      await expect.poll(clipboardText).toContain(name);
      expect(clipboardText().split('\n')).toHaveLength(1);
      expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(source) });
    }
  },
);

const isOneOf =
  (processes: { pid: number }[]) =>
  ({ pid }: { pid: number }): boolean =>
    processes.some((before) => before.pid === pid);

test('a GPU process that dies nine times does not end the app', async ({ apps }) => {
  const launched = await apps.launch();
  for (let i = 0; i < 9; i++) {
    let gpu: number | undefined;
    await expect
      .poll(
        async () => {
          gpu = (await processesOf(launched)).find(({ type }) => type === 'GPU')?.pid;
          return gpu;
        },
        { timeout: 30_000 },
      )
      .toBeDefined();
    kill(gpu!);
    await expect.poll(async () => (await processesOf(launched)).map(({ pid }) => pid)).not.toContain(gpu);
  }
  expect(await windowText(launched)).toContain('Choose files…');
});

test('a page that always crashes: a dialog offers a restart, and a second start loads the page again', async ({
  apps,
}) => {
  const launched = await apps.launch();
  await holdDialogs(launched);
  for (let i = 0; i < 3; i++) {
    await killPage(launched);
    await expect.poll(() => windowText(launched), { timeout: 30_000 }).toContain('Choose files…');
  }
  kill(await pageProcess(launched));
  await expect.poll(() => shownDialogs(launched)).toEqual(['The window failed several times within a minute.']);
  expect(await windowText(launched)).toBe('');
  await launched.app.evaluate(({ app }) => app.emit('second-instance'));
  await expect.poll(() => windowText(launched), { timeout: 30_000 }).toContain('Choose files…');
});

test('a page that hangs is replaced when the user opens the window, or when Chromium reports it', async ({ apps }) => {
  const launched = await apps.launch();
  await inPage(launched, 'void setTimeout(() => { for (;;); })');
  await launched.app.evaluate(({ app }) => app.emit('second-instance'));
  await expect.poll(() => windowText(launched), { timeout: 30_000 }).toContain('Choose files…');
  const hung = await pageProcess(launched);
  await inPage(launched, 'void setTimeout(() => { for (;;); })');
  await launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.emit('unresponsive'));
  await expect.poll(() => windowText(launched), { timeout: 30_000 }).toContain('Choose files…');
  expect(await pageProcess(launched)).not.toBe(hung);
});

test('a page that left returns', async ({ apps }) => {
  const launched = await apps.launch();
  await launched.app.evaluate(async ({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0]!;
    const left = new Promise<void>((resolve) => {
      webContents.once('did-navigate', () => resolve());
    });
    void webContents.loadURL('about:blank').catch(() => {
      // The page is loaded again meanwhile.
    });
    await left;
  });
  await expect.poll(() => windowText(launched), { timeout: 30_000 }).toContain('Choose files…');
  expect(await inPage(launched, 'location.href')).toBe('app://hoist/');
});

test('a page that crashes while the wizard is open: the wizard opens again with everything but the keys', async ({
  apps,
}) => {
  const launched = await apps.launch();
  const { page } = launched;
  await page.getByRole('button', { name: 'Set up destination…' }).click();
  await page.getByRole('option', { name: 'Cloudflare R2' }).click();
  await page.getByRole('textbox', { name: 'Access key' }).fill('AKIATYPED');
  await page.getByLabel('Secret key').first().fill('typed-secret');
  const fields = `[...document.querySelectorAll('[role="dialog"] input')].map(({ value }) => value)`;
  await expect.poll(() => inPage(launched, fields)).toEqual(expect.arrayContaining(['AKIATYPED', 'typed-secret']));
  await killPage(launched);
  await expect.poll(() => inPage(launched, fields), { timeout: 30_000 }).toContain('AKIATYPED');
  expect(await inPage(launched, fields)).not.toContain('typed-secret');
  expect(await inPage(launched, `document.querySelector('[role="dialog"] h2').innerText`)).toContain('Cloudflare R2');
  await inPage(launched, `document.querySelector('[role="dialog"] [aria-label="Cancel"]').click()`);
  await expect.poll(() => inPage(launched, `document.querySelector('[role="dialog"]')`)).toBe(null);
  await killPage(launched);
  await expect.poll(() => windowText(launched), { timeout: 30_000 }).toContain('Choose files…');
  expect(await inPage(launched, `document.querySelector('[role="dialog"]')`), 'a closed wizard stays closed').toBe(
    null,
  );
});

test('an unhandled error in main: the log has its ID, the window shows it once, and uploads continue', async ({
  apps,
  remote,
}) => {
  const launched = await apps.launchWithBucket({ env: remote.env });
  remote.proxy.bytesPerSecond = 8 * MiB;
  const file = writeLargeFile(apps, 'steady.bin', 24 * MiB);
  await dropOnPage(launched.page, [file]);
  await expect.poll(() => remote.proxy.uploaded, { timeout: 20_000 }).toBeGreaterThan(MiB);
  await launched.app.evaluate(() => {
    setTimeout(() => {
      throw new Error('first unhandled error');
    });
    setTimeout(() => {
      void Promise.reject(new Error('second unhandled error'));
    }, 10);
  });
  const notice = launched.page.getByText('Hoist hit an internal error');
  await expect(notice).toHaveCount(1);
  const readLog = (): Record<string, unknown>[] =>
    fs
      .readFileSync(path.join(launched.userData, 'logs', 'hoist.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('unhandled error'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await expect.poll(readLog).toHaveLength(2);
  await expect(notice).toContainText(String(readLog()[0]!['id']));
  await expect(notice).toHaveCount(1);
  remote.proxy.bytesPerSecond = Infinity;
  await expect(launched.page.getByRole('button', { name: 'Copy link to steady.bin' })).toBeVisible({ timeout: 30_000 });
  expect(await downloadLink(clipboardText())).toMatchObject({ status: 200, sha256: await sha256(file) });
});
