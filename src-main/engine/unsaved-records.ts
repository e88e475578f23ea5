/** Records that could not be written, and the cleanups that have to be written with them. */
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { PendingCleanup } from './ports.ts';

/** After this many failed tries, the record is not written again until the next start. */
const maxTries = 5;

interface UnsavedRecord {
  upload: Upload;
  /** Start only after the record is written: after a crash before that, the next process resumes the upload. */
  cleanups: PendingCleanup[];
  /** Infinity on a full disk: the record is written as soon as there is space. */
  triesLeft: number;
}

export class UnsavedRecords {
  readonly #records = new Map<UploadId, UnsavedRecord>();

  has(id: UploadId): boolean {
    return this.#records.has(id);
  }

  get(id: UploadId): Upload | undefined {
    return this.#records.get(id)?.upload;
  }

  cleanups(id: UploadId): PendingCleanup[] {
    return this.#records.get(id)?.cleanups ?? [];
  }

  /** Keeps a record that a full disk prevented from being written. */
  keepForSpace(upload: Upload, newCleanups: PendingCleanup[]): void {
    this.#records.set(upload.id, {
      upload,
      cleanups: [...this.cleanups(upload.id), ...newCleanups],
      triesLeft: Infinity,
    });
  }

  /** Keeps a record that could not be written for another reason; it is written again only a few times. */
  keepDamaged(upload: Upload, newCleanups: PendingCleanup[]): void {
    // A record that waited for space had an unlimited number of tries.
    const triesLeft = Math.min(this.#records.get(upload.id)?.triesLeft ?? maxTries, maxTries) - 1;
    this.#records.set(upload.id, { upload, cleanups: [...this.cleanups(upload.id), ...newCleanups], triesLeft });
  }

  uploads(): Upload[] {
    return [...this.#records.values()].map(({ upload }) => upload);
  }

  delete(id: UploadId): void {
    this.#records.delete(id);
  }

  get hasRetries(): boolean {
    return this.retries().length > 0;
  }

  /** The uploads whose records are to be written again. */
  retries(): Upload[] {
    return [...this.#records.values()].filter(({ triesLeft }) => triesLeft > 0).map(({ upload }) => upload);
  }
}
