import fc from 'fast-check';
import { expect, test } from 'vitest';
import { caseCount } from '../testing/sample.ts';
import { chain, EngineFixture, type ScriptedAttempt } from './testing/engine-fixture.ts';

const minutes = 60_000;

/**
 * R26: random user actions at random moments. In the end, each upload is done and has one object, or is failed,
 * canceled or paused. The store has no other data, except the data that failed and paused uploads can resume from.
 */
test('random user actions lose no file, store none twice, and leave no remote data', async () => {
  const scriptedAttempt: fc.Arbitrary<ScriptedAttempt> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<ScriptedAttempt>({ ok: true }) },
    {
      weight: 2,
      arbitrary: fc.record({
        fail: fc.constantFrom(
          'unavailable' as const,
          'unreachable' as const,
          'stalled' as const,
          'rate-limited' as const,
          'corrupted' as const,
          'unauthorized' as const,
          'offline' as const,
        ),
        late: fc.boolean(),
      }),
    },
    fc.constant<ScriptedAttempt>({ throw: new RangeError('boom') }),
  );
  const action = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'cancel' as const,
          'retry' as const,
          'pause' as const,
          'resume' as const,
          'remove' as const,
        ),
        nth: fc.nat(5),
      }),
    },
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
    fc.record({ do: fc.constant('drop' as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      do: fc.constantFrom('restart' as const, 'online' as const, 'wake' as const, 'remove leftovers' as const),
    }),
  );
  const seed = process.env['HOIST_SEED'];
  await fc.assert(
    fc.asyncProperty(
      fc.array(scriptedAttempt, { maxLength: 25 }),
      fc.array(action, { minLength: 1, maxLength: 40 }),
      async (scriptedAttempts, actions) => {
        const fixture = new EngineFixture();
        fixture.script = [...scriptedAttempts];
        let engine = fixture.engine({ parallel: 2 });
        engine.start();
        void engine.adoptOrphans();
        const removedKeys = new Set<string>();
        for (const userAction of actions) {
          const id = 'nth' in userAction ? [...fixture.records.keys()][userAction.nth] : undefined;
          if (userAction.do === 'drop')
            engine.enqueue(
              Array.from({ length: userAction.count }, (_, i) => fixture.file(`f${fixture.changes.length}-${i}`)),
              chain,
            );
          else if (userAction.do === 'advance') await fixture.clock.advance(userAction.ms);
          else if (userAction.do === 'online') fixture.goOnline();
          else if (userAction.do === 'wake') engine.wake();
          else if (userAction.do === 'remove leftovers') void engine.removeLeftovers();
          else if (userAction.do === 'restart') {
            const stopped = engine.stop();
            await fixture.clock.advance(0);
            await stopped;
            engine = fixture.engine({ parallel: 2 });
            engine.start();
            void engine.adoptOrphans();
          } else if (id !== undefined) {
            const before = fixture.records.get(id);
            void engine[userAction.do](id);
            if (before?.status === 'done' && !fixture.records.has(id)) removedKeys.add(before.ref as string);
          }
          expect(fixture.running).toBeLessThanOrEqual(2);
        }
        fixture.script = [];
        await fixture.clock.advance(30 * minutes);
        engine.onProfileChanged('p1');
        await fixture.clock.advance(30 * minutes);
        const rows = [...fixture.records.values()];
        for (const u of rows) expect(['done', 'failed', 'canceled', 'paused']).toContain(u.status);
        const resumableKeys = new Set(
          rows.flatMap((u) => ('checkpoint' in u && u.checkpoint !== undefined ? [u.checkpoint as string] : [])),
        );
        const doneKeys = rows.flatMap((u) => (u.status === 'done' ? [u.ref as string] : []));
        expect(
          [...fixture.objects.keys()].filter((key) => !resumableKeys.has(key) && !removedKeys.has(key)).sort(),
        ).toEqual(doneKeys.sort());
        expect([...fixture.sessions].filter((key) => !resumableKeys.has(key))).toEqual([]);
        expect([...fixture.owners.keys()].sort()).toEqual(
          rows
            .filter((u) => u.status === 'paused')
            .map((u) => u.id)
            .sort(),
        );
        // No upload is reported as done in two batches.
        const settledDone = fixture.settledBatches
          .flat()
          .filter((u) => u.status === 'done')
          .map((u) => u.id);
        expect(new Set(settledDone).size).toBe(settledDone.length);
      },
    ),
    {
      numRuns: caseCount({ full: 500, sample: 50 }) * Number(process.env['HOIST_RUNS'] ?? 1),
      ...(seed === undefined ? {} : { seed: Number(seed) }),
    },
  );
}, 600_000);
