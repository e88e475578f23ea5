/** What the fal tests have in common: the loopback server, a proxy that fails on purpose in front of it, quick times, small parts. */
import { randomBytes } from 'node:crypto';
import { FalServer, type FalServerOptions } from '../../../../e2e/servers/fal/server.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Driver, DriverPorts, Provider } from '../../provider.ts';
import type { Subject } from '../../testing/conformance.ts';
import { FaultProxy } from '../../testing/faults.ts';
import { connectWith, type Tuning } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { fal } from '../index.ts';
import type { FalSettings } from '../settings.ts';

const KiB = 1024;
/** A tenth of the usual parts, which makes the many uploads of the suite quicker. */
export const sizes = { oneRequestBytes: 1024 * KiB, partBytes: 1024 * KiB, partsAtOnce: 4 };
export const key = 'test-key-id:0123456789abcdef';
export const ports: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

/** All hosts of the service, at one address. */
export const hostsAt = (address: string): Tuning['hosts'] => ({
  'https://rest.fal.ai': address,
  'https://api.fal.ai': address,
});

/** The provider as it is, where the service is at another address. */
export const tuned = (address: string, tuning: Partial<Tuning> = {}): Provider<FalSettings> => ({
  ...fal,
  load: async () => ({
    connect: (settings, its) =>
      connectWith(settings, its, { ...sizes, retryMs: 10, hosts: hostsAt(address), ...tuning }),
    errorOf,
  }),
});

export interface Served {
  server: FalServer;
  proxy: FaultProxy;
  stop(): Promise<void>;
}

export async function serve(options: FalServerOptions = {}): Promise<Served> {
  const server = await FalServer.start({ keys: { [key]: {} }, ...options });
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

export async function subject(values: FieldValues = { key }): Promise<Subject> {
  const { server, proxy, stop } = await serve({
    keys: { [key]: {}, 'weak:key': { mayUpload: false }, 'poor:key': { locked: 'Exhausted balance' } },
  });
  return {
    provider: tuned(proxy.url),
    values,
    proxy,
    ...sizes,
    at: (address) => ({ provider: tuned(address), values }),
    refused: [
      { what: 'unknown key', values: { ...values, key: 'nobody:0123' }, code: 'unauthorized', field: 'key' },
      { what: 'a key that may not upload', values: { ...values, key: 'weak:key' }, code: 'forbidden', field: 'key' },
      { what: 'no balance', values: { ...values, key: 'poor:key' }, code: 'quota-exceeded' },
    ],
    leftovers: async () => server.leftovers(),
    stop,
  };
}

/** A driver without the portable layer, so that tests see what it throws itself. */
export const driverAt = (address: string, settings: Partial<FalSettings> = {}, tuning: Partial<Tuning> = {}): Driver =>
  connectWith({ key, access: 'public', linkDays: 7, ...settings }, ports, {
    ...sizes,
    retryMs: 10,
    hosts: hostsAt(address),
    ...tuning,
  });
