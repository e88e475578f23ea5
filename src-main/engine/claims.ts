/** Takes uploads for this process and gives them back. */
import { AppFailure } from '../../src-shared/errors.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import type { Records } from './ports.ts';

export class Claims {
  readonly #records: Records;
  #isBlockedByDisk = false;

  constructor(records: Records) {
    this.#records = records;
  }

  /** Whether a full disk has prevented a claim since {@link resetBlocked}. */
  get isBlockedByDisk(): boolean {
    return this.#isBlockedByDisk;
  }

  resetBlocked(): void {
    this.#isBlockedByDisk = false;
  }

  claim(id: UploadId): boolean | 'disk-full' {
    try {
      return this.#records.claim(id);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      this.#isBlockedByDisk = true;
      return 'disk-full';
    }
  }

  release(id: UploadId): void {
    try {
      this.#records.release(id);
    } catch (cause) {
      // A full disk: the upload is free when this process has ended.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }
}
