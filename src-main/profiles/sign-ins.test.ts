import { describe, expect, test } from 'vitest';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { canary, draft, profileFixture, testProvider } from './testing/profile-fixture.ts';

describe('a sign-in on the service’s own page', () => {
  const pageProvider: Provider = {
    ...testProvider,
    fields: testProvider.fields.map((field) => (field.key === 'secret' ? { ...field, kind: 'sign-in' } : field)),
  };
  const form = { ...draft, secrets: {} };
  const begin = async (w: ReturnType<typeof profileFixture>) => {
    const steps: SignInStep[] = [];
    const answer = w.profiles.drafts.signIn(form, 'secret', (step) => steps.push(step));
    answer.catch(() => undefined); // Each test checks how it ends.
    await expect.poll(() => steps.length).toBe(1);
    return { steps, answer };
  };

  test('gives the form a handle and the destination the secret', async () => {
    const w = profileFixture({ providers: [pageProvider] });
    const { steps, answer } = await begin(w);
    expect(steps[0]).toEqual({ url: 'https://example.com/sign-in', paste: true });
    w.profiles.drafts.signIns.paste('4711');
    const { value, settings } = await answer;
    expect(settings).toEqual({ user: 'Ada' });
    expect(value).not.toContain(canary);
    expect(w.registered).toContain(`${canary}-4711`);
    expect(w.profiles.drafts.validate({ ...form, secrets: { secret: value } })).toEqual([]);
    const view = await w.profiles.editor.save({ ...form, secrets: { secret: value } });
    expect(JSON.stringify(view)).not.toContain(canary);
    expect((await w.profiles.values.read('p2')).values).toMatchObject({ secret: `${canary}-4711` });
  });

  test('ends when the user cancels it or starts another one, and ignores an invented handle', async () => {
    const w = profileFixture({ providers: [pageProvider] });
    const first = await begin(w);
    const second = await begin(w);
    await expect(first.answer).rejects.toMatchObject({ error: { code: 'canceled' } });
    w.profiles.drafts.signIns.cancel();
    await expect(second.answer).rejects.toMatchObject({ error: { code: 'canceled' } });
    expect(w.profiles.drafts.validate({ ...form, secrets: { secret: 'signed-in:x' } })).toMatchObject([
      { field: 'secret' },
    ]);
  });

  test('is refused for a field that is not a sign-in', async () => {
    const w = profileFixture({ providers: [pageProvider] });
    await expect(w.profiles.drafts.signIn(form, 'bucket', () => undefined)).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    });
  });
});
