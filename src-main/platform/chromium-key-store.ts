/**
 * Selects the key store that Chromium opens. Chromium chooses by the desktop that the environment names, and opens no
 * store if it doesn't know the desktop: under a bare window manager, over ssh, in a scheduled job. In these cases Hoist
 * looks for an open store on the session bus and selects it, so that the saved keys can be read. A locked store is
 * never selected: opening it shows a password prompt on the user's screen, and the call blocks until the user answers.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findSystemProgram } from './search-path.ts';

/** Values of Chromium's switch `password-store`. */
export type ChromiumKeyStore = 'kwallet6' | 'kwallet5' | 'gnome-libsecret';

/** Calls a method on the session bus; undefined when the call fails. */
export type SessionBusCall = (service: string, object: string, method: string, ...args: string[]) => string | undefined;

interface KeyStoreProbe {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  callBus: SessionBusCall;
}

/** @returns undefined when Chromium's own choice is right, or when no store is open */
export function selectKeyStore({ platform, env, callBus }: KeyStoreProbe): ChromiumKeyStore | undefined {
  if (platform !== 'linux' || hasDesktopSession(env)) return undefined;
  const names = callBus('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames') ?? '';
  // KWallet first: Plasma may also offer the libsecret interface, but Chromium saved its keys in KWallet.
  return (['kwallet6', 'kwallet5', 'gnome-libsecret'] as const).find(
    (store) => names.includes(busServices[store]) && isOpen(store, callBus),
  );
}

const busServices: Record<ChromiumKeyStore, string> = {
  kwallet6: 'org.kde.kwalletd6',
  kwallet5: 'org.kde.kwalletd5',
  'gnome-libsecret': 'org.freedesktop.secrets',
};

function hasDesktopSession(env: NodeJS.ProcessEnv): boolean {
  return ['XDG_CURRENT_DESKTOP', 'DESKTOP_SESSION', 'GNOME_DESKTOP_SESSION_ID', 'KDE_FULL_SESSION'].some(
    (name) => env[name],
  );
}

function isOpen(store: ChromiumKeyStore, callBus: SessionBusCall): boolean {
  const service = busServices[store];
  if (store === 'gnome-libsecret') {
    const locked = callBus(
      service,
      '/org/freedesktop/secrets/aliases/default',
      'org.freedesktop.DBus.Properties.Get',
      'string:org.freedesktop.Secret.Collection',
      'string:Locked',
    );
    return locked?.endsWith('boolean false') ?? false;
  }
  const object = `/modules/${store.replace('kwallet', 'kwalletd')}`;
  const wallet = callBus(service, object, 'org.kde.KWallet.networkWallet');
  return (
    wallet !== undefined &&
    (callBus(service, object, 'org.kde.KWallet.isOpen', `string:${wallet}`)?.endsWith('boolean true') ?? false)
  );
}

/**
 * Uses `dbus-send`, because Electron's own D-Bus calls have no timeout.
 * @param program the path of `dbus-send`; undefined if it is not installed
 */
export function sessionBusCaller(env: NodeJS.ProcessEnv, program = findSystemProgram('dbus-send')): SessionBusCall {
  const hasBus =
    Boolean(env['DBUS_SESSION_BUS_ADDRESS']) ||
    Boolean(env['XDG_RUNTIME_DIR'] && existsSync(`${env['XDG_RUNTIME_DIR']}/bus`));
  return (service, object, method, ...args) => {
    if (!hasBus || program === undefined) return undefined; // Without a bus, dbus-send would start one.
    try {
      return execFileSync(
        program,
        ['--session', '--print-reply=literal', '--reply-timeout=1000', `--dest=${service}`, object, method, ...args],
        {
          encoding: 'utf8',
          timeout: 2000,
          stdio: ['ignore', 'pipe', 'ignore'],
          env,
        },
      ).trim();
    } catch (thrown) {
      // `status`: dbus-send reported an error. `code`: dbus-send could not be started.
      if (!(thrown instanceof Error && ('status' in thrown || 'code' in thrown))) throw thrown;
      return undefined; // No such service, or a timeout.
    }
  };
}

/** The value of Chromium's switch `password-store` for this process; undefined when the switch is not needed. */
export const detectKeyStore = (): ChromiumKeyStore | undefined =>
  selectKeyStore({ platform: process.platform, env: process.env, callBus: sessionBusCaller(process.env) });
