import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sessionBusCaller, selectKeyStore, type SessionBusCall } from './chromium-key-store.ts';

interface Store {
  isOpen: boolean;
}
const kwallet = { 'org.kde.kwalletd6': 'kwalletd6', 'org.kde.kwalletd5': 'kwalletd5' };

/** A session bus with these stores. Any other call fails the test. */
function fakeBus(stores: Record<string, Store>): SessionBusCall {
  return (service, object, method, ...args) => {
    if (method === 'org.freedesktop.DBus.ListNames')
      return ['array [', 'org.freedesktop.DBus', ':1.0', ...Object.keys(stores), ']'].join('   ');
    const store = stores[service];
    if (!store) throw new Error(`this call would start ${service}`);
    if (service === 'org.freedesktop.secrets') {
      expect([object, method, ...args]).toEqual([
        '/org/freedesktop/secrets/aliases/default',
        'org.freedesktop.DBus.Properties.Get',
        'string:org.freedesktop.Secret.Collection',
        'string:Locked',
      ]);
      return `variant       boolean ${String(!store.isOpen)}`;
    }
    expect(object).toBe(`/modules/${kwallet[service as keyof typeof kwallet]}`);
    if (method === 'org.kde.KWallet.networkWallet') return 'kdewallet';
    expect([method, ...args]).toEqual(['org.kde.KWallet.isOpen', 'string:kdewallet']);
    return `boolean ${String(store.isOpen)}`;
  };
}

const failingBus: SessionBusCall = () => {
  throw new Error('unexpected call of the session bus');
};
const open = { isOpen: true };
const locked = { isOpen: false };

describe('selectKeyStore', () => {
  const overSsh = { SSH_CONNECTION: '::1 1 ::1 22' };

  test('selects the open keyring of the session in a shell without a desktop', () => {
    expect(
      selectKeyStore({ platform: 'linux', env: overSsh, callBus: fakeBus({ 'org.freedesktop.secrets': open }) }),
    ).toBe('gnome-libsecret');
  });

  test.each([
    ['org.kde.kwalletd6', 'kwallet6'],
    ['org.kde.kwalletd5', 'kwallet5'],
  ] as const)('prefers the open wallet of %s to an open keyring', (service, store) => {
    expect(
      selectKeyStore({
        platform: 'linux',
        env: overSsh,
        callBus: fakeBus({ 'org.freedesktop.secrets': open, [service]: open }),
      }),
    ).toBe(store);
  });

  test('never selects a store that would ask for a password', () => {
    expect(
      selectKeyStore({
        platform: 'linux',
        env: overSsh,
        callBus: fakeBus({ 'org.freedesktop.secrets': locked, 'org.kde.kwalletd6': locked }),
      }),
    ).toBeUndefined();
    expect(
      selectKeyStore({
        platform: 'linux',
        env: overSsh,
        callBus: fakeBus({ 'org.kde.kwalletd6': locked, 'org.freedesktop.secrets': open }),
      }),
    ).toBe('gnome-libsecret');
  });

  test('selects no store and starts no store when none is running', () => {
    expect(selectKeyStore({ platform: 'linux', env: overSsh, callBus: fakeBus({}) })).toBeUndefined();
  });

  test.each([
    { XDG_CURRENT_DESKTOP: 'GNOME' },
    { XDG_CURRENT_DESKTOP: 'sway' },
    { DESKTOP_SESSION: 'xfce' },
    { KDE_FULL_SESSION: 'true', KDE_SESSION_VERSION: '6' },
  ])('leaves the choice to Chromium where the environment names a desktop: %o', (env) => {
    expect(selectKeyStore({ platform: 'linux', env, callBus: failingBus })).toBeUndefined();
  });

  test.each(['darwin', 'win32'] as const)('leaves the choice to the system on %s', (platform) => {
    expect(selectKeyStore({ platform, env: {}, callBus: failingBus })).toBeUndefined();
  });
});

test('sessionBusCaller runs no dbus-send of the current folder or of a folder in PATH', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hoist-bus-'));
  const marker = path.join(folder, 'marker');
  try {
    writeFileSync(path.join(folder, 'dbus-send'), `#!/bin/sh\n: > '${marker}'\n`, { mode: 0o755 });
    const env = { PATH: `${folder}:.`, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
    sessionBusCaller(env)('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames');
    expect(existsSync(marker)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('sessionBusCaller makes no call and starts no bus when no bus is running', () => {
  expect(
    sessionBusCaller({ PATH: process.env['PATH'], DISPLAY: ':99', XDG_RUNTIME_DIR: '/nonexistent' })(
      'org.freedesktop.DBus',
      '/',
      'org.freedesktop.DBus.ListNames',
    ),
  ).toBeUndefined();
});

test('sessionBusCaller returns undefined when the bus does not respond', () => {
  expect(
    sessionBusCaller({ PATH: process.env['PATH'], DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' })(
      'org.freedesktop.DBus',
      '/',
      'org.freedesktop.DBus.ListNames',
    ),
  ).toBeUndefined();
});
