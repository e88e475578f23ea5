/** What tests see of the throw-away desktop that e2e/desktop.sh makes: screen, keys, clipboard, tray, notifications. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface MenuItem {
  id: number;
  label: string;
  type: string;
  enabled: boolean;
  visible: boolean;
  checked: boolean | null;
  items: MenuItem[];
}
export interface TrayItem {
  id: string;
  title: string;
  tooltip: string;
  status: string;
  iconName: string;
  iconThemePath: string;
  icons: [number, number][];
  menu: MenuItem[];
}
export interface DesktopEvent {
  event: 'ready' | 'tray-added' | 'tray-removed' | 'notify' | 'notify-closed-by-app';
  n?: number;
  app?: string;
  summary?: string;
  body?: string;
  actions?: string[];
  urgency?: number | null;
  desktopEntry?: string;
}

export const inDesktop = Boolean(process.env.HOIST_IN_DESKTOP);
/** Which kind of key store this desktop has. */
export const keyring = (process.env.HOIST_KEYRING || 'none') as '1' | 'locked' | 'none';

/** Types, presses and moves as a person does: `x('key', 'ctrl+o')`. */
export const x = (...args: string[]): string =>
  execFileSync('xdotool', args, { encoding: 'utf8', timeout: 10_000 }).trim();

/** The whole screen, with what the window manager and native dialogs draw. */
export function screenshot(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  execFileSync('import', ['-window', 'root', file], { timeout: 10_000 });
}

/** What another program would paste. xclip waits for ever when nobody has copied anything: that is the empty text. */
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

/** As if the user had copied something in another program. */
export const copyText = (text: string): void => {
  execFileSync('xclip', ['-selection', 'clipboard', '-i'], {
    input: text,
    timeout: 2000,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
};

interface Waiting {
  match: (event: DesktopEvent) => boolean;
  resolve: (event: DesktopEvent) => void;
}
type Answer = { id: number; ok?: unknown; error?: string };

/** The tray and the notification daemon. */
export class Services {
  readonly events: DesktopEvent[] = [];
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #waiting = new Set<Waiting>();
  #next = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on('line', (line) =>
      this.#heard(JSON.parse(line) as DesktopEvent | Answer),
    );
  }

  static async start(): Promise<Services> {
    const services = new Services(
      spawn('/usr/bin/python3', [path.join(import.meta.dirname, 'desktop-services.py')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await services.wait((event) => event.event === 'ready');
    return services;
  }

  /** The first event that matches, already seen or still to come. */
  wait(match: (event: DesktopEvent) => boolean, ms = 8000): Promise<DesktopEvent> {
    const seen = this.events.find(match);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        match,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new Error(`no such desktop event within ${ms} ms; seen: ${JSON.stringify(this.events)}`));
      }, ms);
      this.#waiting.add(waiting);
    });
  }

  tray = (): Promise<TrayItem[]> => this.#ask({ do: 'tray' });
  clickMenu = (label: string): Promise<MenuItem> => this.#ask({ do: 'menu', label });
  clickIcon = (): Promise<true> => this.#ask({ do: 'activate' });
  clickNotification = (n: number, action = 'default'): Promise<true> =>
    this.#ask({ do: 'notification-action', n, action });
  closeNotification = (n: number): Promise<true> => this.#ask({ do: 'notification-close', n });

  async stop(): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  #heard(message: DesktopEvent | Answer): void {
    if ('id' in message) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
      return;
    }
    this.events.push(message);
    for (const waiting of this.#waiting) {
      if (!waiting.match(message)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(message);
    }
  }

  #ask<T>(command: { do: string; [argument: string]: unknown }): Promise<T> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ ok, error }) => (error ? reject(new Error(error)) : resolve(ok as T)));
      this.#child.stdin!.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }
}
