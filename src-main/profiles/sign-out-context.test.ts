/** Signing out of what is removed: for whom, with what, and what must not stand in the way. */
import { expect, test } from 'vitest';
import type { Provider } from '../providers/contract/provider.ts';
import { draft, testProvider, profileFixture, type ProfileFixtureOptions } from './testing/profile-fixture.ts';

const signingIn: Provider = {
  ...testProvider,
  fields: testProvider.fields.map((field) => (field.key === 'secret' ? { ...field, kind: 'sign-in' } : field)),
};
const start = (options: ProfileFixtureOptions = {}) => profileFixture({ providers: [signingIn], ...options });

const form = (bucket: string, secret: string) => ({ ...draft, settings: { bucket }, secrets: { secret } });

test('it is signed out of once it is gone, with its own values and those of its kind that stay', async () => {
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

test('what nobody signed in to, and what only the environment knows, is not signed out of', async () => {
  const keys = profileFixture();
  const { id } = await keys.profiles.editor.save(draft);
  await keys.profileRemover.remove(id);
  expect(keys.signedOut).toEqual([]);
  const w = start();
  const adopted = await w.profiles.editor.adopt(w.profiles.views.all().discovered[0]!.id);
  await w.profileRemover.remove(adopted.id);
  expect(w.signedOut).toEqual([]);
});

test('a key store that is away keeps nobody from removing; who else may use the sign-in is not known then, so it stays', async () => {
  const w = start();
  const { id } = await w.profiles.editor.save(form('mine', 'sign-in of mine'));
  w.box.isAvailable = false;
  await w.profileRemover.remove(id);
  expect([w.saved.size, w.signedOut]).toEqual([0, []]);
});

test('a service that does not answer keeps nobody from removing: it is for the log', async () => {
  const w = start();
  const { id } = await w.profiles.editor.save(form('silent', 'sign-in'));
  await w.profileRemover.remove(id);
  expect([w.saved.size, w.ciphertext.get(id) ?? {}, w.reportedProblems]).toEqual([0, {}, ['sign-out']]);
});
