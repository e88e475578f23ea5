import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import type { Fallback, FieldValues, Profile } from '../../src-shared/profile.ts';
import type { Provider } from '../providers/provider.ts';
import { Profiles, type BuiltIn } from './profiles.ts';
import type { SecretBox } from './secret-box.ts';
import { Secrets, type SecretRecord } from './secrets.ts';

const canary = 'CANARY-secret-key';
const env = { BUCKET: 'env-bucket', SECRET: 'env-canary' };

const provider: Provider = {
  id: 's3', name: 'S3', help: 'app.name', presets: [], capabilities: { maxBytes: 1e9, visibilities: ['expiring'], canDelete: true },
  fields: [
    { key: 'bucket', group: 'place', kind: 'text', label: 'app.name', help: 'app.name', required: true },
    { key: 'secret', group: 'place', kind: 'secret', label: 'app.name', help: 'app.name', required: true },
  ],
  settings: v.record(v.string(), v.string()),
  links: () => ({ visibility: 'expiring', days: 7 }),
  credentials: (e) => (e['BUCKET'] ? [{ id: 'found', name: e['BUCKET'], from: 'environment', values: { bucket: e['BUCKET'], secret: e['SECRET'] ?? '' } }] : []),
  load: () => Promise.reject(new Error('not in this test')),
};

/** A key store whose key can change, as when another keyring is in use. */
function fakeBox() {
  const box = { key: 1, there: true };
  const secretBox: SecretBox = {
    available: async () => box.there, backend: () => 'test',
    encrypt: async (text) => Buffer.from(JSON.stringify({ key: box.key, text: Buffer.from(text).toString('hex') })),
    decrypt: async (blob) => { const { key, text } = JSON.parse(blob.toString()) as { key: number; text: string }; if (key !== box.key) throw new Error('Error while decrypting the ciphertext'); return Buffer.from(text, 'hex').toString(); },
  };
  return { box, secretBox };
}

function world(builtIns: BuiltIn[] = []) {
  const { box, secretBox } = fakeBox();
  const saved = new Map<string, Profile>();
  const ciphertext = new Map<string, Record<string, SecretRecord>>();
  const registered: string[] = [];
  let fallback: Fallback | undefined;
  let current: string | undefined;
  let next = 0;
  const changed: (string | undefined)[] = [];
  const secrets = new Secrets({
    all: (id) => ciphertext.get(id) ?? {},
    set: (id, field, record) => { ciphertext.set(id, { ...ciphertext.get(id), [field]: record }); },
    remove: (id, field) => { const { [field]: _, ...rest } = ciphertext.get(id) ?? {}; ciphertext.set(id, rest); },
  }, secretBox, (secret) => registered.push(secret));
  const tested: FieldValues[] = [];
  const profiles = new Profiles({
    records: { list: () => [...saved.values()], get: (id) => saved.get(id), save: (p) => { saved.set(p.id, p); }, remove: (id) => { saved.delete(id); } },
    secrets, providers: [provider], env: () => env, builtIns, practice: async () => ({ bucket: 'practice', secret: 'own' }), now: () => 1, id: () => `p${++next}`,
    current: { get: () => current, set: (id) => { current = id; } },
    fallback: { get: () => fallback, set: (to) => { fallback = to; } },
    check: (_p, values) => { if (!values['bucket']) throw failure('invalid-input', { field: 'bucket' }); return { ...values, bucket: values['bucket'].trim() }; },
    test: async (_p, values) => { tested.push(values); return { ok: true, results: [] }; },
    changed: (mended) => changed.push(mended),
  });
  return { profiles, box, saved, ciphertext, registered, tested, changed };
}

const draft = { providerId: 's3' as const, name: '', settings: { bucket: ' b ' }, secrets: { secret: canary } };

describe('a saved destination', () => {
  test('has its secrets encrypted apart, is named after its bucket, and becomes the one in use', async () => {
    const w = world();
    const view = await w.profiles.save(draft);
    expect(view).toMatchObject({ id: 'p1', name: 'b', settings: { bucket: 'b' }, secrets: ['secret'], kept: 'saved', visibility: 'expiring', linkDays: 7 });
    expect(w.profiles.view().current).toBe('p1');
    expect(JSON.stringify([...w.saved.values(), ...w.ciphertext.values(), view, w.profiles.view()])).not.toContain(canary);
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'b', secret: canary });
    expect(w.registered).toContain(canary);
  });

  test('keeps its secret when the form is saved without it, and tests with it', async () => {
    const w = world();
    await w.profiles.save(draft);
    await w.profiles.save({ ...draft, id: 'p1', name: 'Renamed', settings: { bucket: 'c' }, secrets: {} });
    expect((await w.profiles.values('p1')).values).toEqual({ bucket: 'c', secret: canary });
    await w.profiles.test({ ...draft, id: 'p1', secrets: {} });
    expect(w.tested[0]).toMatchObject({ secret: canary });
    expect(w.profiles.view().profiles).toHaveLength(1);
  });

  test('without a key store is kept for this session only, and nothing of it is written', async () => {
    const w = world();
    w.box.there = false;
    expect((await w.profiles.save(draft)).kept).toBe('session');
    expect(Object.keys(w.ciphertext.get('p1') ?? {})).toEqual([]);
    expect((await w.profiles.values('p1')).values['secret']).toBe(canary);
  });

  test('with another key store asks for the key again and keeps the record', async () => {
    const w = world();
    await w.profiles.save(draft);
    w.box.key = 2;
    await expect(w.profiles.values('p1')).rejects.toMatchObject({ error: { code: 'secret-missing', params: { destination: 'b' } } });
    expect(w.profiles.view().profiles[0]!.kept).toBe('missing');
    expect(w.ciphertext.get('p1')).toHaveProperty('secret');
    w.box.key = 1;
    expect((await w.profiles.values('p1')).values['secret']).toBe(canary);
  });

  test('that is refused by its provider is not saved', async () => {
    const w = world();
    await expect(w.profiles.save({ ...draft, settings: {} })).rejects.toMatchObject({ error: { code: 'invalid-input', field: 'bucket' } });
    expect(w.saved.size).toBe(0);
  });

  test('takes its secrets along when it is removed', async () => {
    const w = world();
    await w.profiles.save(draft);
    await w.profiles.save({ ...draft, settings: { bucket: 'two' } });
    w.profiles.remove('p2');
    expect(w.ciphertext.get('p2')).toEqual({});
    expect(w.profiles.view()).toMatchObject({ current: 'p1', profiles: [{ id: 'p1' }] });
    expect(() => w.profiles.use('p2')).toThrow('no-destination');
  });
});

describe('what the environment has', () => {
  test('is listed without its secret and used after one confirmation, by reference', async () => {
    const w = world();
    expect(w.profiles.view()).toMatchObject({ profiles: [], found: [{ id: 'found', name: 'env-bucket', settings: { bucket: 'env-bucket' } }] });
    expect(JSON.stringify(w.profiles.view())).not.toContain('env-canary');
    const view = w.profiles.adopt('found');
    expect(view.kept).toBe('environment');
    expect(JSON.stringify([...w.saved.values(), ...w.ciphertext.values()])).not.toContain('env-canary');
    expect((await w.profiles.values(view.id)).values).toEqual({ bucket: 'env-bucket', secret: 'env-canary' });
    expect(w.profiles.view().found).toEqual([]);
  });

  test('that is gone asks for the key', async () => {
    const w = world();
    const view = w.profiles.adopt('found');
    const bucket = env.BUCKET;
    env.BUCKET = '';
    try {
      await expect(w.profiles.values(view.id)).rejects.toMatchObject({ error: { code: 'secret-missing' } });
      expect(w.profiles.view().profiles[0]!.kept).toBe('missing');
    } finally { env.BUCKET = bucket; }
  });
});

describe('what is there without setting anything up', () => {
  test('is Practice for a window, and gone once there is a destination', async () => {
    const { profiles } = world(['practice']);
    expect(profiles.view()).toMatchObject({ current: 'practice', profiles: [{ id: 'practice', name: 'Practice', kept: 'built-in', secrets: [], visibility: 'expiring' }] });
    expect(profiles.chain('practice')).toEqual([{ profileId: 'practice', visibility: 'expiring' }]);
    const saved = await profiles.save(draft);
    expect(profiles.view()).toMatchObject({ current: saved.id, profiles: [{ id: saved.id }] });
    // What was stored there can still be linked to, under its name.
    expect((await profiles.values('practice')).values).toEqual({ bucket: 'practice', secret: 'own' });
    expect(profiles.name('practice')).toBe('Practice');
    profiles.remove(saved.id);
    expect(profiles.current()?.id).toBe('practice');
  });

  test('is the environment for a command line while its variables are set, before Practice and without being adopted', async () => {
    const { profiles, saved } = world(['environment', 'practice']);
    expect(profiles.current()).toMatchObject({ id: 'environment', name: 'S3 (environment)' });
    expect((await profiles.values('environment')).values).toEqual({ bucket: 'env-bucket', secret: 'env-canary' });
    expect(profiles.find('practice')?.id).toBe('practice');
    expect(profiles.find('PRACTICE')?.id).toBe('practice');
    expect(saved.size).toBe(0);
    env.BUCKET = '';
    try {
      expect(profiles.current()?.id).toBe('practice');
      await expect(profiles.values('environment')).rejects.toMatchObject({ error: { code: 'secret-missing' } });
    } finally {
      env.BUCKET = 'env-bucket';
    }
  });

  test('cannot be changed, removed or chosen', async () => {
    const { profiles } = world(['practice']);
    for (const act of [() => profiles.remove('practice'), () => profiles.use('practice')]) expect(act).toThrow(expect.objectContaining({ error: { code: 'no-destination' } }) as Error);
    await expect(profiles.save({ ...draft, id: 'practice' })).rejects.toMatchObject({ error: { code: 'no-destination' } });
  });

  test('is found by its name all the same, and so is what was set up, whatever the case', async () => {
    const { profiles } = world(['environment', 'practice']);
    const saved = await profiles.save({ ...draft, name: 'Work bucket' });
    expect([profiles.find('work BUCKET')?.id, profiles.find(saved.id)?.id, profiles.find('practice')?.id, profiles.find('work')?.id]).toEqual([saved.id, saved.id, 'practice', undefined]);
  });
});

describe('where an upload goes on when its destination fails', () => {
  const destination = (profiles: Profiles, name: string) => profiles.save({ ...draft, name });

  test('is nowhere until the user says so, and then the chosen destinations in their order', async () => {
    const { profiles } = world(['practice']);
    const [a, b, c] = [await destination(profiles, 'a'), await destination(profiles, 'b'), await destination(profiles, 'c')];
    const ids = (id: string, how?: 'alone') => profiles.chain(id, how).map(({ profileId }) => profileId);
    expect(ids(a.id)).toEqual([a.id]);
    profiles.setFallback({ on: true, order: [c.id, a.id, 'unknown', c.id] });
    expect(profiles.view().fallback).toEqual({ on: true, order: [c.id, a.id] });
    expect([ids(a.id), ids(b.id), ids(c.id), ids(b.id, 'alone')]).toEqual([[a.id, c.id], [b.id, c.id, a.id], [c.id, a.id], [b.id]]);
    profiles.remove(c.id);
    expect(ids(b.id)).toEqual([b.id, a.id]);
    profiles.setFallback({ on: false, order: [a.id] });
    expect(ids(b.id)).toEqual([b.id]);
  });

  test('is told when the switch or the order changes, also when the list is empty, and mends nothing', async () => {
    const { profiles, changed } = world();
    const a = await destination(profiles, 'a');
    changed.length = 0;
    profiles.setFallback({ on: true, order: [] });
    profiles.setFallback({ on: true, order: [a.id] });
    profiles.use(a.id);
    expect(changed).toEqual([undefined, undefined, undefined]);
  });

  test('is never Practice, and Practice goes on nowhere', async () => {
    const { profiles } = world(['practice']);
    const a = await destination(profiles, 'a');
    profiles.setFallback({ on: true, order: ['practice', a.id] });
    expect(profiles.chain('practice')).toHaveLength(1);
    expect(profiles.chainOf([a.id, 'practice']).map(({ profileId }) => profileId)).toEqual([a.id]);
    expect(profiles.chainOf(['practice'])).toHaveLength(1);
  });
});
