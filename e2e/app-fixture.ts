/** Starts the real app as a desktop does, with its own folder of records, and kills it when the test ends. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron, test as base, type ElectronApplication, type Page } from 'playwright/test';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { bucketEnv } from './bucket.ts';

export interface LaunchedApp {
  app: ElectronApplication;
  page: Page;
  /** The folder of the app's records. */
  userData: string;
  /** everything the app wrote to stdout and stderr */
  output: string[];
  /** Process id of the main process. */
  pid: number;
  /** Resolves when the app has ended. */
  exited: Promise<void>;
}

export interface LaunchOptions {
  /** The folder of an earlier app's records; a new folder by default. */
  userData?: string;
  env?: Record<string, string>;
  /** The name of a script in e2e/ that starts `$HOIST_TEST_ELECTRON` with the arguments that the script received. */
  wrapper?: string;
  args?: string[];
  /** Width and height of the page. */
  size?: { width: number; height: number };
}

const root = path.resolve(import.meta.dirname, '..');

export const temporaryFolder = (name: string): string => fs.mkdtempSync(path.join(os.tmpdir(), `hoist-${name}-`));

export class AppLauncher {
  readonly #launched: LaunchedApp[] = [];
  readonly #folders: string[] = [];

  async launch(options: LaunchOptions = {}): Promise<LaunchedApp> {
    const userData = options.userData ?? temporaryFolder('records');
    const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
    const app = await _electron.launch({
      // Without executablePath, Playwright would load a script into the app that adds switches; one of them,
      // --password-store=basic, would replace the key store.
      executablePath: options.wrapper ? path.join(import.meta.dirname, options.wrapper) : electron,
      args: [...hostArgs(), '--disable-gpu', `--user-data-dir=${userData}`, ...(options.args ?? []), root],
      env: { ...(process.env as Record<string, string>), HOIST_TEST_ELECTRON: electron, ...options.env },
    });
    const child = app.process();
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const output: string[] = [];
    for (const stream of [app.process().stdout!, app.process().stderr!])
      stream.on('data', (data) => output.push(String(data)));
    const page = await app.firstWindow({ timeout: 15_000 });
    await page.getByRole('main').waitFor();
    const pid = await app.evaluate(() => process.pid);
    const launched: LaunchedApp = { app, page, userData, output, pid, exited };
    this.#launched.push(launched);
    if (options.size) await resize(launched, options.size);
    return launched;
  }

  /**
   * Starts the app and confirms the test bucket that it finds in the environment: the shortest setup of a destination.
   */
  async launchWithBucket(options: LaunchOptions = {}): Promise<LaunchedApp> {
    const launched = await this.launch({ ...options, env: { ...bucketEnv(), ...options.env } });
    await launched.page.getByRole('button', { name: /^Use it/ }).click();
    await launched.page.getByRole('button', { name: /link works for 7 days/ }).waitFor();
    return launched;
  }

  /**
   * Creates a folder that is removed after the test. Folders of records are removed only when the temporary desktop
   * ends, because Chromium's helper processes may still write to them shortly after the app has ended.
   */
  folder(name: string): string {
    const folder = temporaryFolder(name);
    this.#folders.push(folder);
    return folder;
  }

  async dispose(): Promise<void> {
    for (const launched of this.#launched) await killApp(launched);
    for (const folder of this.#folders) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Kills the app at the end of a test. */
async function killApp({ pid, exited }: LaunchedApp): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
  await exited;
}

/** Closes the window as its close button does. */
export async function closeWindow({ app }: LaunchedApp): Promise<void> {
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
}

export async function resize({ app, page }: LaunchedApp, size: { width: number; height: number }): Promise<void> {
  await app.evaluate(({ BrowserWindow }, { width, height }) => {
    BrowserWindow.getAllWindows()[0]!.setContentSize(width, height);
  }, size);
  await page.waitForFunction(({ width, height }) => innerWidth === width && innerHeight === height, size);
}

/**
 * Answers all later native questions without showing them: with their safe button, or with the one that confirms.
 * Returns a function that reads the messages of these questions.
 */
export async function stubMessageBoxes(
  { app }: LaunchedApp,
  button: 'safe' | 'confirm',
): Promise<() => Promise<string[]>> {
  await app.evaluate(({ dialog }, buttonIndex) => {
    const shownMessages: string[] = [];
    (globalThis as { shownMessages?: string[] }).shownMessages = shownMessages;
    dialog.showMessageBox = async (...args: unknown[]) => {
      shownMessages.push((args.at(-1) as { message: string }).message);
      return { response: buttonIndex, checkboxChecked: false };
    };
  }, ['safe', 'confirm'].indexOf(button));
  return () => app.evaluate(() => (globalThis as { shownMessages?: string[] }).shownMessages ?? []);
}

/** Makes the native file dialog choose these files without being shown; an empty list cancels it. */
export async function stubOpenDialog({ app }: LaunchedApp, filePaths: string[]): Promise<void> {
  await app.evaluate(({ dialog }, paths) => {
    dialog.showOpenDialog = async () => ({ canceled: paths.length === 0, filePaths: paths });
  }, filePaths);
}

export const test = base.extend<{ apps: AppLauncher }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright requires a destructured first parameter
  apps: async ({}, use) => {
    const apps = new AppLauncher();
    await use(apps);
    await apps.dispose();
  },
});
export { expect } from 'playwright/test';
