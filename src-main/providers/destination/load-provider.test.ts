import { describe, expect, test, vi } from 'vitest';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { Provider, ProviderModule } from '../contract/provider.ts';
import { failureOf, fakePorts, fakeProvider, idleDriver } from '../testing/fake-provider.ts';
import { connectDestination } from './connect.ts';
import { loadProvider } from './load-provider.ts';

describe('provider code that is missing or incomplete', () => {
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
  ])('code that %s makes only this destination unusable', async (_, load) => {
    const thrown = await failureOf(
      connectDestination(fakeProvider({}, { load: load as () => Promise<ProviderModule> }), { token: 'x' }, fakePorts),
    );
    expect(thrown).toBeInstanceOf(AppFailure);
    expect(thrown.error.code).toBe('provider-broken');
  });

  test('loading times out and the error names the provider', async () => {
    const provider = fakeProvider({}, { load: () => new Promise(() => undefined) });
    expect((await failureOf(loadProvider(provider, { timeoutMs: 20 }))).error).toEqual({
      code: 'provider-broken',
      params: { provider: 'Test' },
    });
  });

  test('a failed load is tried again on the next use', async () => {
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
