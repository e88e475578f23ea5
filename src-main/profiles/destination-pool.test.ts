import { expect, test } from 'vitest';
import type { Provider } from '../providers/contract/provider.ts';
import { failure } from '../../src-shared/errors.ts';
import { DestinationPool, type PooledDestination } from './destination-pool.ts';

function poolFixture() {
  const made: { name: string; isClosed: boolean; answer?: () => void }[] = [];
  const renewed: unknown[] = [];
  let values: Record<string, string> = {};
  let keep: ((secrets: Record<string, string>) => Promise<void>) | undefined;
  const keeps: NonNullable<typeof keep>[] = [];
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
      keep = saveRenewed;
      keeps.push(saveRenewed);
      await Promise.resolve();
      if (isBroken) throw failure('provider-broken');
      const one: (typeof made)[number] = { name, isClosed: false };
      made.push(one);
      return {
        stat: () =>
          new Promise((resolve) => {
            one.answer = () => resolve(undefined);
          }),
        close: () => {
          one.isClosed = true;
        },
      } as unknown as PooledDestination;
    },
  });
  return {
    made,
    destinations,
    renewed,
    keeps,
    change: (to: Record<string, string>) => {
      values = to;
    },
    keep: (secrets: Record<string, string>) => keep!(secrets),
    breaks: (broken: boolean) => {
      isBroken = broken;
    },
  };
}

test('uploads that begin at once share one connection, and closing the pool closes it', async () => {
  const { made, destinations } = poolFixture();
  const all = await Promise.all([1, 2, 3, 4].map(() => destinations.connect('p')));
  expect([made.length, new Set(all).size]).toEqual([1, 1]);
  destinations.close();
  await expect.poll(() => made[0]?.isClosed).toBe(true);
});

test('a link is opened with the destination’s own probe', async () => {
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
  const { destinations: others } = poolFixture();
  expect((await others.connect('p')).probe).toBeUndefined();
});

test('a failed connection is tried again', async () => {
  const { made, destinations, breaks } = poolFixture();
  breaks(true);
  await expect(destinations.connect('p')).rejects.toMatchObject({ error: { code: 'provider-broken' } });
  breaks(false);
  await destinations.connect('p');
  expect(made).toHaveLength(1);
});

test('saves a secret that the service renewed, and keeps the connection', async () => {
  const { made, destinations, renewed, keep } = poolFixture();
  const before = await destinations.connect('p');
  await keep({ account: 'newer' });
  expect(renewed).toEqual([['p', { account: 'newer' }]]);
  expect(await destinations.connect('p')).toBe(before);
  expect(made).toHaveLength(1);
});

test('a replaced connection finishes its running requests and is then closed', async () => {
  const { made, destinations, change } = poolFixture();
  const before = await destinations.connect('p');
  const running = before.stat(null, new AbortController().signal);
  change({ key: 'newer' });
  const now = await destinations.connect('p');
  expect(now).not.toBe(before);
  expect(made.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  made[0]!.answer!();
  await running;
  await expect.poll(() => made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  change({ key: 'newest' });
  await destinations.connect('p');
  await expect.poll(() => made.map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
});

test('does not save a renewed secret of a replaced connection, because it belongs to another account', async () => {
  const { destinations, renewed, keeps, change } = poolFixture();
  await destinations.connect('p');
  change({ account: 'another' });
  await destinations.connect('p');
  await keeps[0]!({ account: 'of the old one' });
  expect(renewed).toEqual([]);
});

test('a setting that the driver found out does not cause a new connection', async () => {
  const { made, destinations, renewed, change, keep } = poolFixture();
  change({ bucket: 'b', secret: 's' });
  await destinations.connect('p');
  await keep({ region: 'eu-north-1' });
  expect(renewed).toEqual([['p', { region: 'eu-north-1' }]]);
  // The next read has the settings first and the secrets after them.
  change({ bucket: 'b', region: 'eu-north-1', secret: 's' });
  await destinations.connect('p');
  expect(made).toHaveLength(1);
  await destinations.connect('p');
  destinations.close();
});
