import { describe, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { retryLimits } from './decide.ts';
import { chain, EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const minutes = 60_000;
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));
const onlyRecord = (fixture: EngineFixture): Upload => [...fixture.records.values()][0]!;

describe('an attempt', () => {
  test('is retried with growing pauses and fails at the eighth failure', async () => {
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

  test('is retried for ten minutes when a store with stored bytes becomes unreachable', async () => {
    const fixture = new EngineFixture();
    fixture.script = Array.from({ length: 200 }, (): ScriptedAttempt => ({ fail: 'unreachable' }));
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(9 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'waiting', bytesStored: 50 });
    expect(fixture.started.length).toBeGreaterThan(retryLimits.attempts);
    await fixture.clock.advance(3 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'unreachable' }, bytesStored: 50 });
  });

  test('fails at once after a refused key and leaves no remote data', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'unauthorized');
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(10 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'unauthorized' } });
    expect(fixture.started).toHaveLength(1);
    expect(fixture.sessions.size).toBe(0);
  });

  test('waits at least for Retry-After, as do other uploads to its destination', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ fail: 'rate-limited', retryAfterMs: 60_000 }];
    fixture.engine({ parallel: 1 }).enqueue([fixture.file('a'), fixture.file('b')], chain);
    await fixture.clock.advance(50_000);
    expect(fixture.started).toEqual(['a']);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'done', b: 'done' });
  });

  test('waits without a network, uses no attempt, and resumes when the network is back', async () => {
    const fixture = new EngineFixture();
    fixture.script = Array.from({ length: 30 }, (): ScriptedAttempt => ({ fail: 'offline' }));
    const engine = fixture.engine();
    engine.start();
    void engine.adoptOrphans();
    engine.enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(10 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'waiting', until: 'online', failures: 0 });
    // One probe every 30 seconds, with a margin of two.
    expect(fixture.started.length).toBeLessThanOrEqual(22);
    fixture.script = [];
    fixture.goOnline();
    await fixture.clock.advance(5000);
    expect(onlyRecord(fixture).status).toBe('done');
  });

  test('deletes a stored object of the wrong size and sends the file again', async () => {
    const fixture = new EngineFixture();
    fixture.statSize = 99;
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(10 * minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
    expect(fixture.objects.size).toBe(0);
  });

  test('is done with an unreachable link, and reports it', async () => {
    const fixture = new EngineFixture();
    fixture.verification = 'unreachable';
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done', verification: 'unreachable' });
  });

  test('fails as a bug after an unknown error', async () => {
    const fixture = new EngineFixture();
    fixture.script = [{ throw: new TypeError('x is not a function') }];
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'bug', diagnosticId: 'D1' } });
  });

  test('fails without a request when the file is missing', async () => {
    const fixture = new EngineFixture();
    fixture.sourceError = 'source-missing';
    fixture.engine().enqueue([fixture.file('a')], chain);
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'failed', error: { code: 'source-missing' } });
    expect(fixture.started).toEqual([]);
  });
});

describe('a file that changed', () => {
  test('during a pause is sent with its current content, and the row reports it', async () => {
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
    // The second attempt gets the checkpoint, because the driver compares each stored part with the file.
    expect(fixture.checkpoints[1]).toBeDefined();
  });

  test('during the upload fails the upload, leaves no remote data, and the next attempt sends its current content', async () => {
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
});

test('a checkpoint that the store lost restarts the upload from zero, and the row reports it', async () => {
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

describe('a destination that refuses', () => {
  const threeFiles = (fixture: EngineFixture) => ['a', 'b', 'c'].map((name) => fixture.file(name));

  test('gets one request, and its other uploads wait until the profile is fixed', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'unauthorized');
    const engine = fixture.engine({ parallel: 1 });
    engine.enqueue(threeFiles(fixture), chain);
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

  test('gets one request, and all its uploads fail where no user can fix the profile', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'no-bucket');
    fixture.engine({ parallel: 1, blocked: 'fail' }).enqueue(threeFiles(fixture), chain);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'failed', b: 'failed', c: 'failed' });
    expect([...fixture.records.values()].map((u) => u.status === 'failed' && u.error.code)).toEqual([
      'no-bucket',
      'no-bucket',
      'no-bucket',
    ]);
    expect(fixture.attemptedProfiles).toEqual(['p1']);
  });

  test('gets one request, and all its uploads use the next destination and record the reason', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'session-expired');
    fixture
      .engine({ parallel: 1 })
      .enqueue(threeFiles(fixture), [...chain, { profileId: 'p2', visibility: 'private' }]);
    await fixture.clock.advance(minutes);
    expect(fixture.attemptedProfiles).toEqual(['p1', 'p2', 'p2', 'p2']);
    for (const u of fixture.records.values())
      expect(u).toMatchObject({
        status: 'done',
        step: 1,
        attempts: [{ profileId: 'p1', error: { code: 'session-expired' } }, { profileId: 'p2' }],
      });
  });

  test('gets the waiting uploads after one success, and a retried upload starts at once', async () => {
    const fixture = new EngineFixture();
    fixture.refusals.set('p1', 'forbidden');
    const engine = fixture.engine({ parallel: 1 });
    const uploads = engine.enqueue(threeFiles(fixture), chain);
    await fixture.clock.advance(minutes);
    fixture.refusals.clear();
    await engine.retry(uploads[2]!.id);
    await fixture.clock.advance(minutes);
    expect(statuses(fixture)).toEqual({ a: 'failed', b: 'done', c: 'done' });
  });
});

describe('a chain of destinations', () => {
  test('uses the next destination after a failure, deletes the data at the first, and records the reason', async () => {
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

  test('never widens the visibility', async () => {
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

  test('uses a withheld destination after consent and does not ask again', async () => {
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

describe('a taken name', () => {
  test('fails the upload without a fallback until the user resolves the conflict', async () => {
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

  test('has key options that are the same at each attempt and after a restart', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    fixture.script = [{ fail: 'unavailable' }, { fail: 'unavailable' }];
    engine.enqueue(
      [
        {
          ...fixture.file('a'),
          source: {
            path: '/home/user/Pictures/trip/deep/a',
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
    void next.adoptOrphans();
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture)).toMatchObject({ status: 'done' });
    expect(fixture.keyOptions.length).toBeGreaterThan(1);
    expect(new Set(fixture.keyOptions.map((keyOptions) => JSON.stringify(keyOptions)))).toEqual(
      new Set([JSON.stringify({ createdAt: onlyRecord(fixture).createdAt, folderName: 'Pictures' })]),
    );
  });

  test('can be resolved only in a failed upload', async () => {
    const fixture = new EngineFixture();
    const engine = fixture.engine();
    engine.start();
    const [upload] = engine.enqueue([fixture.file('a')], chain);
    await engine.resolveNameConflict(upload!.id, 'replace');
    await fixture.clock.advance(minutes);
    await engine.resolveNameConflict(upload!.id, 'replace');
    await engine.resolveNameConflict('unknown', 'new-name');
    await fixture.clock.advance(minutes);
    expect(onlyRecord(fixture).status).toBe('done');
    expect(fixture.attemptedProfiles).toHaveLength(1);
  });
});
