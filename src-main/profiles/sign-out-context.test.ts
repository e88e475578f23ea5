/** The sign-out of a removed destination. */
import { expect, test } from 'vitest';
import type { Provider } from '../providers/contract/provider.ts';
import { draft, testProvider, profileFixture, type ProfileFixtureOptions } from './testing/profile-fixture.ts';

const signInProvider: Provider = {
  ...testProvider,
  fields: testProvider.fields.map((field) => (field.key === 'secret' ? { ...field, kind: 'sign-in' } : field)),
};
const signInFixture = (options: ProfileFixtureOptions = {}) =>
  profileFixture({ providers: [signInProvider], ...options });

const form = (bucket: string, secret: string) => ({ ...draft, settings: { bucket }, secrets: { secret } });

test('signs out after the removal, with the values of all destinations of the provider', async () => {
  const fixture = signInFixture();
  const { id } = await fixture.profiles.editor.save(form('mine', 'sign-in 1'));
  await fixture.profiles.editor.save(form('other', 'sign-in 2'));
  await fixture.profileRemover.remove(id);
  expect(fixture.signedOut).toMatchObject([
    {
      values: { bucket: 'mine', secret: 'sign-in 1' },
      others: [{ bucket: 'other', secret: 'sign-in 2' }],
      remainingProfiles: 1,
    },
  ]);
  expect(fixture.reportedProblems).toEqual([]);
});

test('does not sign out of a destination that uses keys or credentials of the environment', async () => {
  const keys = profileFixture();
  const { id } = await keys.profiles.editor.save(draft);
  await keys.profileRemover.remove(id);
  expect(keys.signedOut).toEqual([]);
  const fixture = signInFixture();
  const adopted = await fixture.profiles.editor.adopt(fixture.profiles.views.all().discovered[0]!.id);
  await fixture.profileRemover.remove(adopted.id);
  expect(fixture.signedOut).toEqual([]);
});

test('removes a destination without the key store, but does not sign out, because others may share the sign-in', async () => {
  const fixture = signInFixture();
  const { id } = await fixture.profiles.editor.save(form('mine', 'sign-in 1'));
  fixture.box.isAvailable = false;
  await fixture.profileRemover.remove(id);
  expect([fixture.saved.size, fixture.signedOut]).toEqual([0, []]);
});

test('removes a destination although the service does not respond, and logs the error', async () => {
  const fixture = signInFixture();
  const { id } = await fixture.profiles.editor.save(form('silent', 'sign-in'));
  await fixture.profileRemover.remove(id);
  expect([fixture.saved.size, fixture.ciphertext.get(id) ?? {}, fixture.reportedProblems]).toEqual([
    0,
    {},
    ['sign-out'],
  ]);
});
