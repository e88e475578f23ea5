import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulate } from './testing/simulation.ts';

/** From the first seed on so many; a seed alone is run alone. */
const first = process.env['HOIST_SEED'];
const many = Number(process.env['HOIST_SIMS'] ?? (first === undefined ? 5000 : 1));
const seeds = Array.from({ length: many }, (_, i) => Number(first ?? 1) + i);

/** What nobody awaits must not go wrong either. */
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
  'whatever fails, dies, changes or is pressed: nothing is lost, doubled, mixed up or left behind',
  async () => {
    const counts: Record<string, number> = {};
    for (const seed of seeds) {
      const outcome = await simulate(seed);
      const problems = [
        ...outcome.problems,
        ...unhandled.splice(0).map((cause) => `nobody heard: ${cause instanceof Error ? cause.stack : String(cause)}`),
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

test('the same seed is the same story', async () => {
  for (const seed of seeds.slice(0, 50)) expect((await simulate(seed)).trace).toEqual((await simulate(seed)).trace);
}, 60_000);
