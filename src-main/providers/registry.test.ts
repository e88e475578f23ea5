import { expect, test } from 'vitest';
import { loadProvider } from './destination/load-provider.ts';
import { providerById, providers } from './registry.ts';

test('every provider of the registry loads and has all its methods', async () => {
  for (const provider of providers) {
    expect(providerById(provider.id)).toBe(provider);
    await loadProvider(provider);
  }
  expect(() => providerById('gone' as never)).toThrow('provider-broken');
});

test('a manifest is plain data that can be sent to the window', () => {
  for (const { id, name, help, fields, presets, capabilities } of providers) {
    const info = { id, name, help, fields, presets, capabilities };
    expect(structuredClone(info)).toEqual(info);
  }
});
