/**
 * Chooses which expensive test cases run. `npm test` runs a random sample that covers every kind of fault. `npm run
 * test:full` sets HOIST_TESTS=full and runs every case. A sample prints its seed; HOIST_SEED repeats the sample.
 */
import { seededRandom } from '../store/testing/seeded-random.ts';

/** Playwright loads each file again in its workers, which must find the same tests (playwright.config.ts). */
const isPlaywrightWorker = process.env['TEST_WORKER_INDEX'] !== undefined;

export const isFullRun = process.env['HOIST_TESTS'] === 'full';

/** How many cases this run tries. */
export const caseCount = ({ full, sample }: { full: number; sample: number }): number => (isFullRun ? full : sample);

type Sampler = <T>(cases: readonly T[], count: number, kindsOf?: (testCase: T) => readonly unknown[]) => T[];

/**
 * Prints the seed of a test's samples. The returned function gives all cases in a full run, otherwise `count` random
 * cases in their original order, with at least one of each kind. Earlier calls do not affect the choice.
 */
export function createSampler(test: string): Sampler {
  if (isFullRun) return (cases) => [...cases];
  const seed = Number(process.env['HOIST_SEED'] ?? process.env['HOIST_SAMPLE_SEED'] ?? Date.now() % 1_000_000);
  if (!isPlaywrightWorker) console.log(`sample for ${test}: HOIST_SEED=${seed}`);
  return (cases, count, kindsOf = () => []) => {
    if (count >= cases.length) return [...cases];
    const shuffled = shuffledIndexes(cases.length, seed);
    const covered = new Set<unknown>();
    const chosen = new Set<number>();
    for (const index of shuffled) {
      const kinds = kindsOf(cases[index]!);
      if (kinds.every((kind) => covered.has(kind))) continue;
      for (const kind of kinds) covered.add(kind);
      chosen.add(index);
    }
    for (const index of shuffled) if (chosen.size < count) chosen.add(index);
    return cases.filter((_, index) => chosen.has(index));
  };
}

function shuffledIndexes(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  const indexes = Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = random.int(last + 1);
    [indexes[last], indexes[other]] = [indexes[other]!, indexes[last]!];
  }
  return indexes;
}

/** In place of `test`, for a test that the sample leaves out. */
export const notInSample = (title: string, _act: () => unknown): void => {
  if (!isPlaywrightWorker) console.log(`not in the sample: ${title}`);
};
