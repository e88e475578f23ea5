import { expect, test } from 'vitest';
import type { FoundView } from '../../../src-shared/profile.ts';
import type { Field, ProviderInfo } from '../../../src-shared/provider.ts';
import {
  begunDraft,
  foundDraft,
  missingFields,
  startDraft,
  toBegun,
  toProfileDraft,
  withPreset,
  withValue,
} from './draft.ts';
import { layoutOf } from './form-layout.ts';
import { asksKeyPair, entersKeys, keptWords, keylessChoice } from './key-keeping.ts';
import { begunPlace, draftAt, draftMoved, offersOf } from './wizard/places.ts';

const label = 'app.name';
const field = (key: string, kind: Field['kind'], group: Field['group'], rest: Partial<Field> = {}): Field => ({
  key,
  kind,
  group,
  label,
  help: label,
  ...rest,
});
const byKeys = { field: 'credentials', is: 'keys' };
const provider: ProviderInfo = {
  id: 's3',
  name: 'S3',
  help: label,
  capabilities: { maxBytes: 1, visibilities: ['expiring'], wishes: ['expiring'], manyLinks: true, canDelete: true },
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
    field('endpoint', 'text', 'place'),
    field('region', 'text', 'place'),
    field('bucket', 'text', 'place', { required: true }),
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
const [aws, own] = offersOf([provider], []).services;
const found: FoundView = {
  id: 'f',
  providerId: 's3',
  name: 'work',
  from: '~/.aws/credentials',
  settings: { credentials: 'profile', profile: 'work' },
  needs: ['bucket'],
};
const keysOf = (fields: Field[]): string[] => fields.map(({ key }) => key);

test('a service asks for what it needs, who may open the links last; everything else waits in groups', () => {
  const at = (place: typeof aws) => layoutOf({ provider, draft: draftAt(place!) });
  expect(keysOf(at(aws).asked)).toEqual(['id', 'secret', 'region', 'bucket', 'who']);
  expect(keysOf(at(own).asked)).toEqual(['id', 'secret', 'endpoint', 'bucket', 'who']);
  expect(at(aws).more.map(({ group, fields }) => [group, ...keysOf(fields)])).toEqual([
    ['sign-in', 'credentials'],
    ['place', 'endpoint'],
    ['limits', 'speed'],
  ]);
});

test('what was found asks only for what it lacks', () => {
  const draft = foundDraft(provider, found);
  expect(keysOf(layoutOf({ provider, draft, found }).asked)).toEqual(['bucket', 'who']);
  expect(Object.keys(missingFields(draft, provider, { found }))).toEqual(['bucket']);
  expect(toProfileDraft(withValue(draft, 'bucket', 'b'), provider)).toMatchObject({
    foundId: 'f',
    name: '',
    secrets: {},
    settings: { profile: 'work', bucket: 'b' },
  });
});

test('from one service to another what was typed comes along, and what was found does not mix with it', () => {
  const typed = withValue(withValue(draftAt(aws!), 'bucket', 'mine'), 'secret', 's');
  const moved = draftMoved({ place: aws!, draft: typed }, own!);
  expect(moved).toMatchObject({ preset: 'own', values: { bucket: 'mine', secret: 's', endpoint: 'http://127.0.0.1' } });
  const [place] = offersOf([provider], [found]).found;
  expect(draftMoved({ place: aws!, draft: typed }, place!)).toBeUndefined();
  expect(draftMoved({ place: place!, draft: draftAt(place!) }, aws!)).toBeUndefined();
});

test('a setup that is closed is kept without its keys, and goes on where it was', () => {
  const typed = withValue(withValue(draftAt(own!), 'bucket', 'mine'), 'secret', 'not to be kept');
  const begun = toBegun(typed, provider);
  expect(JSON.stringify(begun)).not.toContain('not to be kept');
  expect(begun).toMatchObject({ preset: 'own', settings: { bucket: 'mine' } });
  const back = begunPlace(offersOf([provider], []), begun!);
  expect(back?.place.id).toBe(own!.id);
  expect(back?.draft).toEqual({ ...begunDraft(provider, begun!), preset: 'own' });
  expect(back?.draft.values).toMatchObject({ bucket: 'mine', secret: '' });
});

test('nothing is kept of a setup in which nothing was entered, and nothing comes back whose place is gone', () => {
  expect(toBegun(draftAt(aws!), provider)).toBeUndefined();
  expect(toBegun(withPreset(startDraft(provider), provider, provider.presets[1]), provider)).toBeUndefined();
  expect(toBegun(foundDraft(provider, found), provider)).toMatchObject({ foundId: 'f' });
  expect(
    begunPlace(offersOf([provider], []), { providerId: 's3', name: '', preset: '', settings: {}, foundId: 'f' }),
  ).toBeUndefined();
});

test('where the keys will be is said, and what there is instead of entering them', () => {
  const draft = draftAt(aws!);
  const form = { provider, draft, known: {} };
  expect(entersKeys(form)).toBe(true);
  expect(keylessChoice(form)).toMatchObject({ field: 'credentials', value: 'profile' });
  expect(keptWords(form, { state: 'available', name: 'KWallet' })).toBe('Keys are kept encrypted in KWallet.');
  expect(keptWords(form, { state: 'none', name: '' })).toMatch(/until Hoist quits/);
  expect(keptWords({ ...form, draft: { ...draft, keep: 'unprotected' } }, { state: 'none', name: '' })).toMatch(
    /readable for every program/,
  );
  const named = { ...form, draft: withValue(draft, 'credentials', 'profile') };
  expect(entersKeys(named)).toBe(false);
  expect(keptWords(named, undefined)).toMatch(/not copied/);
  expect(keptWords({ ...form, known: { found } }, undefined)).toMatch(/not copied/);
  expect(
    keptWords({ ...form, known: { found: { ...found, copies: true } } }, { state: 'available', name: 'KWallet' }),
  ).toBe('A copy of the keys goes into KWallet.');
});

test('a service by itself stands right after the first of the many that speak one language', () => {
  const alone = (id: 'dropbox' | 'fal', name: string): ProviderInfo => ({ ...provider, id, name, presets: [] });
  const { services } = offersOf([provider, alone('dropbox', 'Dropbox'), alone('fal', 'fal.ai')], []);
  expect(services.map(({ name }) => name)).toEqual(['Amazon', 'Dropbox', 'fal.ai', 'Own server']);
  expect(services.findLast(({ preset }) => preset !== undefined)?.name).toBe('Own server');
});

test('of two keys is spoken where two are asked for', () => {
  expect(asksKeyPair({ provider, draft: draftAt(aws!), known: {} })).toBe(true);
  const one: ProviderInfo = {
    ...provider,
    fields: [
      field('key', 'secret', 'sign-in', { required: true }),
      field('folder', 'text', 'place', { required: true }),
    ],
    presets: [],
  };
  expect(asksKeyPair({ provider: one, draft: startDraft(one), known: {} })).toBe(false);
  expect(asksKeyPair({ provider, draft: withValue(draftAt(aws!), 'credentials', 'profile'), known: {} })).toBe(false);
});
