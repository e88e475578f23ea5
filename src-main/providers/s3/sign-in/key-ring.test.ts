import { describe, expect, test, vi } from 'vitest';
import { KeyRing, type Asking, type Keys } from './key-ring.ts';

const minute = 60_000;

/** A service that gives keys of a certain life, on a clock of the test's own. */
function setUp(lifeMs: number | undefined) {
  const world = { now: 1_000_000, given: 0, trouble: undefined as Error | undefined };
  const load = vi.fn(async (_asking: Asking): Promise<Keys> => {
    await Promise.resolve();
    if (world.trouble) throw world.trouble;
    return {
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: `t${++world.given}`,
      ...(lifeMs === undefined ? {} : { expiration: new Date(world.now + lifeMs) }),
    };
  });
  return { world, load, ring: new KeyRing(load, () => world.now) };
}

const token = async (ring: KeyRing): Promise<string | undefined> => (await ring.keys()).sessionToken;

test('however many ask, the service is asked once', async () => {
  const { load, ring } = setUp(60 * minute);
  expect(new Set(await Promise.all(Array.from({ length: 1000 }, () => token(ring))))).toEqual(new Set(['t1']));
  expect(load).toHaveBeenCalledTimes(1);
});

describe('without asking anybody', () => {
  test('keys that are there are enough, and others that can be had are everybody’s', async () => {
    const { load, ring } = setUp(60 * minute);
    await ring.unasked();
    expect(load).toHaveBeenCalledExactlyOnceWith('nobody');
    expect(await token(ring)).toBe('t1');
    await ring.unasked();
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('that there are none is no answer to those who would be asked, before, meanwhile or after', async () => {
    const { world, load, ring } = setUp(60 * minute);
    load.mockImplementation(async (asking) => {
      await Promise.resolve();
      if (asking === 'nobody') throw new Error('needs a code');
      return {
        accessKeyId: 'A',
        secretAccessKey: 'S',
        sessionToken: 'typed',
        expiration: new Date(world.now + 60 * minute),
      };
    });
    const quiet = ring.unasked();
    const asked = token(ring);
    await expect(quiet).rejects.toThrow('needs a code');
    expect(await asked).toBe('typed');
    await expect(ring.unasked()).resolves.toBeUndefined();
  });
});

test.each([
  [60, 54, 56],
  [15, 9, 11],
  [6, 2, 4],
  [2, 0.5, 1.5],
])('keys of %i minutes are still used after %d, and renewed after %d', async (life, before, after) => {
  const { world, ring } = setUp(life * minute);
  await ring.keys();
  world.now += before * minute;
  expect(await token(ring)).toBe('t1');
  world.now += (after - before) * minute;
  expect(await token(ring)).toBe('t2');
});

test('keys without an end are looked for again every minute', async () => {
  const { world, ring } = setUp(undefined);
  await ring.keys();
  world.now += minute - 1;
  expect(await token(ring)).toBe('t1');
  world.now += 1;
  expect(await token(ring)).toBe('t2');
});

describe('a service that gives no others', () => {
  test('before the end: those that are there go on, and it is asked again in a minute, not each time', async () => {
    const { world, load, ring } = setUp(60 * minute);
    await ring.keys();
    world.now += 56 * minute;
    world.trouble = new Error('away');
    for (let i = 0; i < 10; i++) expect(await token(ring)).toBe('t1');
    expect(load).toHaveBeenCalledTimes(2);
    world.trouble = undefined;
    world.now += minute;
    expect(await token(ring)).toBe('t2');
  });

  test('after the end: its own words, said once to all who wait, and asked again a second later', async () => {
    const { world, load, ring } = setUp(60 * minute);
    await ring.keys();
    world.now += 61 * minute;
    world.trouble = new Error('away');
    for (let i = 0; i < 10; i++) await expect(ring.keys()).rejects.toThrow('away');
    expect(load).toHaveBeenCalledTimes(2);
    world.trouble = undefined;
    world.now += 1000;
    expect(await token(ring)).toBe('t2');
  });
});

describe('keys that the store refuses', () => {
  test('others are asked for, once however many were refused', async () => {
    const { load, ring } = setUp(60 * minute);
    const refused = await ring.keys();
    expect(await Promise.all(Array.from({ length: 20 }, () => ring.replace(refused)))).toEqual(
      Array.from({ length: 20 }, () => true),
    );
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('the same again are no others', async () => {
    const keys: Keys = { accessKeyId: 'A', secretAccessKey: 'S' };
    const ring = new KeyRing(
      async () => ({ ...keys }),
      () => 0,
    );
    expect(await ring.replace(await ring.keys())).toBe(false);
  });
});
