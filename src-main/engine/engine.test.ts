import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { retryLimits } from './decide.ts';
import { chain, World, type Answer } from './testing/world.ts';

const minutes = 60_000;
const days = 24 * 60 * minutes;
const statuses = (world: World) => Object.fromEntries([...world.rows.values()].map((u) => [u.name, u.status]));
const only = (world: World): Upload => [...world.rows.values()][0]!;

describe('an upload', () => {
  test('goes from queued over uploading and verifying to done, with its link', async () => {
    const world = new World();
    world.engine().enqueue([world.file('a.txt')], chain);
    await world.clock.advance(minutes);
    const seen = world.changes.map((u) => u.status).filter((s, i, all) => s !== all[i - 1]);
    expect(seen).toEqual(['queued', 'uploading', 'verifying', 'done']);
    expect(only(world)).toMatchObject({
      status: 'done',
      verification: 'verified',
      link: { url: expect.stringContaining('a.txt') },
    });
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
    expect(only(world)).toMatchObject({
      status: 'done',
      attempts: [{ error: { code: 'unavailable', diagnosticId: 'D1' } }, { error: { code: 'unreachable' } }, {}],
    });

    const hopeless = new World();
    hopeless.answers = Array.from({ length: 20 }, (): Answer => ({ fail: 'corrupted' }));
    hopeless.engine().enqueue([hopeless.file('a')], chain);
    await hopeless.clock.advance(10 * minutes);
    expect(only(hopeless)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
    expect(hopeless.started).toHaveLength(retryLimits.attempts);
    expect(only(hopeless)).toMatchObject({ checkpoint: [...hopeless.sessions][0], kept: 50 });
  });

  test('a store that has some of it and goes away is waited for, for ten minutes', async () => {
    const world = new World();
    world.answers = Array.from({ length: 200 }, (): Answer => ({ fail: 'unreachable' }));
    world.engine().enqueue([world.file('a')], chain);
    await world.clock.advance(9 * minutes);
    expect(only(world)).toMatchObject({ status: 'waiting', kept: 50 });
    expect(world.started.length).toBeGreaterThan(retryLimits.attempts);
    await world.clock.advance(3 * minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'unreachable' }, kept: 50 });
  });

  test('a refused key fails with one attempt and leaves nothing behind', async () => {
    const world = new World();
    world.refuses.set('p1', 'unauthorized');
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
    world.engine({ parallel: 3 }).enqueue(
      Array.from({ length: 10 }, (_, i) => world.file(`f${i}`)),
      chain,
    );
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

describe('requests at once', () => {
  const many = (world: World, count: number, size = 100) =>
    Array.from({ length: count }, (_, i) => world.file(`f${i}`, size));
  const MiB = 1024 ** 2;

  test('sixteen small files, or four large ones with four parts each', async () => {
    const small = new World();
    small.engine().enqueue(many(small, 100), chain);
    await small.clock.advance(900);
    // As many as will be refused for the same reason, should it refuse them.
    expect(small.mostAtOnce).toBe(4);
    await small.clock.advance(1000);
    expect([small.mostAtOnce, small.busiest.get('p1')]).toEqual([16, 16]);

    const large = new World();
    large.lanesEach = 4;
    large.engine().enqueue(many(large, 100, 100 * MiB), chain);
    await large.clock.advance(900);
    expect([large.mostAtOnce, large.busiest.get('p1')]).toEqual([4, 16]);
  });

  test('half as many after a destination asked for fewer, which is nothing to another one; and slowly more again', async () => {
    const world = new World();
    const engine = world.engine();
    engine.enqueue(many(world, 600), chain);
    engine.enqueue(many(world, 600), [{ profileId: 'p2', visibility: 'expiring' }]);
    await world.clock.advance(1500);
    world.asksForLess.add('p1');
    await world.clock.advance(1600);
    world.busiest.clear();
    await world.clock.advance(3400);
    expect(world.busiest.get('p1')).toBe(8);
    expect(world.busiest.get('p2')).toBeGreaterThanOrEqual(16);
    await world.clock.advance(3100);
    world.busiest.clear();
    await world.clock.advance(1000);
    expect(world.busiest.get('p1')).toBe(4);
    world.asksForLess.clear();
    await world.clock.advance(9000);
    world.busiest.clear();
    await world.clock.advance(1000);
    expect(world.busiest.get('p1')).toBeGreaterThan(4);
    await world.clock.advance(10 * minutes);
    expect([...world.rows.values()].every((u) => u.status === 'done')).toBe(true);
    expect(world.busy).toEqual(
      new Map([
        ['p1', 0],
        ['p2', 0],
      ]),
    );
  });

  test('fewer also where the driver only says that it was refused, or left without an answer', async () => {
    for (const fail of ['rate-limited', 'stalled'] as const) {
      const world = new World();
      world.answers = [
        ...Array.from({ length: 4 }, (): Answer => ({ ok: true })),
        ...Array.from({ length: 16 }, (): Answer => ({ fail })),
      ];
      world.engine().enqueue(many(world, 100), chain);
      await world.clock.advance(2100);
      world.busiest.clear();
      await world.clock.advance(4 * 1000);
      expect(world.busiest.get('p1'), fail).toBe(8);
      await world.clock.advance(10 * minutes);
      expect([...world.rows.values()].every((u) => u.status === 'done')).toBe(true);
    }
  });

  test('while one is seen to work the next is sent', async () => {
    const world = new World();
    world.linkError = 'unavailable';
    world.engine({ pace: { start: 1, most: 1, ofOne: 1, windowMs: 5000 } }).enqueue(many(world, 3), chain);
    await world.clock.advance(1500);
    expect([...world.rows.values()].map((u) => u.status)).toEqual(['verifying', 'uploading', 'queued']);
    await world.clock.advance(4000);
    // The store is asked for the link again and again: two at once are enough.
    expect([...world.rows.values()].map((u) => u.status)).toEqual(['verifying', 'verifying', 'queued']);
  });

  test('who waits for its turn is paused and canceled at once, and its turn is not lost', async () => {
    const world = new World();
    world.lanesEach = 2;
    const engine = world.engine({ pace: { start: 3, most: 3, ofOne: 2, windowMs: 5000 } });
    const [, paused, canceled] = engine.enqueue(many(world, 6), chain);
    await world.clock.advance(400);
    expect(world.running).toBe(1);
    engine.pause(paused!.id);
    engine.cancel(canceled!.id);
    await world.clock.advance(0);
    expect([statuses(world)['f1'], statuses(world)['f2'], world.objects.size + world.sessions.size]).toEqual([
      'paused',
      'canceled',
      1,
    ]);
    engine.resume(paused!.id);
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ f0: 'done', f1: 'done', f2: 'canceled', f3: 'done', f4: 'done', f5: 'done' });
    expect(world.busy.get('p1')).toBe(0);
  });
});

describe('a new process', () => {
  test('goes on by itself with what was running when the last one was killed, from what the store has', async () => {
    const world = new World();
    const dead = world.engine({ parallel: 1 });
    dead.enqueue([world.file('running'), world.file('queued')], chain);
    await world.clock.advance(700);
    world.abandon(); // kill -9
    const session = [...world.sessions][0];
    const alive = world.engine({ parallel: 1 });
    alive.start();
    alive.takeOver();
    await world.clock.advance(minutes);
    expect(world.given).toEqual([undefined, session, undefined]);
    expect(statuses(world)).toEqual({ running: 'done', queued: 'done' });
    expect([world.sessions.size, world.objects.size]).toEqual([0, 2]);
  });

  test('goes on with what is verifying, leaves what is paused, and takes only what it is asked to', async () => {
    const world = new World();
    const dead = world.engine();
    const [verifying, paused] = dead.enqueue(
      [world.file('verifying'), world.file('paused'), world.file('not asked for')],
      chain,
    );
    world.linkError = 'unavailable';
    await world.clock.advance(900);
    dead.pause(paused!.id);
    await world.clock.advance(200);
    expect(world.rows.get(verifying!.id)!.status).toBe('verifying');
    world.abandon();
    world.linkError = undefined;
    const alive = world.engine();
    alive.takeOver({ only: (u) => u.name !== 'not asked for' });
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ verifying: 'done', paused: 'paused', 'not asked for': 'verifying' });
    expect(world.started).toHaveLength(3);
  });

  test('cannot go on with what came through a pipe, and takes away what the store has of it', async () => {
    const world = new World();
    const dead = world.engine();
    dead.enqueue([{ ...world.file('pipe', 0), source: { stream: 'standard-input' } }], chain);
    await world.clock.advance(500);
    expect(world.sessions.size).toBe(1);
    world.abandon();
    world.engine().takeOver();
    await world.clock.advance(1000);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'source-missing' } });
    expect(world.sessions.size).toBe(0);
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

  test('removes what the last one still owed the store', async () => {
    const world = new World();
    const first = world.engine();
    const [upload] = first.enqueue([world.file('a')], chain);
    await world.clock.advance(500);
    world.discardError = 'offline';
    first.cancel(upload!.id);
    await world.clock.advance(0);
    first.remove(upload!.id);
    await world.clock.advance(minutes);
    expect([world.rows.size, world.sessions.size, world.debts.size]).toEqual([0, 1, 1]);
    world.discardError = undefined;
    world.engine().takeOver();
    await world.clock.advance(0);
    expect([world.sessions.size, world.debts.size]).toEqual([0, 0]);
  });

  test('does not ask for ever a service that cannot delete', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(500);
    world.discardError = { code: 'forbidden', params: { why: 'noDelete' } };
    engine.cancel(upload!.id);
    await world.clock.advance(0);
    engine.remove(upload!.id);
    await world.clock.advance(minutes);
    expect([world.rows.size, world.debts.size]).toEqual([0, 0]);
  });
});

test('quitting takes less than 3 s when a store hangs and does not even hear that it is canceled, and loses nothing', async () => {
  const world = new World();
  const engine = world.engine();
  world.answers = [{ hang: true }];
  engine.enqueue([world.file('hangs')], chain);
  await world.clock.advance(100);
  let isDown = false;
  void engine.stop().then(() => {
    isDown = true;
  });
  await world.clock.advance(2900);
  expect(isDown).toBe(true);
  expect(only(world)).toMatchObject({ status: 'queued', checkpoint: [...world.sessions][0] });
  expect(world.owned.size).toBe(0);
});

describe('pause', () => {
  test('stops at once and keeps what the store has; resume goes on with it', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(700);
    engine.pause(upload!.id);
    expect(world.changes.at(-1)).toMatchObject({ status: 'paused', checkpoint: [...world.sessions][0], kept: 50 });
    await world.clock.advance(10);
    expect(world.running).toBe(0);
    await world.clock.advance(days);
    expect(only(world).status).toBe('paused');
    engine.resume(upload!.id);
    await world.clock.advance(minutes);
    expect(world.given[1]).toBeDefined();
    expect(only(world).status).toBe('done');
    expect([world.sessions.size, world.objects.size]).toEqual([0, 1]);
  });

  test('of what is stored already does nothing', async () => {
    const world = new World();
    world.linkError = 'unavailable';
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(1100);
    engine.pause(upload!.id);
    world.linkError = undefined;
    await world.clock.advance(minutes);
    expect(only(world).status).toBe('done');
    expect(world.started).toEqual(['a']);
  });

  test('and resume in the same breath do not send it twice at once', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(300);
    engine.pause(upload!.id);
    engine.resume(upload!.id);
    await world.clock.advance(minutes);
    expect(world.mostAtOnce).toBe(1);
    expect(only(world).status).toBe('done');
    expect(world.objects.size).toBe(1);
  });
});

describe('a file that changed', () => {
  test('while it waited is taken as it is now, and the row says so', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(700);
    engine.pause(upload!.id);
    world.changedTo = 70;
    engine.resume(upload!.id);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({
      status: 'done',
      size: 70,
      restarted: 'file-changed',
      source: { fingerprint: { size: 70 } },
    });
    expect([...world.objects.values()]).toMatchObject([{ size: 70 }]);
    expect(world.given[1]).toBeDefined(); // the driver compares each part with the file
  });

  test('while it was sent fails, leaves nothing, and is taken as it is by the next try', async () => {
    const world = new World();
    world.answers = [{ fail: 'source-changed' }];
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'source-changed' } });
    expect([world.sessions.size, world.objects.size]).toEqual([0, 0]);
    world.changedTo = 130;
    await engine.retry(upload!.id);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done', size: 130, restarted: 'file-changed' });
  });

  test('and what the store forgot begin again from zero, and the row says so', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(700);
    engine.pause(upload!.id);
    await world.clock.advance(10);
    world.sessions.clear();
    engine.resume(upload!.id);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done', restarted: 'store-forgot' });
  });
});

describe('a destination that refuses', () => {
  const three = (world: World) => ['a', 'b', 'c'].map((name) => world.file(name));

  test('is asked once, and the others wait until it is mended; then all go on', async () => {
    const world = new World();
    world.refuses.set('p1', 'unauthorized');
    const engine = world.engine({ parallel: 1 });
    engine.enqueue(three(world), chain);
    engine.enqueue([world.file('elsewhere')], [{ profileId: 'p2', visibility: 'private' }]);
    await world.clock.advance(10 * minutes);
    expect(statuses(world)).toEqual({ a: 'failed', b: 'waiting', c: 'waiting', elsewhere: 'done' });
    expect(world.changes.filter((u) => u.name === 'b').at(-1)).toMatchObject({
      until: 'mended',
      error: { code: 'unauthorized' },
    });
    expect(world.asked.filter((id) => id === 'p1')).toHaveLength(1);
    world.refuses.clear();
    engine.mended('p2');
    await world.clock.advance(minutes);
    expect(world.asked.filter((id) => id === 'p1')).toHaveLength(1);
    engine.mended('p1');
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ a: 'done', b: 'done', c: 'done', elsewhere: 'done' });
  });

  test('fails all at once, with one request, where nobody can mend it', async () => {
    const world = new World();
    world.refuses.set('p1', 'no-bucket');
    world.engine({ parallel: 1, blocked: 'fail' }).enqueue(three(world), chain);
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ a: 'failed', b: 'failed', c: 'failed' });
    expect([...world.rows.values()].map((u) => u.status === 'failed' && u.error.code)).toEqual([
      'no-bucket',
      'no-bucket',
      'no-bucket',
    ]);
    expect(world.asked).toEqual(['p1']);
  });

  test('is asked once, and all go to the next of the chain with the reason', async () => {
    const world = new World();
    world.refuses.set('p1', 'session-expired');
    world.engine({ parallel: 1 }).enqueue(three(world), [...chain, { profileId: 'p2', visibility: 'private' }]);
    await world.clock.advance(minutes);
    expect(world.asked).toEqual(['p1', 'p2', 'p2', 'p2']);
    for (const u of world.rows.values())
      expect(u).toMatchObject({
        status: 'done',
        step: 1,
        attempts: [{ profileId: 'p1', error: { code: 'session-expired' } }, { profileId: 'p2' }],
      });
  });

  test('lets the others go on when one gets through, and one that was asked for tries at once', async () => {
    const world = new World();
    world.refuses.set('p1', 'forbidden');
    const engine = world.engine({ parallel: 1 });
    const uploads = engine.enqueue(three(world), chain);
    await world.clock.advance(minutes);
    world.refuses.clear();
    await engine.retry(uploads[2]!.id);
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ a: 'failed', b: 'done', c: 'done' });
  });
});

describe('without a network', () => {
  test('for seven days: no attempt is used, at most one look in 30 s, and it goes on within 5 s', async () => {
    const world = new World();
    const engine = world.engine({ parallel: 2 });
    engine.start();
    world.answers = Array.from({ length: 30_000 }, (): Answer => ({ fail: 'offline' }));
    world.attemptMs = 10;
    engine.enqueue([world.file('a'), world.file('b'), world.file('c')], chain);
    await world.clock.advance(7 * days);
    expect(world.started.length).toBeLessThanOrEqual((7 * days) / 30_000 + 4);
    for (const u of world.rows.values()) expect(u).toMatchObject({ attempts: [], failures: 0 });
    world.answers = [];
    world.goOnline();
    await world.clock.advance(5000);
    expect(statuses(world)).toEqual({ a: 'done', b: 'done', c: 'done' });
  }, 30_000);

  test('that the system knows of, nothing is tried', async () => {
    const world = new World();
    const engine = world.engine();
    engine.start();
    world.answers = [{ fail: 'offline' }];
    engine.enqueue([world.file('a')], chain);
    world.online = false;
    await world.clock.advance(days);
    expect(world.started).toHaveLength(1);
  });

  test('a link is made when it is back; the file is not sent again', async () => {
    const world = new World();
    const engine = world.engine();
    world.linkError = 'offline';
    engine.enqueue([world.file('a')], chain);
    await world.clock.advance(30 * minutes);
    expect(only(world).status).toBe('verifying');
    world.linkError = undefined;
    await world.clock.advance(minutes);
    expect(only(world).status).toBe('done');
    expect(world.started).toEqual(['a']);
  });
});

test('after 8 hours of sleep, with sockets that never answer, it goes on within 10 s from what the store has', async () => {
  const world = new World();
  const engine = world.engine();
  world.answers = [{ ok: true }, { fail: 'unavailable', retryAfterMs: 10 * minutes }];
  world.attemptMs = 10 * minutes;
  engine.enqueue([world.file('sending'), world.file('waiting')], chain);
  await world.clock.advance(6 * minutes);
  world.clock.sleep(8 * 60 * minutes);
  world.attemptMs = 1000;
  await world.clock.advance(10_000);
  expect(statuses(world)).toMatchObject({ sending: 'done', waiting: 'done' });
  expect(world.given[2]).toBeDefined();
  expect([...world.rows.values()].flatMap((u) => u.attempts.filter((a) => a.error))).toEqual([]);
});

describe('what the stores keep', () => {
  async function keeping() {
    const world = new World();
    const engine = world.engine();
    engine.start();
    world.answers = [{ ok: true }, { fail: 'rejected' }];
    const [paused, failed] = engine.enqueue([world.file('paused'), world.file('failed')], chain);
    await world.clock.advance(700);
    engine.pause(paused!.id);
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ paused: 'paused', failed: 'failed' });
    return { world, engine, paused: paused!.id, failed: failed!.id };
  }

  test('is counted, and removed by a click; a later try begins from zero', async () => {
    const { world, engine, paused, failed } = await keeping();
    expect(engine.leftovers()).toMatchObject({ uploads: 2, bytes: 100 });
    await engine.removeLeftovers();
    expect([engine.leftovers(), world.sessions.size]).toEqual([{ uploads: 0, bytes: 0, list: [] }, 0]);
    expect(statuses(world)).toEqual({ paused: 'paused', failed: 'failed' });
    engine.resume(paused);
    await engine.retry(failed);
    await world.clock.advance(minutes);
    expect(statuses(world)).toEqual({ paused: 'done', failed: 'done' });
    expect(world.given.slice(2)).toEqual([undefined, undefined]);
  });

  test('is gone on with by the next try', async () => {
    const { world, engine, failed } = await keeping();
    const kept = world.rows.get(failed);
    await engine.retry(failed);
    await world.clock.advance(minutes);
    expect(world.given[2]).toBe(kept && 'checkpoint' in kept ? kept.checkpoint : 'nothing');
    expect(statuses(world)).toMatchObject({ failed: 'done' });
  });

  test('goes with the entry', async () => {
    const { world, engine, failed } = await keeping();
    engine.remove(failed);
    expect(world.removed).toEqual([failed]);
    await world.clock.advance(0);
    expect(world.sessions.size).toBe(1);
  });

  test('goes after a week without progress, and not before, with a notice', async () => {
    const { world } = await keeping();
    world.sessions.add('somebody else’s');
    await world.clock.advance(6 * days);
    expect([world.sessions.size, world.forgotten]).toEqual([3, []]);
    await world.clock.advance(2 * days);
    expect([...world.sessions]).toEqual(['somebody else’s']);
    expect(world.forgotten.map((u) => u.name).sort()).toEqual(['failed', 'paused']);
    expect(statuses(world)).toEqual({ paused: 'paused', failed: 'failed' });
  });
});

describe('unpublish', () => {
  test('deletes what is stored, then the entry', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await expect(engine.unpublish(upload!.id)).rejects.toMatchObject({ error: { code: 'invalid-input' } });
    await world.clock.advance(minutes);
    await engine.unpublish(upload!.id);
    expect([world.objects.size, world.rows.size, world.removed]).toEqual([0, 0, [upload!.id]]);
  });

  test('keeps the entry when the store does not delete', async () => {
    const world = new World();
    const engine = world.engine();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await world.clock.advance(minutes);
    world.discardError = 'unreachable';
    await expect(engine.unpublish(upload!.id)).rejects.toMatchObject({ error: { code: 'unreachable' } });
    expect([only(world).status, world.removed]).toEqual(['done', []]);
  });
});

describe('another process', () => {
  test('that took an upload over has it: this one stops in silence and touches nothing at the store', async () => {
    const world = new World();
    const asleep = world.engine();
    const [upload] = asleep.enqueue([world.file('a')], chain);
    await world.clock.advance(100);
    world.abandon();
    const other = world.engine();
    other.takeOver();
    await world.clock.advance(minutes);
    expect([only(world).status, asleep.has(upload!.id), world.objects.size, world.discards]).toEqual([
      'done',
      false,
      1,
      0,
    ]);
  });

  test('that took over what was canceled on a full disk goes on with it: nothing is removed under its hands', async () => {
    const world = new World();
    const full = world.engine();
    const [upload] = full.enqueue([world.file('a')], chain);
    await world.clock.advance(700);
    world.diskFull = true;
    full.cancel(upload!.id);
    await world.clock.advance(100);
    world.diskFull = false;
    world.abandon();
    world.engine().takeOver();
    await world.clock.advance(minutes);
    expect([only(world).status, world.objects.size, world.sessions.size, world.discards, world.debts.size]).toEqual([
      'done',
      1,
      0,
      0,
      0,
    ]);
  });

  test('that took it over is left alone also when this one wakes on a full disk, where nothing can be written', async () => {
    const world = new World();
    const sleeper = world.engine();
    const [upload] = sleeper.enqueue([world.file('a')], chain);
    await world.clock.advance(700);
    world.abandon();
    const successor = world.engine();
    successor.takeOver();
    world.diskFull = true;
    sleeper.pause(upload!.id);
    expect([sleeper.has(upload!.id), successor.has(upload!.id)]).toEqual([false, true]);
    world.diskFull = false;
    await world.clock.advance(minutes);
    expect([only(world).status, world.objects.size, world.sessions.size]).toEqual(['done', 1, 0]);
  });

  test('that did not need it leaves it: after a late heartbeat it goes on where it is', async () => {
    const world = new World();
    const engine = world.engine();
    engine.enqueue([world.file('a')], chain);
    await world.clock.advance(100);
    world.abandon();
    engine.surrender();
    await world.clock.advance(minutes);
    expect([only(world).status, world.started]).toEqual(['done', ['a']]);
  });
});

test('a full disk keeps nothing from being uploaded later, and no link is told before it is kept', async () => {
  const world = new World();
  const engine = world.engine();
  engine.enqueue([world.file('a'), world.file('b')], chain);
  await world.clock.advance(600);
  world.diskFull = true;
  await world.clock.advance(10 * minutes);
  expect(world.changes.some((u) => u.status === 'done')).toBe(false);
  expect(world.started).toEqual(['a', 'b']);
  world.diskFull = false;
  await world.clock.advance(minutes);
  expect(statuses(world)).toEqual({ a: 'done', b: 'done' });
  expect([world.objects.size, world.sessions.size, world.owned.size]).toEqual([2, 0, 0]);
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
  expect(second.expiresAt).toBeGreaterThan(world.clock.now());
  expect(only(world)).toMatchObject({ status: 'done', link: second });
  expect(world.changes.at(-1)).toMatchObject({ link: second });
});

describe('a chain', () => {
  test('goes to the next destination, cleans up at the first, and keeps the reason', async () => {
    const world = new World();
    world.answers = [{ fail: 'quota-exceeded' }];
    world.engine().enqueue([world.file('a')], [...chain, { profileId: 'p2', visibility: 'private' }]);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({
      status: 'done',
      step: 1,
      attempts: [{ profileId: 'p1', error: { code: 'quota-exceeded' } }, { profileId: 'p2' }],
    });
    expect(world.sessions.size).toBe(0);
  });

  test('never goes where more people could open the link', async () => {
    const world = new World();
    world.answers = [{ fail: 'quota-exceeded' }];
    world.engine().enqueue([world.file('a')], [...chain, { profileId: 'p2', visibility: 'public' }]);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({
      status: 'failed',
      step: 0,
      withheld: { profileId: 'p2', because: 'more-people' },
    });
  });

  test('goes to the destination that was withheld once somebody agreed, and asks no second time', async () => {
    const world = new World();
    world.refuses.set('p1', 'quota-exceeded');
    const engine = world.engine();
    const [upload] = engine.enqueue(
      [world.file('a')],
      [...chain, { profileId: 'p2', visibility: 'expiring', cannotDelete: true }],
    );
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', withheld: { profileId: 'p2', because: 'cannot-delete' } });
    world.answers = [{ fail: 'rejected' }];
    await engine.sendAnyway(upload!.id);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'rejected' } });
    await engine.retry(upload!.id);
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done' });
    expect(world.asked).toEqual(['p1', 'p2', 'p2']);
  });
});

describe('a name that is taken', () => {
  test('ends the upload, is not tried elsewhere, and goes on as the user says', async () => {
    const world = new World();
    const engine = world.engine();
    engine.start();
    world.answers = [{ fail: 'name-taken' }];
    const [upload] = engine.enqueue(
      [{ ...world.file('a'), place: 'exact/a', collision: 'ask' }],
      [...chain, { profileId: 'p2', visibility: 'expiring' }],
    );
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'failed', error: { code: 'name-taken' } });
    expect(world.asked).toEqual(['p1']);
    await engine.settle(upload!.id, 'replace');
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done' });
    expect(world.namings.map((naming) => ({ place: naming?.place, collision: naming?.collision }))).toEqual([
      { place: 'exact/a', collision: 'ask' },
      { place: 'exact/a', collision: 'replace' },
    ]);
  });

  test('what a place is made of is the same at each attempt and after a restart', async () => {
    const world = new World();
    const engine = world.engine();
    engine.start();
    world.answers = [{ fail: 'unavailable' }, { fail: 'unavailable' }];
    engine.enqueue(
      [
        {
          ...world.file('a'),
          source: {
            path: '/home/somebody/Pictures/trip/deep/a',
            fingerprint: { size: 100, mtimeMs: 1, dev: '1', ino: '1' },
          },
          folder: { name: 'trip', below: 'deep/a', token: 't', at: 1 },
        },
      ],
      chain,
    );
    await world.clock.advance(1500);
    await engine.stop();
    world.abandon();
    const next = world.engine();
    next.start();
    next.takeOver();
    await world.clock.advance(minutes);
    expect(only(world)).toMatchObject({ status: 'done' });
    expect(world.namings.length).toBeGreaterThan(1);
    expect(new Set(world.namings.map((naming) => JSON.stringify(naming)))).toEqual(
      new Set([JSON.stringify({ at: only(world).createdAt, folder: 'Pictures' })]),
    );
  });

  test('only a failed one can be settled', async () => {
    const world = new World();
    const engine = world.engine();
    engine.start();
    const [upload] = engine.enqueue([world.file('a')], chain);
    await engine.settle(upload!.id, 'replace');
    await world.clock.advance(minutes);
    await engine.settle(upload!.id, 'replace');
    await engine.settle('nobody', 'new-name');
    await world.clock.advance(minutes);
    expect(only(world).status).toBe('done');
    expect(world.asked).toHaveLength(1);
  });
});

/** R26: every button at random moments. Each file is done with one object, or ended or paused; nothing else is at the store. */
test('hammering the buttons loses nothing, doubles nothing, and leaves nothing behind', async () => {
  const answer: fc.Arbitrary<Answer> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Answer>({ ok: true }) },
    {
      weight: 2,
      arbitrary: fc.record({
        fail: fc.constantFrom(
          'unavailable' as const,
          'unreachable' as const,
          'stalled' as const,
          'rate-limited' as const,
          'corrupted' as const,
          'unauthorized' as const,
          'offline' as const,
        ),
        late: fc.boolean(),
      }),
    },
    fc.constant<Answer>({ throw: new RangeError('boom') }),
  );
  const action = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'cancel' as const,
          'retry' as const,
          'pause' as const,
          'resume' as const,
          'remove' as const,
        ),
        nth: fc.nat(5),
      }),
    },
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
    fc.record({ do: fc.constant('drop' as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      do: fc.constantFrom('restart' as const, 'online' as const, 'wake' as const, 'remove leftovers' as const),
    }),
  );
  const seed = process.env['HOIST_SEED'];
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { maxLength: 25 }),
      fc.array(action, { minLength: 1, maxLength: 40 }),
      async (answers, actions) => {
        const world = new World();
        world.answers = [...answers];
        let engine = world.engine({ parallel: 2 });
        engine.start();
        engine.takeOver();
        const taken = new Set<string>();
        for (const a of actions) {
          const id = 'nth' in a ? [...world.rows.keys()][a.nth] : undefined;
          if (a.do === 'drop')
            engine.enqueue(
              Array.from({ length: a.count }, (_, i) => world.file(`f${world.changes.length}-${i}`)),
              chain,
            );
          else if (a.do === 'advance') await world.clock.advance(a.ms);
          else if (a.do === 'online') world.goOnline();
          else if (a.do === 'wake') engine.wake();
          else if (a.do === 'remove leftovers') void engine.removeLeftovers();
          else if (a.do === 'restart') {
            const stopped = engine.stop();
            await world.clock.advance(0);
            await stopped;
            engine = world.engine({ parallel: 2 });
            engine.start();
            engine.takeOver();
          } else if (id !== undefined) {
            const before = world.rows.get(id);
            void engine[a.do](id);
            if (before?.status === 'done' && !world.rows.has(id)) taken.add(before.ref as string);
          }
          expect(world.running).toBeLessThanOrEqual(2);
        }
        world.answers = [];
        await world.clock.advance(30 * minutes);
        engine.mended('p1');
        await world.clock.advance(30 * minutes);
        const rows = [...world.rows.values()];
        for (const u of rows) expect(['done', 'failed', 'canceled', 'paused']).toContain(u.status);
        const kept = new Set(
          rows.flatMap((u) => ('checkpoint' in u && u.checkpoint !== undefined ? [u.checkpoint as string] : [])),
        );
        const done = rows.flatMap((u) => (u.status === 'done' ? [u.ref as string] : []));
        expect([...world.objects.keys()].filter((key) => !kept.has(key) && !taken.has(key)).sort()).toEqual(
          done.sort(),
        );
        expect([...world.sessions].filter((key) => !kept.has(key))).toEqual([]);
        expect([...world.owned.keys()].sort()).toEqual(
          rows
            .filter((u) => u.status === 'paused')
            .map((u) => u.id)
            .sort(),
        );
        const settledDone = world.settled
          .flat()
          .filter((u) => u.status === 'done')
          .map((u) => u.id);
        expect(new Set(settledDone).size).toBe(settledDone.length);
      },
    ),
    { numRuns: 500 * Number(process.env['HOIST_RUNS'] ?? 1), ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
}, 600_000);
