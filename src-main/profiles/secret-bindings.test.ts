import { expect, test } from 'vitest';
import type { FieldValues } from '../../src-shared/profile.ts';
import { canary, draft, environmentCanary, profileFixture } from './testing/profile-fixture.ts';

const saved = { ...draft, id: 'p1', settings: { bucket: 'b' }, secrets: {} };
/** Changes of the settings, each of which lets another party read the requests. */
const changes: FieldValues[] = [
  { endpoint: 'https://other.example' },
  { proxy: 'address', proxyAddress: 'http://other.example:8080' },
  { ca: 'other certificate' },
];

async function savedFixture() {
  const fixture = profileFixture();
  await fixture.profiles.editor.save(draft);
  return fixture;
}

test.each(changes)('a stored key is not sent to a changed recipient without consent: %o', async (change) => {
  const { profiles, recipientQuestions, tested } = await savedFixture();
  const changed = { ...saved, settings: { ...saved.settings, ...change } };
  const refused = { error: { code: 'secret-missing', field: 'secret', params: { why: 'recipients' } } };
  await expect(profiles.drafts.test(changed)).rejects.toMatchObject(refused);
  await expect(profiles.editor.save(changed)).rejects.toMatchObject(refused);
  await expect(profiles.drafts.suggest(changed, 'bucket')).rejects.toMatchObject(refused);
  // The test and the save each ask. A suggestion does not.
  expect(recipientQuestions).toHaveLength(2);
  expect(tested).toEqual([]);
  expect((await profiles.values.read('p1')).values).toEqual({ ...saved.settings, secret: canary });
});

test('the user agrees once to a test and the save that follows, and the question names the new party', async () => {
  const { profiles, recipientQuestions, consent, tested } = await savedFixture();
  consent.isGiven = true;
  const changed = { ...saved, settings: { ...saved.settings, endpoint: 'https://other.example' } };
  await profiles.drafts.test(changed);
  await profiles.editor.save(changed);
  expect(recipientQuestions).toEqual(['server https://other.example']);
  expect(tested[0]).toMatchObject({ secret: canary });
  consent.isGiven = false;
  const third = { ...saved, settings: { ...saved.settings, endpoint: 'https://third.example' } };
  await expect(profiles.drafts.test(third)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
});

test('with a key that the user types again, no question is asked and the other stored secrets are removed', async () => {
  const fixture = profileFixture();
  await fixture.profiles.editor.save({ ...draft, secrets: { secret: canary, token: 'CANARY-token' } });
  const settings = { ...saved.settings, endpoint: 'https://other.example' };
  const typed = { ...saved, settings, secrets: { secret: 'new' } };
  await fixture.profiles.drafts.test(typed);
  expect(fixture.tested).toEqual([{ ...settings, secret: 'new' }]);
  await fixture.profiles.editor.save(typed);
  expect((await fixture.profiles.values.read('p1')).values).toEqual({ ...settings, secret: 'new' });
  expect(fixture.recipientQuestions).toEqual([]);
});

test('a key of an environment variable is not sent to a changed recipient without consent', async () => {
  const { profiles, tested, recipientQuestions } = profileFixture();
  const found = { ...draft, secrets: {}, discoveredId: 'found' };
  const elsewhere = { ...found, settings: { bucket: 'b', endpoint: 'https://other.example' } };
  await expect(profiles.drafts.test(elsewhere)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
  await expect(profiles.editor.adopt('found', { endpoint: 'https://other.example' })).rejects.toMatchObject({
    error: { code: 'secret-missing' },
  });
  expect(recipientQuestions).toHaveLength(2);
  await profiles.drafts.test(found);
  expect(tested).toMatchObject([{ secret: environmentCanary }]);
  const { id } = await profiles.editor.adopt('found');
  const adopted = { ...draft, id, secrets: {}, settings: { bucket: 'b', proxy: 'theirs' } };
  await expect(profiles.drafts.test(adopted)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
});

test('the keys of an AWS profile are not sent to a server that the form names without consent', async () => {
  const { profiles, tested } = profileFixture();
  const form = { ...draft, secrets: {}, settings: { bucket: 'b', credentials: 'profile', user: 'work' } };
  await profiles.drafts.test(form);
  const elsewhere = { ...form, settings: { ...form.settings, endpoint: 'https://other.example' } };
  await expect(profiles.drafts.test(elsewhere)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
  expect(tested).toHaveLength(1);
});

test('the secrets of a destination are not used by the form of another provider', async () => {
  const { profiles, provider } = profileFixture();
  expect(provider.id).toBe('s3');
  await profiles.editor.save(draft);
  profiles.catalog.getSaved('p1').providerId = 'fal';
  await expect(profiles.drafts.test(saved)).rejects.toMatchObject({ error: { code: 'no-destination' } });
});

test('the result of a sign-in is not sent to a recipient that the user did not sign in with', async () => {
  const { profiles, tested } = profileFixture();
  const form = { ...draft, settings: { bucket: 'b' }, secrets: {} };
  const { value } = await profiles.drafts.signIns.start(
    form,
    'secret',
    () => undefined,
    async () => ({ value: canary }),
  );
  const signedIn = { ...form, secrets: { secret: value } };
  await profiles.drafts.test(signedIn);
  const elsewhere = { ...signedIn, settings: { bucket: 'b', proxy: 'theirs' } };
  const refused = { error: { code: 'secret-missing', params: { why: 'recipients' } } };
  await expect(profiles.drafts.test(elsewhere)).rejects.toMatchObject(refused);
  await expect(profiles.editor.save(elsewhere)).rejects.toMatchObject(refused);
  expect(tested).toEqual([{ bucket: 'b', secret: canary }]);
});

test('two requests at a time ask one question', async () => {
  const { profiles, recipientQuestions } = await savedFixture();
  const changed = { ...saved, settings: { bucket: 'b', proxy: 'theirs' } };
  await Promise.allSettled([profiles.drafts.test(changed), profiles.drafts.test(changed)]);
  expect(recipientQuestions).toHaveLength(1);
});
