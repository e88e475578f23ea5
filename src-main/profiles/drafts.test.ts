import { describe, expect, test } from 'vitest';
import { canary, draft, profileFixture } from './testing/profile-fixture.ts';

describe('a form', () => {
  test('reports every problem at once, without a request, and accepts a stored key', async () => {
    const w = profileFixture();
    w.problems.push({ field: 'region', error: { code: 'invalid-input', field: 'region', params: { why: 'region' } } });
    const empty = w.profiles.drafts.validate({ ...draft, settings: { credentials: 'guess' }, secrets: {} });
    expect(empty.map(({ field }) => field).sort()).toEqual(['bucket', 'credentials', 'region']);
    expect(
      w.profiles.drafts
        .validate({ ...draft, settings: {}, secrets: {} })
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['bucket', 'region', 'secret']);
    await w.profiles.editor.save(draft);
    w.box.calls = 0;
    expect(w.profiles.drafts.validate({ ...draft, id: 'p1', secrets: {} }).map(({ field }) => field)).toEqual([
      'region',
    ]);
    expect(w.box.calls).toBe(0);
    w.box.backend = 'kwallet';
    expect(w.profiles.drafts.validate({ ...draft, id: 'p1', secrets: {} }).map(({ field }) => field)).toContain(
      'secret',
    );
  });

  test('has suggestions only for fields with suggestions', async () => {
    await expect(profileFixture().profiles.drafts.suggest(draft, 'region')).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'region' },
    });
  });

  test('that the user closed is stored without its secrets, even a secret among the settings', () => {
    const w = profileFixture();
    expect(w.profiles.drafts.savedSetup()).toBeNull();
    w.profiles.drafts.saveSetupDraft({
      providerId: 's3',
      name: 'Half',
      preset: 'aws',
      settings: { bucket: 'b', secret: canary },
    });
    expect(w.profiles.drafts.savedSetup()).toEqual({
      providerId: 's3',
      name: 'Half',
      preset: 'aws',
      settings: { bucket: 'b' },
    });
    w.profiles.drafts.saveSetupDraft(null);
    expect(w.profiles.drafts.savedSetup()).toBeNull();
  });
});
