import { describe, expect, test } from 'vitest';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minutes = 60_000;
const days = 24 * 60 * minutes;
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));

describe('unfinished remote data', () => {
  async function withLeftovers() {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    fixture.script = [{ ok: true }, { fail: 'rejected' }];
    const [paused, failed] = engine.enqueue([fixture.file('paused'), fixture.file('failed')], chain);
    await fixture.clock.advance(700);
    engine.pause(paused!.id);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ paused: 'paused', failed: 'failed' });
    return { fixture, engine, paused: paused!.id, failed: failed!.id };
  }

  test('is counted, and removed on request; a later attempt starts from zero', async () => {
    const { fixture, engine, paused, failed } = await withLeftovers();
    expect(engine.leftovers()).toMatchObject({ uploads: 2, bytes: 100 });
    await engine.removeLeftovers();
    expect([engine.leftovers(), fixture.sessions.size]).toEqual([{ uploads: 0, bytes: 0, list: [] }, 0]);
    expect(statuses(fixture)).toEqual({ paused: 'paused', failed: 'failed' });
    engine.resume(paused);
    await engine.retry(failed);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ paused: 'done', failed: 'done' });
    expect(fixture.checkpoints.slice(2)).toEqual([undefined, undefined]);
  });

  test('is resumed by the next attempt', async () => {
    const { fixture, engine, failed } = await withLeftovers();
    const upload = fixture.records.get(failed);
    const checkpoint = upload?.status === 'failed' ? upload.checkpoint : undefined;
    expect(checkpoint).toBeDefined();
    await engine.retry(failed);
    await fixture.clock.advance(minutes);
    // The third attempt, after one of each file.
    expect(fixture.checkpoints[2]).toBe(checkpoint);
    expect(statuses(fixture)).toMatchObject({ failed: 'done' });
  });

  test('is removed when the user removes the entry', async () => {
    const { fixture, engine, failed } = await withLeftovers();
    engine.remove(failed);
    expect(fixture.removed).toEqual([failed]);
    await fixture.clock.advance(0);
    expect(fixture.sessions.size).toBe(1);
  });

  test('expires after a week without progress, but not earlier, and is reported', async () => {
    const { fixture } = await withLeftovers();
    fixture.sessions.add('foreign');
    await fixture.clock.advance(6 * days);
    // The data of both uploads and of another app.
    expect([fixture.sessions.size, fixture.expired]).toEqual([3, []]);
    await fixture.clock.advance(2 * days);
    expect([...fixture.sessions]).toEqual(['foreign']);
    expect(fixture.expired.map((u) => u.name).sort()).toEqual(['failed', 'paused']);
    expect(statuses(fixture)).toEqual({ paused: 'paused', failed: 'failed' });
  });
});
