/**
 * R8: the computer sleeps for eight hours, whatever the uploads were doing; every socket is dead when it wakes. Nothing has
 * failed because of it, and all go on within ten seconds from what the store has.
 */
import { expect, test } from 'vitest';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import type { Engine } from './engine.ts';
import { chanceOf, type Chance } from './testing/virtual-time.ts';
import { World } from './testing/world.ts';

const hour = 3_600_000;
const sleepMs = 8 * hour;
const first = process.env['HOIST_SEED'];
const seeds = first === undefined ? Array.from({ length: 20 }, (_, i) => i + 1) : [Number(first)];
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];

/** Some that are sent, wait, are paused, are looked at or are done, at one or two destinations. */
async function fallAsleep(world: World, engine: Engine, chance: Chance): Promise<void> {
  const below = (n: number): number => Math.floor(chance() * n);
  const files = (count: number, name: string) => Array.from({ length: count }, (_, i) => world.file(`${name}${i}`));
  world.attemptMs = 200 + below(1500);
  const early = engine.enqueue(files(1 + below(5), 'early'), to('p1'));
  if (below(3) === 0) world.answers = [{ fail: 'unavailable', retryAfterMs: 10 * 60_000 }];
  await world.clock.advance(below(2000));
  if (below(3) === 0) world.linkError = 'unavailable';
  if (below(2) === 0) engine.pause(early[0]!.id);
  const late = engine.enqueue(files(1 + below(6), 'late'), to(below(2) === 0 ? 'p1' : 'p2'));
  await world.clock.advance(below(1500));
  if (below(4) === 0) engine.cancel(late[0]!.id);
  world.attemptMs = hour;
  engine.enqueue(files(1 + below(6), 'long'), to('p1'));
  await world.clock.advance(below(3000));
}

const checkpointOf = (upload: Upload): unknown => ('checkpoint' in upload ? upload.checkpoint : undefined);

/** A state in which all of this happens at once proves more than one in which nothing does. */
const seen = { uploading: 0, waiting: 0, verifying: 0, paused: 0, queued: 0 };

test.each(seeds)('eight hours of sleep (HOIST_SEED=%i)', async (seed) => {
  const chance = chanceOf(seed * 7919);
  const world = new World();
  const engine = world.engine();
  engine.start();
  await fallAsleep(world, engine, chance);
  const before = [...world.rows.values()];
  for (const { status } of before) if (status in seen) seen[status as keyof typeof seen]++;
  const sending = before.flatMap((u) => (u.status === 'uploading' && checkpointOf(u) !== undefined ? [u] : []));
  const asked = world.given.length;
  const logged = world.logged.filter((outcome) => outcome !== 'stored').length;

  world.clock.sleep(sleepMs);
  world.cutSockets();
  world.attemptMs = 300;
  world.linkError = undefined;
  // Half of the systems tell; with the others only the clock does.
  if (seed % 2 === 0) engine.wake();
  await world.clock.advance(10_000);

  for (const upload of world.rows.values()) {
    const was = before.find(({ id }) => id === upload.id)!;
    const ends = was.status === 'paused' || was.status === 'canceled' ? was.status : 'done';
    expect(upload.status, upload.name).toBe(ends);
    expect(
      upload.attempts.filter(({ error }, i) => error && was.attempts[i]?.error === undefined),
      `${upload.name} has a failure of the sleep`,
    ).toEqual([]);
  }
  expect(world.logged.filter((outcome) => outcome !== 'stored')).toHaveLength(logged);
  // What was on its way goes on from what the store has, and from nothing else.
  const given = new Set(world.given.slice(asked));
  for (const upload of sending) expect(given, upload.name).toContain(checkpointOf(upload));
  const kept = [...world.rows.values()]
    .filter((u) => u.status !== 'done')
    .map(checkpointOf)
    .filter((one) => one !== undefined);
  expect([...world.sessions].filter((session) => !kept.includes(session))).toEqual([]);
  expect(world.objects.size).toBe([...world.rows.values()].filter(({ status }) => status === 'done').length);
  await engine.stop();
});

test.runIf(first === undefined)('were among them all that an upload can be in', () => {
  expect(Object.entries(seen).filter(([, count]) => count === 0)).toEqual([]);
});
