import { describe, expect, test, vi } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { changeMany } from '../ipc/change-many.ts';
import { caseCount } from '../testing/sample.ts';
import { chain, EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const minutes = 60_000;
const days = 24 * 60 * minutes;
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

describe('many uploads', () => {
  test('start in drop order within the limit, and are reported once, in drop order, when all have ended', async () => {
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

  test('thousands of queued files are all done in order', async () => {
    const fixture = new EngineFixture();
    fixture.attemptMs = 1;
    const files = Array.from({ length: caseCount({ full: 10_000, sample: 2000 }) }, (_, i) => fixture.file(`f${i}`));
    fixture.engine().enqueue(files, chain);
    await fixture.clock.advance(60 * minutes);
    expect([...fixture.records.values()].every((u) => u.status === 'done')).toBe(true);
    expect(fixture.started).toEqual(files.map((f) => f.name));
  }, 60_000);
});

describe('changes of many uploads', () => {
  const enqueueMany = async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    const uploads = engine.enqueue(
      Array.from({ length: 500 }, (_, i) => fixture.file(`f${i}`)),
      chain,
    );
    await fixture.clock.advance(1);
    return { fixture, engine, ids: uploads.map(({ id }) => id) };
  };

  test('in one go check only once which uploads start', async () => {
    const { fixture, engine, ids } = await enqueueMany();
    const planned = vi.spyOn(fixture.clock, 'after');
    for (const id of ids.slice(100)) engine.pause(id);
    await fixture.clock.advance(1);
    expect(planned.mock.calls.length).toBeLessThan(10);
  });

  test('in slices start no other upload before all have changed', async () => {
    const { fixture, engine, ids } = await enqueueMany();
    const startedBefore = fixture.started.length;
    await changeMany(engine, ids.slice(0, 400), (id) => engine.cancel(id));
    expect(fixture.started).toHaveLength(startedBefore);
    await fixture.clock.advance(60 * minutes);
    expect(Object.values(statuses(fixture)).filter((status) => status === 'done')).toHaveLength(100);
    expect(Object.values(statuses(fixture)).filter((status) => status === 'canceled')).toHaveLength(400);
  });
});

describe('the limit of parallel requests', () => {
  const createFiles = (fixture: EngineFixture, count: number, size = 100) =>
    Array.from({ length: count }, (_, i) => fixture.file(`f${i}`, size));
  const MiB = 1024 ** 2;

  test('allows 16 small files, or 4 large files with 4 parts each', async () => {
    const small = new EngineFixture();
    small.engine().enqueue(createFiles(small, 100), chain);
    await small.clock.advance(900);
    // Until the destination has accepted a file, only a few uploads run, so that it does not reject all of them for the
    // same reason.
    expect(small.maxRunning).toBe(4);
    await small.clock.advance(1000);
    expect([small.maxRunning, small.maxInFlight.get('p1')]).toEqual([16, 16]);

    const large = new EngineFixture();
    large.slotsPerUpload = 4;
    large.engine().enqueue(createFiles(large, 100, 100 * MiB), chain);
    await large.clock.advance(900);
    expect([large.maxRunning, large.maxInFlight.get('p1')]).toEqual([4, 16]);
  });

  test('is halved when a destination asks for fewer requests, recovers slowly, and stays the same for other destinations', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.enqueue(createFiles(fixture, 600), chain);
    engine.enqueue(createFiles(fixture, 600), [{ profileId: 'p2', visibility: 'expiring' }]);
    await fixture.clock.advance(1500);
    fixture.slowsDown.add('p1');
    await fixture.clock.advance(1600);
    fixture.maxInFlight.clear();
    await fixture.clock.advance(3400);
    // One slow-down has halved the 16 requests.
    expect(fixture.maxInFlight.get('p1')).toBe(8);
    expect(fixture.maxInFlight.get('p2')).toBeGreaterThanOrEqual(16);
    await fixture.clock.advance(3100);
    fixture.maxInFlight.clear();
    await fixture.clock.advance(1000);
    // A second one, in the next window of 5 s, has halved them again.
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

  test('is halved when the driver reports a rate limit or a timeout', async () => {
    for (const fail of ['rate-limited', 'stalled'] as const) {
      const fixture = new EngineFixture();
      fixture.script = [
        ...Array.from({ length: 4 }, (): ScriptedAttempt => ({ ok: true })),
        ...Array.from({ length: 16 }, (): ScriptedAttempt => ({ fail })),
      ];
      fixture.engine().enqueue(createFiles(fixture, 100), chain);
      await fixture.clock.advance(2100);
      fixture.maxInFlight.clear();
      await fixture.clock.advance(4 * 1000);
      expect(fixture.maxInFlight.get('p1'), fail).toBe(8);
      await fixture.clock.advance(10 * minutes);
      expect([...fixture.records.values()].every((u) => u.status === 'done')).toBe(true);
    }
  });

  test('the next file is sent during a verification', async () => {
    const fixture = new EngineFixture();
    fixture.linkError = 'unavailable';
    fixture
      .engine({ concurrency: { initial: 1, max: 1, perUpload: 1, windowMs: 5000 } })
      .enqueue(createFiles(fixture, 3), chain);
    await fixture.clock.advance(1500);
    expect([...fixture.records.values()].map((u) => u.status)).toEqual(['verifying', 'uploading', 'queued']);
    await fixture.clock.advance(4000);
    // Verifications send requests too, so their number is limited.
    expect([...fixture.records.values()].map((u) => u.status)).toEqual(['verifying', 'verifying', 'queued']);
  });

  test('an upload that waits for a slot is paused or canceled at once, and loses no slot', async () => {
    const fixture = new EngineFixture();
    fixture.slotsPerUpload = 2;
    const engine = fixture.engine({ concurrency: { initial: 3, max: 3, perUpload: 2, windowMs: 5000 } });
    const [, paused, canceled] = engine.enqueue(createFiles(fixture, 6), chain);
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

describe('without a network', () => {
  test('for seven days uses no attempt, probes at most every 30 s, and resumes within 5 s', async () => {
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
  }, 60_000);

  test('no request is sent while the system reports that it is offline', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    fixture.script = [{ fail: 'offline' }];
    engine.enqueue([fixture.file('a')], chain);
    fixture.online = false;
    await fixture.clock.advance(days);
    expect(fixture.started).toHaveLength(1);
  });

  test('the link is made when the network is back, without sending the file again', async () => {
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

test('after 8 hours of sleep with dead sockets, uploads resume within 10 s from their checkpoints', async () => {
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
  expect([...fixture.records.values()].flatMap((u) => u.attempts.filter(({ error }) => error))).toEqual([]);
});
