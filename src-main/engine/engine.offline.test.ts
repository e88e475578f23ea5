/**
 * R7: during days without a network, uploads use no attempt and probe at most every 30 s. They finish within seconds
 * after the network is back.
 */
import { describe, expect, test } from 'vitest';
import type { ChainStep, Upload } from '../../src-shared/upload.ts';
import { retryLimits } from './decide.ts';
import type { Engine } from './engine.ts';
import { EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const hour = 3_600_000;
const probeMs = 30_000;
const to = (profileId: string): ChainStep[] => [{ profileId, visibility: 'expiring' }];

/** Uploads to two destinations when the network fails; uploads to the first destination are already running. */
class OfflineScenario {
  readonly fixture = new EngineFixture();
  readonly engine: Engine;
  #isNetworkDown = false;

  constructor() {
    this.engine = this.fixture.engine();
    this.engine.start();
    this.fixture.attemptMs = 100;
    this.fixture.isNetworkDown = () => this.#isNetworkDown;
    this.fixture.online = true;
  }

  async start(): Promise<void> {
    const { fixture, engine } = this;
    engine.enqueue(
      ['a', 'b', 'c'].map((name) => fixture.file(name)),
      to('p1'),
    );
    await fixture.clock.advance(60);
    this.#isNetworkDown = true;
    engine.enqueue([fixture.file('d'), fixture.file('e')], to('p2'));
    await fixture.clock.advance(1000);
  }

  reconnect(): void {
    this.#isNetworkDown = false;
  }
  records(): Upload[] {
    return [...this.fixture.records.values()];
  }
}

/** What the system reports about the network, and the ms within which Hoist must resume. */
const systemReports: [string, { reportsOnline: boolean; firesOnlineEvent: boolean; withinMs: number }][] = [
  [
    'resume within 5 s when the system reports the outage and its end',
    { reportsOnline: false, firesOnlineEvent: true, withinMs: 5000 },
  ],
  [
    'resume within 5 s when the system wrongly reports being online, then fires the online event',
    { reportsOnline: true, firesOnlineEvent: true, withinMs: 5000 },
  ],
  [
    'resume at the next probe when the system wrongly reports being online and fires no event',
    { reportsOnline: true, firesOnlineEvent: false, withinMs: probeMs + 5000 },
  ],
];

describe.each([
  ['an hour', hour],
  ['a day', 24 * hour],
  ['seven days', 7 * 24 * hour],
])('after %s without a network, uploads', (_, ms) => {
  test.each(systemReports)(
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
        // Probes continue when the system wrongly reports being online; they are unnecessary when it reports the
        // outage.
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
    120_000,
  );
});

test('waiting for the network does not change the number of counted failures', async () => {
  const fixture = new EngineFixture();
  const engine = fixture.engine();
  engine.start();
  const failures = (count: number, fail: 'corrupted' | 'offline'): ScriptedAttempt[] =>
    Array.from({ length: count }, () => ({ fail }));
  fixture.script = [
    ...failures(4, 'corrupted'),
    ...failures(50, 'offline'),
    // With the first four, one failure less than the limit.
    ...failures(retryLimits.attempts - 5, 'corrupted'),
    { ok: true },
  ];
  engine.enqueue([fixture.file('a')], to('p1'));
  await fixture.clock.advance(2 * hour);
  expect([...fixture.records.values()]).toMatchObject([{ status: 'done' }]);

  fixture.script = [
    ...failures(4, 'corrupted'),
    ...failures(50, 'offline'),
    // With the first four, as many failures as the limit.
    ...failures(retryLimits.attempts - 4, 'corrupted'),
    { ok: true },
  ];
  engine.enqueue([fixture.file('b')], to('p1'));
  await fixture.clock.advance(2 * hour);
  expect([...fixture.records.values()].at(-1)).toMatchObject({ status: 'failed', error: { code: 'corrupted' } });
});
