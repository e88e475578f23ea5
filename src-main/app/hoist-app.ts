/** The app as it runs: one core, at most one window, a tray where the desktop has one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { app, clipboard, net, powerMonitor, powerSaveBlocker, shell, type BrowserWindow } from 'electron';
import { AppFailure, failure, type Result } from '../../src-shared/errors.ts';
import type { IntakeResult, AppInfo, Notice } from '../../src-shared/ipc/contract.ts';
import type { ProfileView } from '../../src-shared/profile.ts';
import type { LinkOverride, ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';
import { Core } from '../core.ts';
import { enqueueExample } from '../core/enqueue-example.ts';
import { electronIpc } from '../ipc/electron-ipc.ts';
import { ChangeFeed } from '../ipc/change-feed.ts';
import { emitters } from '../ipc/emitters.ts';
import { enqueueFromWindow } from '../ipc/enqueue-from-window.ts';
import { FileTokens } from '../ipc/file-tokens.ts';
import { handlers } from '../ipc/handlers.ts';
import { Intake } from '../ipc/intake.ts';
import { serve } from '../ipc/serve.ts';
import { isSensitivePath } from '../platform/sensitive-paths.ts';
import { acceptFolder } from '../platform/accept-folder.ts';
import { openLog, type AppLog } from '../platform/log.ts';
import { loginShellEnvironment } from '../platform/login-shell.ts';
import { createNetworkMonitor } from '../platform/network-monitor.ts';
import { processStart } from '../platform/process-start.ts';
import { acceptFile } from '../platform/source-file.ts';
import { openStore, type Store } from '../store/open.ts';
import { CopyLinks } from './copy-links.ts';
import { CodePrompts } from './code-prompts.ts';
import { showOpenFilesDialog, confirmSensitive } from './dialogs.ts';
import { KeepAwake } from './keep-awake.ts';
import { isOurPage } from './lock-down.ts';
import { setMenu } from './menu.ts';
import { notifySettled } from './notifications.ts';
import { openInBrowser } from './open-external.ts';
import { guardQuit } from './quit.ts';
import { electronNetwork } from './electron-network.ts';
import { electronSecretBox } from './electron-secret-box.ts';
import { exportToDialog, importFromDialog } from './import-export.ts';
import { HoistTray } from './tray.ts';
import { createWindow, webContentsOf } from './window.ts';

/** Links in the tray's menu. */
const maxRecentLinks = 5;
const trayUpdateMs = 1000;
/** ms that the key store waits for the window */
const windowShownTimeoutMs = 10_000;

export class HoistApp {
  readonly #core: Core;
  readonly #store: Store;
  readonly #log: AppLog;
  readonly #feed: ChangeFeed;
  readonly #intake: Intake;
  readonly #copyLinks = new CopyLinks(clipboard);
  readonly #awake = new KeepAwake(powerSaveBlocker);
  readonly #emit = emitters(() => webContentsOf(this.#window));
  readonly #codePrompts = new CodePrompts({
    send: (prompt) => this.#emit.app.codePrompt(prompt),
    show: () => this.show(),
  });
  /** What happened while it runs. */
  readonly #notices: Notice[] = [];
  /** To be called when the window can be seen. */
  #resolveWindowShown = (): void => undefined;
  readonly #windowShown = new Promise<void>((resolve) => {
    this.#resolveWindowShown = resolve;
  });
  /** Until something changes: finding out reads files. */
  #unusableProfiles: ProfileView[] | undefined;
  #window: BrowserWindow | undefined;
  #tray: HoistTray | undefined;
  #trayTimer: ReturnType<typeof setTimeout> | undefined;

  /** @throws StoreFailure when the records cannot be opened */
  static async open(): Promise<HoistApp> {
    const folder = app.getPath('userData');
    const log = openLog({ folder: path.join(folder, 'logs'), home: app.getPath('home') });
    // A mistake in one handler must not stop the transfers, and Electron's own answer is a modal stack trace.
    process.on('uncaughtException', (cause) => {
      log.problem('uncaught exception', cause);
    });
    process.on('unhandledRejection', (cause) => {
      log.problem('unhandled rejection', cause);
    });
    const store = await openStore({
      folder,
      owner: { pid: process.pid, startTime: processStart(process.pid) },
      now: Date.now,
    });
    return new HoistApp(store, log);
  }

  private constructor(store: Store, log: AppLog) {
    this.#store = store;
    this.#log = log;
    this.#core = new Core({
      folder: app.getPath('userData'),
      store,
      log,
      secretBox: electronSecretBox(this.#windowShown),
      proxies: electronNetwork('system'),
      network: createNetworkMonitor({ online: () => net.isOnline() }),
      env: process.env,
      builtIns: ['practice'],
      ask: (question, signal) => this.#codePrompts.ask(question, signal),
    });
    this.#feed = new ChangeFeed({
      send: (changes) => this.#emit.uploads.changed(changes),
      view: (u) => this.#core.uploadViews.of(u),
      totals: () => this.#core.uploadViews.totals(),
    });
    this.#intake = new Intake({
      tokens: new FileTokens(Date.now),
      acceptFile,
      baseName: (p) => path.basename(p),
      isSensitive: (p) => isSensitivePath(p, { home: app.getPath('home'), userData: app.getPath('userData') }),
      confirmSensitive: (p, more) => confirmSensitive(this.#window, p, more),
      acceptFolder: (p) => acceptFolder(p, Date.now()),
      enqueue: (files, profileId) => enqueueFromWindow(this.#core.engine, this.#core.profiles.chains, files, profileId),
      onBatchEnqueued: (batchId) => this.#copyLinks.onBatchEnqueued(batchId),
    });
    this.#core.listeners.add({
      uploadChanged: (upload, what) => {
        this.#feed.changed(upload, what);
        this.#scheduleTrayUpdate();
        if (what === 'status') this.#keepAwake();
      },
      uploadRemoved: (id) => {
        this.#feed.removed(id);
        this.#scheduleTrayUpdate();
      },
      batchSettled: (uploads) => {
        void this.#settled(uploads);
      },
      abandonedExpired: (uploads) => this.#notice({ kind: 'leftovers-removed', uploads: uploads.length }),
      orphansAdopted: (uploads) => {
        for (const { batchId } of uploads) this.#copyLinks.ignoreBatch(batchId);
      },
      profilesChanged: () => this.#profilesChanged(),
      settingsChanged: (settings) => this.#emit.settings.changed(settings),
    });
    this.#serve();
    guardQuit({
      window: () => this.#window,
      unfinished: () => this.#core.engine.unfinished().filter(({ status }) => status !== 'paused').length,
      close: () => this.#close(),
    });
    this.show();
    this.#core.engine.start();
    this.#core.orphans.start();
    powerMonitor.on('resume', () => {
      this.#core.heartbeat.beat();
      this.#core.engine.wake();
    });
    this.#afterFirstPaint();
  }

  show(): void {
    const window = this.#window ?? this.#openWindow();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  #openWindow(): BrowserWindow {
    const window = createWindow(this.#store.settings.get('windowBounds'));
    window.on('closed', () => {
      this.#window = undefined;
    });
    this.#window = window;
    return window;
  }

  #serve(): void {
    const all = handlers(this.#core, this.#intake, {
      info: () => this.#info(),
      snapshot: () => {
        this.#feed.flush();
        this.#codePrompts.resend();
        return this.#core.uploadViews.snapshot(this.#feed.revision);
      },
      choosePaths: () => this.#choosePaths(),
      copy: (ids, linkOverride) => this.#copy(ids, linkOverride),
      copyText: (text) => this.#copyText(text),
      open: async (id) => openInBrowser((await this.#core.engine.link(id)).url),
      reveal: (id) => this.#reveal(id),
      openPage: (url) => openInBrowser(url),
      sendExample: (profileId) => this.#sendExample(profileId),
      reportTestProgress: (results) => this.#emit.profiles.testProgress(results),
      showSignInStep: (step) => {
        this.#emit.profiles.signInProgress(step);
        void openInBrowser(step.url);
      },
      answerCodePrompt: (id, code) => this.#codePrompts.answer(id, code),
      importDestinations: () => importFromDialog(this.#window, this.#core),
      exportDestinations: () => exportToDialog(this.#window, this.#core),
    });
    serve(electronIpc, all, {
      senderId: (event) => (isOurPage(event.senderFrame, webContentsOf(this.#window)) ? event.sender.id : undefined),
      report: (where, cause) => this.#log.problem(where, cause),
    });
  }

  /** What the first paint does not need. */
  #afterFirstPaint(): void {
    // A page that does not come up must not keep uploads from going on.
    setTimeout(this.#resolveWindowShown, windowShownTimeoutMs).unref();
    this.#window?.once('ready-to-show', () =>
      setImmediate(() => {
        this.#resolveWindowShown();
        setMenu({
          choose: () => void this.#quickUpload(),
          setUp: () => this.#setUp(),
          showLog: () => shell.showItemInFolder(this.#log.file),
        });
        this.#tray = new HoistTray({
          upload: () => void this.#quickUpload(),
          open: () => this.show(),
          quit: () => app.quit(),
          copy: (id) => void this.#copy([id]),
        });
        this.#scheduleTrayUpdate();
        this.#core.practiceKeeper.start('needed');
        this.#logUnusableProfiles();
        void this.#askLoginShell();
      }),
    );
  }

  /** The window and the tray say it too; the log is for whoever looks later for why nothing was sent. */
  #logUnusableProfiles(): void {
    for (const { id, secretStorage, status } of this.#core.profiles.views.needingAttention())
      this.#log.note('destination lacks something', {
        profileId: id,
        state: status.state,
        error: status.error?.code ?? '',
        kept: secretStorage,
      });
  }

  /** An app that was started from the Dock or the Finder has none of the variables that a shell's profile sets. */
  async #askLoginShell(): Promise<void> {
    if (process.platform !== 'darwin') return;
    const more = await loginShellEnvironment(process.env);
    if (more) this.#core.computer.addVariables(more);
  }

  #profilesChanged(): void {
    this.#unusableProfiles = undefined;
    this.#emit.profiles.changed(this.#core.profiles.views.all());
    this.#scheduleTrayUpdate();
  }

  #notice(notice: Notice): void {
    this.#notices.push(notice);
    this.#emit.app.notice(notice);
  }

  #info(): AppInfo {
    const notices: Notice[] = [...this.#notices];
    // An older Electron, for development and tests: whoever unpacked it left a mark.
    if (existsSync(path.join(path.dirname(process.execPath), 'HOIST-TEST-RUNTIME')))
      notices.push({ kind: 'test-runtime' });
    if (this.#store.replaced)
      notices.push({ kind: 'store-replaced', file: this.#store.replaced.movedTo, from: this.#store.replaced.from });
    const { profiles } = this.#core.profiles.views.all();
    for (const { secretStorage, name } of profiles)
      if (secretStorage === 'missing' || secretStorage === 'locked') notices.push({ kind: 'secrets-locked', name });
    if (profiles.some(({ secretStorage }) => secretStorage === 'session')) notices.push({ kind: 'session-secrets' });
    return { version: app.getVersion(), platform: process.platform as AppInfo['platform'], notices };
  }

  async #sendExample(profileId: ProfileId): Promise<UploadId> {
    const { id, batchId } = await enqueueExample(this.#core, profileId);
    await this.#copyLinks.onBatchEnqueued(batchId);
    return id;
  }

  #choosePaths(): Promise<string[]> {
    const { settings } = this.#store;
    return showOpenFilesDialog(
      this.#window,
      { get: () => settings.get('lastFolder'), set: (folder) => settings.set('lastFolder', folder) },
      path.dirname,
    );
  }

  /** From the tray or the menu: straight to the destination in use; without one, the window asks for it. */
  async #quickUpload(): Promise<void> {
    const profile = this.#core.profiles.catalog.current();
    if (!profile) {
      this.#setUp();
      return;
    }
    const paths = await this.#choosePaths();
    if (paths.length === 0) return;
    try {
      const { refused } = await this.#intake.send(paths, profile.id);
      if (refused.length > 0) this.#showRefused({ ok: true, value: refused });
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      this.#showRefused({ ok: false, error: cause.error });
    }
  }

  #showRefused(answer: Result<IntakeResult[]>): void {
    this.show();
    this.#emit.files.refused(answer);
  }

  #keepAwake(): void {
    this.#awake.set(
      this.#core.engine.unfinished().filter(({ status }) => status === 'uploading' || status === 'verifying').length,
    );
  }

  #setUp(): void {
    this.show();
    this.#emit.app.openSetup(undefined);
  }

  async #settled(uploads: Upload[]): Promise<void> {
    const settled = await this.#copyLinks.onBatchSettled(uploads);
    this.#feed.flush(); // the page must know the links before it hears of them
    this.#emit.app.batchSettled(settled);
    notifySettled(this.#window, uploads, settled, () => this.show());
  }

  async #copyText(text: string): Promise<void> {
    if (!(await this.#copyLinks.write(text))) throw failure('bug');
  }

  async #copy(ids: UploadId[], linkOverride?: LinkOverride): Promise<void> {
    const urls: string[] = [];
    for (const id of ids) urls.push((await this.#core.engine.link(id, linkOverride)).url);
    await this.#copyText(urls.join('\n'));
  }

  #reveal(id: UploadId): void {
    const source = this.#store.uploads.get(id)?.source;
    if (!source) throw failure('invalid-input');
    if ('stream' in source) throw failure('source-missing');
    shell.showItemInFolder(source.path);
  }

  #scheduleTrayUpdate(): void {
    this.#trayTimer ??= setTimeout(() => {
      this.#trayTimer = undefined;
      this.#updateTray();
    }, trayUpdateMs);
  }

  #updateTray(): void {
    const running = this.#core.engine.unfinished();
    const bytes = running.reduce((sum, u) => sum + u.size, 0);
    const sent = running.reduce(
      (sum, u) => sum + (u.status === 'uploading' ? u.sent : u.status === 'verifying' ? u.size : 0),
      0,
    );
    this.#tray?.show({
      recent: this.#store.uploads.newestDone(maxRecentLinks).map(({ id, name }) => ({ id, name })),
      uploading: running.length,
      progress: bytes === 0 ? 0 : sent / bytes,
      unusable: (this.#unusableProfiles ??= this.#core.profiles.views.needingAttention()).map(
        ({ name, status, signsIn }) => ({
          name,
          needs: status.state !== 'needs-sign-in' ? 'setup' : signsIn ? 'sign-in' : 'key',
        }),
      ),
    });
  }

  async #close(): Promise<void> {
    if (this.#window) this.#store.settings.set('windowBounds', this.#window.getNormalBounds());
    clearTimeout(this.#trayTimer);
    this.#feed.close();
    this.#tray?.destroy();
    await this.#core.close();
  }
}
