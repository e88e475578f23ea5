import { expect, test } from 'vitest';
import type { Provider } from '../providers/provider.ts';
import { failure } from '../../src-shared/errors.ts';
import { Destinations, type Connected } from './destinations.ts';

function world() {
  const made: { name: string; isClosed: boolean }[] = [];
  const renewed: unknown[] = [];
  let values: Record<string, string> = {};
  let keep: ((secrets: Record<string, string>) => Promise<void>) | undefined;
  let isBroken = false;
  const destinations = new Destinations({
    values: async () => ({ provider: {} as Provider, values, profile: { name: 'Work' } }),
    renew: async (id, secrets) => { renewed.push([id, secrets]); values = { ...values, ...secrets }; },
    connect: async (_provider, _values, { name, keep: its }) => {
      keep = its;
      await Promise.resolve();
      if (isBroken) throw failure('provider-broken');
      const one = { name, isClosed: false };
      made.push(one);
      return { close: () => { one.isClosed = true; } } as Connected;
    },
  });
  return { made, destinations, renewed, keep: (secrets: Record<string, string>) => keep!(secrets), breaks: (broken: boolean) => { isBroken = broken; } };
}

test('uploads that begin at once share one connection, and it is closed with the rest', async () => {
  const { made, destinations } = world();
  const all = await Promise.all([1, 2, 3, 4].map(() => destinations.connect('p')));
  expect([made.length, new Set(all).size]).toEqual([1, 1]);
  destinations.close();
  await expect.poll(() => made[0]?.isClosed).toBe(true);
});

test('a connection that did not come about is tried again', async () => {
  const { made, destinations, breaks } = world();
  breaks(true);
  await expect(destinations.connect('p')).rejects.toMatchObject({ error: { code: 'provider-broken' } });
  breaks(false);
  await destinations.connect('p');
  expect(made).toHaveLength(1);
});

test('a secret that the service gave out anew is kept, and the connection stays', async () => {
  const { made, destinations, renewed, keep } = world();
  const before = await destinations.connect('p');
  await keep({ account: 'newer' });
  expect(renewed).toEqual([['p', { account: 'newer' }]]);
  expect(await destinations.connect('p')).toBe(before);
  expect(made).toHaveLength(1);
});
