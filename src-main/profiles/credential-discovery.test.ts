import { describe, expect, test } from 'vitest';
import type { DiscoveredCredentials } from '../providers/contract/provider.ts';
import {
  allStoredText,
  canary,
  draft,
  environmentCanary,
  profileFixture,
  testProvider,
} from './testing/profile-fixture.ts';

describe('credentials in the environment', () => {
  test('are listed without the secret and used by reference after one confirmation', async () => {
    const w = profileFixture();
    expect(w.profiles.views.all()).toMatchObject({
      profiles: [],
      discovered: [
        { id: 'found', name: 'env-bucket', settings: { bucket: 'env-bucket', user: 'env-user' }, needs: [] },
      ],
    });
    expect(w.profiles.views.all().discovered[0]).not.toHaveProperty('copies');
    expect(JSON.stringify(w.profiles.views.all())).not.toContain(environmentCanary);
    const view = await w.profiles.editor.adopt('found');
    expect(view).toMatchObject({ secretStorage: 'environment', name: 'env-bucket' });
    expect(allStoredText(w)).not.toContain(environmentCanary);
    expect((await w.profiles.values.read(view.id)).values).toEqual({
      bucket: 'env-bucket',
      user: 'env-user',
      secret: environmentCanary,
    });
    expect(w.registered).toContain(environmentCanary);
    expect(w.profiles.views.all().discovered).toEqual([]);
    await expect(w.profiles.editor.adopt('found')).rejects.toMatchObject({ error: { code: 'no-destination' } });
    await expect(w.profiles.editor.adopt('gone')).rejects.toMatchObject({ error: { code: 'no-destination' } });
  });

  test('are read at each use, and the user’s own settings stay', async () => {
    const w = profileFixture();
    const { id } = await w.profiles.editor.adopt('found', { region: 'eu-west-1' });
    await w.profiles.editor.save({
      id,
      providerId: 's3',
      name: 'Mine',
      settings: { bucket: 'other', user: 'env-user', region: 'eu-west-1' },
      secrets: {},
    });
    Object.assign(w.env, { BUCKET: 'renamed', USER: 'rotated', SECRET: 'CANARY-rotated' });
    expect((await w.profiles.values.read(id)).values).toEqual({
      bucket: 'other',
      region: 'eu-west-1',
      user: 'rotated',
      secret: 'CANARY-rotated',
    });
    expect(w.profiles.views.all().profiles[0]).toMatchObject({
      name: 'Mine',
      secretStorage: 'environment',
      settings: { bucket: 'other', user: 'rotated' },
    });
    // From now on the destination has its own key, because the user typed one.
    expect(
      await w.profiles.editor.save({
        id,
        providerId: 's3',
        name: 'Mine',
        settings: { bucket: 'other', user: 'me' },
        secrets: { secret: canary },
      }),
    ).toMatchObject({ secretStorage: 'saved' });
    expect((await w.profiles.values.read(id)).values).toMatchObject({ user: 'me', secret: canary });
  });

  test('that are no longer set make the destination ask for the key', async () => {
    const w = profileFixture();
    const view = await w.profiles.editor.adopt('found');
    w.env['BUCKET'] = '';
    await expect(w.profiles.values.read(view.id)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
    expect(w.profiles.views.all().profiles[0]).toMatchObject({
      secretStorage: 'missing',
      status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { destination: 'env-bucket' } } },
    });
  });

  test('make their destination change when a login shell reports new variables', async () => {
    const w = profileFixture();
    const { id } = await w.profiles.editor.adopt('found');
    w.changed.length = 0;
    w.profiles.editor.onEnvironmentChanged();
    expect(w.changed).toEqual([id]);
  });
});

describe('other credentials on this computer', () => {
  const named: DiscoveredCredentials = {
    id: 'aws:work',
    name: 'work',
    from: '~/.aws/credentials',
    values: { credentials: 'profile', user: 'work' },
    use: 'reference',
    needs: ['bucket'],
  };
  const remote: DiscoveredCredentials = {
    id: 'rclone:r2',
    name: 'r2',
    from: 'rclone.conf',
    values: { bucket: 'photos', user: 'me', secret: canary },
    use: 'copy',
  };

  test('are offered by name and source, and never with a secret', () => {
    const w = profileFixture({ discovered: [named, remote] });
    expect(w.profiles.views.all().discovered.slice(1)).toEqual([
      {
        id: 'aws:work',
        providerId: 's3',
        name: 'work',
        from: '~/.aws/credentials',
        settings: { credentials: 'profile', user: 'work' },
        needs: ['bucket'],
      },
      {
        id: 'rclone:r2',
        providerId: 's3',
        name: 'r2',
        from: 'rclone.conf',
        settings: { bucket: 'photos', user: 'me' },
        needs: [],
        copies: true,
      },
    ]);
  });

  test('are referenced and not copied when Hoist can read them at each use, and can be used again for another bucket', async () => {
    const w = profileFixture({ discovered: [named] });
    await expect(w.profiles.editor.adopt('aws:work')).rejects.toMatchObject({ error: { field: 'bucket' } });
    expect(await w.profiles.editor.adopt('aws:work', { bucket: 'photos' })).toMatchObject({
      name: 'photos',
      secretStorage: 'reference',
      settings: { credentials: 'profile', user: 'work', bucket: 'photos' },
    });
    expect(w.profiles.views.all().discovered.map(({ id }) => id)).toContain('aws:work');
  });

  test('are copied into the key store when Hoist cannot read them at each use, and not offered again', async () => {
    const w = profileFixture({ discovered: [remote] });
    const view = await w.profiles.editor.adopt('rclone:r2');
    expect(view).toMatchObject({ name: 'r2', secretStorage: 'saved', secrets: ['secret'] });
    expect(allStoredText(w)).not.toContain(canary);
    expect((await w.profiles.values.read(view.id)).values).toEqual({ bucket: 'photos', user: 'me', secret: canary });
    expect(w.profiles.views.all().discovered.map(({ id }) => id)).toEqual(['found']);
  });

  test('are used by the validation, the test and the suggestions of a form', async () => {
    const w = profileFixture({ discovered: [remote] });
    const form = { ...draft, settings: { bucket: 'other', user: 'me' }, secrets: {}, discoveredId: 'rclone:r2' };
    expect(w.profiles.drafts.validate(form)).toEqual([]);
    await w.profiles.drafts.test(form);
    expect(w.tested[0]).toMatchObject({ bucket: 'other', secret: canary });
    expect(await w.profiles.drafts.suggest(form, 'bucket')).toEqual(['one', 'two']);
    expect(w.questions[0]).toMatchObject({ field: 'bucket', values: { secret: canary } });
    expect(w.registered).toContain(canary);
    await w.profiles.drafts.test({ ...form, secrets: { secret: 'typed' } });
    expect(w.registered).toContain('typed');
    expect(w.tested[1]).toMatchObject({ secret: 'typed' });
  });

  test('that cannot be read are left out, and the destinations still work', () => {
    const broken = profileFixture({
      providers: [
        {
          ...testProvider,
          discoverCredentials: () => {
            throw new TypeError('an unexpected line');
          },
        },
      ],
    });
    expect(broken.profiles.views.all().discovered).toEqual([]);
  });
});
