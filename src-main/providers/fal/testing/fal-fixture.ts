/** Setup shared by the fal tests: the loopback server, a fault proxy in front of it, short times and small parts. */
import { randomBytes } from 'node:crypto';
import { FalServer, type FalServerOptions } from '../../../../e2e/servers/fal/server.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Driver, DriverPorts, Provider } from '../../contract/provider.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { FaultProxy } from '../../testing/fault-proxy.ts';
import { connectFal, type FalDriverOptions } from '../driver.ts';
import { falErrorOf } from '../errors.ts';
import { fal } from '../index.ts';
import type { FalSettings } from '../settings.ts';

const KiB = 1024;
/** About a tenth of the real part size, which makes the many uploads of the conformance suite faster. */
export const falTestSizes = { oneRequestBytes: 1024 * KiB, partBytes: 1024 * KiB, partsAtOnce: 4 };
export const falTestKey = 'test-key-id:0123456789abcdef';
export const falTestPorts: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

/** Maps all hosts of the service to one address. */
export const falHostsAt = (address: string): FalDriverOptions['hosts'] => ({
  'https://rest.fal.ai': address,
  'https://api.fal.ai': address,
});

/** The real provider, with the service at another address. */
export const falProviderAt = (address: string, options: Partial<FalDriverOptions> = {}): Provider<FalSettings> => ({
  ...fal,
  load: async () => ({
    connect: (settings, driverPorts) =>
      connectFal(settings, driverPorts, { ...falTestSizes, retryMs: 10, hosts: falHostsAt(address), ...options }),
    errorOf: falErrorOf,
  }),
});

export interface FalFixture {
  server: FalServer;
  proxy: FaultProxy;
  stop(): Promise<void>;
}

export async function startFalFixture(options: FalServerOptions = {}): Promise<FalFixture> {
  const server = await FalServer.start({
    ...options,
    keys: { [falTestKey]: {}, [limitedFalKey]: limitedRights, ...options.keys },
  });
  const proxy = await FaultProxy.start(server.origin);
  server.address = proxy.url;
  return {
    server,
    proxy,
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
}

export async function falSubject(values: FieldValues = { key: falTestKey }): Promise<ConformanceSubject> {
  const { server, proxy, stop } = await startFalFixture({
    keys: {
      [falTestKey]: {},
      'no-upload:key': { mayUpload: false },
      'no-balance:key': { locked: 'Exhausted balance' },
    },
  });
  return {
    provider: falProviderAt(proxy.url),
    values,
    proxy,
    ...falTestSizes,
    atUrl: (address) => ({ provider: falProviderAt(address), values }),
    rejectedSettings: [
      { what: 'an unknown key', values: { ...values, key: 'unknown:0123' }, code: 'unauthorized', field: 'key' },
      {
        what: 'a key that may not upload',
        values: { ...values, key: 'no-upload:key' },
        code: 'forbidden',
        field: 'key',
      },
      { what: 'an account without balance', values: { ...values, key: 'no-balance:key' }, code: 'quota-exceeded' },
    ],
    leftovers: async () => server.leftovers(),
    stop,
  };
}

/** A key without the permissions for files and for the account's settings. */
export const limitedFalKey = 'no:assets';
const limitedRights = { mayReadAssets: false, mayWriteAssets: false, mayReadSettings: false };

/** A driver without the wrapper of destination/connect.ts, so that tests see the errors that the driver itself throws. */
export const falDriverAt = (
  address: string,
  settings: Partial<FalSettings> = {},
  options: Partial<FalDriverOptions> = {},
): Driver =>
  connectFal({ key: falTestKey, access: 'public', linkDays: 7, ...settings }, falTestPorts, {
    ...falTestSizes,
    retryMs: 10,
    hosts: falHostsAt(address),
    ...options,
  });
