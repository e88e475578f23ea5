import { describe, expect, test } from 'vitest';
import { AppFailure } from '../../src-shared/errors.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { LinkOverride } from '../../src-shared/upload.ts';
import type { DiscoveredCredentials, Provider } from '../providers/contract/provider.ts';
import type { ProfileService } from './profile-service.ts';
import { canary, draft, environmentCanary, testProvider, profileFixture } from './testing/profile-fixture.ts';

const allStoredText = (w: ReturnType<typeof profileFixture>): string =>
  JSON.stringify([...w.saved.values(), ...w.ciphertext.values(), ...w.unprotected.all.values(), w.savedSetup.value]);

describe('a sign-in on the service’s own page', () => {
  const pageProvider: Provider = {
    ...testProvider,
    fields: testProvider.fields.map((field) => (field.key === 'secret' ? { ...field, kind: 'sign-in' } : field)),
  };
  const form = { ...draft, secrets: {} };
  const begin = async (w: ReturnType<typeof profileFixture>) => {
    const steps: SignInStep[] = [];
    const answer = w.profiles.signIn(form, 'secret', (step) => steps.push(step));
    answer.catch(() => undefined); // each test looks at how it ends
    await expect.poll(() => steps.length).toBe(1);
    return { steps, answer };
  };

  test('gives the form a handle and the destination the secret', async () => {
    const w = profileFixture({ providers: [pageProvider] });
    const { steps, answer } = await begin(w);
    expect(steps[0]).toEqual({ url: 'https://example.com/sign-in', paste: true });
    w.profiles.pasteCode('4711');
    const { value, settings } = await answer;
    expect(settings).toEqual({ user: 'Ada' });
    expect(value).not.toContain(canary);
    expect(w.registered).toContain(`${canary}-4711`);
    expect(w.profiles.validate({ ...form, secrets: { secret: value } })).toEqual([]);
    const view = await w.profiles.save({ ...form, secrets: { secret: value } });
    expect(JSON.stringify(view)).not.toContain(canary);
    expect((await w.profiles.values('p2')).values).toMatchObject({ secret: `${canary}-4711` });
  });

  test('ends when it is canceled or another one begins, and a made-up handle is nothing', async () => {
    const w = profileFixture({ providers: [pageProvider] });
    const first = await begin(w);
    const second = await begin(w);
    await expect(first.answer).rejects.toMatchObject({ error: { code: 'canceled' } });
    w.profiles.cancelSignIn();
    await expect(second.answer).rejects.toMatchObject({ error: { code: 'canceled' } });
    expect(w.profiles.validate({ ...form, secrets: { secret: 'signed-in:x' } })).toMatchObject([{ field: 'secret' }]);
  });

  test('is refused for a field that has none', async () => {
    const w = profileFixture({ providers: [pageProvider] });
    await expect(w.profiles.signIn(form, 'bucket', () => undefined)).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    });
  });
});

describe('a saved destination', () => {
  test('has its secrets encrypted apart, is named after its bucket, and becomes the one in use', async () => {
    const w = profileFixture();
    const view = await w.profiles.save(draft);
    expect(view).toMatchObject({
      id: 'p1',
      name: 'b',
      settings: { bucket: 'b' },
      secrets: ['secret'],
      secretStorage: 'saved',
      keyStore: 'GNOME Keyring',
      visibility: 'expiring',
      linkDays: 7,
      status: { state: 'ready' },
    });
    expect(w.profiles.view().current).toBe('p1');
    expect(allStoredText(w) + JSON.stringify([view, w.profiles.view()])).not.toContain(canary);
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'b', secret: canary });
    expect(w.registered).toContain(canary);
  });

  test('keeps its secret when the form is saved without it, and tests with it', async () => {
    const w = profileFixture();
    await w.profiles.save(draft);
    await w.profiles.save({ ...draft, id: 'p1', name: 'Renamed', settings: { bucket: 'c' }, secrets: { secret: '' } });
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'c', secret: canary });
    await w.profiles.test({ ...draft, id: 'p1', secrets: {} });
    expect(w.tested[0]).toMatchObject({ secret: canary });
    expect(w.profiles.view().profiles).toHaveLength(1);
  });

  test('forgets a secret that it can do without when its field is emptied, also for the test', async () => {
    const w = profileFixture();
    await w.profiles.save({ ...draft, secrets: { secret: canary, token: 'CANARY-token' } });
    const emptied = { ...draft, id: 'p1', secrets: { token: '' } };
    await w.profiles.test(emptied);
    expect(w.tested[0]).not.toHaveProperty('token');
    await w.profiles.save(emptied);
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'b', secret: canary });
  });

  test('never sends a password that was for one proxy to another one', async () => {
    const w = profileFixture();
    const form = {
      ...draft,
      settings: { bucket: 'b', proxy: 'ours' },
      secrets: { secret: canary, proxyPassword: 'CANARY-proxy' },
    };
    await w.profiles.save(form);
    const moved = { ...form, id: 'p1', settings: { bucket: 'b', proxy: 'theirs' }, secrets: {} };
    await w.profiles.test({ ...moved, settings: { bucket: 'c', proxy: 'ours' } });
    await w.profiles.test(moved);
    expect(w.tested.map(({ secret, proxyPassword }) => [secret, proxyPassword])).toEqual([
      [canary, 'CANARY-proxy'],
      [canary, undefined],
    ]);
    expect((await w.profiles.save(moved)).secrets).toEqual(['secret']);
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'b', proxy: 'theirs', secret: canary });
  });

  test('that no longer uses keys of its own forgets them', async () => {
    const w = profileFixture();
    await w.profiles.save(draft);
    const view = await w.profiles.save({
      ...draft,
      id: 'p1',
      settings: { bucket: 'b', credentials: 'profile' },
      secrets: {},
    });
    expect(view).toMatchObject({ secretStorage: 'reference', secrets: [], status: { state: 'ready' } });
    expect(w.ciphertext.get('p1')).toEqual({});
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'b', credentials: 'profile' });
  });

  test('that a full disk does not take is not there, and can be saved again; one that is there stays as it was', async () => {
    const w = profileFixture();
    w.setDiskFull(true);
    await expect(w.profiles.save(draft)).rejects.toMatchObject({ error: { code: 'disk-full' } });
    expect(w.saved.size).toBe(0);
    w.setDiskFull(false);
    const { id, name } = await w.profiles.save(draft);
    expect(name).toBe('b');
    w.setDiskFull(true);
    await expect(
      w.profiles.save({ ...draft, id, settings: { bucket: 'c' }, secrets: { secret: 'newer' } }),
    ).rejects.toMatchObject({ error: { code: 'disk-full' } });
    w.setDiskFull(false);
    expect((await w.profiles.values(id)).values).toEqual({ bucket: 'b', secret: canary });
  });

  test('that is refused by its provider is not saved', async () => {
    const w = profileFixture();
    await expect(w.profiles.save({ ...draft, settings: {} })).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    });
    expect(w.saved.size).toBe(0);
  });

  test('is renamed while its key is locked, and only its name is another one', async () => {
    const w = profileFixture();
    await w.profiles.save(draft);
    w.box.backend = 'basic_text';
    w.changed.length = 0;
    expect(
      await w.profiles.save({ ...draft, id: 'p1', name: 'Holiday', settings: { bucket: 'b' }, secrets: {} }),
    ).toMatchObject({ name: 'Holiday', secretStorage: 'locked' });
    expect(w.changed).toEqual([undefined]);
  });

  test('has its uploads ended while its keys are still there, and takes them along when it is removed', async () => {
    const w = profileFixture();
    await w.profiles.save(draft);
    await w.profiles.save({ ...draft, settings: { bucket: 'two' } });
    expect(w.profiles.removal('p2')).toEqual({ unfinished: 2, done: 5 });
    await w.profiles.remove('p2');
    expect(w.removedDestinations).toEqual(['p2 with 1 keys']);
    expect(w.ciphertext.get('p2')).toEqual({});
    expect(w.profiles.view()).toMatchObject({ current: 'p1', profiles: [{ id: 'p1' }] });
    expect(() => w.profiles.use('p2')).toThrow('no-destination');
    expect(() => w.profiles.removal('p2')).toThrow('no-destination');
  });

  test('is doubled with its key, which is not opened for that, under a name of its own and right behind it', async () => {
    const w = profileFixture();
    await w.profiles.save({ ...draft, name: 'Work' });
    await w.profiles.save({ ...draft, name: 'Home' });
    w.box.calls = 0;
    const copy = w.profiles.duplicate('p1');
    expect(w.box.calls).toBe(0);
    expect(copy).toMatchObject({ id: 'p3', name: 'Work 2', secretStorage: 'saved', settings: { bucket: 'b' } });
    expect(w.profiles.view()).toMatchObject({ current: 'p2', profiles: [{ id: 'p1' }, { id: 'p3' }, { id: 'p2' }] });
    await w.profiles.remove('p1');
    expect((await w.profiles.values('p3')).values['secret']).toBe(canary);
  });
});

describe('the order', () => {
  test('is the one that the user made, also of the chain, and what is new comes last', async () => {
    const w = profileFixture();
    const [a, b, c] = [
      await w.profiles.save({ ...draft, name: 'a' }),
      await w.profiles.save({ ...draft, name: 'b' }),
      await w.profiles.save({ ...draft, name: 'c' }),
    ];
    w.profiles.setFallback({ on: true, order: [a.id, b.id] });
    w.profiles.reorder([c.id, b.id, 'gone', b.id]);
    const names = () => w.profiles.view().profiles.map(({ name }) => name);
    expect(names()).toEqual(['c', 'b', 'a']);
    expect(w.profiles.view().fallback).toEqual({ on: true, order: [b.id, a.id] });
    await w.profiles.save({ ...draft, name: 'd' });
    expect(names()).toEqual(['c', 'b', 'a', 'd']);
    expect(w.changed.at(-1)).toBeDefined();
  });
});

describe('what the environment has', () => {
  test('is listed without its secret and used after one confirmation, by reference', async () => {
    const w = profileFixture();
    expect(w.profiles.view()).toMatchObject({
      profiles: [],
      discovered: [
        { id: 'found', name: 'env-bucket', settings: { bucket: 'env-bucket', user: 'env-user' }, needs: [] },
      ],
    });
    expect(w.profiles.view().discovered[0]).not.toHaveProperty('copies');
    expect(JSON.stringify(w.profiles.view())).not.toContain(environmentCanary);
    const view = await w.profiles.adopt('found');
    expect(view).toMatchObject({ secretStorage: 'environment', name: 'env-bucket' });
    expect(allStoredText(w)).not.toContain(environmentCanary);
    expect((await w.profiles.values(view.id)).values).toEqual({
      bucket: 'env-bucket',
      user: 'env-user',
      secret: environmentCanary,
    });
    expect(w.registered).toContain(environmentCanary);
    expect(w.profiles.view().discovered).toEqual([]);
    await expect(w.profiles.adopt('found')).rejects.toMatchObject({ error: { code: 'no-destination' } });
    await expect(w.profiles.adopt('gone')).rejects.toMatchObject({ error: { code: 'no-destination' } });
  });

  test('is read at each use, and what the user set besides stays as it was set', async () => {
    const w = profileFixture();
    const { id } = await w.profiles.adopt('found', { region: 'eu-west-1' });
    await w.profiles.save({
      id,
      providerId: 's3',
      name: 'Mine',
      settings: { bucket: 'other', user: 'env-user', region: 'eu-west-1' },
      secrets: {},
    });
    Object.assign(w.env, { BUCKET: 'renamed', USER: 'rotated', SECRET: 'CANARY-rotated' });
    expect((await w.profiles.values(id)).values).toEqual({
      bucket: 'other',
      region: 'eu-west-1',
      user: 'rotated',
      secret: 'CANARY-rotated',
    });
    expect(w.profiles.view().profiles[0]).toMatchObject({
      name: 'Mine',
      secretStorage: 'environment',
      settings: { bucket: 'other', user: 'rotated' },
    });
    // A key that is typed is the destination's own from then on.
    expect(
      await w.profiles.save({
        id,
        providerId: 's3',
        name: 'Mine',
        settings: { bucket: 'other', user: 'me' },
        secrets: { secret: canary },
      }),
    ).toMatchObject({ secretStorage: 'saved' });
    expect((await w.profiles.values(id)).values).toMatchObject({ user: 'me', secret: canary });
  });

  test('that is gone asks for the key', async () => {
    const w = profileFixture();
    const view = await w.profiles.adopt('found');
    w.env['BUCKET'] = '';
    await expect(w.profiles.values(view.id)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
    expect(w.profiles.view().profiles[0]).toMatchObject({
      secretStorage: 'missing',
      status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { destination: 'env-bucket' } } },
    });
  });

  test('counts from when a login shell has told it', async () => {
    const w = profileFixture();
    const { id } = await w.profiles.adopt('found');
    w.changed.length = 0;
    w.profiles.environmentChanged();
    expect(w.changed).toEqual([id]);
  });
});

describe('what else this computer has', () => {
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

  test('is offered by name and source, and never with a secret', () => {
    const w = profileFixture({ discovered: [named, remote] });
    expect(w.profiles.view().discovered.slice(1)).toEqual([
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

  test('is named and not copied where it can be read, and can be used again for another place', async () => {
    const w = profileFixture({ discovered: [named] });
    await expect(w.profiles.adopt('aws:work')).rejects.toMatchObject({ error: { field: 'bucket' } });
    expect(await w.profiles.adopt('aws:work', { bucket: 'photos' })).toMatchObject({
      name: 'photos',
      secretStorage: 'reference',
      settings: { credentials: 'profile', user: 'work', bucket: 'photos' },
    });
    expect(w.profiles.view().discovered.map(({ id }) => id)).toContain('aws:work');
  });

  test('is copied into the key store where it cannot, in main, and then not offered again', async () => {
    const w = profileFixture({ discovered: [remote] });
    const view = await w.profiles.adopt('rclone:r2');
    expect(view).toMatchObject({ name: 'r2', secretStorage: 'saved', secrets: ['secret'] });
    expect(allStoredText(w)).not.toContain(canary);
    expect((await w.profiles.values(view.id)).values).toEqual({ bucket: 'photos', user: 'me', secret: canary });
    expect(w.profiles.view().discovered.map(({ id }) => id)).toEqual(['found']);
  });

  test('gives a form that began with it its secrets, for the check, the test and the suggestions', async () => {
    const w = profileFixture({ discovered: [remote] });
    const form = { ...draft, settings: { bucket: 'other', user: 'me' }, secrets: {}, discoveredId: 'rclone:r2' };
    expect(w.profiles.validate(form)).toEqual([]);
    await w.profiles.test(form);
    expect(w.tested[0]).toMatchObject({ bucket: 'other', secret: canary });
    expect(await w.profiles.suggest(form, 'bucket')).toEqual(['one', 'two']);
    expect(w.questions[0]).toMatchObject({ field: 'bucket', values: { secret: canary } });
    expect(w.registered).toContain(canary);
    await w.profiles.test({ ...form, secrets: { secret: 'typed' } });
    expect(w.registered).toContain('typed');
    expect(w.tested[1]).toMatchObject({ secret: 'typed' });
  });

  test('that cannot be read is nothing, and the destinations are still there', async () => {
    const broken = profileFixture({
      providers: [
        {
          ...(await import('./testing/profile-fixture.ts')).testProvider,
          discoverCredentials: () => {
            throw new TypeError('a line nobody expected');
          },
        },
      ],
    });
    expect(broken.profiles.view().discovered).toEqual([]);
  });
});

describe('a form', () => {
  test('hears of every problem at once, without anybody being asked, and a key that is kept is no problem', async () => {
    const w = profileFixture();
    w.problems.push({ field: 'region', error: { code: 'invalid-input', field: 'region', params: { why: 'region' } } });
    const empty = w.profiles.validate({ ...draft, settings: { credentials: 'guess' }, secrets: {} });
    expect(empty.map(({ field }) => field).sort()).toEqual(['bucket', 'credentials', 'region']);
    expect(
      w.profiles
        .validate({ ...draft, settings: {}, secrets: {} })
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['bucket', 'region', 'secret']);
    await w.profiles.save(draft);
    w.box.calls = 0;
    expect(w.profiles.validate({ ...draft, id: 'p1', secrets: {} }).map(({ field }) => field)).toEqual(['region']);
    expect(w.box.calls).toBe(0);
    w.box.backend = 'kwallet';
    expect(w.profiles.validate({ ...draft, id: 'p1', secrets: {} }).map(({ field }) => field)).toContain('secret');
  });

  test('is asked about only where the provider has something to say', async () => {
    await expect(profileFixture().profiles.suggest(draft, 'region')).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'region' },
    });
  });

  test('that was left is kept without its secrets, also those that were put in the wrong place', () => {
    const w = profileFixture();
    expect(w.profiles.savedSetup()).toBeNull();
    w.profiles.saveSetupDraft({
      providerId: 's3',
      name: 'Half',
      preset: 'aws',
      settings: { bucket: 'b', secret: canary },
    });
    expect(w.profiles.savedSetup()).toEqual({
      providerId: 's3',
      name: 'Half',
      preset: 'aws',
      settings: { bucket: 'b' },
    });
    w.profiles.saveSetupDraft(null);
    expect(w.profiles.savedSetup()).toBeNull();
  });
});

describe('what is there without setting anything up', () => {
  test('is Practice for a window, and gone once there is a destination', async () => {
    const { profiles } = profileFixture({ builtIns: ['practice'] });
    expect(profiles.view()).toMatchObject({
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
    expect(profiles.chain('practice')).toEqual([{ profileId: 'practice', visibility: 'expiring' }]);
    const saved = await profiles.save(draft);
    expect(profiles.view()).toMatchObject({ current: saved.id, profiles: [{ id: saved.id }] });
    // What was stored there can still be linked to, under its name.
    expect((await profiles.values('practice')).values).toEqual({ bucket: 'practice', secret: 'own' });
    expect(profiles.name('practice')).toBe('Practice');
    await profiles.remove(saved.id);
    expect(profiles.current()?.id).toBe('practice');
  });

  test('is the environment for a command line while its variables are set, before Practice and without being adopted', async () => {
    const { profiles, saved, env } = profileFixture({ builtIns: ['environment', 'practice'] });
    expect(profiles.current()).toMatchObject({ id: 'environment', name: 'S3 (environment)' });
    expect((await profiles.values('environment')).values).toEqual({
      bucket: 'env-bucket',
      user: 'env-user',
      secret: environmentCanary,
    });
    expect(profiles.find('practice')?.id).toBe('practice');
    expect(profiles.find('PRACTICE')?.id).toBe('practice');
    expect(saved.size).toBe(0);
    env['BUCKET'] = '';
    expect(profiles.current()?.id).toBe('practice');
    await expect(profiles.values('environment')).rejects.toMatchObject({ error: { code: 'secret-missing' } });
  });

  test('can be named on a command line like any destination', async () => {
    const { profiles } = profileFixture({ builtIns: ['practice'] });
    const saved = await profiles.save({ ...draft, name: 'Work bucket' });
    expect([
      profiles.find('work BUCKET')?.id,
      profiles.find(saved.id)?.id,
      profiles.find('practice')?.id,
      profiles.find('work')?.id,
    ]).toEqual([saved.id, saved.id, 'practice', undefined]);
  });
});

describe('where an upload goes on when its destination fails', () => {
  const destination = (profiles: ProfileService, name: string) => profiles.save({ ...draft, name });

  test('is nowhere until the user says so, and then the chosen destinations in their order', async () => {
    const { profiles } = profileFixture({ builtIns: ['practice'] });
    const [a, b, c] = [
      await destination(profiles, 'a'),
      await destination(profiles, 'b'),
      await destination(profiles, 'c'),
    ];
    const ids = (id: string, how?: 'alone') => profiles.chain(id, how).map(({ profileId }) => profileId);
    expect(ids(a.id)).toEqual([a.id]);
    profiles.setFallback({ on: true, order: [c.id, a.id, 'unknown', c.id] });
    expect(profiles.view().fallback).toEqual({ on: true, order: [c.id, a.id] });
    expect([ids(a.id), ids(b.id), ids(c.id), ids(b.id, 'alone')]).toEqual([
      [a.id, c.id],
      [b.id, c.id, a.id],
      [c.id, a.id],
      [b.id],
    ]);
    await profiles.remove(c.id);
    expect(ids(b.id)).toEqual([b.id, a.id]);
    profiles.setFallback({ on: false, order: [a.id] });
    expect(ids(b.id)).toEqual([b.id]);
  });

  test('is told when the switch or the order changes, also when the list is empty, and mends nothing', async () => {
    const { profiles, changed } = profileFixture();
    const a = await destination(profiles, 'a');
    changed.length = 0;
    profiles.setFallback({ on: true, order: [] });
    profiles.setFallback({ on: true, order: [a.id] });
    profiles.use(a.id);
    expect(changed).toEqual([undefined, undefined, undefined]);
  });

  test('is never Practice, and Practice goes on nowhere', async () => {
    const { profiles } = profileFixture({ builtIns: ['practice'] });
    const a = await destination(profiles, 'a');
    profiles.setFallback({ on: true, order: ['practice', a.id] });
    expect(profiles.chain('practice')).toHaveLength(1);
    expect(profiles.explicitChain([a.id, 'practice']).map(({ profileId }) => profileId)).toEqual([a.id]);
    expect(profiles.explicitChain(['practice'])).toHaveLength(1);
  });
});

test('what a service gives out anew or shows goes where it belongs: secrets to the secrets, settings to the settings', async () => {
  const { profiles, changed } = profileFixture();
  const saved = await profiles.save(draft);
  changed.length = 0;
  await profiles.saveRenewed(saved.id, { region: 'eu-north-1', secret: 'newer', other: 'no field of the form' });
  expect(profiles.view().profiles[0]!.settings).toEqual({ ...saved.settings, region: 'eu-north-1' });
  expect((await profiles.values(saved.id)).values).toMatchObject({ region: 'eu-north-1', secret: 'newer' });
  // Nothing was mended: only the window hears of it.
  expect(changed).toEqual([undefined]);
});

describe('a wish for the links of the next files', () => {
  const linkOverride: LinkOverride = { kind: 'public' };
  const makesBoth: Provider = {
    ...testProvider,
    capabilities: { ...testProvider.capabilities, supportedLinkKinds: ['expiring', 'public'] },
  };

  test('is for the destination in use alone, until it is taken back, and everybody hears of it', async () => {
    const { profiles, changed } = profileFixture({ providers: [makesBoth] });
    const [a, b] = [await profiles.save({ ...draft, name: 'a' }), await profiles.save({ ...draft, name: 'b' })];
    profiles.use(a.id);
    profiles.setNextLinkOverride(linkOverride);
    expect(profiles.view().linkOverride).toEqual(linkOverride);
    expect(profiles.nextUploadOptions(b.id)).toEqual({ chain: profiles.chain(b.id) });
    profiles.use(b.id);
    expect(profiles.view().linkOverride).toBeUndefined();
    profiles.use(a.id);
    changed.length = 0;
    expect(profiles.nextUploadOptions(a.id)).toEqual({
      chain: [{ profileId: a.id, visibility: 'public' }],
      linkOverride,
    });
    profiles.setNextLinkOverride(undefined);
    expect(changed).toEqual([undefined]);
    expect(profiles.view().linkOverride).toBeUndefined();
    expect(profiles.nextUploadOptions(a.id)).toEqual({ chain: profiles.chain(a.id) });
  });

  test('goes on only to destinations that make such links, and is refused where there are none', async () => {
    const other: Provider = { ...testProvider, id: 'dropbox' };
    const { profiles } = profileFixture({ providers: [makesBoth, other], builtIns: ['practice'] });
    expect(() => profiles.setNextLinkOverride(linkOverride)).toThrow(AppFailure);
    const [a, b, c] = [
      await profiles.save({ ...draft, name: 'a' }),
      await profiles.save({ ...draft, name: 'b', providerId: 'dropbox' }),
      await profiles.save({ ...draft, name: 'c' }),
    ];
    profiles.setFallback({ on: true, order: [b.id, c.id] });
    profiles.use(a.id);
    profiles.setNextLinkOverride(linkOverride);
    expect(profiles.nextUploadOptions(a.id).chain).toEqual([
      { profileId: a.id, visibility: 'public' },
      { profileId: c.id, visibility: 'public' },
    ]);
    profiles.use(b.id);
    expect(() => profiles.setNextLinkOverride(linkOverride)).toThrow(AppFailure);
  });
});

test('a destination that cannot delete is a step of the chain that has to be confirmed, and what is special about its links is said', async () => {
  const keeps: Provider = {
    ...testProvider,
    capabilities: { ...testProvider.capabilities, canDelete: false },
    linkAccess: () => ({ visibility: 'public', sentence: 'fal.links.never' }),
  };
  const { profiles } = profileFixture({ providers: [keeps] });
  const saved = await profiles.save(draft);
  expect(saved).toMatchObject({ visibility: 'public', linkSentence: 'fal.links.never' });
  expect(profiles.explicitChain([saved.id])).toEqual([
    { profileId: saved.id, visibility: 'public', cannotDelete: true },
  ]);
});
