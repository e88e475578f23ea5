/** The only window of the app: opens it, shows it, and keeps its page working. */
import { app, type BrowserWindow, type Rectangle } from 'electron';
import type { AppLog } from '../platform/log.ts';
import { askAfterCrashes } from './dialogs.ts';
import { endProcess } from './end-process.ts';
import { pageUrl } from './page.ts';
import type { UserInput } from './user-input.ts';
import { createWindow, loadPage, webContentsOf } from './window.ts';
import { WindowRecovery } from './window-recovery.ts';

export interface MainWindowPorts {
  log: AppLog;
  input: UserInput;
  savedBounds(): Rectangle | undefined;
  /** Quits without a confirmation. */
  quit(): void;
}

export class MainWindow {
  readonly #ports: MainWindowPorts;
  #open: { window: BrowserWindow; recovery: WindowRecovery } | undefined;

  constructor(ports: MainWindowPorts) {
    this.#ports = ports;
  }

  /** Undefined while no window is open. */
  get browserWindow(): BrowserWindow | undefined {
    return this.#open?.window;
  }

  /** Opens the window if it is closed, repairs its page, and brings it to the front. */
  show(): void {
    const isNew = !this.#open;
    const { window, recovery } = (this.#open ??= this.#create());
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (!isNew) void recovery.ensureWorking();
  }

  #create(): { window: BrowserWindow; recovery: WindowRecovery } {
    const { log, input, savedBounds, quit } = this.#ports;
    const window = createWindow(savedBounds());
    const contents = webContentsOf(window);
    if (contents) input.watch(contents);
    window.once('closed', () => {
      this.#open = undefined;
    });
    const recovery = new WindowRecovery({
      window,
      pageUrl,
      load: () => loadPage(window),
      ask: askAfterCrashes,
      restart() {
        app.relaunch();
        quit();
      },
      quit,
      endProcess,
      note: (fault, reason) => log.note('page-fault', { fault, reason }),
      now: () => performance.now(),
    });
    return { window, recovery };
  }
}
