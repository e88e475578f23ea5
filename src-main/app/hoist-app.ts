/** The running app: connects the core with at most one window, the tray and the system. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { app, clipboard, net, powerMonitor, powerSaveBlocker, shell } from 'electron';
import type { Notice } from '../../src-shared/ipc/contract.ts';
import type { Upload } from '../../src-shared/upload.ts';
import { Core } from '../core.ts';
import { ChangeFeed } from '../ipc/change-feed.ts';
import { emitters } from '../ipc/emitters.ts';
import { enqueueFromWindow } from '../ipc/enqueue-from-window.ts';
import { FileTokens } from '../ipc/file-tokens.ts';
import { handlers } from '../ipc/handlers.ts';
import { Intake } from '../ipc/intake.ts';
import { ReadChallenges } from '../ipc/read-challenges.ts';
import { serveWindow } from '../ipc/serve.ts';
import { SnapshotSender } from '../ipc/snapshot-sender.ts';
import { sensitivePathRule } from '../platform/sensitive-paths.ts';
import { acceptFolder } from '../platform/accept-folder.ts';
import { openLog, type AppLog } from '../platform/log.ts';
import { createNetworkMonitor } from '../platform/network-monitor.ts';
import { processStart } from '../platform/process-start.ts';
import { acceptFile, acceptProvenFile } from '../platform/source-file.ts';
import { openStore, type Store } from '../store/open.ts';
import { AppNotices } from './app-notices.ts';
import { CopyLinks } from './copy-links.ts';
import { CodePrompts } from './code-prompts.ts';
import {
  confirmFolders,
  confirmLinkChange,
  confirmMany,
  confirmPage,
  confirmProgram,
  confirmRecipients,
  confirmSensitive,
} from './dialogs.ts';
import { ExternalPages } from './external-pages.ts';
import { KeepAwake } from './keep-awake.ts';
import { isOurPage } from './lock-down.ts';
import { logUnusableProfiles } from './log-unusable-profiles.ts';
import { addLoginShellVariables } from './login-shell-variables.ts';
import { MainWindow } from './main-window.ts';
import { setMenu } from './menu.ts';
import { notifySettled } from './notifications.ts';
import { openInBrowser } from './open-external.ts';
import { QuickUpload } from './quick-upload.ts';
import { guardQuit, type QuitGuard } from './quit.ts';
import { readCopiedFiles } from '../electron/clipboard-files.ts';
import { electronNetwork } from '../electron/electron-network.ts';
import { electronSecretBox } from '../electron/electron-secret-box.ts';
import { exportToDialog, importFromDialog } from './import-export.ts';
import { TrayUpdater } from './tray-updater.ts';
import { logUnexpectedErrors } from './unexpected-errors.ts';
import { UploadActions } from './upload-actions.ts';
import { UserInput } from './user-input.ts';
import { reachableContents, webContentsOf } from './window.ts';

/**
 * How long the key store waits for the window to be visible, in ms: it may ask for a password, and the user must see
 * which app asks.
 */
const windowShownTimeoutMs = 10_000;

export class HoistApp {
  readonly #core: Core;
  readonly #store: Store;
  readonly #log: AppLog;
  readonly #feed: ChangeFeed;
  readonly #snapshots: SnapshotSender;
  readonly #intake: Intake;
  readonly #copyLinks = new CopyLinks(clipboard);
  readonly #actions: UploadActions;
  readonly #quickUpload: QuickUpload;
  readonly #notices: AppNotices;
  readonly #tray: TrayUpdater;
  readonly #awake = new KeepAwake(powerSaveBlocker);
  readonly #quit: QuitGuard;
  readonly #input = new UserInput(() => performance.now());
  readonly #pages = new ExternalPages({
    takeInput: () => this.#input.take(),
    confirm: (url) => confirmPage(this.#window.browserWindow, url),
    open: openInBrowser,
  });
  readonly #window: MainWindow;
  readonly #emit = emitters(() => reachableContents(this.#window.browserWindow));
  readonly #codePrompts = new CodePrompts({
    send: (prompt) => this.#emit.app.codePrompt(prompt),
    show: () => this.show(),
  });
  /** Called when the window is visible. */
  #resolveWindowShown = (): void => undefined;
  readonly #windowShown = new Promise<void>((resolve) => {
    this.#resolveWindowShown = resolve;
  });

  /** @throws StoreFailure when the database cannot be opened */
  static async open(): Promise<HoistApp> {
    const folder = app.getPath('userData');
    const log = openLog({ folder: path.join(folder, 'logs'), home: app.getPath('home') });
    const errors = logUnexpectedErrors(log, process);
    const store = await openStore({
      folder,
      owner: { pid: process.pid, startTime: processStart(process.pid) },
      now: Date.now,
    });
    const hoist = new HoistApp(store, log);
    errors.onFirst((diagnosticId) => hoist.#notify({ kind: 'internal-error', diagnosticId }));
    return hoist;
  }

  private constructor(store: Store, log: AppLog) {
    this.#store = store;
    this.#log = log;
    this.#window = new MainWindow({
      log,
      input: this.#input,
      savedBounds: () => store.settings.get('windowBounds'),
      quit: () => this.quitNow(),
    });
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
      confirmRecipients: (question) => confirmRecipients(this.#window.browserWindow, question),
      confirmLinkChange: (change) => confirmLinkChange(this.#window.browserWindow, change),
      confirmProgram: (question) => {
        this.show();
        return confirmProgram(this.#window.browserWindow, question);
      },
    });
    this.#actions = new UploadActions(this.#core, store, this.#copyLinks);
    this.#notices = new AppNotices(this.#core, store);
    this.#tray = new TrayUpdater(this.#core, store);
    this.#feed = new ChangeFeed({
      send: (changes) => this.#emit.uploads.changed(changes),
      view: (upload) => this.#core.uploadViews.of(upload),
      totals: () => this.#core.uploadViews.totals(),
    });
    this.#snapshots = new SnapshotSender(this.#core.uploadViews, this.#feed);
    this.#intake = new Intake({
      tokens: new FileTokens(Date.now),
      challenges: new ReadChallenges(Date.now),
      delay: async (ms) => delay(ms),
      acceptFile,
      acceptProvenFile,
      confirmFolders: (paths) => confirmFolders(this.#window.browserWindow, paths),
      baseName: (file) => path.basename(file),
      isSensitive: sensitivePathRule({ home: app.getPath('home'), userData: app.getPath('userData') }),
      confirmSensitive: (file, more) => confirmSensitive(this.#window.browserWindow, file, more),
      confirmMany: (amount, profileId) =>
        confirmMany(this.#window.browserWindow, {
          ...amount,
          destination: this.#core.profiles.catalog.name(profileId),
        }),
      acceptFolder: (folder) => acceptFolder(folder, Date.now()),
      enqueue: (files, profileId) => {
        const { engine, profiles, userActions } = this.#core;
        userActions.onDestinations(profiles.chains.nextUploadOptions(profileId).chain);
        return enqueueFromWindow(engine, profiles.chains, files, profileId);
      },
      onBatchEnqueued: (batchId) => this.#copyLinks.onBatchEnqueued(batchId),
    });
    this.#quickUpload = new QuickUpload({
      core: this.#core,
      store,
      intake: this.#intake,
      window: () => this.#window.browserWindow,
      setUp: () => this.#setUp(),
      showRefused: (result) => {
        this.show();
        this.#emit.files.refused(result);
      },
    });
    this.#core.listeners.add({
      uploadChanged: (upload, change) => {
        this.#feed.changed(upload, change);
        this.#tray.schedule();
        if (change === 'status') this.#keepAwake();
      },
      uploadRemoved: (id) => {
        this.#feed.removed(id);
        this.#tray.schedule();
      },
      batchSettled: (uploads) => {
        void this.#settled(uploads);
      },
      abandonedUploadsExpired: (uploads) => {
        this.#notify({ kind: 'leftovers-removed', uploads: uploads.length });
      },
      orphansAdopted: (uploads) => {
        for (const { batchId } of uploads) this.#copyLinks.ignoreBatch(batchId);
      },
      profilesChanged: () => {
        this.#emit.profiles.changed(this.#core.profiles.views.all());
        this.#tray.profilesChanged();
      },
      settingsChanged: (settings) => this.#emit.settings.changed(settings),
    });
    this.#serve();
    this.#quit = guardQuit({
      window: () => this.#window.browserWindow,
      unfinished: () => this.#core.engine.unfinished().filter(({ status }) => status !== 'paused'),
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
    this.#window.show();
  }

  /** Quits without a confirmation. Unfinished uploads resume at the next start. */
  quitNow(): void {
    this.#quit.quitNow();
  }

  #serve(): void {
    const commands = handlers(this.#core, this.#intake, {
      info: () => this.#notices.info(),
      snapshot: () => {
        this.#codePrompts.resend();
        return this.#snapshots.start();
      },
      choosePaths: () => this.#quickUpload.choosePaths(),
      readCopiedFiles,
      copy: (ids, linkOverride) => this.#actions.copy(ids, linkOverride),
      copyText: (text) => this.#actions.copyText(text),
      open: (id) => this.#actions.open(id, this.#pages.begin()),
      reveal: (id) => this.#actions.reveal(id),
      openPage: (url) => this.#pages.begin()(url),
      sendExample: (profileId) => this.#actions.sendExample(profileId),
      reportTestProgress: (results) => this.#emit.profiles.testProgress(results),
      beginSignIn: () => {
        const openPage = this.#pages.begin();
        return (step) => {
          this.#emit.profiles.signInProgress(step);
          void openPage(step.url);
        };
      },
      confirmPublicLinks: () => this.#confirmPublicLinks(),
      answerCodePrompt: (id, code) => this.#codePrompts.answer(id, code),
      importDestinations: () => importFromDialog(this.#window.browserWindow, this.#core),
      exportDestinations: () => exportToDialog(this.#window.browserWindow, this.#core),
    });
    serveWindow(commands, {
      senderId: (event) =>
        isOurPage(event.senderFrame, webContentsOf(this.#window.browserWindow)) ? event.sender.id : undefined,
      report: (where, cause) => this.#log.problem(where, cause),
    });
  }

  /** Starts the parts of the app that are not needed for the first paint. */
  #afterFirstPaint(): void {
    // Uploads must continue even if the page never loads.
    setTimeout(this.#resolveWindowShown, windowShownTimeoutMs).unref();
    this.#window.browserWindow?.once('ready-to-show', () =>
      setImmediate(() => {
        this.#resolveWindowShown();
        setMenu({
          choose: () => void this.#quickUpload.start(),
          setUp: () => this.#setUp(),
          showLog: () => shell.showItemInFolder(this.#log.file),
        });
        this.#tray.showTray({
          upload: () => void this.#quickUpload.start(),
          open: () => this.show(),
          quit: () => app.quit(),
          copy: (id) => void this.#actions.copy([id]),
        });
        this.#core.practiceKeeper.start('needed');
        logUnusableProfiles(this.#core.profiles.views, this.#log);
        void addLoginShellVariables(this.#core.computer);
      }),
    );
  }

  #keepAwake(): void {
    this.#awake.set(this.#core.engine.workTotals.active);
  }

  async #confirmPublicLinks(): Promise<boolean> {
    if (this.#input.take()) return true;
    const destination = this.#core.profiles.catalog.current()?.name ?? '';
    return confirmLinkChange(this.#window.browserWindow, { destination, visibility: 'public' });
  }

  #notify(notice: Notice): void {
    this.#notices.add(notice);
    this.#emit.app.notice(notice);
  }

  #setUp(): void {
    this.show();
    this.#emit.app.openSetup(undefined);
  }

  async #settled(uploads: Upload[]): Promise<void> {
    const settled = await this.#copyLinks.onBatchSettled(uploads);
    await this.#feed.whenSent(); // The page must know the links before it receives the batchSettled event.
    this.#emit.app.batchSettled(settled);
    notifySettled(this.#window.browserWindow, uploads, settled, () => this.show());
  }

  async #close(): Promise<void> {
    try {
      const window = this.#window.browserWindow;
      if (window) this.#store.settings.set('windowBounds', window.getNormalBounds());
    } finally {
      this.#window.browserWindow?.destroy();
      this.#tray.close();
      this.#feed.close();
      await this.#core.close();
    }
  }
}
