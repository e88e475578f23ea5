/** When the cache loads credentials, and which errors the requests get. */
import { describe, expect, test, vi } from 'vitest';
import { CredentialCache, type PromptMode, type AwsCredentials } from './credential-cache.ts';

const minute = 60_000;

/** A cache, and a service with a test clock that issues keys with this lifetime. */
function setUp(lifetimeMs: number | undefined) {
  const service = { now: 1_000_000, issuedKeys: 0, error: undefined as Error | undefined };
  const load = vi.fn(async (_promptMode: PromptMode): Promise<AwsCredentials> => {
    await Promise.resolve();
    if (service.error) throw service.error;
    return {
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: `t${++service.issuedKeys}`,
      ...(lifetimeMs === undefined ? {} : { expiration: new Date(service.now + lifetimeMs) }),
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

describe('ensureWithoutPrompt', () => {
  test('loads credentials only if none are cached, and shares them with other requests', async () => {
    const { load, cache } = setUp(60 * minute);
    await cache.ensureWithoutPrompt();
    expect(load).toHaveBeenCalledExactlyOnceWith('background');
    expect(await tokenOf(cache)).toBe('t1');
    await cache.ensureWithoutPrompt();
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('does not affect requests that may prompt when it fails', async () => {
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
])(
  'keys that expire after %i minutes are used after %d minutes and renewed after %d',
  async (lifetime, before, after) => {
    const { service, cache } = setUp(lifetime * minute);
    await cache.get();
    service.now += before * minute;
    expect(await tokenOf(cache)).toBe('t1');
    service.now += (after - before) * minute;
    expect(await tokenOf(cache)).toBe('t2');
  },
);

test('permanent keys are loaded again every minute', async () => {
  const { service, cache } = setUp(undefined);
  await cache.get();
  service.now += minute - 1;
  expect(await tokenOf(cache)).toBe('t1');
  service.now += 1;
  expect(await tokenOf(cache)).toBe('t2');
});

describe('if the service issues no new credentials', () => {
  test('the old credentials stay in use until they expire, with one attempt per minute', async () => {
    const { service, load, cache } = setUp(60 * minute);
    await cache.get();
    service.now += 56 * minute;
    service.error = new Error('unavailable');
    for (let i = 0; i < 10; i++) expect(await tokenOf(cache)).toBe('t1');
    expect(load).toHaveBeenCalledTimes(2);
    service.error = undefined;
    service.now += minute;
    expect(await tokenOf(cache)).toBe('t2');
  });

  test('requests after the expiry get the service’s error, with one attempt per second', async () => {
    const { service, load, cache } = setUp(60 * minute);
    await cache.get();
    service.now += 61 * minute;
    service.error = new Error('unavailable');
    for (let i = 0; i < 10; i++) await expect(cache.get()).rejects.toThrow('unavailable');
    expect(load).toHaveBeenCalledTimes(2);
    service.error = undefined;
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
