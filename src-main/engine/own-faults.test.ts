/** What only a mistake of Hoist's own throws is written down, and keeps nothing else from going on, ending or being taken over. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Upload } from '../../src-shared/upload.ts';
import { Engine } from './engine.ts';
import { chain, World } from './testing/world.ts';

const minute = 60_000;
const unheard: unknown[] = [];
const hear = (cause: unknown): void => {
  unheard.push(cause);
};
beforeAll(() => {
  process.on('unhandledRejection', hear);
});
afterAll(() => {
  process.off('unhandledRejection', hear);
});
const statuses = (world: World) => Object.fromEntries([...world.rows.values()].map((u) => [u.name, u.status]));

test('a driver that throws something unknown while it cleans up: the debt stays, and quitting is quiet', async () => {
  const world = new World();
  const ports = world.ports();
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
  const [upload] = engine.enqueue([world.file('a')], chain);
  await world.clock.advance(500);
  engine.cancel(upload!.id);
  await world.clock.advance(minute);
  expect([world.debts.size, world.sessions.size, world.logged]).toEqual([1, 1, ['bug']]);
  await expect(engine.removeLeftovers()).resolves.toBeUndefined();
  await expect(engine.stop()).resolves.toBeUndefined();
  throws = false;
  world.engine().takeOver();
  await world.clock.advance(0);
  expect([world.debts.size, world.sessions.size, unheard]).toEqual([0, 0, []]);
});

test('a listener that throws ends one attempt: the others are done, quitting is quiet, and the next process goes on', async () => {
  const world = new World();
  const ports = world.ports();
  const { changed } = ports.events;
  ports.events.changed = (upload, what) => {
    changed(upload, what);
    if (upload.name === 'bad' && (upload.status === 'verifying' || upload.status === 'failed'))
      throw new RangeError('a listener');
  };
  const engine = new Engine(ports);
  engine.enqueue([world.file('bad'), world.file('good')], chain);
  await world.clock.advance(minute);
  expect(statuses(world)).toMatchObject({ good: 'done' });
  await expect(engine.stop()).resolves.toBeUndefined();
  expect(world.logged).toContain('bug');
  expect(unheard).toEqual([]);
});

test('what two kinds of taking over wanted on a full disk is taken by both when there is space, and nothing else', async () => {
  const world = new World();
  world.engine().enqueue(
    ['one', 'two', 'three'].map((name) => world.file(name)),
    chain,
  );
  world.abandon();
  const ports = world.ports();
  const { claim } = ports.records;
  let isFull = true;
  ports.records.claim = (id) => {
    if (isFull) throw world.full();
    return claim(id);
  };
  const engine = new Engine(ports);
  const named = (name: string) => ({ only: (upload: Upload) => upload.name === name });
  engine.takeOver(named('one'));
  engine.takeOver(named('two'));
  expect(engine.unfinished()).toEqual([]);
  isFull = false;
  await world.clock.advance(10_000);
  expect(
    [...world.rows.values()]
      .filter(({ id }) => engine.has(id) || world.rows.get(id)?.status === 'done')
      .map(({ name }) => name),
  ).toEqual(['one', 'two']);
});

test('a click that a full disk kept from its work takes nothing over from others later', async () => {
  const world = new World();
  const dead = world.engine();
  world.answers = [{ fail: 'rejected' }];
  dead.enqueue([world.file('failed')], chain);
  await world.clock.advance(minute);
  dead.enqueue([world.file('not ours')], chain);
  await world.clock.advance(100);
  world.abandon();
  const ports = world.ports();
  const { claim } = ports.records;
  let isFull = true;
  ports.records.claim = (id) => {
    if (isFull) throw world.full();
    return claim(id);
  };
  const engine = new Engine(ports);
  engine.start();
  engine.enqueue([world.file('mine')], chain);
  await engine.removeLeftovers();
  isFull = false;
  await world.clock.advance(10_000);
  expect(engine.unfinished().map(({ name }) => name)).not.toContain('not ours');
  expect(world.started.filter((name) => name === 'not ours')).toHaveLength(1);
});
