import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { chain, World, type Answer } from './testing/world.ts';

const minutes = 60_000;
const statuses = (world: World) => Object.fromEntries([...world.rows.values()].map((u) => [u.name, u.status]));
const only = (world: World): Upload => [...world.rows.values()][0]!;

describe('an upload', () => {
  test('goes from queued over uploading and verifying to done, with its link', async () => {
    const world = new World();
    world.engine().enqueue([world.file('a.txt')], chain);
    await world.clock.advance(minutes);
    const seen = world.changes.map((u) => u.status).filter((s, i, all) => s !== all[i - 1]);
    expect(seen).toEqual(['queued', 'uploading', 'verifying', 'done']);
    expect(only(world)).toMatchObject({ status: 'done', verification: 'verified', link: { url: expect.stringContaining('a.txt') } });
    expect(world.owned.size).toBe(0);
  });

  test('is durable before enqueue returns, and nothing is accepted when it cannot be', () => {
    const world = new World();
    world.engine().enqueue([world.file('a')], chain);
    expect(world.rows.size).toBe(1);
    world.diskFull = true;
    expect(() => world.engine().enqueue([world.file('b')], chain)).toThrow('disk-full');
    expect(world.changes.map((u) => u.name)).not.toContain('b');
  });

  test('waits longer after each failure and is done at last; the eighth failure is the end', async () => {
    const world = new World();
    world.answers = [{ fail: 'unavailable' }, { fail: 'unreachable' }];
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done', attempts: [{ error: { code: 'unavailable', diagnosticId: 'D1' } }, { error: { code: 'unreachable' } }, {}] });

    const hopeless = new World();
    hopeless.answers = Array.from({ length: 20 }, (): Answer => ({ fail: 'unavailable' }));
    hopeless.engine().enqueue([hopeless.file('a')], chain);
    await hopeless.clock.advance(10 * minutes);
    expect(only(hopeless)).toMatchObject({ status: 'failed', error: { code: 'unavailable' } });
    expect(hopeless.started).toHaveLength(8);
    expect(hopeless.sessions.size).toBe(0);
  });

  test('a refused key fails with one attempt and leaves nothing behind', async () => {
    const world = new World();
    world.answers = [{ fail: 'unauthorized' }];
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(10 * minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'unauthorized' } });
    expect(world.started).toHaveLength(1);
    expect(world.sessions.size).toBe(0);
  });

  test('Retry-After is a floor, and the destination rests meanwhile', async () => {
    const world = new World();
    world.answers = [{ fail: 'rate-limited', retryAfterMs: 60_000 }];
    world.engine({ parallel: 1 }).enqueue([world.file('a'), world.file('b')], chain);
    await world.clock.advance(50_000);
    expect(world.started).toEqual(['a']);
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ a: 'done', b: 'done' });
  });

  test('without a network it waits and uses no attempt, then goes on when the network is back', async () => {
    const world = new World();
    world.answers = Array.from({ length: 30 }, (): Answer => ({ fail: 'offline' }));
    const engine = world.engine();
    engine.start();
    engine.takeOver();
    engine.enqueue([world.file('a')], chain);
    await world.clock.advance(10 * minutes);
    expect(only(world)).toMatchObject({ status: 'waiting', until: 'online', failures: 0 });
    expect(world.started.length).toBeLessThanOrEqual(22);
    world.answers = [];
    world.goOnline();
    await world.clock.advance(5000);
    expect(only(world).status).toBe('done');
  });

  test('a stored object of another size is thrown away and sent again, never done', async () => {
    const world = new World();
    world.statSize = 99;
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(10 * minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
    expect(world.objects.size).toBe(0);
  });

  test('a link that is not reached is done and says so', async () => {
    const world = new World();
    world.verification = 'unreachable';
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done', verification: 'unreachable' });
  });

  test('a thrown value that nobody knows is a visible bug, not a hang', async () => {
    const world = new World();
    world.answers = [{ throw: new TypeError('x is not a function') }];
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'bug', diagnosticId: 'D1' } });
  });

  test('a source that is gone fails without asking the store', async () => {
    const world = new World();
    world.sourceError = 'source-missing';
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'source-missing' } });
    expect(world.started).toEqual([]);
  });
});

describe('cancel', () => {
  test('shows at once, leaves no object and no open upload; retry starts from zero', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(500);
    expect(world.sessions.size).toBe(1);
    engine.cancel(upload!.id);
    expect(world.changes.at(-1)!.status).toBe('canceled');
    await world.clock.advance(100);
    expect([world.sessions.size, world.objects.size]).toEqual([0, 0]);
    await engine.retry(upload!.id);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done', attempts: [{ number: 1 }, { number: 2 }] });
    expect(world.objects.size).toBe(1);
  });

  test('retry in the same breath as cancel is not lost', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(500);
    engine.cancel(upload!.id);
    const retried = engine.retry(upload!.id);
    await world.clock.advance(minutes);
    await retried;
    await world.clock.advance(minutes);
    expect(only(world).status).toBe('done');
    expect([world.sessions.size, world.objects.size]).toEqual([0, 1]);
  });
});

describe('many', () => {
  test('start in drop order, no more than the limit at once, and settle once in drop order', async () => {
    const world = new World();
    world.answers = [{ fail: 'unavailable' }];
    world.engine({ parallel: 3 }).enqueue(Array.from({ length: 10 }, (_, i) => world.file(`f${i}`)), chain);
    await world.clock.advance(5 * minutes);
    expect(world.started.slice(0, 3)).toEqual(['f0', 'f1', 'f2']);
    expect(world.mostAtOnce).toBe(3);
    expect(world.settled.map((b) => b.map((u) => u.name))).toEqual([Array.from({ length: 10 }, (_, i) => `f${i}`)]);
  });

  test('10,000 queued files are all done, in order', async () => {
    const world = new World();
    world.attemptMs = 1;
    const files = Array.from({ length: 10_000 }, (_, i) => world.file(`f${i}`));
    world.engine().enqueue(files, chain);
    await world.clock.advance(60 * minutes);
    expect([...world.rows.values()].every((u) => u.status === 'done')).toBe(true);
    expect(world.started).toEqual(files.map((f) => f.name));
  }, 60_000);
});

describe('a new process', () => {
  test('lists what was running as interrupted, cleans up after it, and goes on with the rest', async () => {
    const world = new World();
    const dead = world.engine({ parallel: 1 });
    dead.enqueue([world.file('running'), world.file('queued')], chain);
    await world.clock.advance(500);
    expect(world.sessions.size).toBe(1);
    world.owned.clear(); // the process is gone: kill -9
    const orphan = [...world.sessions][0]!;
    const alive = world.engine({ parallel: 1 });
    alive.start();
    alive.takeOver();
    expect([...world.rows.values()][0]).toMatchObject({ status: 'failed', error: { code: 'interrupted' } });
    await world.clock.advance(100);
    expect(world.sessions.has(orphan)).toBe(false);
    await alive.retry([...world.rows.keys()][0]!);
    await dead.stop();
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ running: 'done', queued: 'done' });
  });

  test('after a proper stop everything goes on by itself', async () => {
    const world = new World();
    const first = world.engine();
    first.enqueue([world.file('a')], chain);
    await world.clock.advance(500);
    await first.stop();
    expect(only(world)).toMatchObject({ status: 'queued', checkpoint: expect.anything() });
    const second = world.engine();
    second.start();
    second.takeOver();
    await world.clock.advance(minutes);
    expect(only(world).status).toBe('done');
    expect([world.sessions.size, world.objects.size]).toEqual([0, 1]);
  });
});

test('an expired link is made again, kept and shown; one that works is given as it is', async () => {
  const world = new World();
  const engine = world.engine();
  const [upload] = engine.enqueue([world.file('a')], chain);
  await expect(engine.link(upload!.id)).rejects.toMatchObject({ error: { code: 'invalid-input' } });
  world.linkLife = 7 * 24 * 60 * minutes;
  await world.clock.advance(minutes);
  const first = await engine.link(upload!.id);
  expect(await engine.link(upload!.id)).toBe(first);
  await world.clock.advance(8 * 24 * 60 * minutes);
  const second = await engine.link(upload!.id);
  expect(second.expiresAt).toBeGreaterThan(world.clock.time);
  expect(only(world)).toMatchObject({ status: 'done', link: second });
  expect(world.changes.at(-1)).toMatchObject({ link: second });
});

describe('a chain', () => {
  test('goes to the next destination, cleans up at the first, and keeps the reason', async () => {
    const world = new World();
    world.answers = [{ fail: 'quota-exceeded' }];
    world.engine().enqueue([world.file('a')], [...chain, { profileId: 'p2', visibility: 'private' }]);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done', step: 1, attempts: [{ profileId: 'p1', error: { code: 'quota-exceeded' } }, { profileId: 'p2' }] });
    expect(world.sessions.size).toBe(0);
  });

  test('never goes where more people could open the link', async () => {
    const world = new World();
    world.answers = [{ fail: 'quota-exceeded' }];
    world.engine().enqueue([world.file('a')], [...chain, { profileId: 'p2', visibility: 'public' }]);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', step: 0 });
  });
});

/** The oracle: each file is done with one object, or ended with none; nothing else is at the store. */
test('whatever fails and whoever cancels, nothing is lost, doubled or left behind', async () => {
  const answer: fc.Arbitrary<Answer> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Answer>({ ok: true }) },
    { weight: 2, arbitrary: fc.record({ fail: fc.constantFrom('unavailable' as const, 'unreachable' as const, 'stalled' as const, 'rate-limited' as const, 'corrupted' as const, 'unauthorized' as const, 'offline' as const), late: fc.boolean() }) },
    fc.constant<Answer>({ throw: new RangeError('boom') }),
  );
  const action = fc.oneof(
    fc.record({ do: fc.constantFrom('cancel' as const, 'retry' as const), nth: fc.nat(7) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
    fc.record({ do: fc.constant('drop' as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('restart' as const) }),
    fc.record({ do: fc.constant('online' as const) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(answer, { maxLength: 25 }), fc.array(action, { minLength: 1, maxLength: 25 }), async (answers, actions) => {
    const world = new World();
    world.answers = [...answers];
    let engine = world.engine({ parallel: 2 });
    engine.start();
    engine.takeOver();
    for (const a of actions) {
      const id = 'nth' in a ? [...world.rows.keys()][a.nth] : undefined;
      if (a.do === 'drop') engine.enqueue(Array.from({ length: a.count }, (_, i) => world.file(`f${world.rows.size + i}`)), chain);
      else if (a.do === 'advance') await world.clock.advance(a.ms);
      else if (a.do === 'online') world.goOnline();
      else if (a.do === 'restart') {
        const stopped = engine.stop();
        await world.clock.advance(0);
        await stopped;
        engine = world.engine({ parallel: 2 });
        engine.start();
    engine.takeOver();
      } else if (id) {
        if (a.do === 'cancel') engine.cancel(id);
        else void engine.retry(id);
      }
    }
    await world.clock.advance(60 * minutes);
    const done = [...world.rows.values()].filter((u) => u.status === 'done');
    for (const u of world.rows.values()) expect(['done', 'failed', 'canceled']).toContain(u.status);
    expect([...world.objects.values()].map((o) => o.uploadName).sort()).toEqual(done.map((u) => u.name).sort());
    expect([...world.sessions]).toEqual([]);
    expect(world.owned.size).toBe(0);
    expect(engine.unfinished()).toEqual([]);
    const settledDone = world.settled.flat().filter((u) => u.status === 'done').map((u) => u.name);
    expect(new Set(settledDone).size).toBe(settledDone.length);
  }), { numRuns: Number(process.env.HOIST_RUNS ?? 500) });
}, 60_000);
