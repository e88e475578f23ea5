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
  test('are listed without their secret, and used by reference after the user adopts them', async () => {
    const fixture = profileFixture();
    expect(fixture.profiles.views.all()).toMatchObject({
      profiles: [],
      discovered: [
        { id: 'found', name: 'env-bucket', settings: { bucket: 'env-bucket', user: 'env-user' }, needs: [] },
      ],
    });
    expect(fixture.profiles.views.all().discovered[0]).not.toHaveProperty('copies');
    expect(JSON.stringify(fixture.profiles.views.all())).not.toContain(environmentCanary);
    const view = await fixture.profiles.editor.adopt('found');
    expect(view).toMatchObject({ secretStorage: 'environment', name: 'env-bucket' });
    expect(allStoredText(fixture)).not.toContain(environmentCanary);
    expect((await fixture.profiles.values.read(view.id)).values).toEqual({
      bucket: 'env-bucket',
      user: 'env-user',
      secret: environmentCanary,
    });
    expect(fixture.registered).toContain(environmentCanary);
    expect(fixture.profiles.views.all().discovered).toEqual([]);
    await expect(fixture.profiles.editor.adopt('found')).rejects.toMatchObject({ error: { code: 'no-destination' } });
    await expect(fixture.profiles.editor.adopt('gone')).rejects.toMatchObject({ error: { code: 'no-destination' } });
  });

  test('are read again at each use, and the settings that the user changed stay', async () => {
    const fixture = profileFixture();
    const { id } = await fixture.profiles.editor.adopt('found', { region: 'eu-west-1' });
    await fixture.profiles.editor.save({
      id,
      providerId: 's3',
      name: 'Mine',
      settings: { bucket: 'other', user: 'env-user', region: 'eu-west-1' },
      secrets: {},
    });
    Object.assign(fixture.env, { BUCKET: 'renamed', USER: 'rotated', SECRET: 'CANARY-rotated' });
    expect((await fixture.profiles.values.read(id)).values).toEqual({
      bucket: 'other',
      region: 'eu-west-1',
      user: 'rotated',
      secret: 'CANARY-rotated',
    });
    expect(fixture.profiles.views.all().profiles[0]).toMatchObject({
      name: 'Mine',
      secretStorage: 'environment',
      settings: { bucket: 'other', user: 'rotated' },
    });
    // The user types a key, so the destination no longer uses the key of the environment.
    expect(
      await fixture.profiles.editor.save({
        id,
        providerId: 's3',
        name: 'Mine',
        settings: { bucket: 'other', user: 'me' },
        secrets: { secret: canary },
      }),
    ).toMatchObject({ secretStorage: 'saved' });
    expect((await fixture.profiles.values.read(id)).values).toMatchObject({ user: 'me', secret: canary });
  });

  test('make their destination ask for the key when the variables are no longer set', async () => {
    const fixture = profileFixture();
    const view = await fixture.profiles.editor.adopt('found');
    fixture.env['BUCKET'] = '';
    await expect(fixture.profiles.values.read(view.id)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
    expect(fixture.profiles.views.all().profiles[0]).toMatchObject({
      secretStorage: 'missing',
      status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { destination: 'env-bucket' } } },
    });
  });

  test('mark their destination as changed when a login shell reports new variables', async () => {
    const fixture = profileFixture();
    const { id } = await fixture.profiles.editor.adopt('found');
    fixture.changed.length = 0;
    fixture.profiles.editor.onEnvironmentChanged();
    expect(fixture.changed).toEqual([id]);
  });
});

describe('other credentials on this computer', () => {
  const awsProfile: DiscoveredCredentials = {
    id: 'aws:work',
    name: 'work',
    from: '~/.aws/credentials',
    values: { credentials: 'profile', user: 'work' },
    use: 'reference',
    needs: ['bucket'],
  };
  const rcloneRemote: DiscoveredCredentials = {
    id: 'rclone:r2',
    name: 'r2',
    from: 'rclone.conf',
    values: { bucket: 'photos', user: 'me', secret: canary },
    use: 'copy',
  };

  test('are listed by name and source, and never with a secret', () => {
    const fixture = profileFixture({ discovered: [awsProfile, rcloneRemote] });
    expect(fixture.profiles.views.all().discovered.slice(1)).toEqual([
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

  test('are used by reference when Hoist can read them at each use, and stay listed for another bucket', async () => {
    const fixture = profileFixture({ discovered: [awsProfile] });
    await expect(fixture.profiles.editor.adopt('aws:work')).rejects.toMatchObject({ error: { field: 'bucket' } });
    expect(await fixture.profiles.editor.adopt('aws:work', { bucket: 'photos' })).toMatchObject({
      name: 'photos',
      secretStorage: 'reference',
      settings: { credentials: 'profile', user: 'work', bucket: 'photos' },
    });
    expect(fixture.profiles.views.all().discovered.map(({ id }) => id)).toContain('aws:work');
  });

  test('are copied into the key store when Hoist cannot read them at each use, and are no longer listed', async () => {
    const fixture = profileFixture({ discovered: [rcloneRemote] });
    const view = await fixture.profiles.editor.adopt('rclone:r2');
    expect(view).toMatchObject({ name: 'r2', secretStorage: 'saved', secrets: ['secret'] });
    expect(allStoredText(fixture)).not.toContain(canary);
    expect((await fixture.profiles.values.read(view.id)).values).toEqual({
      bucket: 'photos',
      user: 'me',
      secret: canary,
    });
    expect(fixture.profiles.views.all().discovered.map(({ id }) => id)).toEqual(['found']);
  });

  test('are used when a form is validated and tested, and for its suggestions', async () => {
    const fixture = profileFixture({ discovered: [rcloneRemote] });
    const form = { ...draft, settings: { bucket: 'other', user: 'me' }, secrets: {}, discoveredId: 'rclone:r2' };
    expect(fixture.profiles.drafts.validate(form)).toEqual([]);
    await fixture.profiles.drafts.test(form);
    expect(fixture.tested[0]).toMatchObject({ bucket: 'other', secret: canary });
    expect(await fixture.profiles.drafts.suggest(form, 'bucket')).toEqual(['one', 'two']);
    expect(fixture.questions[0]).toMatchObject({ field: 'bucket', values: { secret: canary } });
    expect(fixture.registered).toContain(canary);
    await fixture.profiles.drafts.test({ ...form, secrets: { secret: 'typed' } });
    expect(fixture.registered).toContain('typed');
    expect(fixture.tested[1]).toMatchObject({ secret: 'typed' });
  });

  test('are omitted when reading them fails', () => {
    const fixture = profileFixture({
      providers: [
        {
          ...testProvider,
          discoverCredentials: () => {
            throw new TypeError('an unexpected line');
          },
        },
      ],
    });
    expect(fixture.profiles.views.all().discovered).toEqual([]);
  });
});
