import { describe, expect, test, vi } from 'vitest';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { Provider, ProviderModule } from '../contract/provider.ts';
import { failureOf, fakePorts, fakeProvider, idleDriver } from '../testing/fake-provider.ts';
import { connectDestination } from './connect.ts';
import { loadProvider } from './load-provider.ts';

describe('loadProvider', () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      'fails to load',
      async () => {
        throw new Error('Cannot find module');
      },
    ],
    ['exports nothing', async () => ({})],
    ['has no errorOf', async () => ({ connect: () => idleDriver })],
    ['is undefined', async () => undefined],
    ['connects to undefined', async () => ({ connect: () => undefined, errorOf: () => undefined })],
    [
      'connects to a driver without discard',
      async () => ({ connect: () => ({ ...idleDriver, discard: undefined }), errorOf: () => undefined }),
    ],
  ])('reports provider-broken for code that %s', async (_, load) => {
    const thrown = await failureOf(
      connectDestination(fakeProvider({}, { load: load as () => Promise<ProviderModule> }), { token: 'x' }, fakePorts),
    );
    expect(thrown).toBeInstanceOf(AppFailure);
    expect(thrown.error.code).toBe('provider-broken');
  });

  test('times out with an error that names the provider', async () => {
    const provider = fakeProvider({}, { load: () => new Promise(() => undefined) });
    expect((await failureOf(loadProvider(provider, { timeoutMs: 20 }))).error).toEqual({
      code: 'provider-broken',
      params: { provider: 'Test' },
    });
  });

  test('loads the code again after a failed load', async () => {
    const load = vi
      .fn<Provider['load']>()
      .mockRejectedValueOnce(new Error('disk unavailable'))
      .mockResolvedValueOnce({ connect: () => idleDriver, errorOf: () => undefined });
    const provider = fakeProvider({}, { load });
    expect((await failureOf(loadProvider(provider))).error.code).toBe('provider-broken');
    await loadProvider(provider);
    expect(load).toHaveBeenCalledTimes(2);
  });
});
