import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minutes = 60_000;
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

describe('unpublish', () => {
  test('deletes the stored file, then the entry', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await expect(engine.unpublish(upload!.id)).rejects.toMatchObject({ error: { code: 'invalid-input' } });
    await fixture.clock.advance(minutes);
    await engine.unpublish(upload!.id);
    expect([fixture.objects.size, fixture.records.size, fixture.removed]).toEqual([0, 0, [upload!.id]]);
  });

  test('keeps the entry when the deletion fails', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    fixture.discardError = 'unreachable';
    await expect(engine.unpublish(upload!.id)).rejects.toMatchObject({ error: { code: 'unreachable' } });
    expect([onlyRecord(fixture).status, fixture.removed]).toEqual(['done', []]);
  });
});

test('link replaces an expired link, saves and reports the new one, and returns a working link unchanged', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  const [upload] = engine.enqueue([fixture.file('a')], chain);
  await expect(engine.link(upload!.id)).rejects.toMatchObject({ error: { code: 'invalid-input' } });
  fixture.linkLifetimeMs = 7 * 24 * 60 * minutes;
  await fixture.clock.advance(minutes);
  const first = await engine.link(upload!.id);
  expect(await engine.link(upload!.id)).toBe(first);
  await fixture.clock.advance(8 * 24 * 60 * minutes);
  const second = await engine.link(upload!.id);
  expect(second.expiresAt).toBeGreaterThan(fixture.clock.now());
  expect(onlyRecord(fixture)).toMatchObject({ status: 'done', link: second });
  expect(fixture.changes.at(-1)).toMatchObject({ link: second });
});
