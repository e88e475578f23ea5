import { describe, expect, test } from 'vitest';
import { checkProfiles } from './check-profiles.ts';
import { canary, draft, profileFixture } from './testing/profile-fixture.ts';

const written = (w: ReturnType<typeof profileFixture>): string =>
  JSON.stringify([...w.saved.values(), ...w.ciphertext.values()]);

describe('without a key store', () => {
  test('keys stay until Hoist quits, and no part of them is written to disk', async () => {
    const w = profileFixture();
    w.box.isAvailable = false;
    expect(await w.profiles.secrets.keyStore()).toEqual({ state: 'none', name: '' });
    expect(await w.profiles.editor.save(draft)).toMatchObject({ secretStorage: 'session', secrets: ['secret'] });
    expect(Object.keys(w.ciphertext.get('p1') ?? {})).toEqual([]);
    expect(w.unprotected.all.size).toBe(0);
    expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
  });

  test('keys are stored readable only on an explicit choice, outside the records, and deleted with their destination', async () => {
    const w = profileFixture();
    w.box.isAvailable = false;
    expect(await w.profiles.editor.save({ ...draft, keep: 'unprotected' })).toMatchObject({
      secretStorage: 'unprotected',
      secrets: ['secret'],
    });
    expect(written(w)).not.toContain(canary);
    expect(w.unprotected.all.get('p1')).toEqual({ secret: canary });
    expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
    w.profiles.editor.duplicate('p1');
    expect(w.unprotected.all.get('p2')).toEqual({ secret: canary });
    await w.profileRemover.remove('p1');
    await w.profileRemover.remove('p2');
    expect(w.unprotected.all.size).toBe(0);
  });

  test('keys stay in the readable file when a full disk prevents the move into a key store', async () => {
    const w = profileFixture();
    w.box.isAvailable = false;
    await w.profiles.editor.save({ ...draft, keep: 'unprotected' });
    w.box.isAvailable = true;
    w.setDiskFull(true);
    await expect(
      w.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'b' }, secrets: {} }),
    ).rejects.toMatchObject({ error: { code: 'disk-full' } });
    w.setDiskFull(false);
    expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
  });

  test('the storage choice applies until the user changes it', async () => {
    const w = profileFixture();
    w.box.isAvailable = false;
    await w.profiles.editor.save({ ...draft, keep: 'unprotected' });
    expect(
      (await w.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'c' }, secrets: {} })).secretStorage,
    ).toBe('unprotected');
    expect(
      (await w.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'c' }, secrets: {}, keep: 'session' }))
        .secretStorage,
    ).toBe('session');
    expect(w.unprotected.all.size).toBe(0);
    expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
    expect(
      (
        await w.profiles.editor.save({
          ...draft,
          id: 'p1',
          settings: { bucket: 'c' },
          secrets: {},
          keep: 'unprotected',
        })
      ).secretStorage,
    ).toBe('unprotected');
  });

  test('keys move into a key store only when one is available and the user saves again', async () => {
    const w = profileFixture();
    w.box.isAvailable = false;
    await w.profiles.editor.save({ ...draft, keep: 'unprotected' });
    w.box.isAvailable = true;
    await w.profiles.values.read('p1');
    expect(w.profiles.views.all().profiles[0]!.secretStorage).toBe('unprotected');
    expect(await w.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'b' }, secrets: {} })).toMatchObject({
      secretStorage: 'saved',
    });
    expect(w.unprotected.all.size).toBe(0);
    expect(written(w)).not.toContain(canary);
    expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
  });
});

describe('a key store', () => {
  test('has the name that users know', async () => {
    const w = profileFixture();
    for (const [backend, name] of [
      ['gnome_libsecret', 'GNOME Keyring'],
      ['kwallet6', 'KWallet'],
      ['darwin', 'Keychain'],
      ['win32', 'Windows Data Protection'],
      ['new', 'the key store'],
    ]) {
      w.box.backend = backend!;
      expect(await w.profiles.secrets.keyStore()).toEqual({ state: 'available', name });
    }
  });

  test('is not used to list or remove destinations or to save one without keys', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    w.box.calls = 0;
    w.profiles.views.all();
    await w.profiles.editor.save({
      providerId: 's3',
      name: '',
      settings: { bucket: 'b', credentials: 'profile' },
      secrets: {},
    });
    await w.profileRemover.remove('p1');
    expect(w.box.calls).toBe(0);
  });

  test.each([
    [
      'is another one, as its name shows',
      (w: ReturnType<typeof profileFixture>) => {
        w.box.backend = 'basic_text';
        w.box.isAvailable = false;
      },
      (w: ReturnType<typeof profileFixture>) => {
        w.box.backend = 'gnome_libsecret';
        w.box.isAvailable = true;
      },
    ],
    [
      'has another key',
      (w: ReturnType<typeof profileFixture>) => {
        w.box.key = 2;
      },
      (w: ReturnType<typeof profileFixture>) => {
        w.box.key = 1;
      },
    ],
    [
      'is locked',
      (w: ReturnType<typeof profileFixture>) => {
        w.box.isAvailable = false;
      },
      (w: ReturnType<typeof profileFixture>) => {
        w.box.isAvailable = true;
      },
    ],
  ])(
    'that %s: the destination needs its key again, and the stored key works when the key store is back',
    async (_, breakKeyStore, restoreKeyStore) => {
      const w = profileFixture();
      await w.profiles.editor.save(draft);
      breakKeyStore(w);
      await expect(w.profiles.values.read('p1')).rejects.toMatchObject({
        error: { code: 'secret-missing', params: { destination: 'b' } },
      });
      expect(w.profiles.views.all().profiles[0]).toMatchObject({
        secretStorage: 'locked',
        keyStore: 'GNOME Keyring',
        secrets: [],
        status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
      });
      expect(w.ciphertext.get('p1')).toHaveProperty('secret');
      restoreKeyStore(w);
      await checkProfiles(w.profiles, ['p1']);
      expect(w.profiles.views.all().profiles[0]).toMatchObject({
        secretStorage: 'saved',
        secrets: ['secret'],
        status: { state: 'ready' },
      });
      expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
    },
  );

  test('that has a new name but the same key still decrypts', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    w.box.backend = 'kwallet6';
    expect(w.profiles.views.all().profiles[0]!.secretStorage).toBe('locked');
    expect((await w.profiles.values.read('p1')).values['secret']).toBe(canary);
    expect(w.profiles.views.all().profiles[0]!.secretStorage).toBe('saved');
  });

  test('that was replaced stores the key that the user enters again, and the old key does not reappear', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    w.box.key = 2;
    await expect(w.profiles.values.read('p1')).rejects.toThrow('secret-missing');
    expect(
      (await w.profiles.editor.save({ ...draft, id: 'p1', secrets: { secret: 'CANARY-new' } })).secretStorage,
    ).toBe('saved');
    expect((await w.profiles.values.read('p1')).values['secret']).toBe('CANARY-new');
    w.box.isAvailable = false;
    expect(
      (await w.profiles.editor.save({ ...draft, id: 'p1', secrets: { secret: 'CANARY-third' } })).secretStorage,
    ).toBe('session');
    expect(w.ciphertext.get('p1')).toEqual({});
  });
});
