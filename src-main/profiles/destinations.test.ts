import { expect, test } from 'vitest';
import type { Provider } from '../providers/provider.ts';
import { failure } from '../../src-shared/errors.ts';
import { Destinations, type Connected } from './destinations.ts';

function world() {
  const made: { name: string; isClosed: boolean }[] = [];
  let isBroken = false;
  const destinations = new Destinations({
    values: async () => ({ provider: {} as Provider, values: {}, profile: { name: 'Work' } }),
    connect: async (_provider, _values, name) => {
      await Promise.resolve();
      if (isBroken) throw failure('provider-broken');
      const one = { name, isClosed: false };
      made.push(one);
      return { close: () => { one.isClosed = true; } } as Connected;
    },
  });
  return { made, destinations, breaks: (broken: boolean) => { isBroken = broken; } };
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
