import { describe, expect, test } from 'vitest';
import { draft, environmentCanary, profileFixture } from './testing/profile-fixture.ts';

describe('the built-in destination', () => {
  test('is Practice in the window, until a destination is saved', async () => {
    const { profiles, profileRemover } = profileFixture({ builtIns: ['practice'] });
    expect(profiles.views.all()).toMatchObject({
      current: 'practice',
      profiles: [
        {
          id: 'practice',
          name: 'Practice',
          secretStorage: 'built-in',
          secrets: [],
          visibility: 'expiring',
          status: { state: 'ready' },
        },
      ],
    });
    expect(profiles.chains.from('practice')).toEqual([{ profileId: 'practice', visibility: 'expiring' }]);
    const saved = await profiles.editor.save(draft);
    expect(profiles.views.all()).toMatchObject({ current: saved.id, profiles: [{ id: saved.id }] });
    // Links to files in Practice still work and show its name.
    expect((await profiles.values.read('practice')).values).toEqual({ bucket: 'practice', secret: 'own' });
    expect(profiles.catalog.name('practice')).toBe('Practice');
    await profileRemover.remove(saved.id);
    expect(profiles.catalog.current()?.id).toBe('practice');
  });

  test('is the environment on the command line while its variables are set, and Practice otherwise', async () => {
    const { profiles, saved, env } = profileFixture({ builtIns: ['environment', 'practice'] });
    expect(profiles.catalog.current()).toMatchObject({ id: 'environment', name: 'S3 (environment)' });
    expect((await profiles.values.read('environment')).values).toEqual({
      bucket: 'env-bucket',
      user: 'env-user',
      secret: environmentCanary,
    });
    expect(profiles.catalog.findTyped('practice')?.id).toBe('practice');
    expect(profiles.catalog.findTyped('PRACTICE')?.id).toBe('practice');
    expect(saved.size).toBe(0);
    env['BUCKET'] = '';
    expect(profiles.catalog.current()?.id).toBe('practice');
    await expect(profiles.values.read('environment')).rejects.toMatchObject({ error: { code: 'secret-missing' } });
  });

  test('is found by its name even if a saved destination has that name, and new destinations get another name', async () => {
    const { profiles, saved } = profileFixture({ builtIns: ['environment', 'practice'] });
    for (const name of ['practice', 'Environment']) {
      const { id } = await profiles.editor.save({ ...draft, name });
      expect(profiles.catalog.name(id)).toBe(`${name} 2`);
      // An earlier version allowed the name.
      saved.set(id, { ...saved.get(id)!, name });
    }
    expect(profiles.catalog.findTyped('practice')?.id).toBe('practice');
    expect(profiles.catalog.findTyped('ENVIRONMENT')?.id).toBe('environment');
  });

  test('can be named on the command line like any other destination', async () => {
    const { profiles } = profileFixture({ builtIns: ['practice'] });
    const saved = await profiles.editor.save({ ...draft, name: 'Work bucket' });
    expect([
      profiles.catalog.findTyped('work BUCKET')?.id,
      profiles.catalog.findTyped(saved.id)?.id,
      profiles.catalog.findTyped('practice')?.id,
      profiles.catalog.findTyped('work')?.id,
    ]).toEqual([saved.id, saved.id, 'practice', undefined]);
  });
});
