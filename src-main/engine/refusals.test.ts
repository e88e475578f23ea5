/**
 * R16: what a destination answers to one upload and would answer to all. Its own queue pauses after at most one more request,
 * the other destinations go on, and once it is mended everything is sent.
 */
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src-shared/errors.ts';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import { World, type Answer } from './testing/world.ts';

const minute = 60_000;
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];
const many = (world: World, count: number, name: string) =>
  Array.from({ length: count }, (_, i) => world.file(`${name}${i}`));
const rowsOf = (world: World, name: string): Upload[] =>
  [...world.rows.values()].filter((u) => u.name.startsWith(name));
const countOf = (uploads: Upload[], ...statuses: Upload['status'][]): number =>
  uploads.filter(({ status }) => statuses.includes(status)).length;

const refusals: [ErrorCode, string][] = [
  ['unauthorized', 'the key is wrong'],
  ['forbidden', 'the key may not write'],
  ['session-expired', 'the sign-in is over'],
  ['secret-missing', 'there is no key'],
  ['no-bucket', 'the bucket is gone'],
  ['quota-exceeded', 'it is full'],
  ['tls-untrusted', 'its certificate is not trusted'],
  ['wrong-region', 'it is elsewhere'],
  ['provider-broken', 'its driver cannot be loaded'],
];
const moments = [
  ['from the first one on', 0],
  ['after some are sent', 1],
] as const;
const rows = refusals.flatMap(([code, what]) => moments.map(([when, sent]) => ({ code, what, when, sent })));

test.each(rows)('$code, $what, $when: its queue pauses, others go on', async ({ code, sent }) => {
  const world = new World();
  world.attemptMs = 400;
  world.refusalMs = 200;
  const engine = world.engine();
  engine.start();
  if (sent === 0) world.refuses.set('p1', code);
  engine.enqueue(many(world, 60, 'refused'), to('p1'));
  engine.enqueue(many(world, 20, 'other'), to('p2'));
  await world.clock.advance(sent * 500);
  world.refuses.set('p1', code);
  const firstAnswer = world.clock.now() + world.refusalMs + sent * world.attemptMs;
  await world.clock.advance(30 * minute);

  const asked = world.askedAt.filter((at, i) => world.asked[i] === 'p1' && at > firstAnswer);
  expect(asked.length, 'requests after the answer').toBeLessThanOrEqual(1);
  const refused = rowsOf(world, 'refused');
  expect(countOf(refused, 'done') > 0).toBe(sent > 0);
  expect(countOf(refused, 'waiting')).toBeGreaterThanOrEqual(20);
  expect(countOf(refused, 'waiting', 'failed', 'done')).toBe(60);
  for (const u of refused)
    if (u.status === 'waiting' || u.status === 'failed')
      expect(u, u.name).toMatchObject({ error: { code }, ...(u.status === 'waiting' ? { until: 'mended' } : {}) });
  // Who was on their way when it answered has failed with it; nobody else.
  expect(countOf(refused, 'failed')).toBeLessThanOrEqual(16);
  expect(countOf(rowsOf(world, 'other'), 'done')).toBe(20);

  world.refuses.clear();
  engine.mended('p1');
  await world.clock.advance(5 * minute);
  expect(countOf(rowsOf(world, 'refused'), 'done')).toBe(60);
  expect([world.objects.size, world.sessions.size]).toEqual([80, 0]);
});

/** Two more rows: what is about one file is no reason to keep the others. */
test.each<ErrorCode>(['too-large', 'rejected'])(
  '%s is about one file: the others of its destination go on',
  async (code) => {
    const world = new World();
    world.answers = [{ ok: true }, { fail: code } satisfies Answer];
    const engine = world.engine();
    engine.start();
    engine.enqueue(many(world, 20, 'file'), to('p1'));
    await world.clock.advance(10 * minute);
    expect([countOf(rowsOf(world, 'file'), 'done'), countOf(rowsOf(world, 'file'), 'failed')]).toEqual([19, 1]);
  },
);
