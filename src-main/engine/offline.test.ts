/** R7: days without a network use no attempt, probe at most every 30 s, and end within seconds of its return. */
import { describe, expect, test } from 'vitest';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import { retryLimits } from './decide.ts';
import type { Engine } from './engine.ts';
import { EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const hour = 3_600_000;
const probeMs = 30_000;
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];

/** The state when the network fails: uploads to two destinations, one of them in the middle of an upload. */
class OfflineScenario {
  readonly fixture = new EngineFixture();
  readonly engine: Engine;
  #isOff = false;

  constructor() {
    this.engine = this.fixture.engine();
    this.engine.start();
    this.fixture.attemptMs = 100;
    this.fixture.withoutNetwork = () => this.#isOff;
    this.fixture.online = true;
  }

  async start(): Promise<void> {
    const { fixture, engine } = this;
    engine.enqueue(
      ['a', 'b', 'c'].map((name) => fixture.file(name)),
      to('p1'),
    );
    await fixture.clock.advance(60);
    this.#isOff = true;
    engine.enqueue([fixture.file('d'), fixture.file('e')], to('p2'));
    await fixture.clock.advance(1000);
  }

  reconnect(): void {
    this.#isOff = false;
  }
  records(): Upload[] {
    return [...this.fixture.records.values()];
  }
}

/** The system's reports about the network, and the ms within which its return is noticed. */
const hints: [string, { reportsOnline: boolean; firesOnlineEvent: boolean; withinMs: number }][] = [
  ['the system knows, and tells when it is back', { reportsOnline: false, firesOnlineEvent: true, withinMs: 5000 }],
  [
    'the system takes it for there all the time, and tells when it is back',
    { reportsOnline: true, firesOnlineEvent: true, withinMs: 5000 },
  ],
  // No report: only the next probe can notice it.
  [
    'the system takes it for there all the time, and tells nothing',
    { reportsOnline: true, firesOnlineEvent: false, withinMs: probeMs + 5000 },
  ],
];

describe.each([
  ['an hour', hour],
  ['a day', 24 * hour],
  ['seven days', 7 * 24 * hour],
])('%s without a network', (_, ms) => {
  test.each(hints)(
    '%s',
    async (__, { reportsOnline, firesOnlineEvent, withinMs }) => {
      const offline = new OfflineScenario();
      const { fixture } = offline;
      await offline.start();
      fixture.online = reportsOnline;
      const before = fixture.attemptedProfiles.length;
      await fixture.clock.advance(ms);
      for (const profileId of ['p1', 'p2']) {
        const probes = fixture.attemptedProfiles.slice(before).filter((attempted) => attempted === profileId).length;
        expect(probes).toBeLessThanOrEqual(Math.ceil(ms / probeMs));
        // A wrong report must not prevent probes; a correct one makes them unnecessary.
        expect(probes).toBeGreaterThanOrEqual(reportsOnline ? Math.floor(ms / (probeMs + 5000)) : 0);
        if (!reportsOnline) expect(probes).toBe(0);
      }
      for (const upload of offline.records()) {
        expect(upload, upload.name).not.toMatchObject({ status: 'failed' });
        expect('failures' in upload ? upload.failures : 0, upload.name).toBe(0);
        expect(
          upload.attempts.filter(({ error }) => error),
          upload.name,
        ).toEqual([]);
      }

      offline.reconnect();
      fixture.online = true;
      const attempted = fixture.attemptedProfiles.length;
      if (firesOnlineEvent) fixture.goOnline();
      await fixture.clock.advance(withinMs);
      expect(fixture.attemptedProfiles.length).toBeGreaterThan(attempted);
      expect(offline.records().map(({ name, status }) => `${name} ${status}`)).toEqual(
        ['a', 'b', 'c', 'd', 'e'].map((name) => `${name} done`),
      );
      expect([fixture.sessions.size, fixture.objects.size]).toEqual([0, 5]);
    },
    60_000,
  );
});

test('waits for the network do not change the count of attempts', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  engine.start();
  const failures = (count: number, fail: 'corrupted' | 'offline'): ScriptedAttempt[] =>
    Array.from({ length: count }, () => ({ fail }));
  fixture.script = [
    ...failures(4, 'corrupted'),
    ...failures(50, 'offline'),
    ...failures(retryLimits.attempts - 5, 'corrupted'),
    { ok: true },
  ];
  engine.enqueue([fixture.file('a')], to('p1'));
  await fixture.clock.advance(2 * hour);
  expect([...fixture.records.values()]).toMatchObject([{ status: 'done' }]);

  fixture.script = [
    ...failures(4, 'corrupted'),
    ...failures(50, 'offline'),
    ...failures(retryLimits.attempts - 4, 'corrupted'),
    { ok: true },
  ];
  engine.enqueue([fixture.file('b')], to('p1'));
  await fixture.clock.advance(2 * hour);
  expect([...fixture.records.values()].at(-1)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
});
