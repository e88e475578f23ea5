import { describe, expect, test } from 'vitest';
import { allStoredText, canary, draft, profileFixture } from './testing/profile-fixture.ts';

describe('a saved destination', () => {
  test('encrypts its secrets separately, takes the name of its bucket, and becomes the destination in use', async () => {
    const w = profileFixture();
    const view = await w.profiles.editor.save(draft);
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
    expect(w.profiles.views.all().current).toBe('p1');
    expect(allStoredText(w) + JSON.stringify([view, w.profiles.views.all()])).not.toContain(canary);
    expect((await w.profiles.values.read('p1')).values).toEqual({ bucket: 'b', secret: canary });
    expect(w.registered).toContain(canary);
  });

  test('keeps its secret when the form is saved without one, and a test uses it', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    await w.profiles.editor.save({
      ...draft,
      id: 'p1',
      name: 'Renamed',
      settings: { bucket: 'c' },
      secrets: { secret: '' },
    });
    expect((await w.profiles.values.read('p1')).values).toEqual({ bucket: 'c', secret: canary });
    await w.profiles.drafts.test({ ...draft, id: 'p1', secrets: {} });
    expect(w.tested[0]).toMatchObject({ secret: canary });
    expect(w.profiles.views.all().profiles).toHaveLength(1);
  });

  test('deletes an optional secret when the user clears its field, also in a test', async () => {
    const w = profileFixture();
    await w.profiles.editor.save({ ...draft, secrets: { secret: canary, token: 'CANARY-token' } });
    const emptied = { ...draft, id: 'p1', secrets: { token: '' } };
    await w.profiles.drafts.test(emptied);
    expect(w.tested[0]).not.toHaveProperty('token');
    await w.profiles.editor.save(emptied);
    expect((await w.profiles.values.read('p1')).values).toEqual({ bucket: 'b', secret: canary });
  });

  test('never sends the password of one proxy to another proxy', async () => {
    const w = profileFixture();
    const form = {
      ...draft,
      settings: { bucket: 'b', proxy: 'ours' },
      secrets: { secret: canary, proxyPassword: 'CANARY-proxy' },
    };
    await w.profiles.editor.save(form);
    const moved = { ...form, id: 'p1', settings: { bucket: 'b', proxy: 'theirs' }, secrets: {} };
    await w.profiles.drafts.test({ ...moved, settings: { bucket: 'c', proxy: 'ours' } });
    await w.profiles.drafts.test(moved);
    expect(w.tested.map(({ secret, proxyPassword }) => [secret, proxyPassword])).toEqual([
      [canary, 'CANARY-proxy'],
      [canary, undefined],
    ]);
    expect((await w.profiles.editor.save(moved)).secrets).toEqual(['secret']);
    expect((await w.profiles.values.read('p1')).values).toEqual({ bucket: 'b', proxy: 'theirs', secret: canary });
  });

  test('deletes its keys when its settings no longer use them', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    const view = await w.profiles.editor.save({
      ...draft,
      id: 'p1',
      settings: { bucket: 'b', credentials: 'profile' },
      secrets: {},
    });
    expect(view).toMatchObject({ secretStorage: 'reference', secrets: [], status: { state: 'ready' } });
    expect(w.ciphertext.get('p1')).toEqual({});
    expect((await w.profiles.values.read('p1')).values).toEqual({ bucket: 'b', credentials: 'profile' });
  });

  test('is not added while the disk is full, and a saved one stays unchanged', async () => {
    const w = profileFixture();
    w.setDiskFull(true);
    await expect(w.profiles.editor.save(draft)).rejects.toMatchObject({ error: { code: 'disk-full' } });
    expect(w.saved.size).toBe(0);
    w.setDiskFull(false);
    const { id, name } = await w.profiles.editor.save(draft);
    expect(name).toBe('b');
    w.setDiskFull(true);
    await expect(
      w.profiles.editor.save({ ...draft, id, settings: { bucket: 'c' }, secrets: { secret: 'newer' } }),
    ).rejects.toMatchObject({ error: { code: 'disk-full' } });
    w.setDiskFull(false);
    expect((await w.profiles.values.read(id)).values).toEqual({ bucket: 'b', secret: canary });
  });

  test('is not saved when its provider refuses the values', async () => {
    const w = profileFixture();
    await expect(w.profiles.editor.save({ ...draft, settings: {} })).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'bucket' },
    });
    expect(w.saved.size).toBe(0);
  });

  test('can be renamed while its key is locked, and only its name changes', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    w.box.backend = 'basic_text';
    w.changed.length = 0;
    expect(
      await w.profiles.editor.save({ ...draft, id: 'p1', name: 'Holiday', settings: { bucket: 'b' }, secrets: {} }),
    ).toMatchObject({ name: 'Holiday', secretStorage: 'locked' });
    expect(w.changed).toEqual([undefined]);
  });

  test('cancels its uploads before its keys are deleted when it is removed', async () => {
    const w = profileFixture();
    await w.profiles.editor.save(draft);
    await w.profiles.editor.save({ ...draft, settings: { bucket: 'two' } });
    expect(w.profileRemover.impact('p2')).toEqual({ unfinished: 2, done: 5 });
    await w.profileRemover.remove('p2');
    expect(w.removedDestinations).toEqual(['p2 with 1 keys']);
    expect(w.ciphertext.get('p2')).toEqual({});
    expect(w.profiles.views.all()).toMatchObject({ current: 'p1', profiles: [{ id: 'p1' }] });
    expect(() => w.profiles.editor.use('p2')).toThrow('no-destination');
    expect(() => w.profileRemover.impact('p2')).toThrow('no-destination');
  });

  test('is duplicated with its key, without decrypting the key, directly after the original and with a free name', async () => {
    const w = profileFixture();
    await w.profiles.editor.save({ ...draft, name: 'Work' });
    await w.profiles.editor.save({ ...draft, name: 'Home' });
    w.box.calls = 0;
    const copy = w.profiles.editor.duplicate('p1');
    expect(w.box.calls).toBe(0);
    expect(copy).toMatchObject({ id: 'p3', name: 'Work 2', secretStorage: 'saved', settings: { bucket: 'b' } });
    expect(w.profiles.views.all()).toMatchObject({
      current: 'p2',
      profiles: [{ id: 'p1' }, { id: 'p3' }, { id: 'p2' }],
    });
    await w.profileRemover.remove('p1');
    expect((await w.profiles.values.read('p3')).values['secret']).toBe(canary);
  });
});

describe('the order', () => {
  test('is the user’s order, also in the chain, and a new destination comes last', async () => {
    const w = profileFixture();
    const [a, b, c] = [
      await w.profiles.editor.save({ ...draft, name: 'a' }),
      await w.profiles.editor.save({ ...draft, name: 'b' }),
      await w.profiles.editor.save({ ...draft, name: 'c' }),
    ];
    w.profiles.chains.setFallback({ on: true, order: [a.id, b.id] });
    w.profiles.editor.reorder([c.id, b.id, 'gone', b.id]);
    const names = () => w.profiles.views.all().profiles.map(({ name }) => name);
    expect(names()).toEqual(['c', 'b', 'a']);
    expect(w.profiles.views.all().fallback).toEqual({ on: true, order: [b.id, a.id] });
    await w.profiles.editor.save({ ...draft, name: 'd' });
    expect(names()).toEqual(['c', 'b', 'a', 'd']);
    expect(w.changed.at(-1)).toBeDefined();
  });
});
