import { describe, expect, test, vi } from 'vitest';
import { CredentialCache, type PromptMode, type AwsCredentials } from './credential-cache.ts';

const minute = 60_000;

/** A service that issues keys with this lifetime, and a test clock. */
function setUp(lifeMs: number | undefined) {
  const service = { now: 1_000_000, given: 0, trouble: undefined as Error | undefined };
  const load = vi.fn(async (_promptMode: PromptMode): Promise<AwsCredentials> => {
    await Promise.resolve();
    if (service.trouble) throw service.trouble;
    return {
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: `t${++service.given}`,
      ...(lifeMs === undefined ? {} : { expiration: new Date(service.now + lifeMs) }),
    };
  });
  return { service, load, cache: new CredentialCache(load, () => service.now) };
}

const tokenOf = async (cache: CredentialCache): Promise<string | undefined> => (await cache.get()).sessionToken;

test('concurrent requests cause one request to the service', async () => {
  const { load, cache } = setUp(60 * minute);
  expect(new Set(await Promise.all(Array.from({ length: 1000 }, () => tokenOf(cache))))).toEqual(new Set(['t1']));
  expect(load).toHaveBeenCalledTimes(1);
});

describe('without prompting the user', () => {
  test('existing credentials are enough, and newly loaded ones are shared', async () => {
    const { load, cache } = setUp(60 * minute);
    await cache.ensureWithoutPrompt();
    expect(load).toHaveBeenCalledExactlyOnceWith('background');
    expect(await tokenOf(cache)).toBe('t1');
    await cache.ensureWithoutPrompt();
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('a failure does not affect earlier, concurrent or later requests that may prompt', async () => {
    const { service, load, cache } = setUp(60 * minute);
    load.mockImplementation(async (promptMode) => {
      await Promise.resolve();
      if (promptMode === 'background') throw new Error('needs a code');
      return {
        accessKeyId: 'A',
        secretAccessKey: 'S',
        sessionToken: 'typed',
        expiration: new Date(service.now + 60 * minute),
      };
    });
    const unprompted = cache.ensureWithoutPrompt();
    const prompted = tokenOf(cache);
    await expect(unprompted).rejects.toThrow('needs a code');
    expect(await prompted).toBe('typed');
    await expect(cache.ensureWithoutPrompt()).resolves.toBeUndefined();
  });
});

test.each([
  [60, 54, 56],
  [15, 9, 11],
  [6, 2, 4],
  [2, 0.5, 1.5],
])('keys of %i minutes are still used after %d, and renewed after %d', async (life, before, after) => {
  const { service, cache } = setUp(life * minute);
  await cache.get();
  service.now += before * minute;
  expect(await tokenOf(cache)).toBe('t1');
  service.now += (after - before) * minute;
  expect(await tokenOf(cache)).toBe('t2');
});

test('permanent keys are read again every minute', async () => {
  const { service, cache } = setUp(undefined);
  await cache.get();
  service.now += minute - 1;
  expect(await tokenOf(cache)).toBe('t1');
  service.now += 1;
  expect(await tokenOf(cache)).toBe('t2');
});

describe('a service that issues no new credentials', () => {
  test('before the expiry: the old credentials stay in use, and the next attempt follows after a minute', async () => {
    const { service, load, cache } = setUp(60 * minute);
    await cache.get();
    service.now += 56 * minute;
    service.trouble = new Error('away');
    for (let i = 0; i < 10; i++) expect(await tokenOf(cache)).toBe('t1');
    expect(load).toHaveBeenCalledTimes(2);
    service.trouble = undefined;
    service.now += minute;
    expect(await tokenOf(cache)).toBe('t2');
  });

  test('after the expiry: all waiting requests get the service’s error, and the next attempt follows after a second', async () => {
    const { service, load, cache } = setUp(60 * minute);
    await cache.get();
    service.now += 61 * minute;
    service.trouble = new Error('away');
    for (let i = 0; i < 10; i++) await expect(cache.get()).rejects.toThrow('away');
    expect(load).toHaveBeenCalledTimes(2);
    service.trouble = undefined;
    service.now += 1000;
    expect(await tokenOf(cache)).toBe('t2');
  });
});

describe('keys that the store refuses', () => {
  test('are replaced once, however many requests were refused', async () => {
    const { load, cache } = setUp(60 * minute);
    const refused = await cache.get();
    expect(await Promise.all(Array.from({ length: 20 }, () => cache.renew(refused)))).toEqual(
      Array.from({ length: 20 }, () => true),
    );
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('are not replaced by the same keys', async () => {
    const keys: AwsCredentials = { accessKeyId: 'A', secretAccessKey: 'S' };
    const cache = new CredentialCache(
      async () => ({ ...keys }),
      () => 0,
    );
    expect(await cache.renew(await cache.get())).toBe(false);
  });
});
