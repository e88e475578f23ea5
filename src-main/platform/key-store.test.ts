import { describe, expect, test } from 'vitest';
import { askSessionBus, keyStoreFor, type AskBus } from './key-store.ts';

interface Store {
  isOpen: boolean;
}
const kwallet = { 'org.kde.kwalletd6': 'kwalletd6', 'org.kde.kwalletd5': 'kwalletd5' };

/** A session's bus with these stores; any other question is one too many. */
function bus(stores: Record<string, Store>): AskBus {
  return (service, object, method, ...args) => {
    if (method === 'org.freedesktop.DBus.ListNames')
      return ['array [', 'org.freedesktop.DBus', ':1.0', ...Object.keys(stores), ']'].join('   ');
    const store = stores[service];
    if (!store) throw new Error(`${service} would be started by being asked`);
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

const unasked: AskBus = () => {
  throw new Error('not to be asked');
};
const open = { isOpen: true };
const locked = { isOpen: false };

describe('the key store of a command', () => {
  const overSsh = { SSH_CONNECTION: '::1 1 ::1 22' };

  test('is the open keyring of the session in a shell that names no desktop', () => {
    expect(keyStoreFor({ platform: 'linux', env: overSsh, ask: bus({ 'org.freedesktop.secrets': open }) })).toBe(
      'gnome-libsecret',
    );
  });

  test.each([
    ['org.kde.kwalletd6', 'kwallet6'],
    ['org.kde.kwalletd5', 'kwallet5'],
  ] as const)('is the open wallet of %s, even where the other interface is offered too', (service, store) => {
    expect(
      keyStoreFor({ platform: 'linux', env: overSsh, ask: bus({ 'org.freedesktop.secrets': open, [service]: open }) }),
    ).toBe(store);
  });

  test('is never one that would ask for a password', () => {
    expect(
      keyStoreFor({
        platform: 'linux',
        env: overSsh,
        ask: bus({ 'org.freedesktop.secrets': locked, 'org.kde.kwalletd6': locked }),
      }),
    ).toBeUndefined();
    expect(
      keyStoreFor({
        platform: 'linux',
        env: overSsh,
        ask: bus({ 'org.kde.kwalletd6': locked, 'org.freedesktop.secrets': open }),
      }),
    ).toBe('gnome-libsecret');
  });

  test('is none where none runs, and none is started', () => {
    expect(keyStoreFor({ platform: 'linux', env: overSsh, ask: bus({}) })).toBeUndefined();
  });

  test.each([
    { XDG_CURRENT_DESKTOP: 'GNOME' },
    { XDG_CURRENT_DESKTOP: 'sway' },
    { DESKTOP_SESSION: 'xfce' },
    { KDE_FULL_SESSION: 'true', KDE_SESSION_VERSION: '6' },
  ])('is the choice of the window where the environment names a desktop: %o', (env) => {
    expect(keyStoreFor({ platform: 'linux', env, ask: unasked })).toBeUndefined();
  });

  test.each(['darwin', 'win32'] as const)("is the system's own on %s", (platform) => {
    expect(keyStoreFor({ platform, env: {}, ask: unasked })).toBeUndefined();
  });
});

test('without a bus nothing is asked, and none is started', () => {
  expect(
    askSessionBus({ PATH: process.env['PATH'], DISPLAY: ':99', XDG_RUNTIME_DIR: '/nonexistent' })(
      'org.freedesktop.DBus',
      '/',
      'org.freedesktop.DBus.ListNames',
    ),
  ).toBeUndefined();
});

test('a bus that does not answer counts as none', () => {
  expect(
    askSessionBus({ PATH: process.env['PATH'], DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' })(
      'org.freedesktop.DBus',
      '/',
      'org.freedesktop.DBus.ListNames',
    ),
  ).toBeUndefined();
});
