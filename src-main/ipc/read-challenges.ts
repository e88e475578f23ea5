/**
 * Challenges for the proof that a page can read a file (proof-of-read.ts). Each is valid once, for the window that
 * asked for it, and for ten minutes.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { failure } from '../../src-shared/errors.ts';
import { partCount, type ReadChallenge } from '../../src-shared/proof-of-read.ts';

const lifetimeMs = 10 * 60_000;
const maxChallenges = 64;
/** The number of possible offsets. `randomInt` allows less than 2 ** 48. */
const offsetSteps = 2 ** 47;

export class ReadChallenges {
  readonly #now: () => number;
  readonly #challenges = new Map<string, { challenge: ReadChallenge; senderId: number; expiresAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new challenge replaces the oldest when there are too many. */
  make(senderId: number): ReadChallenge {
    if (this.#challenges.size >= maxChallenges) this.#challenges.delete(this.#challenges.keys().next().value!);
    const challenge = {
      id: randomBytes(16).toString('base64url'),
      key: randomBytes(32).toString('base64'),
      offsets: Array.from({ length: partCount }, () => randomInt(offsetSteps) / offsetSteps),
    };
    this.#challenges.set(challenge.id, { challenge, senderId, expiresAt: this.#now() + lifetimeMs });
    return challenge;
  }

  /** @throws AppFailure invalid-input when the challenge is unknown, used, expired or belongs to another window */
  take(id: string, senderId: number): ReadChallenge {
    const entry = this.#challenges.get(id);
    if (entry?.senderId !== senderId || entry.expiresAt <= this.#now()) throw failure('invalid-input');
    this.#challenges.delete(id);
    return entry.challenge;
  }
}
