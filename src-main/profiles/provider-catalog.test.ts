import { expect, test } from 'vitest';
import { providers } from '../providers/registry.ts';
import { ProviderCatalog } from './provider-catalog.ts';

test('returns the help pages of the manifest, and refuses unknown fields and presets', () => {
  const catalog = new ProviderCatalog(providers);
  for (const provider of catalog.infos()) {
    for (const field of provider.fields.filter(({ page }) => page))
      expect(catalog.helpPageUrl(provider.id, { field: field.key })).toBe(field.page);
    for (const preset of provider.presets.filter(({ page }) => page))
      expect(catalog.helpPageUrl(provider.id, { preset: preset.id })).toBe(preset.page);
  }
  expect(() => catalog.helpPageUrl('s3', { field: 'no-such-field' })).toThrow('invalid-input');
  expect(() => catalog.helpPageUrl('s3', { preset: 'no-such-preset' })).toThrow('invalid-input');
});
