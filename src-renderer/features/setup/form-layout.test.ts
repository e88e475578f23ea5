import { expect, test } from 'vitest';
import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import type { Field, ProviderInfo } from '../../../src-shared/provider.ts';
import {
  draftFromSaved,
  draftFromDiscovered,
  missingFields,
  createDraft,
  toSavedSetup,
  toProfileDraft,
  withPreset,
  withValue,
} from './form-draft.ts';
import { layoutForm } from './form-layout.ts';
import { hasKeyPair, requiresKeyEntry, storageText, keylessChoice } from './secret-storage.ts';
import { savedSetupTarget, initialDraft, carryDraft, listSetupTargets } from './wizard/setup-targets.ts';

const label = 'app.name';
const field = (key: string, kind: Field['kind'], group: Field['group'], overrides: Partial<Field> = {}): Field => ({
  key,
  kind,
  group,
  label,
  help: label,
  ...overrides,
});
const byKeys = { field: 'credentials', is: 'keys' };
const provider: ProviderInfo = {
  id: 's3',
  name: 'S3',
  help: label,
  capabilities: {
    maxBytes: 1,
    visibilities: ['expiring'],
    supportedLinkKinds: ['expiring'],
    manyLinks: true,
    canDelete: true,
  },
  fields: [
    field('credentials', 'choice', 'sign-in', {
      advanced: true,
      initial: 'keys',
      choices: [
        { value: 'keys', label },
        { value: 'profile', label },
      ],
    }),
    field('profile', 'text', 'sign-in', { required: true, showWhen: { field: 'credentials', is: 'profile' } }),
    field('id', 'text', 'sign-in', { required: true, showWhen: byKeys }),
    field('secret', 'secret', 'sign-in', { required: true, showWhen: byKeys }),
    field('endpoint', 'text', 'location'),
    field('region', 'text', 'location'),
    field('bucket', 'text', 'location', { required: true }),
    field('who', 'choice', 'links', {
      choices: [
        { value: 'expiring', label },
        { value: 'public', label },
      ],
    }),
    field('speed', 'text', 'limits', { advanced: true }),
  ],
  presets: [
    { id: 'aws', name: 'Amazon', values: { endpoint: '' }, asks: ['region'] },
    { id: 'own', name: 'Own server', values: { endpoint: 'http://127.0.0.1' }, asks: ['endpoint'] },
  ],
};
const [aws, own] = listSetupTargets([provider], []).services;
const discovered: DiscoveredCredentialsView = {
  id: 'f',
  providerId: 's3',
  name: 'work',
  from: '~/.aws/credentials',
  settings: { credentials: 'profile', profile: 'work' },
  needs: ['bucket'],
};
const keysOf = (fields: Field[]): string[] => fields.map(({ key }) => key);

test('a service shows its required fields, then the link kind; all others are grouped below', () => {
  const layoutOf = (target: typeof aws) => layoutForm({ provider, draft: initialDraft(target!) });
  expect(keysOf(layoutOf(aws).mainFields)).toEqual(['id', 'secret', 'region', 'bucket', 'who']);
  expect(keysOf(layoutOf(own).mainFields)).toEqual(['id', 'secret', 'endpoint', 'bucket', 'who']);
  expect(layoutOf(aws).advancedGroups.map(({ group, fields }) => [group, ...keysOf(fields)])).toEqual([
    ['sign-in', 'credentials'],
    ['location', 'endpoint'],
    ['limits', 'speed'],
  ]);
});

test('discovered credentials only ask for missing fields', () => {
  const draft = draftFromDiscovered(provider, discovered);
  expect(keysOf(layoutForm({ provider, draft, discovered }).mainFields)).toEqual(['bucket', 'who']);
  expect(Object.keys(missingFields(draft, provider, { discovered }))).toEqual(['bucket']);
  expect(toProfileDraft(withValue(draft, 'bucket', 'b'), provider)).toMatchObject({
    discoveredId: 'f',
    name: '',
    secrets: {},
    settings: { profile: 'work', bucket: 'b' },
  });
});

test('changing the service keeps typed values and drops discovered ones', () => {
  const typed = withValue(withValue(initialDraft(aws!), 'bucket', 'mine'), 'secret', 's');
  const moved = carryDraft({ target: aws!, draft: typed }, own!);
  expect(moved).toMatchObject({ preset: 'own', values: { bucket: 'mine', secret: 's', endpoint: 'http://127.0.0.1' } });
  const [target] = listSetupTargets([provider], [discovered]).discovered;
  expect(carryDraft({ target: aws!, draft: typed }, target!)).toBeUndefined();
  expect(carryDraft({ target: target!, draft: initialDraft(target!) }, aws!)).toBeUndefined();
});

test('a closed setup is saved without its keys, and restored', () => {
  const typed = withValue(withValue(initialDraft(own!), 'bucket', 'mine'), 'secret', 'secret-value');
  const savedSetup = toSavedSetup(typed, provider);
  expect(JSON.stringify(savedSetup)).not.toContain('secret-value');
  expect(savedSetup).toMatchObject({ preset: 'own', settings: { bucket: 'mine' } });
  const restored = savedSetupTarget(listSetupTargets([provider], []), savedSetup!);
  expect(restored?.target.id).toBe(own!.id);
  expect(restored?.draft).toEqual({ ...draftFromSaved(provider, savedSetup!), preset: 'own' });
  expect(restored?.draft.values).toMatchObject({ bucket: 'mine', secret: '' });
});

test('an empty setup is not saved, and a setup is not restored after its credentials disappeared', () => {
  expect(toSavedSetup(initialDraft(aws!), provider)).toBeUndefined();
  expect(toSavedSetup(withPreset(createDraft(provider), provider, provider.presets[1]), provider)).toBeUndefined();
  expect(toSavedSetup(draftFromDiscovered(provider, discovered), provider)).toMatchObject({ discoveredId: 'f' });
  expect(
    savedSetupTarget(listSetupTargets([provider], []), {
      providerId: 's3',
      name: '',
      preset: '',
      settings: {},
      discoveredId: 'f',
    }),
  ).toBeUndefined();
});

test('the form says where keys are stored, and what the alternatives are', () => {
  const draft = initialDraft(aws!);
  const form = { provider, draft, known: {} };
  expect(requiresKeyEntry(form)).toBe(true);
  expect(keylessChoice(form)).toMatchObject({ field: 'credentials', value: 'profile' });
  expect(storageText(form, { state: 'available', name: 'KWallet' })).toBe('Keys are stored encrypted in KWallet.');
  expect(storageText(form, { state: 'none', name: '' })).toMatch(/until it quits/);
  expect(storageText({ ...form, draft: { ...draft, keep: 'unprotected' } }, { state: 'none', name: '' })).toMatch(
    /Every program that runs as you can read the keys/,
  );
  const named = { ...form, draft: withValue(draft, 'credentials', 'profile') };
  expect(requiresKeyEntry(named)).toBe(false);
  expect(storageText(named, undefined)).toMatch(/not copied/);
  expect(storageText({ ...form, known: { discovered } }, undefined)).toMatch(/not copied/);
  expect(
    storageText(
      { ...form, known: { discovered: { ...discovered, copies: true } } },
      { state: 'available', name: 'KWallet' },
    ),
  ).toBe('Hoist stores a copy of the keys in KWallet.');
});

test('providers without presets are listed after the first S3 service', () => {
  const withoutPresets = (id: 'dropbox' | 'fal', name: string): ProviderInfo => ({
    ...provider,
    id,
    name,
    presets: [],
  });
  const { services } = listSetupTargets(
    [provider, withoutPresets('dropbox', 'Dropbox'), withoutPresets('fal', 'fal.ai')],
    [],
  );
  expect(services.map(({ name }) => name)).toEqual(['Amazon', 'Dropbox', 'fal.ai', 'Own server']);
  expect(services.findLast(({ preset }) => preset !== undefined)?.name).toBe('Own server');
});

test('a form has a key pair if it requires two keys', () => {
  expect(hasKeyPair({ provider, draft: initialDraft(aws!), known: {} })).toBe(true);
  const singleKeyProvider: ProviderInfo = {
    ...provider,
    fields: [
      field('key', 'secret', 'sign-in', { required: true }),
      field('folder', 'text', 'location', { required: true }),
    ],
    presets: [],
  };
  expect(hasKeyPair({ provider: singleKeyProvider, draft: createDraft(singleKeyProvider), known: {} })).toBe(false);
  expect(hasKeyPair({ provider, draft: withValue(initialDraft(aws!), 'credentials', 'profile'), known: {} })).toBe(
    false,
  );
});
