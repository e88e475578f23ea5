import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFullRun, caseCount } from '../testing/sample.ts';
import { simulate } from './testing/simulation.ts';

/**
 * HOIST_SIMS seeds. A full run starts with seed 1, a sample at a random seed. HOIST_SEED alone runs one seed.
 */
const first = process.env['HOIST_SEED'];
const many = Number(process.env['HOIST_SIMS'] ?? (first === undefined ? caseCount({ full: 5000, sample: 300 }) : 1));
const start = isFullRun ? 1 : Date.now() % 1_000_000_000;
const seeds = Array.from({ length: many }, (_, i) => Number(first ?? start) + i);

/** Unhandled rejections count as problems. */
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

test(
  'after any failures, crashes, changes and user actions, no file is lost, stored twice, mixed up or left behind',
  async () => {
    const counts: Record<string, number> = {};
    for (const seed of seeds) {
      const outcome = await simulate(seed);
      const problems = [
        ...outcome.problems,
        ...unhandled
          .splice(0)
          .map((cause) => `unhandled rejection: ${cause instanceof Error ? cause.stack : String(cause)}`),
      ];
      if (problems.length > 0)
        throw new Error(
          `HOIST_SEED=${seed} runs this again:\n${problems.join('\n')}\n\n${outcome.trace.slice(-150).join('\n')}`,
        );
      for (const [what, count] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + count;
    }
    process.stdout.write(`simulations with HOIST_SEED ${seeds[0]} to ${seeds.at(-1)}: ${JSON.stringify(counts)}\n`);
  },
  6 * 3_600_000,
);

test('the same seed gives the same trace', async () => {
  for (const seed of seeds.slice(0, caseCount({ full: 50, sample: 10 })))
    expect((await simulate(seed)).trace).toEqual((await simulate(seed)).trace);
}, 60_000);
