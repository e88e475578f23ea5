import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minutes = 60_000;
const days = 24 * 60 * minutes;
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

describe('an upload', () => {
  test('goes from queued to uploading, verifying and done, with its link', async () => {
    const fixture = new EngineFixture();
    fixture.engine().enqueue([fixture.file('a.txt')], chain);
    await fixture.clock.advance(minutes);
    const statuses = fixture.changes.map((u) => u.status).filter((s, i, all) => s !== all[i - 1]);
    expect(statuses).toEqual(['queued', 'uploading', 'verifying', 'done']);
    expect(onlyRecord(fixture)).toMatchObject({
      status: 'done',
      verification: 'verified',
      link: { url: expect.stringContaining('a.txt') },
    });
    expect(fixture.owners.size).toBe(0);
  });

  test('is durable before enqueue returns, and is rejected when it cannot be saved', () => {
    const fixture = new EngineFixture();
    fixture.engine().enqueue([fixture.file('a')], chain);
    expect(fixture.records.size).toBe(1);
    fixture.diskFull = true;
    expect(() => fixture.engine().enqueue([fixture.file('b')], chain)).toThrow('disk-full');
    expect(fixture.changes.map((u) => u.name)).not.toContain('b');
  });
});

describe('cancel', () => {
  test('takes effect at once and leaves no remote data; retry starts from zero', async () => {
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

  test('an immediate retry after cancel is not lost', async () => {
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

describe('pause', () => {
  test('stops at once and keeps the checkpoint; resume continues from it', async () => {
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

  test('does nothing to a stored file', async () => {
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

  test('followed by resume never runs two attempts at the same time', async () => {
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

test('removing a destination takes less than 6 s when its store ignores the abort', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  fixture.script = [{ hang: true }];
  engine.enqueue([fixture.file('hangs')], chain);
  await fixture.clock.advance(100);
  let isRemoved = false;
  void engine.removeDestination(chain[0]!.profileId).then(() => {
    isRemoved = true;
  });
  await fixture.clock.advance(5900);
  expect(isRemoved).toBe(true);
  expect(onlyRecord(fixture).status).toBe('canceled');
});

test('quitting takes less than 3 s when a store ignores the abort, and loses nothing', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  fixture.script = [{ hang: true }];
  engine.enqueue([fixture.file('hangs')], chain);
  await fixture.clock.advance(100);
  let isStopped = false;
  void engine.stop().then(() => {
    isStopped = true;
  });
  await fixture.clock.advance(2900);
  expect(isStopped).toBe(true);
  expect(onlyRecord(fixture)).toMatchObject({ status: 'queued', checkpoint: [...fixture.sessions][0] });
  expect(fixture.owners.size).toBe(0);
});
