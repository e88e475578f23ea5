/** A GNOME Keyring for one test, on a separate bus. A test can unlock, lock, stop or replace it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The bus starts no service automatically, so no password prompt appears. */
const busConfig = (
  folder: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><keep_umask/><listen>unix:path=${folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

export class KeyringBus {
  readonly env: Record<string, string>;
  readonly #folder: string;
  readonly #bus: ChildProcess;
  #keyring: ChildProcess | undefined;

  private constructor(folder: string, bus: ChildProcess) {
    this.#folder = folder;
    this.#bus = bus;
    this.env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus`, XDG_CURRENT_DESKTOP: 'GNOME' };
  }

  /** @param folder for the bus socket, its configuration and the keyrings; the caller removes it */
  static async start(folder: string): Promise<KeyringBus> {
    fs.writeFileSync(path.join(folder, 'bus.conf'), busConfig(folder));
    const bus = new KeyringBus(
      folder,
      spawn('dbus-daemon', [`--config-file=${folder}/bus.conf`, '--nofork'], { stdio: 'ignore' }),
    );
    await waitUntil('the start of the bus', () => fs.existsSync(path.join(folder, 'bus')));
    return bus;
  }

  /** Replaces the running keyring by the one with this name and its saved keys. Only `unlocked` enters its password. */
  async startKeyring(name: string, state: 'unlocked' | 'locked'): Promise<void> {
    await this.stopKeyring();
    const data = path.join(this.#folder, name);
    const runtime = path.join(this.#folder, `${name}-run`);
    for (const folder of [data, runtime]) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#keyring = spawn(
      'gnome-keyring-daemon',
      ['--foreground', '--components=secrets', ...(state === 'unlocked' ? ['--unlock'] : [])],
      {
        env: { ...process.env, ...this.env, XDG_DATA_HOME: data, XDG_RUNTIME_DIR: runtime },
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    this.#keyring.stdin!.end(state === 'unlocked' ? 'test' : '');
    await waitUntil('the start of the keyring', () => this.#hasKeyring());
  }

  async stopKeyring(): Promise<void> {
    await stopProcess(this.#keyring);
    this.#keyring = undefined;
    await waitUntil('the end of the keyring', () => !this.#hasKeyring());
  }

  async stop(): Promise<void> {
    await stopProcess(this.#keyring);
    await stopProcess(this.#bus);
  }

  #hasKeyring(): boolean {
    const answer = execFileSync(
      'dbus-send',
      [
        '--session',
        '--print-reply',
        '--dest=org.freedesktop.DBus',
        '/',
        'org.freedesktop.DBus.NameHasOwner',
        'string:org.freedesktop.secrets',
      ],
      {
        encoding: 'utf8',
        timeout: 5000,
        env: { ...process.env, ...this.env },
      },
    );
    return answer.includes('boolean true');
  }
}

async function stopProcess(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

async function waitUntil(description: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await sleep(50);
  }
  throw new Error(`${description} did not happen within 10 s`);
}
