/**
 * Records that cannot be written: a full disk is retried until there is space; damage, bugs and a disk that reports
 * errors are reported once.
 */
import { describe, expect, test } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import type { Upload } from '../../src-shared/upload.ts';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minute = 60_000;
const hour = 60 * minute;
const damaged = () => failure('bug', { params: { problem: 'damaged' } }, new Error('malformed'));
const diskFull = () => failure('disk-full');
const brokenDisk = () => failure('disk-full', { params: { problem: 'broken' } }, new Error('disk I/O error'));
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

/** An upload whose process was killed while it was sending. */
async function withOrphan(): Promise<EngineFixture> {
  const fixture = new EngineFixture();
  fixture.engine().enqueue([fixture.file('a')], chain);
  await fixture.clock.advance(700);
  fixture.dropPendingRequests();
  fixture.releaseOwnership();
  fixture.changes = [];
  return fixture;
}

describe('claim', () => {
  test('on a full disk is retried, and succeeds when there is space', async () => {
    const fixture = await withOrphan();
    fixture.claimError = diskFull();
    const engine = fixture.engine();
    void engine.adoptOrphans();
    await fixture.clock.advance(10 * minute);
    expect(fixture.claimCount).toBeGreaterThan(100);
    expect(fixture.problems).toEqual([]);
    fixture.claimError = undefined;
    await fixture.clock.advance(minute);
    expect(onlyRecord(fixture).status).toBe('done');
  });

  test('of a damaged record is tried once, logged once and shown as failed', async () => {
    const fixture = await withOrphan();
    fixture.claimError = damaged();
    const engine = fixture.engine();
    engine.start();
    for (let i = 0; i < 60; i++) {
      void engine.adoptOrphans();
      await fixture.clock.advance(minute);
    }
    expect(fixture.claimCount).toBe(1);
    expect(fixture.problems).toEqual([fixture.claimError]);
    expect(fixture.changes).toMatchObject([
      { status: 'failed', error: { code: 'bug', params: { problem: 'damaged' }, diagnosticId: 'P1' } },
    ]);
    expect(engine.canAdopt(onlyRecord(fixture).id)).toBe(false);
    expect(engine.endedUnsaved()).toMatchObject([{ status: 'failed' }]);
    fixture.claimError = undefined;
    void fixture.engine().adoptOrphans();
    await fixture.clock.advance(minute);
    expect(onlyRecord(fixture).status).toBe('done');
  });

  test('on a disk that reports errors is tried once, logged once and shown as failed', async () => {
    const fixture = await withOrphan();
    fixture.claimError = brokenDisk();
    const engine = fixture.engine();
    engine.start();
    for (let i = 0; i < 10; i++) {
      void engine.adoptOrphans();
      await fixture.clock.advance(minute);
    }
    expect([fixture.claimCount, fixture.problems]).toEqual([1, [fixture.claimError]]);
    expect(fixture.changes).toMatchObject([
      { status: 'failed', error: { code: 'disk-full', params: { problem: 'broken' }, diagnosticId: 'P1' } },
    ]);
  });

  test('of a damaged record after a lost lease ends the upload without touching the store', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.claimError = damaged();
    engine.onLeaseLost();
    await fixture.clock.advance(hour);
    expect([engine.has(upload!.id), fixture.discards, fixture.claimCount, fixture.problems.length]).toEqual([
      false,
      0,
      1,
      1,
    ]);
    expect(fixture.changes.at(-1)).toMatchObject({ status: 'failed', error: { diagnosticId: 'P1' } });
  });
});

describe('save', () => {
  test('on a full disk is retried, and succeeds when there is space', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.saveError = diskFull();
    engine.pause(upload!.id);
    await fixture.clock.advance(hour);
    expect(fixture.saveCount).toBeGreaterThan(700);
    expect(fixture.problems).toEqual([]);
    expect(fixture.changes.at(-1)!.status).toBe('paused');
    fixture.saveError = undefined;
    await fixture.clock.advance(minute);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'paused', checkpoint: [...fixture.sessions][0] });
  });

  test('of a damaged record fails the upload with one log entry and few tries', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload, other] = engine.enqueue([fixture.file('a'), fixture.file('b')], chain);
    await fixture.clock.advance(700);
    fixture.saveCount = 0;
    fixture.saveError = damaged();
    engine.pause(upload!.id);
    engine.cancel(other!.id);
    await fixture.clock.advance(hour);
    // Five tries for each of the two uploads.
    expect(fixture.saveCount).toBe(10);
    expect(fixture.problems).toEqual([fixture.saveError, fixture.saveError]);
    const last = (id: string): Upload => fixture.changes.findLast((change) => change.id === id)!;
    expect(last(upload!.id)).toMatchObject({
      status: 'failed',
      error: { code: 'bug', params: { problem: 'damaged' }, diagnosticId: 'P1' },
      checkpoint: expect.anything(),
    });
    expect(last(other!.id).status).toBe('canceled');
    expect(engine.endedUnsaved().map(({ status }) => status)).toEqual(['failed', 'canceled']);
    expect([engine.unfinished(), fixture.running, fixture.discards]).toEqual([[], 0, 0]);
    fixture.saveError = undefined;
    await engine.retry(upload!.id);
    await fixture.clock.advance(minute);
    expect(fixture.records.get(upload!.id)!.status).toBe('done');
    expect(engine.endedUnsaved().map(({ id }) => id)).toEqual([other!.id]);
  });

  test('on a disk that reports errors fails the upload with one log entry and few tries', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.saveCount = 0;
    fixture.saveError = brokenDisk();
    engine.pause(upload!.id);
    await fixture.clock.advance(hour);
    expect(fixture.saveCount).toBeLessThanOrEqual(10);
    expect(fixture.problems).toEqual([fixture.saveError]);
    expect(fixture.changes.at(-1)).toMatchObject({
      status: 'failed',
      error: { code: 'disk-full', params: { problem: 'broken' }, diagnosticId: 'P1' },
    });
    fixture.saveError = undefined;
    await engine.retry(upload!.id);
    await fixture.clock.advance(minute);
    expect(fixture.records.get(upload!.id)!.status).toBe('done');
  });

  test('of a checkpoint or a link in a damaged record fails the upload with one log entry', async () => {
    for (const unsaved of ['checkpoint', 'link'] as const) {
      const fixture = new EngineFixture();
      fixture.attemptMs = 1000;
      const engine = fixture.engine();
      engine.enqueue([fixture.file('a')], chain);
      // By then, the checkpoint is saved.
      if (unsaved === 'link') await fixture.clock.advance(700);
      fixture.saveError = damaged();
      await fixture.clock.advance(hour);
      expect(fixture.problems).toHaveLength(1);
      expect(fixture.logged.filter((outcome) => outcome !== 'stored')).toEqual([]);
      expect(fixture.changes.at(-1)).toMatchObject({ status: 'failed', error: { code: 'bug', diagnosticId: 'P1' } });
      expect(fixture.saveCount).toBeLessThanOrEqual(10);
      await engine.stop();
    }
  });

  test('that fails once is repeated and loses no change', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.saveError = failure('bug', {}, new Error('database is locked'));
    engine.cancel(upload!.id);
    fixture.saveError = undefined;
    await fixture.clock.advance(minute);
    expect(onlyRecord(fixture).status).toBe('canceled');
    expect([fixture.sessions.size, fixture.owners.size, fixture.pendingCleanups.size]).toEqual([0, 0, 0]);
  });
});

describe('a pending cleanup', () => {
  test('that cannot be removed from a damaged table is logged once', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    fixture.cleanupError = damaged();
    engine.cancel(upload!.id);
    await fixture.clock.advance(hour);
    expect([fixture.discards, fixture.problems]).toEqual([1, [fixture.cleanupError]]);
  });

  test('that cannot be saved still deletes the remote data, and is logged once', async () => {
    const fixture = new EngineFixture();
    fixture.ignoresCancel = true;
    const engine = fixture.engine();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(700);
    engine.cancel(upload!.id);
    fixture.cleanupError = damaged();
    await fixture.clock.advance(hour);
    expect([fixture.objects.size, fixture.cleanupSaveCount]).toEqual([0, 1]);
    expect(fixture.problems).toContain(fixture.cleanupError);
  });
});

test('after a full disk every file is uploaded, and no link is shown before it is saved', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  engine.enqueue([fixture.file('a'), fixture.file('b')], chain);
  await fixture.clock.advance(600);
  fixture.diskFull = true;
  await fixture.clock.advance(10 * minute);
  expect(fixture.changes.some((u) => u.status === 'done')).toBe(false);
  expect(fixture.started).toEqual(['a', 'b']);
  fixture.diskFull = false;
  await fixture.clock.advance(minute);
  expect(statuses(fixture)).toEqual({ a: 'done', b: 'done' });
  expect([fixture.objects.size, fixture.sessions.size, fixture.owners.size]).toEqual([2, 0, 0]);
});
