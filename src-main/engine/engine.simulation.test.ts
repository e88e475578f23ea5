import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFullRun, caseCount } from '../testing/sample.ts';
import { simulate } from './testing/simulation/simulate.ts';

/**
 * HOIST_SEED sets the first seed and HOIST_SIMS the number of seeds. HOIST_SEED alone runs one seed. Without them, a
 * full run starts with seed 1 and a sample with a random seed.
 */
const givenSeed = process.env['HOIST_SEED'];
const seedCount = Number(
  process.env['HOIST_SIMS'] ?? (givenSeed === undefined ? caseCount({ full: 5000, sample: 300 }) : 1),
);
const firstSeed = Number(givenSeed ?? (isFullRun ? 1 : Date.now() % 1_000_000_000));
const seeds = Array.from({ length: seedCount }, (_, index) => firstSeed + index);

/** Unhandled rejections count as problems. */
const unhandledRejections: unknown[] = [];
const recordUnhandled = (cause: unknown): void => {
  unhandledRejections.push(cause);
};
beforeAll(() => {
  process.on('unhandledRejection', recordUnhandled);
});
afterAll(() => {
  process.off('unhandledRejection', recordUnhandled);
});

test(
  'after any failures, crashes, changes and user actions, no file is lost, stored twice, mixed up or left behind',
  async () => {
    const counts: Record<string, number> = {};
    for (const seed of seeds) {
      const result = await simulate(seed);
      const problems = [
        ...result.problems,
        ...unhandledRejections
          .splice(0)
          .map((cause) => `unhandled rejection: ${cause instanceof Error ? cause.stack : String(cause)}`),
      ];
      if (problems.length > 0)
        throw new Error(
          `HOIST_SEED=${seed} repeats this run:\n${problems.join('\n')}\n\n${result.trace.slice(-150).join('\n')}`,
        );
      for (const [event, count] of Object.entries(result.counts)) counts[event] = (counts[event] ?? 0) + count;
    }
    process.stdout.write(`simulations with HOIST_SEED ${seeds[0]} to ${seeds.at(-1)}: ${JSON.stringify(counts)}\n`);
  },
  6 * 3_600_000,
);

test('the same seed gives the same trace', async () => {
  for (const seed of seeds.slice(0, caseCount({ full: 50, sample: 10 })))
    expect((await simulate(seed)).trace).toEqual((await simulate(seed)).trace);
}, 60_000);
