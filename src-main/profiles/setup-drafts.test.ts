import { expect, test } from 'vitest';
import type { SetupDraft } from '../../src-shared/profile.ts';
import { canary, profileFixture } from './testing/profile-fixture.ts';

const draft: SetupDraft = { providerId: 's3', name: 'Half', preset: 'aws', settings: { bucket: 'b', secret: canary } };
const withoutSecret = { ...draft, settings: { bucket: 'b' } };

test('stores a form that the user closed without its secrets, even a secret among the settings', () => {
  const { setupDrafts } = profileFixture().profiles;
  expect(setupDrafts.saved()).toEqual({ closed: null, open: null });
  setupDrafts.saveClosed(draft);
  expect(setupDrafts.saved()).toEqual({ closed: withoutSecret, open: null });
  setupDrafts.saveClosed(null);
  expect(setupDrafts.saved()).toEqual({ closed: null, open: null });
});

test('keeps the open form apart from the closed one, without its secrets', () => {
  const { setupDrafts } = profileFixture().profiles;
  setupDrafts.saveClosed({ ...draft, name: 'Closed' });
  setupDrafts.keepOpen(draft);
  const closed = { ...withoutSecret, name: 'Closed' };
  expect(setupDrafts.saved()).toEqual({ closed, open: withoutSecret });
  setupDrafts.keepOpen(null);
  expect(setupDrafts.saved()).toEqual({ closed, open: null });
});
