import { describe, expect, test } from 'vitest';
import { AppFailure } from '../../src-shared/errors.ts';
import type { LinkOverride } from '../../src-shared/upload.ts';
import type { Provider } from '../providers/contract/provider.ts';
import type { Profiles } from './compose-profiles.ts';
import { draft, profileFixture, testProvider } from './testing/profile-fixture.ts';

describe('the fallback of an upload', () => {
  const destination = (profiles: Profiles, name: string) => profiles.editor.save({ ...draft, name });

  test('is off until the user turns it on, and then includes the chosen destinations in their order', async () => {
    const { profiles, profileRemover } = profileFixture({ builtIns: ['practice'] });
    const [a, b, c] = [
      await destination(profiles, 'a'),
      await destination(profiles, 'b'),
      await destination(profiles, 'c'),
    ];
    const ids = (id: string, mode?: 'alone') => profiles.chains.from(id, mode).map(({ profileId }) => profileId);
    expect(ids(a.id)).toEqual([a.id]);
    profiles.chains.setFallback({ on: true, order: [c.id, a.id, 'unknown', c.id] });
    expect(profiles.views.all().fallback).toEqual({ on: true, order: [c.id, a.id] });
    expect([ids(a.id), ids(b.id), ids(c.id), ids(b.id, 'alone')]).toEqual([
      [a.id, c.id],
      [b.id, c.id, a.id],
      [c.id, a.id],
      [b.id],
    ]);
    await profileRemover.remove(c.id);
    expect(ids(b.id)).toEqual([b.id, a.id]);
    profiles.chains.setFallback({ on: false, order: [a.id] });
    expect(ids(b.id)).toEqual([b.id]);
  });

  test('notifies the window when the user changes the switch or the order', async () => {
    const { profiles, changed } = profileFixture();
    const a = await destination(profiles, 'a');
    changed.length = 0;
    profiles.chains.setFallback({ on: true, order: [] });
    profiles.chains.setFallback({ on: true, order: [a.id] });
    profiles.editor.use(a.id);
    expect(changed).toEqual([undefined, undefined, undefined]);
  });

  test('never includes Practice, and uploads to Practice have no fallback', async () => {
    const { profiles } = profileFixture({ builtIns: ['practice'] });
    const a = await destination(profiles, 'a');
    profiles.chains.setFallback({ on: true, order: ['practice', a.id] });
    expect(profiles.chains.from('practice')).toHaveLength(1);
    expect(profiles.chains.explicit([a.id, 'practice']).map(({ profileId }) => profileId)).toEqual([a.id]);
    expect(profiles.chains.explicit(['practice'])).toHaveLength(1);
  });
});

describe('the link choice for the next files', () => {
  const linkOverride: LinkOverride = { kind: 'public' };
  const bothLinkKinds: Provider = {
    ...testProvider,
    capabilities: { ...testProvider.capabilities, supportedLinkKinds: ['expiring', 'public'] },
  };

  test('applies only to the current destination until it is reset, and each change notifies listeners', async () => {
    const { profiles, changed } = profileFixture({ providers: [bothLinkKinds] });
    const [a, b] = [
      await profiles.editor.save({ ...draft, name: 'a' }),
      await profiles.editor.save({ ...draft, name: 'b' }),
    ];
    profiles.editor.use(a.id);
    profiles.chains.setNextLinkOverride(linkOverride);
    expect(profiles.views.all().linkOverride).toEqual(linkOverride);
    expect(profiles.chains.nextUploadOptions(b.id)).toEqual({ chain: profiles.chains.from(b.id) });
    profiles.editor.use(b.id);
    expect(profiles.views.all().linkOverride).toBeUndefined();
    profiles.editor.use(a.id);
    changed.length = 0;
    expect(profiles.chains.nextUploadOptions(a.id)).toEqual({
      chain: [{ profileId: a.id, visibility: 'public' }],
      linkOverride,
    });
    profiles.chains.setNextLinkOverride(undefined);
    expect(changed).toEqual([undefined]);
    expect(profiles.views.all().linkOverride).toBeUndefined();
    expect(profiles.chains.nextUploadOptions(a.id)).toEqual({ chain: profiles.chains.from(a.id) });
  });

  test('restricts the fallback to destinations that support such links, and is refused by other ones', async () => {
    const other: Provider = { ...testProvider, id: 'dropbox' };
    const { profiles } = profileFixture({ providers: [bothLinkKinds, other], builtIns: ['practice'] });
    expect(() => profiles.chains.setNextLinkOverride(linkOverride)).toThrow(AppFailure);
    const [a, b, c] = [
      await profiles.editor.save({ ...draft, name: 'a' }),
      await profiles.editor.save({ ...draft, name: 'b', providerId: 'dropbox' }),
      await profiles.editor.save({ ...draft, name: 'c' }),
    ];
    profiles.chains.setFallback({ on: true, order: [b.id, c.id] });
    profiles.editor.use(a.id);
    profiles.chains.setNextLinkOverride(linkOverride);
    expect(profiles.chains.nextUploadOptions(a.id).chain).toEqual([
      { profileId: a.id, visibility: 'public' },
      { profileId: c.id, visibility: 'public' },
    ]);
    profiles.editor.use(b.id);
    expect(() => profiles.chains.setNextLinkOverride(linkOverride)).toThrow(AppFailure);
  });
});

test('a destination that cannot delete files is marked in the chain, and its view explains its links', async () => {
  const withoutDelete: Provider = {
    ...testProvider,
    capabilities: { ...testProvider.capabilities, canDelete: false },
    linkAccess: () => ({ visibility: 'public', sentence: 'fal.links.never' }),
  };
  const { profiles } = profileFixture({ providers: [withoutDelete] });
  const saved = await profiles.editor.save(draft);
  expect(saved).toMatchObject({ visibility: 'public', linkSentence: 'fal.links.never' });
  expect(profiles.chains.explicit([saved.id])).toEqual([
    { profileId: saved.id, visibility: 'public', cannotDelete: true },
  ]);
});
