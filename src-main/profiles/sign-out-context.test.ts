/** The sign-out of a removed destination. */
import { expect, test } from 'vitest';
import type { Provider } from '../providers/contract/provider.ts';
import { draft, testProvider, profileFixture, type ProfileFixtureOptions } from './testing/profile-fixture.ts';

const signingIn: Provider = {
  ...testProvider,
  fields: testProvider.fields.map((field) => (field.key === 'secret' ? { ...field, kind: 'sign-in' } : field)),
};
const start = (options: ProfileFixtureOptions = {}) => profileFixture({ providers: [signingIn], ...options });

const form = (bucket: string, secret: string) => ({ ...draft, settings: { bucket }, secrets: { secret } });

test('signs out after the removal, with the values of the destination and those of its provider that remain', async () => {
  const w = start();
  const { id } = await w.profiles.editor.save(form('mine', 'sign-in of mine'));
  await w.profiles.editor.save(form('other', 'sign-in of the other'));
  await w.profileRemover.remove(id);
  expect(w.signedOut).toMatchObject([
    {
      values: { bucket: 'mine', secret: 'sign-in of mine' },
      others: [{ bucket: 'other', secret: 'sign-in of the other' }],
      remainingProfiles: 1,
    },
  ]);
  expect(w.reportedProblems).toEqual([]);
});

test('does not sign out of a destination with keys or with credentials of the environment', async () => {
  const keys = profileFixture();
  const { id } = await keys.profiles.editor.save(draft);
  await keys.profileRemover.remove(id);
  expect(keys.signedOut).toEqual([]);
  const w = start();
  const adopted = await w.profiles.editor.adopt(w.profiles.views.all().discovered[0]!.id);
  await w.profileRemover.remove(adopted.id);
  expect(w.signedOut).toEqual([]);
});

test('a removal works without the key store, but does not sign out, because another destination may share the sign-in', async () => {
  const w = start();
  const { id } = await w.profiles.editor.save(form('mine', 'sign-in of mine'));
  w.box.isAvailable = false;
  await w.profileRemover.remove(id);
  expect([w.saved.size, w.signedOut]).toEqual([0, []]);
});

test('a removal works when the service does not answer, and the error is logged', async () => {
  const w = start();
  const { id } = await w.profiles.editor.save(form('silent', 'sign-in'));
  await w.profileRemover.remove(id);
  expect([w.saved.size, w.ciphertext.get(id) ?? {}, w.reportedProblems]).toEqual([0, {}, ['sign-out']]);
});
