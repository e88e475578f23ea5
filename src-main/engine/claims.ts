/** Takes uploads for this process and gives them back. */
import { isDiskFull, type AppError } from '../../src-shared/errors.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import type { Records } from './ports.ts';
import type { RecordProblems } from './record-problems.ts';

/**
 * - `claimed`: this process owns the upload
 * - `unavailable`: another process owns it, it was removed, or an earlier claim failed
 * - `disk-full`: the claim can succeed when there is space again
 * - an error: the record is damaged or Hoist has a bug; this process reports it once and never claims the upload again
 */
export type ClaimResult = 'claimed' | 'unavailable' | 'disk-full' | { error: AppError };

export class Claims {
  readonly #records: Records;
  readonly #problems: RecordProblems;
  readonly #failed = new Set<UploadId>();
  #isBlockedByDisk = false;

  constructor(records: Records, problems: RecordProblems) {
    this.#records = records;
    this.#problems = problems;
  }

  /** Whether a full disk has prevented a claim since {@link resetBlocked}. */
  get isBlockedByDisk(): boolean {
    return this.#isBlockedByDisk;
  }

  resetBlocked(): void {
    this.#isBlockedByDisk = false;
  }

  /** Whether a claim has failed for another reason than a full disk. */
  hasFailed(id: UploadId): boolean {
    return this.#failed.has(id);
  }

  claim(id: UploadId): ClaimResult {
    if (this.#failed.has(id)) return 'unavailable';
    try {
      return this.#records.claim(id) ? 'claimed' : 'unavailable';
    } catch (cause) {
      if (isDiskFull(cause)) {
        this.#isBlockedByDisk = true;
        return 'disk-full';
      }
      this.#failed.add(id);
      return { error: this.#problems.report(id, 'claim an upload', cause) };
    }
  }

  /** At the end of this process. When the records cannot be written, its uploads become free nevertheless. */
  releaseAll(): void {
    try {
      this.#records.releaseAll();
    } catch (cause) {
      if (!isDiskFull(cause)) this.#problems.reportOther('release all uploads', cause);
    }
  }

  /** When the record cannot be written, the upload becomes free at the end of this process. */
  release(id: UploadId): void {
    try {
      this.#records.release(id);
    } catch (cause) {
      if (!isDiskFull(cause)) this.#problems.report(id, 'release an upload', cause);
    }
  }
}
