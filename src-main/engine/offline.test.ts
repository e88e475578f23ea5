/** R7: days without a network use up no attempt, look for it once in half a minute at most, and end within seconds of its return. */
import { describe, expect, test } from 'vitest';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import { retryLimits } from './decide.ts';
import type { Engine } from './engine.ts';
import { World, type Answer } from './testing/world.ts';

const hour = 3_600_000;
const lookMs = 30_000;
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];

/** A world at the instant at which its network goes: two destinations, of one it is found out in the middle of an upload. */
class Offline {
  readonly world = new World();
  readonly engine: Engine;
  #isOff = false;

  constructor() {
    this.engine = this.world.engine();
    this.engine.start();
    this.world.attemptMs = 100;
    this.world.withoutNetwork = () => this.#isOff;
    this.world.online = true;
  }

  async begins(): Promise<void> {
    const { world, engine } = this;
    engine.enqueue(
      ['a', 'b', 'c'].map((name) => world.file(name)),
      to('p1'),
    );
    await world.clock.advance(60);
    this.#isOff = true;
    engine.enqueue([world.file('d'), world.file('e')], to('p2'));
    await world.clock.advance(1000);
  }

  comesBack(): void {
    this.#isOff = false;
  }
  rows(): Upload[] {
    return [...this.world.rows.values()];
  }
}

/** What the system says of the network meanwhile, and how its return is noticed, in ms. */
const hints: [string, { says: boolean; tells: boolean; withinMs: number }][] = [
  ['the system knows, and tells when it is back', { says: false, tells: true, withinMs: 5000 }],
  [
    'the system takes it for there all the time, and tells when it is back',
    { says: true, tells: true, withinMs: 5000 },
  ],
  // Nobody tells: only the next look can find out.
  [
    'the system takes it for there all the time, and tells nothing',
    { says: true, tells: false, withinMs: lookMs + 5000 },
  ],
];

describe.each([
  ['an hour', hour],
  ['a day', 24 * hour],
  ['seven days', 7 * 24 * hour],
])('%s without a network', (_, ms) => {
  test.each(hints)(
    '%s',
    async (__, { says, tells, withinMs }) => {
      const offline = new Offline();
      const { world } = offline;
      await offline.begins();
      world.online = says;
      const before = world.asked.length;
      await world.clock.advance(ms);
      for (const profileId of ['p1', 'p2']) {
        const looks = world.asked.slice(before).filter((asked) => asked === profileId).length;
        expect(looks).toBeLessThanOrEqual(Math.ceil(ms / lookMs));
        // A system that is wrong about it must not keep us from looking; one that knows spares us the looks.
        expect(looks).toBeGreaterThanOrEqual(says ? Math.floor(ms / (lookMs + 5000)) : 0);
        if (!says) expect(looks).toBe(0);
      }
      for (const upload of offline.rows()) {
        expect(upload, upload.name).not.toMatchObject({ status: 'failed' });
        expect('failures' in upload ? upload.failures : 0, upload.name).toBe(0);
        expect(
          upload.attempts.filter(({ error }) => error),
          upload.name,
        ).toEqual([]);
      }

      offline.comesBack();
      world.online = true;
      const asked = world.asked.length;
      if (tells) world.goOnline();
      await world.clock.advance(withinMs);
      expect(world.asked.length).toBeGreaterThan(asked);
      expect(offline.rows().map(({ name, status }) => `${name} ${status}`)).toEqual(
        ['a', 'b', 'c', 'd', 'e'].map((name) => `${name} done`),
      );
      expect([world.sessions.size, world.objects.size]).toEqual([0, 5]);
    },
    60_000,
  );
});

test('attempts are counted from where they were: the waits in between are not among them', async () => {
  const world = new World();
  const engine = world.engine();
  engine.start();
  const some = (count: number, fail: 'corrupted' | 'offline'): Answer[] =>
    Array.from({ length: count }, () => ({ fail }));
  world.answers = [
    ...some(4, 'corrupted'),
    ...some(50, 'offline'),
    ...some(retryLimits.attempts - 5, 'corrupted'),
    { ok: true },
  ];
  engine.enqueue([world.file('a')], to('p1'));
  await world.clock.advance(2 * hour);
  expect([...world.rows.values()]).toMatchObject([{ status: 'done' }]);

  world.answers = [
    ...some(4, 'corrupted'),
    ...some(50, 'offline'),
    ...some(retryLimits.attempts - 4, 'corrupted'),
    { ok: true },
  ];
  engine.enqueue([world.file('b')], to('p1'));
  await world.clock.advance(2 * hour);
  expect([...world.rows.values()].at(-1)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
});
