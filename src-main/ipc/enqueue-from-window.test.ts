import { expect, test, vi } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import { TestPractice } from '../practice/testing/test-practice.ts';
import { CoreFixture, practiceDraft } from '../testing/core-fixture.ts';
import { enqueueFromWindow } from './enqueue-from-window.ts';

test('keeps the link choice for the next files until files are accepted', async () => {
  const store = await TestPractice.start();
  const fixture = await CoreFixture.open();
  const { engine, profiles, store: records } = fixture.core;
  try {
    engine.start();
    const { id } = await profiles.editor.save(
      practiceDraft(store.address, store.address.endpoint, { settings: { linkKind: 'public' }, keep: 'session' }),
    );
    const files = [await fixture.accept('a.txt')];
    const linkOverride = { kind: 'expiring', seconds: 86_400 } as const;
    profiles.chains.setNextLinkOverride(linkOverride);
    const insert = vi.spyOn(records.uploads, 'insert').mockImplementationOnce(() => {
      throw failure('disk-full');
    });
    expect(() => enqueueFromWindow(engine, profiles.chains, files, id)).toThrow();
    insert.mockRestore();
    expect(profiles.views.all().linkOverride).toEqual(linkOverride);
    expect(enqueueFromWindow(engine, profiles.chains, files, id)[0]).toMatchObject({
      linkOverride,
      chain: [{ profileId: id, visibility: 'expiring' }],
    });
    expect(profiles.views.all().linkOverride).toBeUndefined();
    expect(enqueueFromWindow(engine, profiles.chains, files, id)[0]!.chain).toEqual([
      { profileId: id, visibility: 'public' },
    ]);
  } finally {
    await fixture.remove();
    await store.stop();
  }
});
