/** The temporary desktop of e2e/desktop.sh: screen, keys, clipboard, tray, notifications. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface TrayMenuItem {
  id: number;
  label: string;
  type: string;
  enabled: boolean;
  visible: boolean;
  checked: boolean | null;
  items: TrayMenuItem[];
}
export interface TrayItem {
  id: string;
  title: string;
  tooltip: string;
  status: string;
  iconName: string;
  iconThemePath: string;
  icons: [number, number][];
  menu: TrayMenuItem[];
}
export interface DesktopEvent {
  event: 'ready' | 'tray-added' | 'tray-removed' | 'notify' | 'notify-closed-by-app';
  /** The number of the notification; the fields below describe it. */
  n?: number;
  app?: string;
  summary?: string;
  body?: string;
  actions?: string[];
  urgency?: number | null;
  desktopEntry?: string;
}

export const isInDesktop = Boolean(process.env.HOIST_IN_DESKTOP);
/** The state of the keyring on this desktop: '1' means unlocked. */
export const keyringState = (process.env.HOIST_KEYRING || 'none') as '1' | 'locked' | 'none';

/** Real keyboard and mouse input: `xdotool('key', 'ctrl+o')`. */
export const xdotool = (...args: string[]): string =>
  execFileSync('xdotool', args, { encoding: 'utf8', timeout: 10_000 }).trim();

/** The text that another program would paste; '' when the clipboard is empty, at which xclip hangs or fails. */
export function clipboardText(): string {
  try {
    return execFileSync('xclip', ['-selection', 'clipboard', '-o'], {
      encoding: 'utf8',
      timeout: 2000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    const { code, status } = error as { code?: string; status?: number };
    if (code === 'ETIMEDOUT' || status === 1) return '';
    throw error;
  }
}

/** Copies text as another program does. */
export const setClipboardText = (text: string): void => {
  execFileSync('xclip', ['-selection', 'clipboard', '-i'], {
    input: text,
    timeout: 2000,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
};

interface EventWaiter {
  match: (event: DesktopEvent) => boolean;
  resolve: (event: DesktopEvent) => void;
}
type CommandReply = { id: number; ok?: unknown; error?: string };

/** Runs desktop-services.py, the tray and the notification daemon of the temporary desktop. */
export class DesktopServices {
  readonly events: DesktopEvent[] = [];
  readonly #child: ChildProcess;
  readonly #pendingReplies = new Map<number, (answer: CommandReply) => void>();
  readonly #waiters = new Set<EventWaiter>();
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on('line', (line) =>
      this.#onMessage(JSON.parse(line) as DesktopEvent | CommandReply),
    );
  }

  static async start(): Promise<DesktopServices> {
    const services = new DesktopServices(
      spawn('/usr/bin/python3', [path.join(import.meta.dirname, 'desktop-services.py')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await services.waitForEvent((event) => event.event === 'ready');
    return services;
  }

  /** Returns the first matching event, even if it occurred before this call. */
  waitForEvent(match: (event: DesktopEvent) => boolean, ms = 8000): Promise<DesktopEvent> {
    const seen = this.events.find(match);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const waiter: EventWaiter = {
        match,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no such desktop event within ${ms} ms; seen: ${JSON.stringify(this.events)}`));
      }, ms);
      this.#waiters.add(waiter);
    });
  }

  tray = (): Promise<TrayItem[]> => this.#request({ do: 'tray' });
  clickMenu = (label: string): Promise<TrayMenuItem> => this.#request({ do: 'menu', label });
  clickIcon = (): Promise<true> => this.#request({ do: 'activate' });
  clickNotification = (n: number, action = 'default'): Promise<true> =>
    this.#request({ do: 'notification-action', n, action });
  closeNotification = (n: number): Promise<true> => this.#request({ do: 'notification-close', n });

  async stop(): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  #onMessage(message: DesktopEvent | CommandReply): void {
    if ('id' in message) {
      this.#pendingReplies.get(message.id)?.(message);
      this.#pendingReplies.delete(message.id);
      return;
    }
    this.events.push(message);
    for (const waiter of this.#waiters) {
      if (!waiter.match(message)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
    }
  }

  #request<T>(command: { do: string; [argument: string]: unknown }): Promise<T> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pendingReplies.set(id, ({ ok, error }) => (error ? reject(new Error(error)) : resolve(ok as T)));
      this.#child.stdin!.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }
}
