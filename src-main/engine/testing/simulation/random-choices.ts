import { mulberry32, type RandomFunction } from '../virtual-time.ts';

/** Every random choice of one simulation, derived from its seed. */
export class RandomChoices {
  /** from 0 (inclusive) to 1 (exclusive) */
  readonly next: RandomFunction;

  constructor(seed: number) {
    this.next = mulberry32(seed);
  }

  integerBelow(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integerBelow(choices.length)]!;
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** From 0 ms to 3 minutes; as often below 0.5 s as above. */
  durationMs(): number {
    return Math.floor(10 ** (this.next() * 5.3)) - 1;
  }
}
