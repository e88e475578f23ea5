/** Reports when all uploads of a batch have ended, so that their links are copied once and in drop order. */
import type { BatchId, Upload, UploadId } from '../../src-shared/upload.ts';

export class Batches {
  /** The batches with an upload that has not ended. */
  readonly #open = new Map<BatchId, { running: Set<UploadId>; ended: Map<UploadId, Upload> }>();
  readonly #onSettled: (ended: Upload[]) => void;

  constructor(onSettled: (ended: Upload[]) => void) {
    this.#onSettled = onSettled;
  }

  add(upload: Upload): void {
    const batch = this.#open.get(upload.batchId) ?? { running: new Set(), ended: new Map() };
    batch.running.add(upload.id);
    this.#open.set(upload.batchId, batch);
  }

  end(upload: Upload): void {
    const batch = this.#open.get(upload.batchId);
    if (!batch?.running.delete(upload.id)) return;
    // A retried upload that ends again replaces its earlier entry.
    batch.ended.set(upload.id, upload);
    if (batch.running.size > 0) return;
    this.#open.delete(upload.batchId);
    this.#onSettled([...batch.ended.values()].sort((a, b) => a.position - b.position));
  }
}
