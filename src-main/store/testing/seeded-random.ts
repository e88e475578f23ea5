/** Chance that can be repeated: a test prints its seed, and the same seed gives the same run. */

export interface SeededRandom {
  /** from 0 (inclusive) to `below` (exclusive), whole */
  int(below: number): number;
}

/** mulberry32 */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return {
    int(below) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
    },
  };
}

/** A new seed each run, or the one in HOIST_SEED; printed, so that a failure can be repeated. */
export function testSeed(test: string): number {
  const seed = Number(process.env['HOIST_SEED'] ?? Date.now() % 1_000_000);
  console.log(`${test}: HOIST_SEED=${seed}`);
  return seed;
}
