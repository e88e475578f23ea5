/**
 * Counts the Hoist processes that upload to a destination, so that they share its speed limit. The records name the
 * process of each upload; they are read a few times a second at most.
 */
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Store } from '../store/open.ts';

/** ms for which a count is reused. When another process starts, both together exceed the limit no longer than this. */
const countMs = 300;

export class SharingProcesses {
  readonly #uploads: Pick<Store['uploads'], 'otherUploaders'>;
  readonly #now: () => number;
  readonly #counts = new Map<ProfileId, { count: number; at: number }>();

  /** @param now ms on a monotonic clock */
  constructor(uploads: Pick<Store['uploads'], 'otherUploaders'>, now: () => number = () => performance.now()) {
    this.#uploads = uploads;
    this.#now = now;
  }

  /** At least 1: this process. */
  count(profileId: ProfileId): number {
    const now = this.#now();
    const last = this.#counts.get(profileId);
    if (last && now - last.at < countMs) return last.count;
    const count = 1 + this.#uploads.otherUploaders(profileId);
    this.#counts.set(profileId, { count, at: now });
    return count;
  }
}
