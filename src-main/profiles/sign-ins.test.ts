import { describe, expect, test } from 'vitest';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { canary, draft, profileFixture, testProvider } from './testing/profile-fixture.ts';

describe('a sign-in on a page of the service', () => {
  const pageProvider: Provider = {
    ...testProvider,
    fields: testProvider.fields.map((field) => (field.key === 'secret' ? { ...field, kind: 'sign-in' } : field)),
  };
  const form = { ...draft, secrets: {} };
  const startSignIn = async (fixture: ReturnType<typeof profileFixture>) => {
    const steps: SignInStep[] = [];
    const result = fixture.profiles.drafts.signIn(form, 'secret', (step) => steps.push(step));
    result.catch(() => undefined); // Each test checks the result.
    await expect.poll(() => steps.length).toBe(1);
    return { steps, result };
  };

  test('returns a handle to the form, and saves the secret with the destination', async () => {
    const fixture = profileFixture({ providers: [pageProvider] });
    const { steps, result } = await startSignIn(fixture);
    expect(steps[0]).toEqual({ url: 'https://example.com/sign-in', paste: true });
    fixture.profiles.drafts.signIns.paste('4711');
    const { value, settings } = await result;
    expect(settings).toEqual({ user: 'Ada' });
    expect(value).not.toContain(canary);
    expect(fixture.registered).toContain(`${canary}-4711`);
    expect(fixture.profiles.drafts.validate({ ...form, secrets: { secret: value } })).toEqual([]);
    const view = await fixture.profiles.editor.save({ ...form, secrets: { secret: value } });
    expect(JSON.stringify(view)).not.toContain(canary);
    expect((await fixture.profiles.values.read('p2')).values).toMatchObject({ secret: `${canary}-4711` });
  });

  test('ends when the user cancels it or starts another one, and refuses an invented handle', async () => {
    const fixture = profileFixture({ providers: [pageProvider] });
    const first = await startSignIn(fixture);
    const second = await startSignIn(fixture);
    await expect(first.result).rejects.toMatchObject({ error: { code: 'canceled' } });
    fixture.profiles.drafts.signIns.cancel();
    await expect(second.result).rejects.toMatchObject({ error: { code: 'canceled' } });
    expect(fixture.profiles.drafts.validate({ ...form, secrets: { secret: 'signed-in:x' } })).toMatchObject([
      { field: 'secret' },
    ]);
  });

  test('is refused for a field that is not a sign-in', async () => {
    const fixture = profileFixture({ providers: [pageProvider] });
    await expect(fixture.profiles.drafts.signIn(form, 'bucket', () => undefined)).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    });
  });
});
