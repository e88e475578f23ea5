import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import type { LinkKind } from '../../../src-shared/upload.ts';
import type { Profiles } from '../../stores/profiles.ts';
import { linkKind, linkKindInSentence } from './link-kind.ts';
import { chosenWish, wishChoices } from './link-wishes.ts';

const profile = (rest: Partial<ProfileView> = {}): ProfileView => ({
  id: 'a',
  providerId: 's3',
  name: 'Work',
  settings: {},
  secrets: [],
  kept: 'saved',
  visibility: 'expiring',
  linkDays: 7,
  status: { state: 'ready' },
  ...rest,
});
const provider = (wishes: LinkKind[]): ProviderInfo => ({
  id: 's3',
  name: 'S3',
  help: 'app.name',
  fields: [],
  presets: [],
  capabilities: { maxBytes: 1, visibilities: ['expiring', 'public'], wishes, manyLinks: true, canDelete: true },
});
const ids = (of: ProfileView, wishes: LinkKind[] = ['expiring', 'public']): string[] => {
  const state: Profiles = {
    ready: true,
    providers: [provider(wishes)],
    profiles: [of],
    current: of.id,
    found: [],
    fallback: { on: false, order: [] },
  };
  return wishChoices(state).map(({ id }) => id);
};

test('what the destination makes anyway is not offered a second time', () => {
  expect(ids(profile())).toEqual(['as-set', 'day', 'public']);
  expect(ids(profile({ linkDays: 1 }))).toEqual(['as-set', 'week', 'public']);
  expect(ids(profile({ linkDays: 3 }))).toEqual(['as-set', 'day', 'week', 'public']);
  expect(ids(profile({ visibility: 'public', linkDays: undefined }))).toEqual(['as-set', 'day', 'week']);
});

test('only links that the provider makes; nothing to choose is no choice, and in Practice there is none', () => {
  expect(ids(profile(), ['public'])).toEqual(['as-set', 'public']);
  expect(ids(profile({ visibility: 'public' }), ['public'])).toEqual([]);
  expect(ids(profile({ id: 'practice' }))).toEqual([]);
});

test('it is said beside the destination and over the window, and is the one chosen in the menu', () => {
  const day = { kind: 'expiring', seconds: 86_400 } as const;
  expect([linkKind(profile(), day), linkKind(profile(), { kind: 'public' }), linkKind(profile())]).toEqual([
    'next: link works for 1 day',
    'next: anyone with the link',
    'link works for 7 days',
  ]);
  expect(linkKindInSentence(profile(), day)).toBe('the link works for 1 day');
  expect(linkKindInSentence(profile({ linkSentence: 'fal.links.never' }), day)).toBe('the link works for 1 day');
  expect([
    chosenWish(undefined),
    chosenWish(day),
    chosenWish({ kind: 'expiring', seconds: 604_800 }),
    chosenWish({ kind: 'public' }),
  ]).toEqual(['as-set', 'day', 'week', 'public']);
});
