import { describe, expect, test } from 'vitest';
import { checkProfiles } from './check-profiles.ts';
import { canary, draft, profileFixture } from './testing/profile-fixture.ts';

const storedRecords = (fixture: ReturnType<typeof profileFixture>): string =>
  JSON.stringify([...fixture.saved.values(), ...fixture.ciphertext.values()]);

describe('on a computer without a key store', () => {
  test('keeps keys in memory until Hoist quits, and writes no part of them to disk', async () => {
    const fixture = profileFixture();
    fixture.box.isAvailable = false;
    expect(await fixture.profiles.secrets.keyStore()).toEqual({ state: 'none', name: '' });
    expect(await fixture.profiles.editor.save(draft)).toMatchObject({ secretStorage: 'session', secrets: ['secret'] });
    expect(Object.keys(fixture.ciphertext.get('p1') ?? {})).toEqual([]);
    expect(fixture.unprotected.all.size).toBe(0);
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
  });

  test('stores keys unencrypted only if the user chooses so, and deletes them with their destination', async () => {
    const fixture = profileFixture();
    fixture.box.isAvailable = false;
    expect(await fixture.profiles.editor.save({ ...draft, keep: 'unprotected' })).toMatchObject({
      secretStorage: 'unprotected',
      secrets: ['secret'],
    });
    expect(storedRecords(fixture)).not.toContain(canary);
    expect(fixture.unprotected.all.get('p1')).toEqual({ secret: canary });
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
    fixture.profiles.editor.duplicate('p1');
    expect(fixture.unprotected.all.get('p2')).toEqual({ secret: canary });
    await fixture.profileRemover.remove('p1');
    await fixture.profileRemover.remove('p2');
    expect(fixture.unprotected.all.size).toBe(0);
  });

  test('keeps keys in the unprotected file when a full disk prevents the move into a key store', async () => {
    const fixture = profileFixture();
    fixture.box.isAvailable = false;
    await fixture.profiles.editor.save({ ...draft, keep: 'unprotected' });
    fixture.box.isAvailable = true;
    fixture.setDiskFull(true);
    await expect(
      fixture.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'b' }, secrets: {} }),
    ).rejects.toMatchObject({ error: { code: 'disk-full' } });
    fixture.setDiskFull(false);
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
  });

  test('applies the storage choice until the user changes it', async () => {
    const fixture = profileFixture();
    fixture.box.isAvailable = false;
    await fixture.profiles.editor.save({ ...draft, keep: 'unprotected' });
    expect(
      (await fixture.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'c' }, secrets: {} }))
        .secretStorage,
    ).toBe('unprotected');
    expect(
      (
        await fixture.profiles.editor.save({
          ...draft,
          id: 'p1',
          settings: { bucket: 'c' },
          secrets: {},
          keep: 'session',
        })
      ).secretStorage,
    ).toBe('session');
    expect(fixture.unprotected.all.size).toBe(0);
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
    expect(
      (
        await fixture.profiles.editor.save({
          ...draft,
          id: 'p1',
          settings: { bucket: 'c' },
          secrets: {},
          keep: 'unprotected',
        })
      ).secretStorage,
    ).toBe('unprotected');
  });

  test('moves keys into a key store only when one is available and the user saves again', async () => {
    const fixture = profileFixture();
    fixture.box.isAvailable = false;
    await fixture.profiles.editor.save({ ...draft, keep: 'unprotected' });
    fixture.box.isAvailable = true;
    await fixture.profiles.values.read('p1');
    expect(fixture.profiles.views.all().profiles[0]!.secretStorage).toBe('unprotected');
    expect(
      await fixture.profiles.editor.save({ ...draft, id: 'p1', settings: { bucket: 'b' }, secrets: {} }),
    ).toMatchObject({
      secretStorage: 'saved',
    });
    expect(fixture.unprotected.all.size).toBe(0);
    expect(storedRecords(fixture)).not.toContain(canary);
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
  });
});

describe('the key store', () => {
  test('is shown under the name that users know', async () => {
    const fixture = profileFixture();
    for (const [backend, name] of [
      ['gnome_libsecret', 'GNOME Keyring'],
      ['kwallet6', 'KWallet'],
      ['darwin', 'Keychain'],
      ['win32', 'Windows Data Protection'],
      ['new', 'the key store'],
    ]) {
      fixture.box.backend = backend!;
      expect(await fixture.profiles.secrets.keyStore()).toEqual({ state: 'available', name });
    }
  });

  test('is not used to list or remove destinations, or to save a destination without keys', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    fixture.box.calls = 0;
    fixture.profiles.views.all();
    await fixture.profiles.editor.save({
      providerId: 's3',
      name: '',
      settings: { bucket: 'b', credentials: 'profile' },
      secrets: {},
    });
    await fixture.profileRemover.remove('p1');
    expect(fixture.box.calls).toBe(0);
  });

  test.each([
    [
      'was replaced by one with another name',
      (fixture: ReturnType<typeof profileFixture>) => {
        fixture.box.backend = 'basic_text';
        fixture.box.isAvailable = false;
      },
      (fixture: ReturnType<typeof profileFixture>) => {
        fixture.box.backend = 'gnome_libsecret';
        fixture.box.isAvailable = true;
      },
    ],
    [
      'got another key',
      (fixture: ReturnType<typeof profileFixture>) => {
        fixture.box.key = 2;
      },
      (fixture: ReturnType<typeof profileFixture>) => {
        fixture.box.key = 1;
      },
    ],
    [
      'was locked',
      (fixture: ReturnType<typeof profileFixture>) => {
        fixture.box.isAvailable = false;
      },
      (fixture: ReturnType<typeof profileFixture>) => {
        fixture.box.isAvailable = true;
      },
    ],
  ])(
    'reads a stored secret again after the key store %s, and requires a new key until then',
    async (_, breakKeyStore, restoreKeyStore) => {
      const fixture = profileFixture();
      await fixture.profiles.editor.save(draft);
      breakKeyStore(fixture);
      await expect(fixture.profiles.values.read('p1')).rejects.toMatchObject({
        error: { code: 'secret-missing', params: { destination: 'b' } },
      });
      expect(fixture.profiles.views.all().profiles[0]).toMatchObject({
        secretStorage: 'locked',
        keyStore: 'GNOME Keyring',
        secrets: [],
        status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
      });
      expect(fixture.ciphertext.get('p1')).toHaveProperty('secret');
      restoreKeyStore(fixture);
      await checkProfiles(fixture.profiles, ['p1']);
      expect(fixture.profiles.views.all().profiles[0]).toMatchObject({
        secretStorage: 'saved',
        secrets: ['secret'],
        status: { state: 'ready' },
      });
      expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
    },
  );

  test('still decrypts when it has a new name but the same key', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    fixture.box.backend = 'kwallet6';
    expect(fixture.profiles.views.all().profiles[0]!.secretStorage).toBe('locked');
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe(canary);
    expect(fixture.profiles.views.all().profiles[0]!.secretStorage).toBe('saved');
  });

  test('never returns an old key after the user entered a new one', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    fixture.box.key = 2;
    await expect(fixture.profiles.values.read('p1')).rejects.toThrow('secret-missing');
    expect(
      (await fixture.profiles.editor.save({ ...draft, id: 'p1', secrets: { secret: 'CANARY-new' } })).secretStorage,
    ).toBe('saved');
    expect((await fixture.profiles.values.read('p1')).values['secret']).toBe('CANARY-new');
    fixture.box.isAvailable = false;
    expect(
      (await fixture.profiles.editor.save({ ...draft, id: 'p1', secrets: { secret: 'CANARY-third' } })).secretStorage,
    ).toBe('session');
    expect(fixture.ciphertext.get('p1')).toEqual({});
  });
});
