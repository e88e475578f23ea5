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

describe('revokeLink', () => {
  test('revokes the link once, opens it again, and saves and reports the result', async () => {
    const fixture = new EngineFixture();
    fixture.revoked = new Set();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await expect(engine.revokeLink(upload!.id)).rejects.toMatchObject({ error: { code: 'invalid-input' } });
    await fixture.clock.advance(minutes);
    const verification = await engine.revokeLink(upload!.id);
    expect(fixture.revoked.size).toBe(1);
    const expected = {
      status: 'done',
      link: { visibility: 'private' },
      verification,
      revokedAt: fixture.clock.now(),
    };
    expect(onlyRecord(fixture)).toMatchObject(expected);
    expect(fixture.changes.at(-1)).toMatchObject(expected);
  });

  test('a revoked link is never copied or renewed', async () => {
    const fixture = new EngineFixture();
    fixture.revoked = new Set();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    await engine.revokeLink(upload!.id);
    for (const linkOverride of [undefined, { kind: 'expiring', seconds: 60 }] as const)
      await expect(engine.link(upload!.id, linkOverride)).rejects.toMatchObject({
        error: { code: 'forbidden', params: { why: 'revoked' } },
      });
  });

  test('fails without a change if the destination cannot revoke links', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    await expect(engine.revokeLink(upload!.id)).rejects.toMatchObject({ error: { params: { why: 'noRevoke' } } });
    expect(onlyRecord(fixture)).not.toHaveProperty('revokedAt');
  });
});

test('an expired link is replaced, and the new one is saved and reported; a working link is returned unchanged', async () => {
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
