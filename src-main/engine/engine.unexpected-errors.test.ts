/** Unexpected errors are logged and affect no other upload, no shutdown and no adoption. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { Engine } from './engine.ts';
import { chain, EngineFixture } from './testing/engine-fixture.ts';

const minute = 60_000;
const unhandled: unknown[] = [];
const recordUnhandled = (cause: unknown): void => {
  unhandled.push(cause);
};
beforeAll(() => {
  process.on('unhandledRejection', recordUnhandled);
});
afterAll(() => {
  process.off('unhandledRejection', recordUnhandled);
});
const statuses = (fixture: EngineFixture) =>
  Object.fromEntries([...fixture.records.values()].map((u) => [u.name, u.status]));

test('an unexpected error during a cleanup keeps it pending, and quitting succeeds', async () => {
  const fixture = new EngineFixture();
  const ports = fixture.ports();
  let throws = true;
  const { connect } = ports.destinations;
  ports.destinations.connect = async (id) => {
    const destination = await connect(id);
    return {
      ...destination,
      discard: async (what, signal) => {
        if (throws) throw new TypeError('not a function');
        await destination.discard(what, signal);
      },
    };
  };
  const engine = new Engine(ports);
  engine.start();
  const [upload] = engine.enqueue([fixture.file('a')], chain);
  await fixture.clock.advance(500);
  engine.cancel(upload!.id);
  await fixture.clock.advance(minute);
  expect([fixture.pendingCleanups.size, fixture.sessions.size, fixture.logged]).toEqual([1, 1, ['bug']]);
  await expect(engine.removeLeftovers()).resolves.toBeUndefined();
  await expect(engine.stop()).resolves.toBeUndefined();
  throws = false;
  void fixture.engine().adoptOrphans();
  await fixture.clock.advance(0);
  expect([fixture.pendingCleanups.size, fixture.sessions.size, unhandled]).toEqual([0, 0, []]);
});

test('a bug of a driver while it deletes data is logged once, and the next start deletes the data', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  const [upload] = engine.enqueue([fixture.file('a')], chain);
  await fixture.clock.advance(500);
  fixture.discardError = 'bug';
  engine.cancel(upload!.id);
  for (let i = 0; i < 3; i++) {
    await fixture.clock.advance(minute);
    engine.onProfileChanged(upload!.chain[0]!.profileId);
  }
  await fixture.clock.advance(minute);
  expect([fixture.pendingCleanups.size, fixture.logged]).toEqual([1, ['bug']]);
  fixture.discardError = undefined;
  void fixture.engine().adoptOrphans();
  await fixture.clock.advance(0);
  expect(fixture.pendingCleanups.size).toBe(0);
});

test('a listener that throws ends one attempt, the other uploads finish, and quitting succeeds', async () => {
  const fixture = new EngineFixture();
  const ports = fixture.ports();
  const { changed } = ports.events;
  ports.events.changed = (upload, what) => {
    changed(upload, what);
    if (upload.name === 'bad' && (upload.status === 'verifying' || upload.status === 'failed'))
      throw new RangeError('a listener');
  };
  const engine = new Engine(ports);
  engine.enqueue([fixture.file('bad'), fixture.file('good')], chain);
  await fixture.clock.advance(minute);
  expect(statuses(fixture)).toMatchObject({ good: 'done' });
  await expect(engine.stop()).resolves.toBeUndefined();
  expect(fixture.logged).toContain('bug');
  expect(unhandled).toEqual([]);
});

test('two adoptions that a full disk prevented adopt only the uploads that they selected when there is space', async () => {
  const fixture = new EngineFixture();
  fixture.engine().enqueue(
    ['one', 'two', 'three'].map((name) => fixture.file(name)),
    chain,
  );
  fixture.releaseOwnership();
  const ports = fixture.ports();
  const { claim } = ports.records;
  let isFull = true;
  ports.records.claim = (id) => {
    if (isFull) throw fixture.diskFullError();
    return claim(id);
  };
  const engine = new Engine(ports);
  const onlyNamed = (name: string) => ({ only: (upload: Upload) => upload.name === name });
  void engine.adoptOrphans(onlyNamed('one'));
  void engine.adoptOrphans(onlyNamed('two'));
  expect(engine.unfinished()).toEqual([]);
  isFull = false;
  await fixture.clock.advance(10_000);
  expect(
    [...fixture.records.values()]
      .filter(({ id }) => engine.has(id) || fixture.records.get(id)?.status === 'done')
      .map(({ name }) => name),
  ).toEqual(['one', 'two']);
});

test('removing leftovers on a full disk adopts no other upload later', async () => {
  const fixture = new EngineFixture();
  const dead = fixture.engine();
  fixture.script = [{ fail: 'rejected' }];
  dead.enqueue([fixture.file('failed')], chain);
  await fixture.clock.advance(minute);
  dead.enqueue([fixture.file('not ours')], chain);
  await fixture.clock.advance(100);
  fixture.releaseOwnership();
  const ports = fixture.ports();
  const { claim } = ports.records;
  let isFull = true;
  ports.records.claim = (id) => {
    if (isFull) throw fixture.diskFullError();
    return claim(id);
  };
  const engine = new Engine(ports);
  engine.start();
  engine.enqueue([fixture.file('mine')], chain);
  await engine.removeLeftovers();
  isFull = false;
  await fixture.clock.advance(10_000);
  expect(engine.unfinished().map(({ name }) => name)).not.toContain('not ours');
  expect(fixture.started.filter((name) => name === 'not ours')).toHaveLength(1);
});
