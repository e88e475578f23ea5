/**
 * Reloads the page when its process ended or hung, or when the window left the page. Uploads run in main and continue
 * meanwhile. After three reloads within a minute, a native dialog asks the user.
 */
import type { BrowserWindow } from 'electron';
import { ReloadLimit } from './reload-limit.ts';

export type RecoveryChoice = 'restart' | 'quit';
/** `left`: the window shows another page. */
export type PageFault = 'ended' | 'hung' | 'left' | 'not-loaded';

export interface RecoveryPorts {
  window: BrowserWindow;
  pageUrl: string;
  load(): void;
  /** Asks in a native dialog that `signal` closes. The answer is ignored then. */
  ask(signal: AbortSignal): Promise<RecoveryChoice>;
  restart(): void;
  quit(): void;
  endProcess(pid: number): void;
  note(fault: PageFault, reason: string): void;
  now(): number;
}

/** How long a page may take to answer when the user opens the window, in ms. */
const answerTimeoutMs = 5000;
/** Chromium reports a navigation that another one replaced with this code. */
const aborted = -3;

export class WindowRecovery {
  readonly #ports: RecoveryPorts;
  readonly #limit: ReloadLimit;
  #isReloadPlanned = false;
  /** Closes the open dialog. Undefined while no dialog is open. */
  #dialog: AbortController | undefined;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    this.#limit = new ReloadLimit(ports.now);
    const { window, pageUrl } = ports;
    const contents = window.webContents;
    contents.on('render-process-gone', (_event, { reason }) => this.#recover('ended', reason));
    contents.on('did-navigate', (_event, url) => {
      if (url !== pageUrl) this.#recover('left', new URL(url).protocol);
    });
    contents.on('did-fail-load', (_event, code, description, _url, isMainFrame) => {
      if (isMainFrame && code !== aborted) this.#recover('not-loaded', description);
    });
    window.on('unresponsive', () => this.#endHungProcess());
    window.once('closed', () => this.#dialog?.abort());
  }

  /**
   * Called when the user opens the window. Loads the page again if it crashed or the window shows another page, and
   * ends the page's process if it does not answer.
   */
  async ensureWorking(): Promise<void> {
    const { window, pageUrl } = this.#ports;
    const contents = window.webContents;
    const isLoaded = !contents.isLoading();
    const hasLeft = isLoaded && contents.getURL() !== pageUrl;
    if (this.#dialog || contents.isCrashed() || hasLeft) {
      this.#dialog?.abort();
      this.#dialog = undefined;
      this.#limit.reset();
      this.#recover('ended', 'opened');
    } else if (isLoaded && !(await this.#answers())) this.#endHungProcess();
  }

  async #answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), answerTimeoutMs);
    });
    // An error counts as an answer: when the page's process ends, `render-process-gone` loads the page again.
    const answer = this.#ports.window.webContents.mainFrame.executeJavaScript('0').then(
      () => true,
      () => true,
    );
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the page's process, which is then reloaded. A hung page does not react to a reload. */
  #endHungProcess(): void {
    const { window, endProcess, note } = this.#ports;
    // A page that is paused in the developer tools hangs too.
    if (window.isDestroyed() || window.webContents.isDevToolsOpened()) return;
    const pid = window.webContents.getOSProcessId();
    // Without a process there is nothing to end, and the number 0 would name Hoist's own process group.
    if (pid <= 0) return;
    note('hung', 'unresponsive');
    endProcess(pid);
  }

  #recover(fault: PageFault, reason: string): void {
    if (this.#isReloadPlanned || this.#dialog || this.#ports.window.isDestroyed()) return;
    this.#ports.note(fault, reason);
    if (!this.#limit.take()) {
      void this.#ask();
      return;
    }
    this.#isReloadPlanned = true;
    // Chromium must finish its own handling of the event first.
    setImmediate(() => {
      this.#isReloadPlanned = false;
      if (!this.#ports.window.isDestroyed()) this.#ports.load();
    });
  }

  async #ask(): Promise<void> {
    const dialog = new AbortController();
    this.#dialog = dialog;
    const choice = await this.#ports.ask(dialog.signal);
    if (this.#dialog === dialog) this.#dialog = undefined;
    if (dialog.signal.aborted) return;
    if (choice === 'restart') this.#ports.restart();
    if (choice === 'quit') this.#ports.quit();
  }
}
