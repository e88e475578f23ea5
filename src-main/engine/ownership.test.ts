import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minutes = 60_000;
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

describe('a new process', () => {
  test('resumes the uploads of a killed process from their checkpoints', async () => {
    const fixture = new EngineFixture();
    const dead = fixture.engine({ parallel: 1 });
    dead.enqueue([fixture.file('running'), fixture.file('queued')], chain);
    await fixture.clock.advance(700);
    fixture.releaseOwnership(); // kill -9
    const session = [...fixture.sessions][0];
    const alive = fixture.engine({ parallel: 1 });
    alive.start();
    void alive.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect(fixture.checkpoints).toEqual([undefined, session, undefined]);
    expect(statuses(fixture)).toEqual({ running: 'done', queued: 'done' });
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 2]);
  });

  test('resumes a verification, keeps paused uploads paused, and adopts only the selected uploads', async () => {
    const fixture = new EngineFixture();
    const dead = fixture.engine();
    const [verifying, paused] = dead.enqueue(
      [fixture.file('verifying'), fixture.file('paused'), fixture.file('not selected')],
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
    void alive.adoptOrphans({ only: (u) => u.name !== 'not selected' });
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ verifying: 'done', paused: 'paused', 'not selected': 'verifying' });
    expect(fixture.started).toHaveLength(3);
  });

  test('fails a stream of a killed process and removes its remote data', async () => {
    const fixture = new EngineFixture();
    const dead = fixture.engine();
    dead.enqueue([{ ...fixture.file('pipe', 0), source: { stream: 'standard-input' } }], chain);
    await fixture.clock.advance(500);
    expect(fixture.sessions.size).toBe(1);
    fixture.releaseOwnership();
    void fixture.engine().adoptOrphans();
    await fixture.clock.advance(1000);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'source-missing' } });
    expect(fixture.sessions.size).toBe(0);
  });

  test('resumes the uploads of a process that was stopped normally', async () => {
    const fixture = new EngineFixture();
    const first = fixture.engine();
    first.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(500);
    await first.stop();
    expect(onlyRecord(fixture)).toMatchObject({ status: 'queued', checkpoint: expect.anything() });
    const second = fixture.engine();
    second.start();
    void second.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 1]);
  });
});

describe('another process', () => {
  test('that adopted an upload owns it: the previous owner stops and deletes nothing at the store', async () => {
    const fixture = new EngineFixture();
    const sleeper = fixture.engine();
    const [upload] = sleeper.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(100);
    fixture.releaseOwnership();
    const successor = fixture.engine();
    void successor.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect([onlyRecord(fixture).status, sleeper.has(upload!.id), fixture.objects.size, fixture.discards]).toEqual([
      'done',
      false,
      1,
      0,
    ]);
  });

  test('that adopted an upload whose cancel could not be saved resumes it, and no remote data is removed', async () => {
    const fixture = new EngineFixture();
    const full = fixture.engine();
    const [upload] = full.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.diskFull = true;
    full.cancel(upload!.id);
    await fixture.clock.advance(100);
    fixture.diskFull = false;
    fixture.releaseOwnership();
    void fixture.engine().adoptOrphans();
    await fixture.clock.advance(minutes);
    expect([
      onlyRecord(fixture).status,
      fixture.objects.size,
      fixture.sessions.size,
      fixture.discards,
      fixture.pendingCleanups.size,
    ]).toEqual(['done', 1, 0, 0, 0]);
  });

  test('that adopted an upload keeps it when the previous owner wakes on a full disk', async () => {
    const fixture = new EngineFixture();
    const sleeper = fixture.engine();
    const [upload] = sleeper.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.releaseOwnership();
    const successor = fixture.engine();
    void successor.adoptOrphans();
    fixture.diskFull = true;
    sleeper.pause(upload!.id);
    expect([sleeper.has(upload!.id), successor.has(upload!.id)]).toEqual([false, true]);
    fixture.diskFull = false;
    await fixture.clock.advance(minutes);
    expect([onlyRecord(fixture).status, fixture.objects.size, fixture.sessions.size]).toEqual(['done', 1, 0]);
  });

  test('that did not adopt an upload leaves it to its owner after a late heartbeat', async () => {
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

test('many uploads of a killed process are adopted in slices, and a stop ends the adoption', async () => {
  const fixture = new EngineFixture();
  const dead = fixture.engine();
  dead.holdStarts();
  dead.enqueue(
    Array.from({ length: 1000 }, (_, i) => fixture.file(`f${i}`)),
    chain,
  );
  fixture.releaseOwnership(); // kill -9
  const first = fixture.engine();
  first.holdStarts();
  const adopting = first.adoptOrphans();
  expect(first.workTotals.unfinished).toBeLessThanOrEqual(100);
  expect(first.workTotals.unfinished).toBeGreaterThan(0);
  const stopping = first.stop();
  await fixture.clock.advance(minutes);
  await Promise.all([adopting, stopping]);
  expect(fixture.owners.size).toBe(0);

  const second = fixture.engine();
  const adoptingAll = second.adoptOrphans();
  await fixture.clock.advance(60 * minutes);
  await adoptingAll;
  expect([...fixture.records.values()].filter(({ status }) => status === 'done')).toHaveLength(1000);
});

test('an upload that the user acts on is adopted unless another process owns it', async () => {
  const fixture = new EngineFixture();
  const [upload] = fixture.engine().enqueue([fixture.file('a')], chain);
  const other = fixture.engine();
  other.adopt(upload!.id);
  expect(other.has(upload!.id)).toBe(false);
  fixture.releaseOwnership();
  other.adopt(upload!.id);
  expect(other.has(upload!.id)).toBe(true);
});
