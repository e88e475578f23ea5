import { expect, test } from 'vitest';
import type { Provider } from '../providers/contract/provider.ts';
import { failure } from '../../src-shared/errors.ts';
import { DestinationPool, type PooledDestination } from './destination-pool.ts';

interface FakeConnection {
  name: string;
  isClosed: boolean;
  /** Saves secrets that the service renewed. */
  saveRenewed: (secrets: Record<string, string>) => Promise<void>;
  /** Ends the running `stat` request. */
  answer?: () => void;
}

function poolFixture() {
  /** All connections that the pool opened. */
  const connections: FakeConnection[] = [];
  const renewed: unknown[] = [];
  let values: Record<string, string> = {};
  let isBroken = false;
  const destinations = new DestinationPool({
    values: {
      read: async () => ({ provider: {} as Provider, values, profile: { name: 'Work' } }),
      saveRenewed: async (id, secrets) => {
        renewed.push([id, secrets]);
        values = { ...values, ...secrets };
      },
    },
    connect: async (_provider, _values, { name, saveRenewed }) => {
      await Promise.resolve();
      if (isBroken) throw failure('provider-broken');
      const connection: FakeConnection = { name, isClosed: false, saveRenewed };
      connections.push(connection);
      return {
        stat: () =>
          new Promise((resolve) => {
            connection.answer = () => resolve(undefined);
          }),
        close: () => {
          connection.isClosed = true;
        },
      } as unknown as PooledDestination;
    },
  });
  return {
    connections,
    destinations,
    renewed,
    setValues: (newValues: Record<string, string>) => {
      values = newValues;
    },
    setBroken: (broken: boolean) => {
      isBroken = broken;
    },
  };
}

test('uploads that begin at once share one connection, and closing the pool closes it', async () => {
  const { connections, destinations } = poolFixture();
  const connected = await Promise.all([1, 2, 3, 4].map(() => destinations.connect('p')));
  expect([connections.length, new Set(connected).size]).toEqual([1, 1]);
  destinations.close();
  await expect.poll(() => connections[0]?.isClosed).toBe(true);
});

test('opens a link with the probe of the destination, if the destination has one', async () => {
  const link = { url: 'https://example.com/a', visibility: 'public' } as const;
  const probes: unknown[] = [];
  const connected = {
    probe: async (...args: unknown[]) => {
      probes.push(args);
      return 'verified';
    },
    close: () => undefined,
  } as unknown as PooledDestination;
  const destinations = new DestinationPool({
    values: {
      read: async () => ({ provider: {} as Provider, values: {}, profile: { name: 'Work' } }),
      saveRenewed: async () => undefined,
    },
    connect: async () => connected,
  });
  const { signal } = new AbortController();
  expect(await (await destinations.connect('p')).probe!(link, 3, signal)).toBe('verified');
  expect(probes).toEqual([[link, 3, signal]]);
  const { destinations: withoutProbe } = poolFixture();
  expect((await withoutProbe.connect('p')).probe).toBeUndefined();
});

test('connects again after a failed connection', async () => {
  const { connections, destinations, setBroken } = poolFixture();
  setBroken(true);
  await expect(destinations.connect('p')).rejects.toMatchObject({ error: { code: 'provider-broken' } });
  setBroken(false);
  await destinations.connect('p');
  expect(connections).toHaveLength(1);
});

test('saves a secret that the service renewed, and keeps the connection', async () => {
  const { connections, destinations, renewed } = poolFixture();
  const connected = await destinations.connect('p');
  await connections[0]!.saveRenewed({ account: 'newer' });
  expect(renewed).toEqual([['p', { account: 'newer' }]]);
  expect(await destinations.connect('p')).toBe(connected);
  expect(connections).toHaveLength(1);
});

test('a replaced connection finishes its running requests and is then closed', async () => {
  const { connections, destinations, setValues } = poolFixture();
  const original = await destinations.connect('p');
  const running = original.stat(null, new AbortController().signal);
  setValues({ key: 'newer' });
  const replacement = await destinations.connect('p');
  expect(replacement).not.toBe(original);
  expect(connections.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  connections[0]!.answer!();
  await running;
  await expect.poll(() => connections.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  setValues({ key: 'newest' });
  await destinations.connect('p');
  await expect.poll(() => connections.map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
});

test('does not save a renewed secret of a replaced connection, which may belong to another account', async () => {
  const { connections, destinations, renewed, setValues } = poolFixture();
  await destinations.connect('p');
  setValues({ account: 'another' });
  await destinations.connect('p');
  await connections[0]!.saveRenewed({ account: 'the old one' });
  expect(renewed).toEqual([]);
});

test('a setting that the driver discovered does not cause a new connection', async () => {
  const { connections, destinations, renewed, setValues } = poolFixture();
  setValues({ bucket: 'b', secret: 's' });
  await destinations.connect('p');
  await connections[0]!.saveRenewed({ region: 'eu-north-1' });
  expect(renewed).toEqual([['p', { region: 'eu-north-1' }]]);
  // The settings now come before the secrets; the order does not matter.
  setValues({ bucket: 'b', region: 'eu-north-1', secret: 's' });
  await destinations.connect('p');
  expect(connections).toHaveLength(1);
  await destinations.connect('p');
  destinations.close();
});
