/** Writes the progress of uploads, so that other processes can show it. Uploads resume without this progress. */
import { isDiskFull } from '../../src-shared/errors.ts';
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import type { AppLog } from '../platform/log.ts';
import type { Store } from '../store/open.ts';

export const progressWriteMs = 500;

export class ProgressWriter {
  readonly #records: Pick<Store['uploads'], 'save'>;
  /** The uploads that made progress since the last write. */
  readonly #unsaved = new Map<UploadId, Upload>();
  readonly #log: Pick<AppLog, 'problem'>;
  #hasLoggedFailure = false;

  constructor(records: Pick<Store['uploads'], 'save'>, log: Pick<AppLog, 'problem'>) {
    this.#records = records;
    this.#log = log;
  }

  /** The engine itself writes a record whose status changed. */
  onChanged(upload: Upload, what: 'status' | 'progress'): void {
    if (what === 'progress') this.#unsaved.set(upload.id, upload);
    else this.#unsaved.delete(upload.id);
  }

  write(): void {
    const uploads = [...this.#unsaved.values()];
    this.#unsaved.clear();
    try {
      for (const upload of uploads) this.#records.save(upload, 'normal');
    } catch (cause) {
      // Progress is optional, and the engine reports failures of its own writes.
      if (isDiskFull(cause) || this.#hasLoggedFailure) return;
      this.#hasLoggedFailure = true;
      this.#log.problem('save progress', cause);
    }
  }
}
