import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import type { LinkKind } from '../../../src-shared/upload.ts';
import type { ProfilesState } from '../../stores/profiles.ts';
import { linkKindLabel, linkKindInSentence } from './link-kind.ts';
import { chosenLinkOverride, linkOverrideChoices } from './link-override.ts';

const profile = (rest: Partial<ProfileView> = {}): ProfileView => ({
  id: 'a',
  providerId: 's3',
  name: 'Work',
  settings: {},
  secrets: [],
  secretStorage: 'saved',
  visibility: 'expiring',
  linkDays: 7,
  status: { state: 'ready' },
  ...rest,
});
const provider = (supportedLinkKinds: LinkKind[]): ProviderInfo => ({
  id: 's3',
  name: 'S3',
  help: 'app.name',
  fields: [],
  presets: [],
  capabilities: {
    maxBytes: 1,
    visibilities: ['expiring', 'public'],
    supportedLinkKinds,
    manyLinks: true,
    canDelete: true,
  },
});
const ids = (of: ProfileView, supportedLinkKinds: LinkKind[] = ['expiring', 'public']): string[] => {
  const state: ProfilesState = {
    ready: true,
    providers: [provider(supportedLinkKinds)],
    profiles: [of],
    current: of.id,
    discovered: [],
    fallback: { on: false, order: [] },
  };
  return linkOverrideChoices(state).map(({ id }) => id);
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
  expect([
    linkKindLabel(profile(), day),
    linkKindLabel(profile(), { kind: 'public' }),
    linkKindLabel(profile()),
  ]).toEqual(['next: link works for 1 day', 'next: anyone with the link', 'link works for 7 days']);
  expect(linkKindInSentence(profile(), day)).toBe('the link works for 1 day');
  expect(linkKindInSentence(profile({ linkSentence: 'fal.links.never' }), day)).toBe('the link works for 1 day');
  expect([
    chosenLinkOverride(undefined),
    chosenLinkOverride(day),
    chosenLinkOverride({ kind: 'expiring', seconds: 604_800 }),
    chosenLinkOverride({ kind: 'public' }),
  ]).toEqual(['as-set', 'day', 'week', 'public']);
});
