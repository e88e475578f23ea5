import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { ProfilesState } from '../../stores/profiles.ts';
import { linkKindLabel, linkKindInSentence } from './link-kind.ts';
import { setUpLabel } from './set-up-label.ts';

const work: ProfileView = {
  id: 'work',
  providerId: 's3',
  name: 'Work',
  settings: {},
  secrets: [],
  secretStorage: 'saved',
  visibility: 'expiring',
  status: { state: 'ready' },
  linkDays: 7,
};
const practice: ProfileView = { ...work, id: 'practice', name: 'Practice', secretStorage: 'built-in' };

test('the label of Practice says where its links open, not how long they work', () => {
  expect(linkKindLabel(practice)).toBe('links open only on this computer');
  expect(linkKindInSentence(practice)).toBe('the link opens only on this computer');
  expect(linkKindLabel(work)).toBe('link works for 7 days');
  expect([linkKindLabel, linkKindInSentence].map((label) => label({ ...work, linkSentence: 'fal.links.30d' }))).toEqual(
    Array.from({ length: 2 }, () => 'public, unlisted, expires after 30 days'),
  );
});

test('the button says “Set up” for the first destination and “Add” for others', () => {
  const state = (profiles: ProfileView[]): ProfilesState => ({
    ready: true,
    providers: [],
    profiles,
    discovered: [],
    fallback: { on: false, order: [] },
  });
  expect([setUpLabel(state([])), setUpLabel(state([practice])), setUpLabel(state([work]))]).toEqual([
    'ui.bar.set-up',
    'ui.bar.set-up',
    'ui.bar.add',
  ]);
});
