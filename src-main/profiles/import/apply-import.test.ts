import { expect, test, vi } from 'vitest';
import { profileFixture } from '../testing/profile-fixture.ts';
import { applyImport } from './apply-import.ts';
import { emptyImport, type ImportedProfile } from './parsed-import.ts';

/** Profiles in memory without a key store, and their import. */
function setUp() {
  const fixture = profileFixture({ builtIns: ['practice'] });
  fixture.box.isAvailable = false;
  const { profiles } = fixture;
  const setAll = vi.spyOn(fixture.unprotected, 'setAll');
  const set = vi.spyOn(fixture.unprotected, 'set');
  const imported = (name: string, settings = {}): ImportedProfile => ({
    name,
    providerId: 's3',
    settings: { bucket: name, user: name, ...settings },
    secrets: { secret: `secret of ${name}` },
    from: 'PicGo',
  });
  const run = (parsed: ImportedProfile[], options: Parameters<typeof applyImport>[2] = {}) =>
    applyImport(
      { ...emptyImport(), profiles: parsed },
      {
        providers: { find: () => fixture.provider, get: () => fixture.provider } as never,
        views: profiles.views,
        editor: profiles.editor,
        history: { has: () => false, insert: () => undefined, added: () => undefined },
      },
      options,
    );
  return { ...fixture, imported, run, setAll, set };
}

test('without a question the links expire, and the report has the settings of the permanent links', async () => {
  const { imported, run, saved } = setUp();
  const publicLinkSettings = { linkKind: 'public', region: 'of-the-link' };
  const report = await run([{ ...imported('blog'), publicLinkSettings }, imported('other')]);
  expect(report.profiles).toEqual([
    { name: 'blog', from: 'PicGo', outcome: 'added', links: 'expiring', publicLinkSettings },
    { name: 'other', from: 'PicGo', outcome: 'added' },
  ]);
  expect([...saved.values()].map(({ settings }) => settings['region'])).toEqual([undefined, undefined]);
});

test('asks once about all destinations that made permanent links', async () => {
  const { imported, run, saved } = setUp();
  const publicLinkSettings = { region: 'of-the-link' };
  const chooseLinkKind = vi.fn(async () => 'public' as const);
  const parsed = [imported('a'), { ...imported('b'), publicLinkSettings }, { ...imported('c'), publicLinkSettings }];
  await run(parsed, { chooseLinkKind });
  expect(chooseLinkKind).toHaveBeenCalledExactlyOnceWith([parsed[1], parsed[2]]);
  expect([...saved.values()].map(({ settings }) => settings['region'])).toEqual([
    undefined,
    'of-the-link',
    'of-the-link',
  ]);
  await run(parsed, { chooseLinkKind });
  expect(chooseLinkKind).toHaveBeenCalledTimes(1);
});

test('writes the file of unprotected keys once, and reports one change', async () => {
  const { imported, run, setAll, set, saved, unprotected, changed } = setUp();
  await run(
    Array.from({ length: 50 }, (_, i) => imported(`d${i}`)),
    { fallbackStorage: 'unprotected' },
  );
  expect([setAll.mock.calls.length, set.mock.calls.length, saved.size, unprotected.all.size]).toEqual([1, 0, 50, 50]);
  expect(changed).toEqual([undefined]);
});

test('saves nothing if the keys cannot be written, or if it is stopped', async () => {
  const { imported, run, setAll, saved } = setUp();
  setAll.mockImplementationOnce(() => {
    throw new Error('disk full');
  });
  await expect(run([imported('a')], { fallbackStorage: 'unprotected' })).rejects.toThrow('disk full');
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(run([imported('a')], { signal: stop })).rejects.toThrow('stopped');
  expect(saved.size).toBe(0);
});

test('the first complete destination becomes the current one only if none was saved', async () => {
  const { imported, run, profiles } = setUp();
  expect(
    (await run([imported('later', { bucket: '' }), imported('works')])).profiles.map(({ outcome }) => outcome),
  ).toEqual(['incomplete', 'added']);
  expect(profiles.catalog.current()?.name).toBe('works');
  await run([imported('more')]);
  expect(profiles.catalog.current()?.name).toBe('works');
});

test('a proxy in the file is saved only after the user accepts it, and the report says so', async () => {
  const { imported, run, saved } = setUp();
  const proxied = (name: string): ImportedProfile => imported(name, { proxy: 'http://theirs.example' });
  expect((await run([proxied('a')])).profiles).toMatchObject([{ name: 'a', recipients: 'removed' }]);
  const confirmRecipients = vi.fn(async () => true);
  expect((await run([proxied('b'), imported('c')], { confirmRecipients })).profiles).toMatchObject([
    { name: 'b', recipients: 'accepted' },
    { name: 'c' },
  ]);
  expect(confirmRecipients).toHaveBeenCalledExactlyOnceWith([
    { name: 'b', recipients: ['proxy=http://theirs.example'] },
  ]);
  expect([...saved.values()].map(({ settings }) => settings['proxy'])).toEqual([
    undefined,
    'http://theirs.example',
    undefined,
  ]);
});
