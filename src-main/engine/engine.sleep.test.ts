/**
 * R8: the computer sleeps for eight hours while uploads are in any state. All connections are dead when it wakes. No
 * upload fails because of the sleep, and all resume from their checkpoints within ten seconds.
 */
import { expect, test } from 'vitest';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import type { Engine } from './engine.ts';
import { mulberry32, type RandomFunction } from './testing/virtual-time.ts';
import { EngineFixture } from './testing/engine-fixture.ts';

const hour = 3_600_000;
const sleepMs = 8 * hour;
const givenSeed = process.env['HOIST_SEED'];
const seeds = givenSeed === undefined ? Array.from({ length: 20 }, (_, i) => i + 1) : [Number(givenSeed)];
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];

/** Uploads that run, wait, are paused, are being verified or are done, at one or two destinations. */
async function fallAsleep(fixture: EngineFixture, engine: Engine, random: RandomFunction): Promise<void> {
  const below = (n: number): number => Math.floor(random() * n);
  const files = (count: number, name: string) => Array.from({ length: count }, (_, i) => fixture.file(`${name}${i}`));
  fixture.attemptMs = 200 + below(1500);
  const early = engine.enqueue(files(1 + below(5), 'early'), to('p1'));
  if (below(3) === 0) fixture.script = [{ fail: 'unavailable', retryAfterMs: 10 * 60_000 }];
  await fixture.clock.advance(below(2000));
  if (below(3) === 0) fixture.linkError = 'unavailable';
  if (below(2) === 0) engine.pause(early[0]!.id);
  const late = engine.enqueue(files(1 + below(6), 'late'), to(below(2) === 0 ? 'p1' : 'p2'));
  await fixture.clock.advance(below(1500));
  if (below(4) === 0) engine.cancel(late[0]!.id);
  fixture.attemptMs = hour;
  engine.enqueue(files(1 + below(6), 'long'), to('p1'));
  await fixture.clock.advance(below(3000));
}

const checkpointOf = (upload: Upload): unknown => ('checkpoint' in upload ? upload.checkpoint : undefined);

/** How many uploads were in each state when the computer fell asleep. */
const countByStatus = { uploading: 0, waiting: 0, verifying: 0, paused: 0, queued: 0 };

test.each(seeds)('after eight hours of sleep, all uploads resume within 10 s (HOIST_SEED=%i)', async (seed) => {
  const random = mulberry32(seed * 7919);
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  engine.start();
  await fallAsleep(fixture, engine, random);
  const before = [...fixture.records.values()];
  for (const { status } of before) if (status in countByStatus) countByStatus[status as keyof typeof countByStatus]++;
  const sending = before.flatMap((u) => (u.status === 'uploading' && checkpointOf(u) !== undefined ? [u] : []));
  const attemptCount = fixture.checkpoints.length;
  const logged = fixture.logged.filter((outcome) => outcome !== 'stored').length;

  fixture.clock.sleep(sleepMs);
  fixture.dropPendingRequests();
  fixture.attemptMs = 300;
  fixture.linkError = undefined;
  // Half of the seeds simulate a system that reports the wake-up; in the others only the clock shows it.
  if (seed % 2 === 0) engine.wake();
  await fixture.clock.advance(10_000);

  for (const upload of fixture.records.values()) {
    const previous = before.find(({ id }) => id === upload.id)!;
    const expectedStatus = previous.status === 'paused' || previous.status === 'canceled' ? previous.status : 'done';
    expect(upload.status, upload.name).toBe(expectedStatus);
    expect(
      upload.attempts.filter(({ error }, i) => error && previous.attempts[i]?.error === undefined),
      `${upload.name} failed because of the sleep`,
    ).toEqual([]);
  }
  expect(fixture.logged.filter((outcome) => outcome !== 'stored')).toHaveLength(logged);
  // Interrupted uploads resume from their checkpoints only.
  const resumedFrom = new Set(fixture.checkpoints.slice(attemptCount));
  for (const upload of sending) expect(resumedFrom, upload.name).toContain(checkpointOf(upload));
  const checkpoints = [...fixture.records.values()]
    .filter((u) => u.status !== 'done')
    .map(checkpointOf)
    .filter((checkpoint) => checkpoint !== undefined);
  expect([...fixture.sessions].filter((session) => !checkpoints.includes(session))).toEqual([]);
  expect(fixture.objects.size).toBe([...fixture.records.values()].filter(({ status }) => status === 'done').length);
  await engine.stop();
});

test.runIf(givenSeed === undefined)('the seeds cover every state of an upload', () => {
  expect(Object.entries(countByStatus).filter(([, count]) => count === 0)).toEqual([]);
});
