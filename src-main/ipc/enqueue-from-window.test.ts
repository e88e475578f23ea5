import { expect, test, vi } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import type { Upload } from '../../src-shared/upload.ts';
import { Engine } from '../engine/engine.ts';
import type { AcceptedFile, Ports } from '../engine/ports.ts';
import { EngineFixture } from '../engine/testing/engine-fixture.ts';
import { TestPractice } from '../practice/testing/test-practice.ts';
import type { UploadChains } from '../profiles/upload-chains.ts';
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
    await expect(enqueueFromWindow(engine, profiles.chains, files, id)).rejects.toThrow();
    insert.mockRestore();
    expect(profiles.views.all().linkOverride).toEqual(linkOverride);
    expect((await enqueueFromWindow(engine, profiles.chains, files, id))[0]).toMatchObject({
      linkOverride,
      chain: [{ profileId: id, visibility: 'expiring' }],
    });
    expect(profiles.views.all().linkOverride).toBeUndefined();
    expect((await enqueueFromWindow(engine, profiles.chains, files, id))[0]!.chain).toEqual([
      { profileId: id, visibility: 'public' },
    ]);
  } finally {
    await fixture.remove();
    await store.stop();
  }
});

const manyFiles = (count: number): AcceptedFile[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `f${i}`,
    size: 1,
    contentType: 'text/plain',
    source: { path: `/f${i}`, fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
  }));
const chain = [{ profileId: 'p1', visibility: 'expiring' as const }];
const chains = { nextUploadOptions: () => ({ chain }) } as unknown as UploadChains;

test('accepts many files in slices as one batch, and sends none before all are accepted', async () => {
  const fixture = new EngineFixture();
  const insert = vi.fn<Ports['records']['insert']>();
  const ports = fixture.ports();
  const records = {
    ...ports.records,
    insert: (uploads: Upload[]) => {
      insert(uploads);
      expect(fixture.started).toEqual([]);
      ports.records.insert(uploads);
    },
  };
  const engine = new Engine({ ...ports, records });
  const uploads = await enqueueFromWindow(engine, chains, manyFiles(2050), 'p1');
  expect(insert.mock.calls.map(([slice]) => slice.length).sort((a, b) => b - a)[0]).toBeLessThanOrEqual(200);
  expect(new Set(uploads.map(({ batchId }) => batchId)).size).toBe(1);
  expect(uploads.map(({ name, position }) => [name, position])).toEqual(
    Array.from({ length: 2050 }, (_, i) => [`f${i}`, i]),
  );
  await fixture.clock.advance(100);
  expect(fixture.started.slice(0, 2)).toEqual(['f0', 'f1']);
});

test('accepts none of many files when the disk becomes full meanwhile', async () => {
  const fixture = new EngineFixture();
  const ports = fixture.ports();
  let slices = 0;
  const records = {
    ...ports.records,
    insert: (uploads: Upload[]) => {
      if (++slices === 5) throw failure('disk-full');
      ports.records.insert(uploads);
    },
  };
  const engine = new Engine({ ...ports, records });
  await expect(enqueueFromWindow(engine, chains, manyFiles(2050), 'p1')).rejects.toMatchObject({
    error: { code: 'disk-full' },
  });
  await fixture.clock.advance(1000);
  expect([fixture.records.size, engine.unfinished(), fixture.started]).toEqual([0, [], []]);
});

test('keeps a link choice that was made while many files were accepted', async () => {
  const store = await TestPractice.start();
  const fixture = await CoreFixture.open();
  const { engine, profiles } = fixture.core;
  try {
    engine.holdStarts();
    const { id } = await profiles.editor.save(
      practiceDraft(store.address, store.address.endpoint, { keep: 'session' }),
    );
    const forMany = { kind: 'expiring', seconds: 86_400 } as const;
    const forNext = { kind: 'expiring', seconds: 3600 } as const;
    profiles.chains.setNextLinkOverride(forMany);
    const accepting = enqueueFromWindow(engine, profiles.chains, manyFiles(1000), id);
    profiles.chains.setNextLinkOverride(forNext);
    expect((await accepting).at(-1)).toMatchObject({ linkOverride: forMany });
    expect(profiles.views.all().linkOverride).toEqual(forNext);
  } finally {
    await fixture.remove();
    await store.stop();
  }
});
