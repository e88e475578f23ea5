/**
 * Which key store Chromium opens. By itself it goes by the desktop that the environment names, and takes none where it names
 * none it knows: under a bare window manager, over ssh, in a scheduled job. The keys that were saved are there all the same when
 * the session's bus is. A locked store is left alone: opening it asks at the user's screen, and waits for ever where nobody sits.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** As Chromium's switch `password-store` calls it. */
export type ChromiumKeyStore = 'kwallet6' | 'kwallet5' | 'gnome-libsecret';

/** Calls a method on the session's bus; undefined when that fails. */
export type SessionBusCall = (service: string, object: string, method: string, ...args: string[]) => string | undefined;

interface KeyStoreProbe {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  callBus: SessionBusCall;
}

/** Undefined: Chromium's own choice is right, or nothing can be opened. */
export function selectKeyStore({ platform, env, callBus }: KeyStoreProbe): ChromiumKeyStore | undefined {
  if (platform !== 'linux' || hasDesktopSession(env)) return undefined;
  const names = callBus('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames') ?? '';
  // A wallet first: where Plasma runs, it may offer the other interface too, but Chromium saved the keys in the wallet.
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

/** Through the bus's own small program, since what Electron has of it waits as long as the answer takes. */
export function sessionBusCaller(env: NodeJS.ProcessEnv): SessionBusCall {
  const hasBus =
    Boolean(env['DBUS_SESSION_BUS_ADDRESS']) ||
    Boolean(env['XDG_RUNTIME_DIR'] && existsSync(`${env['XDG_RUNTIME_DIR']}/bus`));
  return (service, object, method, ...args) => {
    if (!hasBus) return undefined; // asked for one that is not there, the program would start one
    try {
      return execFileSync(
        'dbus-send',
        ['--session', '--print-reply=literal', '--reply-timeout=1000', `--dest=${service}`, object, method, ...args],
        {
          encoding: 'utf8',
          timeout: 2000,
          stdio: ['ignore', 'pipe', 'ignore'],
          env,
        },
      ).trim();
    } catch (thrown) {
      // What the program says by its status, or the system about the program.
      if (!(thrown instanceof Error && ('status' in thrown || 'code' in thrown))) throw thrown;
      return undefined; // no such program, no such service, no answer in time: nothing can be opened
    }
  };
}

/** For this process: what Chromium's switch `password-store` has to say, if anything. */
export const detectKeyStore = (): ChromiumKeyStore | undefined =>
  selectKeyStore({ platform: process.platform, env: process.env, callBus: sessionBusCaller(process.env) });
