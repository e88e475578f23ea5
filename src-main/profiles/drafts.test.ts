import { describe, expect, test } from 'vitest';
import { draft, profileFixture } from './testing/profile-fixture.ts';

describe('the form of a destination', () => {
  test('reports all problems at once, without a request to the service, and accepts a stored key', async () => {
    const fixture = profileFixture();
    fixture.problems.push({
      field: 'region',
      error: { code: 'invalid-input', field: 'region', params: { why: 'region' } },
    });
    const empty = fixture.profiles.drafts.validate({ ...draft, settings: { credentials: 'guess' }, secrets: {} });
    expect(empty.map(({ field }) => field).sort()).toEqual(['bucket', 'credentials', 'region']);
    expect(
      fixture.profiles.drafts
        .validate({ ...draft, settings: {}, secrets: {} })
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['bucket', 'region', 'secret']);
    await fixture.profiles.editor.save(draft);
    fixture.box.calls = 0;
    expect(fixture.profiles.drafts.validate({ ...draft, id: 'p1', secrets: {} }).map(({ field }) => field)).toEqual([
      'region',
    ]);
    expect(fixture.box.calls).toBe(0);
    fixture.box.backend = 'kwallet';
    expect(fixture.profiles.drafts.validate({ ...draft, id: 'p1', secrets: {} }).map(({ field }) => field)).toContain(
      'secret',
    );
  });

  test('refuses a request for suggestions for a field that has none', async () => {
    await expect(profileFixture().profiles.drafts.suggest(draft, 'region')).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'region' },
    });
  });
});
