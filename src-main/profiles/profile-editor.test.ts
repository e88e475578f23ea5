import { describe, expect, test } from 'vitest';
import { allStoredText, canary, draft, profileFixture } from './testing/profile-fixture.ts';

describe('a saved destination', () => {
  test('encrypts its secrets separately, is named after its bucket, and becomes the current destination', async () => {
    const fixture = profileFixture();
    const view = await fixture.profiles.editor.save(draft);
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
    expect(fixture.profiles.views.all().current).toBe('p1');
    expect(allStoredText(fixture) + JSON.stringify([view, fixture.profiles.views.all()])).not.toContain(canary);
    expect((await fixture.profiles.values.read('p1')).values).toEqual({ bucket: 'b', secret: canary });
    expect(fixture.registered).toContain(canary);
  });

  test('keeps its secret when the form is saved or tested without one', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    await fixture.profiles.editor.save({
      ...draft,
      id: 'p1',
      name: 'Renamed',
      settings: { bucket: 'c' },
      secrets: { secret: '' },
    });
    expect((await fixture.profiles.values.read('p1')).values).toEqual({ bucket: 'c', secret: canary });
    await fixture.profiles.drafts.test({ ...draft, id: 'p1', secrets: {} });
    expect(fixture.tested[0]).toMatchObject({ secret: canary });
    expect(fixture.profiles.views.all().profiles).toHaveLength(1);
  });

  test('deletes an optional secret when the user clears its field, also in a test', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save({ ...draft, secrets: { secret: canary, token: 'CANARY-token' } });
    const cleared = { ...draft, id: 'p1', secrets: { token: '' } };
    await fixture.profiles.drafts.test(cleared);
    expect(fixture.tested[0]).not.toHaveProperty('token');
    await fixture.profiles.editor.save(cleared);
    expect((await fixture.profiles.values.read('p1')).values).toEqual({ bucket: 'b', secret: canary });
  });

  test('never sends the password of one proxy to another proxy', async () => {
    const fixture = profileFixture();
    fixture.consent.isGiven = true;
    const form = {
      ...draft,
      settings: { bucket: 'b', proxy: 'ours' },
      secrets: { secret: canary, proxyPassword: 'CANARY-proxy' },
    };
    await fixture.profiles.editor.save(form);
    const moved = { ...form, id: 'p1', settings: { bucket: 'b', proxy: 'theirs' }, secrets: {} };
    await fixture.profiles.drafts.test({ ...moved, settings: { bucket: 'c', proxy: 'ours' } });
    await fixture.profiles.drafts.test(moved);
    expect(fixture.tested.map(({ secret, proxyPassword }) => [secret, proxyPassword])).toEqual([
      [canary, 'CANARY-proxy'],
      [canary, undefined],
    ]);
    expect((await fixture.profiles.editor.save(moved)).secrets).toEqual(['secret']);
    expect((await fixture.profiles.values.read('p1')).values).toEqual({ bucket: 'b', proxy: 'theirs', secret: canary });
  });

  test('deletes its keys when its settings no longer use them', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    const view = await fixture.profiles.editor.save({
      ...draft,
      id: 'p1',
      settings: { bucket: 'b', credentials: 'profile' },
      secrets: {},
    });
    expect(view).toMatchObject({ secretStorage: 'reference', secrets: [], status: { state: 'ready' } });
    expect(fixture.ciphertext.get('p1')).toEqual({});
    expect((await fixture.profiles.values.read('p1')).values).toEqual({ bucket: 'b', credentials: 'profile' });
  });

  test('is not added while the disk is full, and an existing destination stays unchanged', async () => {
    const fixture = profileFixture();
    fixture.setDiskFull(true);
    await expect(fixture.profiles.editor.save(draft)).rejects.toMatchObject({ error: { code: 'disk-full' } });
    expect(fixture.saved.size).toBe(0);
    fixture.setDiskFull(false);
    const { id, name } = await fixture.profiles.editor.save(draft);
    expect(name).toBe('b');
    fixture.setDiskFull(true);
    await expect(
      fixture.profiles.editor.save({ ...draft, id, settings: { bucket: 'c' }, secrets: { secret: 'newer' } }),
    ).rejects.toMatchObject({ error: { code: 'disk-full' } });
    fixture.setDiskFull(false);
    expect((await fixture.profiles.values.read(id)).values).toEqual({ bucket: 'b', secret: canary });
  });

  test('is not saved when its provider rejects the values', async () => {
    const fixture = profileFixture();
    await expect(fixture.profiles.editor.save({ ...draft, settings: {} })).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    });
    expect(fixture.saved.size).toBe(0);
  });

  test('can be renamed while its key is locked, without marking it as edited', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    fixture.box.backend = 'basic_text';
    fixture.changed.length = 0;
    expect(
      await fixture.profiles.editor.save({
        ...draft,
        id: 'p1',
        name: 'Holiday',
        settings: { bucket: 'b' },
        secrets: {},
      }),
    ).toMatchObject({ name: 'Holiday', secretStorage: 'locked' });
    expect(fixture.changed).toEqual([undefined]);
  });

  test('when removed, cancels its uploads before its keys are deleted', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save(draft);
    await fixture.profiles.editor.save({ ...draft, settings: { bucket: 'two' } });
    expect(fixture.profileRemover.impact('p2')).toEqual({ unfinished: 2, done: 5 });
    await fixture.profileRemover.remove('p2');
    expect(fixture.removedDestinations).toEqual(['p2 with 1 keys']);
    expect(fixture.ciphertext.get('p2')).toEqual({});
    expect(fixture.profiles.views.all()).toMatchObject({ current: 'p1', profiles: [{ id: 'p1' }] });
    expect(() => fixture.profiles.editor.use('p2')).toThrow('no-destination');
    expect(() => fixture.profileRemover.impact('p2')).toThrow('no-destination');
  });

  test('is duplicated with its encrypted key, under a free name and directly below the original', async () => {
    const fixture = profileFixture();
    await fixture.profiles.editor.save({ ...draft, name: 'Work' });
    await fixture.profiles.editor.save({ ...draft, name: 'Home' });
    fixture.box.calls = 0;
    const copy = fixture.profiles.editor.duplicate('p1');
    expect(fixture.box.calls).toBe(0);
    expect(copy).toMatchObject({ id: 'p3', name: 'Work 2', secretStorage: 'saved', settings: { bucket: 'b' } });
    expect(fixture.profiles.views.all()).toMatchObject({
      current: 'p2',
      profiles: [{ id: 'p1' }, { id: 'p3' }, { id: 'p2' }],
    });
    await fixture.profileRemover.remove('p1');
    expect((await fixture.profiles.values.read('p3')).values['secret']).toBe(canary);
  });
});

describe('the order of destinations', () => {
  test('is set by the user, also for the fallback, and a new destination comes last', async () => {
    const fixture = profileFixture();
    const [a, b, c] = [
      await fixture.profiles.editor.save({ ...draft, name: 'a' }),
      await fixture.profiles.editor.save({ ...draft, name: 'b' }),
      await fixture.profiles.editor.save({ ...draft, name: 'c' }),
    ];
    fixture.profiles.chains.setFallback({ on: true, order: [a.id, b.id] });
    fixture.profiles.editor.reorder([c.id, b.id, 'gone', b.id]);
    const names = () => fixture.profiles.views.all().profiles.map(({ name }) => name);
    expect(names()).toEqual(['c', 'b', 'a']);
    expect(fixture.profiles.views.all().fallback).toEqual({ on: true, order: [b.id, a.id] });
    await fixture.profiles.editor.save({ ...draft, name: 'd' });
    expect(names()).toEqual(['c', 'b', 'a', 'd']);
    expect(fixture.changed.at(-1)).toBeDefined();
  });
});
