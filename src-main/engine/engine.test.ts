import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { caseCount } from '../testing/sample.ts';
import { retryLimits } from './decide.ts';
import { chain, EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const minutes = 60_000;
const days = 24 * 60 * minutes;
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

describe('an upload', () => {
  test('goes from queued over uploading and verifying to done, with its link', async () => {
    const fixture = new EngineFixture();
    fixture.engine().enqueue([fixture.file('a.txt')], chain);
    await fixture.clock.advance(minutes);
    const seen = fixture.changes.map((u) => u.status).filter((s, i, all) => s !== all[i - 1]);
    expect(seen).toEqual(['queued', 'uploading', 'verifying', 'done']);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'done',
      verification: 'verified',
      link: { url: expect.stringContaining('a.txt') },
    });
    expect(fixture.owners.size).toBe(0);
  });

  test('is durable before enqueue returns, and nothing is accepted when it cannot be', () => {
    const fixture = new EngineFixture();
    fixture.engine().enqueue([fixture.file('a')], chain);
    expect(fixture.records.size).toBe(1);
    fixture.diskFull = true;
    expect(() => fixture.engine().enqueue([fixture.file('b')], chain)).toThrow('disk-full');
    expect(fixture.changes.map((u) => u.name)).not.toContain('b');
  });

  test('waits longer after each failure and is done at last; the eighth failure is the end', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'unavailable' }, { fail: 'unreachable' }];
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'done',
      attempts: [{ error: { code: 'unavailable', diagnosticId: 'D1' } }, { error: { code: 'unreachable' } }, {}],
    });

    const hopeless = new EngineFixture();
    hopeless.script = Array.from({ length: 20 }, (): ScriptedAttempt => ({ fail: 'corrupted' }));
    hopeless.engine().enqueue([hopeless.file('a')], chain);
    await hopeless.clock.advance(10 * minutes);
    expect(onlyRecord(hopeless)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
    expect(hopeless.started).toHaveLength(retryLimits.attempts);
    expect(onlyRecord(hopeless)).toMatchObject({ checkpoint: [...hopeless.sessions][0], bytesStored: 50 });
  });

  test('a store that has some of it and goes away is waited for, for ten minutes', async () => {
    const fixture = new EngineFixture();
    fixture.script = Array.from({ length: 200 }, (): ScriptedAttempt => ({ fail: 'unreachable' }));
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(9 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'waiting', bytesStored: 50 });
    expect(fixture.started.length).toBeGreaterThan(retryLimits.attempts);
    await fixture.clock.advance(3 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'unreachable' }, bytesStored: 50 });
  });

  test('a refused key fails with one attempt and leaves nothing behind', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'unauthorized');
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(10 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'unauthorized' } });
    expect(fixture.started).toHaveLength(1);
    expect(fixture.sessions.size).toBe(0);
  });

  test('Retry-After is a floor, and the destination rests meanwhile', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'rate-limited', retryAfterMs: 60_000 }];
    fixture.engine({ parallel: 1 }).enqueue([fixture.file('a'), fixture.file('b')], chain);
    await fixture.clock.advance(50_000);
    expect(fixture.started).toEqual(['a']);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'done', b: 'done' });
  });

  test('without a network it waits and uses no attempt, then goes on when the network is back', async () => {
    const fixture = new EngineFixture();
    fixture.script = Array.from({ length: 30 }, (): ScriptedAttempt => ({ fail: 'offline' }));
    const engine = fixture.engine();
    engine.start();
    engine.adoptOrphans();
    engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(10 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'waiting', until: 'online', failures: 0 });
    expect(fixture.started.length).toBeLessThanOrEqual(22);
    fixture.script = [];
    fixture.goOnline();
    await fixture.clock.advance(5000);
    expect(onlyRecord(fixture).status).toBe('done');
  });

  test('a stored object of another size is thrown away and sent again, never done', async () => {
    const fixture = new EngineFixture();
    fixture.statSize = 99;
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(10 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
    expect(fixture.objects.size).toBe(0);
  });

  test('a link that is not reached is done and says so', async () => {
    const fixture = new EngineFixture();
    fixture.verification = 'unreachable';
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done', verification: 'unreachable' });
  });

  test('a thrown value that nobody knows is a visible bug, not a hang', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ throw: new TypeError('x is not a function') }];
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'bug', diagnosticId: 'D1' } });
  });

  test('a source that is gone fails without asking the store', async () => {
    const fixture = new EngineFixture();
    fixture.sourceError = 'source-missing';
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'source-missing' } });
    expect(fixture.started).toEqual([]);
  });
});

describe('cancel', () => {
  test('shows at once, leaves no object and no open upload; retry starts from zero', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(500);
    expect(fixture.sessions.size).toBe(1);
    engine.cancel(upload!.id);
    expect(fixture.changes.at(-1)!.status).toBe('canceled');
    await fixture.clock.advance(100);
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 0]);
    await engine.retry(upload!.id);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done', attempts: [{ number: 1 }, { number: 2 }] });
    expect(fixture.objects.size).toBe(1);
  });

  test('retry in the same breath as cancel is not lost', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(500);
    engine.cancel(upload!.id);
    const retried = engine.retry(upload!.id);
    await fixture.clock.advance(minutes);
    await retried;
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 1]);
  });
});

describe('many', () => {
  test('start in drop order, no more than the limit at once, and settle once in drop order', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'unavailable' }];
    fixture.engine({ parallel: 3 }).enqueue(
      Array.from({ length: 10 }, (_, i) => fixture.file(`f${i}`)),
      chain,
    );
    await fixture.clock.advance(5 * minutes);
    expect(fixture.started.slice(0, 3)).toEqual(['f0', 'f1', 'f2']);
    expect(fixture.maxRunning).toBe(3);
    expect(fixture.settledBatches.map((b) => b.map((u) => u.name))).toEqual([
      Array.from({ length: 10 }, (_, i) => `f${i}`),
    ]);
  });

  test('thousands of queued files are all done, in order', async () => {
    const fixture = new EngineFixture();
    fixture.attemptMs = 1;
    const files = Array.from({ length: caseCount({ full: 10_000, sample: 2000 }) }, (_, i) => fixture.file(`f${i}`));
    fixture.engine().enqueue(files, chain);
    await fixture.clock.advance(60 * minutes);
    expect([...fixture.records.values()].every((u) => u.status === 'done')).toBe(true);
    expect(fixture.started).toEqual(files.map((f) => f.name));
  }, 60_000);
});

describe('requests at once', () => {
  const many = (fixture: EngineFixture, count: number, size = 100) =>
    Array.from({ length: count }, (_, i) => fixture.file(`f${i}`, size));
  const MiB = 1024 ** 2;

  test('sixteen small files, or four large ones with four parts each', async () => {
    const small = new EngineFixture();
    small.engine().enqueue(many(small, 100), chain);
    await small.clock.advance(900);
    // As many as will be refused for the same reason, should it refuse them.
    expect(small.maxRunning).toBe(4);
    await small.clock.advance(1000);
    expect([small.maxRunning, small.maxInFlight.get('p1')]).toEqual([16, 16]);

    const large = new EngineFixture();
    large.slotsPerUpload = 4;
    large.engine().enqueue(many(large, 100, 100 * MiB), chain);
    await large.clock.advance(900);
    expect([large.maxRunning, large.maxInFlight.get('p1')]).toEqual([4, 16]);
  });

  test('half as many after a destination asked for fewer, which is nothing to another one; and slowly more again', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.enqueue(many(fixture, 600), chain);
    engine.enqueue(many(fixture, 600), [{ profileId: 'p2', visibility: 'expiring' }]);
    await fixture.clock.advance(1500);
    fixture.slowsDown.add('p1');
    await fixture.clock.advance(1600);
    fixture.maxInFlight.clear();
    await fixture.clock.advance(3400);
    expect(fixture.maxInFlight.get('p1')).toBe(8);
    expect(fixture.maxInFlight.get('p2')).toBeGreaterThanOrEqual(16);
    await fixture.clock.advance(3100);
    fixture.maxInFlight.clear();
    await fixture.clock.advance(1000);
    expect(fixture.maxInFlight.get('p1')).toBe(4);
    fixture.slowsDown.clear();
    await fixture.clock.advance(9000);
    fixture.maxInFlight.clear();
    await fixture.clock.advance(1000);
    expect(fixture.maxInFlight.get('p1')).toBeGreaterThan(4);
    await fixture.clock.advance(10 * minutes);
    expect([...fixture.records.values()].every((u) => u.status === 'done')).toBe(true);
    expect(fixture.inFlight).toEqual(
      new Map([
        ['p1', 0],
        ['p2', 0],
      ]),
    );
  });

  test('fewer also where the driver only says that it was refused, or left without an answer', async () => {
    for (const fail of ['rate-limited', 'stalled'] as const) {
      const fixture = new EngineFixture();
      fixture.script = [
        ...Array.from({ length: 4 }, (): ScriptedAttempt => ({ ok: true })),
        ...Array.from({ length: 16 }, (): ScriptedAttempt => ({ fail })),
      ];
      fixture.engine().enqueue(many(fixture, 100), chain);
      await fixture.clock.advance(2100);
      fixture.maxInFlight.clear();
      await fixture.clock.advance(4 * 1000);
      expect(fixture.maxInFlight.get('p1'), fail).toBe(8);
      await fixture.clock.advance(10 * minutes);
      expect([...fixture.records.values()].every((u) => u.status === 'done')).toBe(true);
    }
  });

  test('while one is seen to work the next is sent', async () => {
    const fixture = new EngineFixture();
    fixture.linkError = 'unavailable';
    fixture
      .engine({ concurrency: { initial: 1, max: 1, perUpload: 1, windowMs: 5000 } })
      .enqueue(many(fixture, 3), chain);
    await fixture.clock.advance(1500);
    expect([...fixture.records.values()].map((u) => u.status)).toEqual(['verifying', 'uploading', 'queued']);
    await fixture.clock.advance(4000);
    // The store is asked for the link again and again: two at once are enough.
    expect([...fixture.records.values()].map((u) => u.status)).toEqual(['verifying', 'verifying', 'queued']);
  });

  test('who waits for its turn is paused and canceled at once, and its turn is not lost', async () => {
    const fixture = new EngineFixture();
    fixture.slotsPerUpload = 2;
    const engine = fixture.engine({ concurrency: { initial: 3, max: 3, perUpload: 2, windowMs: 5000 } });
    const [, paused, canceled] = engine.enqueue(many(fixture, 6), chain);
    await fixture.clock.advance(400);
    expect(fixture.running).toBe(1);
    engine.pause(paused!.id);
    engine.cancel(canceled!.id);
    await fixture.clock.advance(0);
    expect([statuses(fixture)['f1'], statuses(fixture)['f2'], fixture.objects.size + fixture.sessions.size]).toEqual([
      'paused',
      'canceled',
      1,
    ]);
    engine.resume(paused!.id);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ f0: 'done', f1: 'done', f2: 'canceled', f3: 'done', f4: 'done', f5: 'done' });
    expect(fixture.inFlight.get('p1')).toBe(0);
  });
});

describe('a new process', () => {
  test('goes on by itself with what was running when the last one was killed, from what the store has', async () => {
    const fixture = new EngineFixture();
    const dead = fixture.engine({ parallel: 1 });
    dead.enqueue([fixture.file('running'), fixture.file('queued')], chain);
    await fixture.clock.advance(700);
    fixture.releaseOwnership(); // kill -9
    const session = [...fixture.sessions][0];
    const alive = fixture.engine({ parallel: 1 });
    alive.start();
    alive.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect(fixture.checkpoints).toEqual([undefined, session, undefined]);
    expect(statuses(fixture)).toEqual({ running: 'done', queued: 'done' });
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 2]);
  });

  test('goes on with what is verifying, leaves what is paused, and takes only what it is asked to', async () => {
    const fixture = new EngineFixture();
    const dead = fixture.engine();
    const [verifying, paused] = dead.enqueue(
      [fixture.file('verifying'), fixture.file('paused'), fixture.file('not asked for')],
      chain,
    );
    fixture.linkError = 'unavailable';
    await fixture.clock.advance(900);
    dead.pause(paused!.id);
    await fixture.clock.advance(200);
    expect(fixture.records.get(verifying!.id)!.status).toBe('verifying');
    fixture.releaseOwnership();
    fixture.linkError = undefined;
    const alive = fixture.engine();
    alive.adoptOrphans({ only: (u) => u.name !== 'not asked for' });
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ verifying: 'done', paused: 'paused', 'not asked for': 'verifying' });
    expect(fixture.started).toHaveLength(3);
  });

  test('cannot go on with what came through a pipe, and takes away what the store has of it', async () => {
    const fixture = new EngineFixture();
    const dead = fixture.engine();
    dead.enqueue([{ ...fixture.file('pipe', 0), source: { stream: 'standard-input' } }], chain);
    await fixture.clock.advance(500);
    expect(fixture.sessions.size).toBe(1);
    fixture.releaseOwnership();
    fixture.engine().adoptOrphans();
    await fixture.clock.advance(1000);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'source-missing' } });
    expect(fixture.sessions.size).toBe(0);
  });

  test('after a proper stop everything goes on by itself', async () => {
    const fixture = new EngineFixture();
    const first = fixture.engine();
    first.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(500);
    await first.stop();
    expect(onlyRecord(fixture)).toMatchObject({ status: 'queued', checkpoint: expect.anything() });
    const second = fixture.engine();
    second.start();
    second.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 1]);
  });

  test('removes what the last one still owed the store', async () => {
    const fixture = new EngineFixture();
    const first = fixture.engine();
    const [upload] = first.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(500);
    fixture.discardError = 'offline';
    first.cancel(upload!.id);
    await fixture.clock.advance(0);
    first.remove(upload!.id);
    await fixture.clock.advance(minutes);
    expect([fixture.records.size, fixture.sessions.size, fixture.pendingCleanups.size]).toEqual([0, 1, 1]);
    fixture.discardError = undefined;
    fixture.engine().adoptOrphans();
    await fixture.clock.advance(0);
    expect([fixture.sessions.size, fixture.pendingCleanups.size]).toEqual([0, 0]);
  });

  test('does not ask for ever a service that cannot delete', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(500);
    fixture.discardError = { code: 'forbidden', params: { why: 'noDelete' } };
    engine.cancel(upload!.id);
    await fixture.clock.advance(0);
    engine.remove(upload!.id);
    await fixture.clock.advance(minutes);
    expect([fixture.records.size, fixture.pendingCleanups.size]).toEqual([0, 0]);
  });
});

test('quitting takes less than 3 s when a store hangs and does not even hear that it is canceled, and loses nothing', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  fixture.script = [{ hang: true }];
  engine.enqueue([fixture.file('hangs')], chain);
  await fixture.clock.advance(100);
  let isDown = false;
  void engine.stop().then(() => {
    isDown = true;
  });
  await fixture.clock.advance(2900);
  expect(isDown).toBe(true);
  expect(onlyRecord(fixture)).toMatchObject({ status: 'queued', checkpoint: [...fixture.sessions][0] });
  expect(fixture.owners.size).toBe(0);
});

describe('pause', () => {
  test('stops at once and keeps what the store has; resume goes on with it', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    engine.pause(upload!.id);
    expect(fixture.changes.at(-1)).toMatchObject({
      status: 'paused',
      checkpoint: [...fixture.sessions][0],
      bytesStored: 50,
    });
    await fixture.clock.advance(10);
    expect(fixture.running).toBe(0);
    await fixture.clock.advance(days);
    expect(onlyRecord(fixture).status).toBe('paused');
    engine.resume(upload!.id);
    await fixture.clock.advance(minutes);
    expect(fixture.checkpoints[1]).toBeDefined();
    expect(onlyRecord(fixture).status).toBe('done');
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 1]);
  });

  test('of what is stored already does nothing', async () => {
    const fixture = new EngineFixture();
    fixture.linkError = 'unavailable';
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(1100);
    engine.pause(upload!.id);
    fixture.linkError = undefined;
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect(fixture.started).toEqual(['a']);
  });

  test('and resume in the same breath do not send it twice at once', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(300);
    engine.pause(upload!.id);
    engine.resume(upload!.id);
    await fixture.clock.advance(minutes);
    expect(fixture.maxRunning).toBe(1);
    expect(onlyRecord(fixture).status).toBe('done');
    expect(fixture.objects.size).toBe(1);
  });
});

describe('a file that changed', () => {
  test('while it waited is taken as it is now, and the row says so', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    engine.pause(upload!.id);
    fixture.changedSize = 70;
    engine.resume(upload!.id);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'done',
      size: 70,
      restarted: 'file-changed',
      source: { fingerprint: { size: 70 } },
    });
    expect([...fixture.objects.values()]).toMatchObject([{ size: 70 }]);
    expect(fixture.checkpoints[1]).toBeDefined(); // the driver compares each part with the file
  });

  test('while it was sent fails, leaves nothing, and is taken as it is by the next try', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'source-changed' }];
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'source-changed' } });
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 0]);
    fixture.changedSize = 130;
    await engine.retry(upload!.id);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done', size: 130, restarted: 'file-changed' });
  });

  test('and what the store forgot begin again from zero, and the row says so', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    engine.pause(upload!.id);
    await fixture.clock.advance(10);
    fixture.sessions.clear();
    engine.resume(upload!.id);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done', restarted: 'store-forgot' });
  });
});

describe('a destination that refuses', () => {
  const three = (fixture: EngineFixture) => ['a', 'b', 'c'].map((name) => fixture.file(name));

  test('is asked once, and the others wait until it is mended; then all go on', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'unauthorized');
    const engine = fixture.engine({ parallel: 1 });
    engine.enqueue(three(fixture), chain);
    engine.enqueue([fixture.file('elsewhere')], [{ profileId: 'p2', visibility: 'private' }]);
    await fixture.clock.advance(10 * minutes);
    expect(statuses(fixture)).toEqual({ a: 'failed', b: 'waiting', c: 'waiting', elsewhere: 'done' });
    expect(fixture.changes.filter((u) => u.name === 'b').at(-1)).toMatchObject({
      until: 'profile-fixed',
      error: { code: 'unauthorized' },
    });
    expect(fixture.attemptedProfiles.filter((id) => id === 'p1')).toHaveLength(1);
    fixture.refusals.clear();
    engine.onProfileChanged('p2');
    await fixture.clock.advance(minutes);
    expect(fixture.attemptedProfiles.filter((id) => id === 'p1')).toHaveLength(1);
    engine.onProfileChanged('p1');
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'done', b: 'done', c: 'done', elsewhere: 'done' });
  });

  test('fails all at once, with one request, where nobody can mend it', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'no-bucket');
    fixture.engine({ parallel: 1, blocked: 'fail' }).enqueue(three(fixture), chain);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'failed', b: 'failed', c: 'failed' });
    expect([...fixture.records.values()].map((u) => u.status === 'failed' && u.error.code)).toEqual([
      'no-bucket',
      'no-bucket',
      'no-bucket',
    ]);
    expect(fixture.attemptedProfiles).toEqual(['p1']);
  });

  test('is asked once, and all go to the next of the chain with the reason', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'session-expired');
    fixture.engine({ parallel: 1 }).enqueue(three(fixture), [...chain, { profileId: 'p2', visibility: 'private' }]);
    await fixture.clock.advance(minutes);
    expect(fixture.attemptedProfiles).toEqual(['p1', 'p2', 'p2', 'p2']);
    for (const u of fixture.records.values())
      expect(u).toMatchObject({
        status: 'done',
        step: 1,
        attempts: [{ profileId: 'p1', error: { code: 'session-expired' } }, { profileId: 'p2' }],
      });
  });

  test('lets the others go on when one gets through, and one that was asked for tries at once', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'forbidden');
    const engine = fixture.engine({ parallel: 1 });
    const uploads = engine.enqueue(three(fixture), chain);
    await fixture.clock.advance(minutes);
    fixture.refusals.clear();
    await engine.retry(uploads[2]!.id);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'failed', b: 'done', c: 'done' });
  });
});

describe('without a network', () => {
  test('for seven days: no attempt is used, at most one look in 30 s, and it goes on within 5 s', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine({ parallel: 2 });
    engine.start();
    fixture.script = Array.from({ length: 30_000 }, (): ScriptedAttempt => ({ fail: 'offline' }));
    fixture.attemptMs = 10;
    engine.enqueue([fixture.file('a'), fixture.file('b'), fixture.file('c')], chain);
    await fixture.clock.advance(7 * days);
    expect(fixture.started.length).toBeLessThanOrEqual((7 * days) / 30_000 + 4);
    for (const u of fixture.records.values()) expect(u).toMatchObject({ attempts: [], failures: 0 });
    fixture.script = [];
    fixture.goOnline();
    await fixture.clock.advance(5000);
    expect(statuses(fixture)).toEqual({ a: 'done', b: 'done', c: 'done' });
  }, 30_000);

  test('that the system knows of, nothing is tried', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    fixture.script = [{ fail: 'offline' }];
    engine.enqueue([fixture.file('a')], chain);
    fixture.online = false;
    await fixture.clock.advance(days);
    expect(fixture.started).toHaveLength(1);
  });

  test('a link is made when it is back; the file is not sent again', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    fixture.linkError = 'offline';
    engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(30 * minutes);
    expect(onlyRecord(fixture).status).toBe('verifying');
    fixture.linkError = undefined;
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect(fixture.started).toEqual(['a']);
  });
});

test('after 8 hours of sleep, with sockets that never answer, it goes on within 10 s from what the store has', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  fixture.script = [{ ok: true }, { fail: 'unavailable', retryAfterMs: 10 * minutes }];
  fixture.attemptMs = 10 * minutes;
  engine.enqueue([fixture.file('sending'), fixture.file('waiting')], chain);
  await fixture.clock.advance(6 * minutes);
  fixture.clock.sleep(8 * 60 * minutes);
  fixture.attemptMs = 1000;
  await fixture.clock.advance(10_000);
  expect(statuses(fixture)).toMatchObject({ sending: 'done', waiting: 'done' });
  expect(fixture.checkpoints[2]).toBeDefined();
  expect([...fixture.records.values()].flatMap((u) => u.attempts.filter((a) => a.error))).toEqual([]);
});

describe('what the stores keep', () => {
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
    return { world: fixture, engine, paused: paused!.id, failed: failed!.id };
  }

  test('is counted, and removed by a click; a later try begins from zero', async () => {
    const { world: fixture, engine, paused, failed } = await withLeftovers();
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

  test('is gone on with by the next try', async () => {
    const { world: fixture, engine, failed } = await withLeftovers();
    const resumable = fixture.records.get(failed);
    await engine.retry(failed);
    await fixture.clock.advance(minutes);
    expect(fixture.checkpoints[2]).toBe(resumable && 'checkpoint' in resumable ? resumable.checkpoint : 'nothing');
    expect(statuses(fixture)).toMatchObject({ failed: 'done' });
  });

  test('goes with the entry', async () => {
    const { world: fixture, engine, failed } = await withLeftovers();
    engine.remove(failed);
    expect(fixture.removed).toEqual([failed]);
    await fixture.clock.advance(0);
    expect(fixture.sessions.size).toBe(1);
  });

  test('goes after a week without progress, and not before, with a notice', async () => {
    const { world: fixture } = await withLeftovers();
    fixture.sessions.add('somebody else’s');
    await fixture.clock.advance(6 * days);
    expect([fixture.sessions.size, fixture.expired]).toEqual([3, []]);
    await fixture.clock.advance(2 * days);
    expect([...fixture.sessions]).toEqual(['somebody else’s']);
    expect(fixture.expired.map((u) => u.name).sort()).toEqual(['failed', 'paused']);
    expect(statuses(fixture)).toEqual({ paused: 'paused', failed: 'failed' });
  });
});

describe('unpublish', () => {
  test('deletes what is stored, then the entry', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await expect(engine.unpublish(upload!.id)).rejects.toMatchObject({ error: { code: 'invalid-input' } });
    await fixture.clock.advance(minutes);
    await engine.unpublish(upload!.id);
    expect([fixture.objects.size, fixture.records.size, fixture.removed]).toEqual([0, 0, [upload!.id]]);
  });

  test('keeps the entry when the store does not delete', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    fixture.discardError = 'unreachable';
    await expect(engine.unpublish(upload!.id)).rejects.toMatchObject({ error: { code: 'unreachable' } });
    expect([onlyRecord(fixture).status, fixture.removed]).toEqual(['done', []]);
  });
});

describe('another process', () => {
  test('that took an upload over has it: this one stops in silence and touches nothing at the store', async () => {
    const fixture = new EngineFixture();
    const sleeper = fixture.engine();
    const [upload] = sleeper.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(100);
    fixture.releaseOwnership();
    const other = fixture.engine();
    other.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect([onlyRecord(fixture).status, sleeper.has(upload!.id), fixture.objects.size, fixture.discards]).toEqual([
      'done',
      false,
      1,
      0,
    ]);
  });

  test('that took over what was canceled on a full disk goes on with it: nothing is removed under its hands', async () => {
    const fixture = new EngineFixture();
    const full = fixture.engine();
    const [upload] = full.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.diskFull = true;
    full.cancel(upload!.id);
    await fixture.clock.advance(100);
    fixture.diskFull = false;
    fixture.releaseOwnership();
    fixture.engine().adoptOrphans();
    await fixture.clock.advance(minutes);
    expect([
      onlyRecord(fixture).status,
      fixture.objects.size,
      fixture.sessions.size,
      fixture.discards,
      fixture.pendingCleanups.size,
    ]).toEqual(['done', 1, 0, 0, 0]);
  });

  test('that took it over is left alone also when this one wakes on a full disk, where nothing can be written', async () => {
    const fixture = new EngineFixture();
    const sleeper = fixture.engine();
    const [upload] = sleeper.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.releaseOwnership();
    const successor = fixture.engine();
    successor.adoptOrphans();
    fixture.diskFull = true;
    sleeper.pause(upload!.id);
    expect([sleeper.has(upload!.id), successor.has(upload!.id)]).toEqual([false, true]);
    fixture.diskFull = false;
    await fixture.clock.advance(minutes);
    expect([onlyRecord(fixture).status, fixture.objects.size, fixture.sessions.size]).toEqual(['done', 1, 0]);
  });

  test('that did not need it leaves it: after a late heartbeat it goes on where it is', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(100);
    fixture.releaseOwnership();
    engine.onLeaseLost();
    await fixture.clock.advance(minutes);
    expect([onlyRecord(fixture).status, fixture.started]).toEqual(['done', ['a']]);
  });
});

test('a full disk keeps nothing from being uploaded later, and no link is told before it is kept', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  engine.enqueue([fixture.file('a'), fixture.file('b')], chain);
  await fixture.clock.advance(600);
  fixture.diskFull = true;
  await fixture.clock.advance(10 * minutes);
  expect(fixture.changes.some((u) => u.status === 'done')).toBe(false);
  expect(fixture.started).toEqual(['a', 'b']);
  fixture.diskFull = false;
  await fixture.clock.advance(minutes);
  expect(statuses(fixture)).toEqual({ a: 'done', b: 'done' });
  expect([fixture.objects.size, fixture.sessions.size, fixture.owners.size]).toEqual([2, 0, 0]);
});

test('an expired link is made again, kept and shown; one that works is given as it is', async () => {
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

describe('a chain', () => {
  test('goes to the next destination, cleans up at the first, and keeps the reason', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'quota-exceeded' }];
    fixture.engine().enqueue([fixture.file('a')], [...chain, { profileId: 'p2', visibility: 'private' }]);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'done',
      step: 1,
      attempts: [{ profileId: 'p1', error: { code: 'quota-exceeded' } }, { profileId: 'p2' }],
    });
    expect(fixture.sessions.size).toBe(0);
  });

  test('never goes where more people could open the link', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'quota-exceeded' }];
    fixture.engine().enqueue([fixture.file('a')], [...chain, { profileId: 'p2', visibility: 'public' }]);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'failed',
      step: 0,
      withheld: { profileId: 'p2', reason: 'more-people' },
    });
  });

  test('goes to the destination that was withheld once somebody agreed, and asks no second time', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'quota-exceeded');
    const engine = fixture.engine();
    const [upload] = engine.enqueue(
      [fixture.file('a')],
      [...chain, { profileId: 'p2', visibility: 'expiring', cannotDelete: true }],
    );
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'failed',
      withheld: { profileId: 'p2', reason: 'cannot-delete' },
    });
    fixture.script = [{ fail: 'rejected' }];
    await engine.sendAnyway(upload!.id);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'rejected' } });
    await engine.retry(upload!.id);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done' });
    expect(fixture.attemptedProfiles).toEqual(['p1', 'p2', 'p2']);
  });
});

describe('a name that is taken', () => {
  test('ends the upload, is not tried elsewhere, and goes on as the user says', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    fixture.script = [{ fail: 'name-taken' }];
    const [upload] = engine.enqueue(
      [{ ...fixture.file('a'), keyTemplate: 'exact/a', collision: 'ask' }],
      [...chain, { profileId: 'p2', visibility: 'expiring' }],
    );
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'name-taken' } });
    expect(fixture.attemptedProfiles).toEqual(['p1']);
    await engine.resolveNameConflict(upload!.id, 'replace');
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done' });
    expect(
      fixture.keyOptions.map((keyOptions) => ({
        keyTemplate: keyOptions?.keyTemplate,
        collision: keyOptions?.collision,
      })),
    ).toEqual([
      { keyTemplate: 'exact/a', collision: 'ask' },
      { keyTemplate: 'exact/a', collision: 'replace' },
    ]);
  });

  test('what a place is made of is the same at each attempt and after a restart', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    fixture.script = [{ fail: 'unavailable' }, { fail: 'unavailable' }];
    engine.enqueue(
      [
        {
          ...fixture.file('a'),
          source: {
            path: '/home/somebody/Pictures/trip/deep/a',
            fingerprint: { size: 100, mtimeMs: 1, dev: '1', ino: '1' },
          },
          folder: { name: 'trip', relativePath: 'deep/a', token: 't', at: 1 },
        },
      ],
      chain,
    );
    await fixture.clock.advance(1500);
    await engine.stop();
    fixture.releaseOwnership();
    const next = fixture.engine();
    next.start();
    next.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done' });
    expect(fixture.keyOptions.length).toBeGreaterThan(1);
    expect(new Set(fixture.keyOptions.map((keyOptions) => JSON.stringify(keyOptions)))).toEqual(
      new Set([JSON.stringify({ createdAt: onlyRecord(fixture).createdAt, folderName: 'Pictures' })]),
    );
  });

  test('only a failed one can be settled', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await engine.resolveNameConflict(upload!.id, 'replace');
    await fixture.clock.advance(minutes);
    await engine.resolveNameConflict(upload!.id, 'replace');
    await engine.resolveNameConflict('nobody', 'new-name');
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect(fixture.attemptedProfiles).toHaveLength(1);
  });
});

/** R26: every button at random moments. Each file is done with one object, or ended or paused; nothing else is at the store. */
test('hammering the buttons loses nothing, doubles nothing, and leaves nothing behind', async () => {
  const answer: fc.Arbitrary<ScriptedAttempt> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<ScriptedAttempt>({ ok: true }) },
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
    fc.constant<ScriptedAttempt>({ throw: new RangeError('boom') }),
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
        const fixture = new EngineFixture();
        fixture.script = [...answers];
        let engine = fixture.engine({ parallel: 2 });
        engine.start();
        engine.adoptOrphans();
        const removedKeys = new Set<string>();
        for (const a of actions) {
          const id = 'nth' in a ? [...fixture.records.keys()][a.nth] : undefined;
          if (a.do === 'drop')
            engine.enqueue(
              Array.from({ length: a.count }, (_, i) => fixture.file(`f${fixture.changes.length}-${i}`)),
              chain,
            );
          else if (a.do === 'advance') await fixture.clock.advance(a.ms);
          else if (a.do === 'online') fixture.goOnline();
          else if (a.do === 'wake') engine.wake();
          else if (a.do === 'remove leftovers') void engine.removeLeftovers();
          else if (a.do === 'restart') {
            const stopped = engine.stop();
            await fixture.clock.advance(0);
            await stopped;
            engine = fixture.engine({ parallel: 2 });
            engine.start();
            engine.adoptOrphans();
          } else if (id !== undefined) {
            const before = fixture.records.get(id);
            void engine[a.do](id);
            if (before?.status === 'done' && !fixture.records.has(id)) removedKeys.add(before.ref as string);
          }
          expect(fixture.running).toBeLessThanOrEqual(2);
        }
        fixture.script = [];
        await fixture.clock.advance(30 * minutes);
        engine.onProfileChanged('p1');
        await fixture.clock.advance(30 * minutes);
        const rows = [...fixture.records.values()];
        for (const u of rows) expect(['done', 'failed', 'canceled', 'paused']).toContain(u.status);
        const resumable = new Set(
          rows.flatMap((u) => ('checkpoint' in u && u.checkpoint !== undefined ? [u.checkpoint as string] : [])),
        );
        const done = rows.flatMap((u) => (u.status === 'done' ? [u.ref as string] : []));
        expect(
          [...fixture.objects.keys()].filter((key) => !resumable.has(key) && !removedKeys.has(key)).sort(),
        ).toEqual(done.sort());
        expect([...fixture.sessions].filter((key) => !resumable.has(key))).toEqual([]);
        expect([...fixture.owners.keys()].sort()).toEqual(
          rows
            .filter((u) => u.status === 'paused')
            .map((u) => u.id)
            .sort(),
        );
        const settledDone = fixture.settledBatches
          .flat()
          .filter((u) => u.status === 'done')
          .map((u) => u.id);
        expect(new Set(settledDone).size).toBe(settledDone.length);
      },
    ),
    {
      numRuns: caseCount({ full: 500, sample: 50 }) * Number(process.env['HOIST_RUNS'] ?? 1),
      ...(seed === undefined ? {} : { seed: Number(seed) }),
    },
  );
}, 600_000);
