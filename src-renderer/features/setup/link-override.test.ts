import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProviderInfo } from '../../../src-shared/provider.ts';
import type { LinkKind } from '../../../src-shared/upload.ts';
import type { ProfilesState } from '../../stores/profiles.ts';
import { linkKindLabel, linkKindInSentence } from './link-kind.ts';
import { chosenLinkOverride, linkOverrideChoices } from './link-override.ts';

const profile = (overrides: Partial<ProfileView> = {}): ProfileView => ({
  id: 'a',
  providerId: 's3',
  name: 'Work',
  settings: {},
  secrets: [],
  secretStorage: 'saved',
  visibility: 'expiring',
  linkDays: 7,
  status: { state: 'ready' },
  ...overrides,
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
const choiceIds = (current: ProfileView, supportedLinkKinds: LinkKind[] = ['expiring', 'public']): string[] => {
  const state: ProfilesState = {
    ready: true,
    providers: [provider(supportedLinkKinds)],
    profiles: [current],
    current: current.id,
    discovered: [],
    fallback: { on: false, order: [] },
  };
  return linkOverrideChoices(state).map(({ id }) => id);
};

test("the destination's own link kind is not offered again", () => {
  expect(choiceIds(profile())).toEqual(['as-set', 'day', 'public']);
  expect(choiceIds(profile({ linkDays: 1 }))).toEqual(['as-set', 'week', 'public']);
  expect(choiceIds(profile({ linkDays: 3 }))).toEqual(['as-set', 'day', 'week', 'public']);
  expect(choiceIds(profile({ visibility: 'public', linkDays: undefined }))).toEqual(['as-set', 'day', 'week']);
});

test('the menu offers only link kinds that the provider supports, and is empty for Practice or a single link kind', () => {
  expect(choiceIds(profile(), ['public'])).toEqual(['as-set', 'public']);
  expect(choiceIds(profile({ visibility: 'public' }), ['public'])).toEqual([]);
  expect(choiceIds(profile({ id: 'practice' }))).toEqual([]);
});

test('the override is shown next to the destination and in the drop overlay, and is selected in the menu', () => {
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
