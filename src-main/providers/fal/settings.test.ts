/** Tests the parsing of pasted keys, the discovery of credentials, and the description of links. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { text } from '../../../src-shared/text/text.ts';
import { validateValues } from '../destination/connect.ts';
import { fal } from './index.ts';
import { falSettingsSchema } from './settings.ts';

describe('a key', () => {
  test.each([
    'id-1:secret',
    '  id-1:secret \n',
    '"id-1:secret"',
    'FAL_KEY=id-1:secret',
    'export FAL_KEY="id-1:secret"',
    'Key id-1:secret',
    'Authorization: Key id-1:secret',
    'id-1:sec\nret',
    '\u200bid-1:secret',
  ])('is found in the pasted text %j', (key) => {
    expect(v.parse(falSettingsSchema, { key })).toEqual({ key: 'id-1:secret', access: 'public', linkDays: 7 });
    expect(validateValues(fal, { key })).toEqual({ key: 'id-1:secret' });
  });

  test.each([
    ['', 'missing'],
    ['only-one-half', 'falKey'],
    [':secret', 'falKey'],
    ['id:', 'falKey'],
    ['id:gehe\u00efm', 'falKey'],
  ])('%j is rejected for the reason "%s"', (key, why) => {
    expect(() => validateValues(fal, { key })).toThrow(
      expect.objectContaining({ error: { code: 'invalid-input', field: 'key', params: { why, names: '' } } }),
    );
  });
});

test.each([
  ['expiry', '2d', 'choice'],
  ['access', 'secret', 'choice'],
  ['linkDays', '8', 'days'],
])('the setting %s = %s is rejected', (field, value, why) => {
  expect(() => validateValues(fal, { key: 'a:b', [field]: value })).toThrow(
    expect.objectContaining({
      error: expect.objectContaining({ code: 'invalid-input', field, params: { why, names: '' } }),
    }),
  );
});

describe('credentials on this computer', () => {
  const discover = (env: Record<string, string>) =>
    fal.discoverCredentials({ env, home: '/home/ann', platform: 'linux', read: () => undefined });

  test('are FAL_KEY, or else FAL_KEY_ID with FAL_KEY_SECRET, and stay in the environment', () => {
    expect(discover({ FAL_KEY: ' id:one ', FAL_KEY_ID: 'x', FAL_KEY_SECRET: 'y' })).toEqual([
      { id: 'fal-environment', name: 'fal.ai', from: 'FAL_KEY', values: { key: 'id:one' }, use: 'environment' },
    ]);
    expect(discover({ FAL_KEY_ID: 'id', FAL_KEY_SECRET: 'two' })).toMatchObject([
      { from: 'FAL_KEY_ID', values: { key: 'id:two' }, use: 'environment' },
    ]);
  });

  test('are not found if a variable is empty or half of the key is missing', () => {
    for (const env of [{}, { FAL_KEY: '' }, { FAL_KEY_ID: 'id' }, { FAL_KEY_SECRET: 's' }] as Record<string, string>[])
      expect(discover(env)).toEqual([]);
  });
});

test('the manifest describes who can open links, and says that files cannot be deleted', () => {
  const linkSummary = (settings: Record<string, string>): string => {
    const { visibility, days, sentence } = fal.linkAccess(settings);
    return [visibility, days ?? '-', sentence === undefined ? '-' : text(sentence)].join(' | ');
  };
  expect(linkSummary({})).toBe('public | - | public, unlisted, until you revoke the link');
  expect(linkSummary({ expiry: '1h' })).toBe('expiring | - | public, unlisted, expires after 1 hour');
  expect(linkSummary({ expiry: '30d' })).toBe('expiring | 30 | public, unlisted, expires after 30 days');
  expect(linkSummary({ expiry: 'nonsense' })).toBe('public | - | public, unlisted, until you revoke the link');
  expect(linkSummary({ access: 'signed', linkDays: '3' })).toBe('expiring | 3 | -');
  expect(fal.capabilities.canDelete).toBe(false);
});
