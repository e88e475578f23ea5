/** Answers the window's request for all rows: at once those that it shows first, then the others as changes. */
import type { Snapshot } from '../../src-shared/ipc/contract.ts';
import type { Upload } from '../../src-shared/upload.ts';
import type { UploadViews } from '../core/upload-views.ts';
import type { ChangeFeed } from './change-feed.ts';

export class SnapshotSender {
  readonly #views: Pick<UploadViews, 'snapshot'>;
  readonly #feed: ChangeFeed;
  /** The rows that are being sent; a new snapshot replaces them. */
  #later: Iterator<Upload[], void> | undefined;

  constructor(views: Pick<UploadViews, 'snapshot'>, feed: ChangeFeed) {
    this.#views = views;
    this.#feed = feed;
  }

  /** The snapshot at the revision of the last sent change. */
  start(): Snapshot {
    const { snapshot, later } = this.#views.snapshot(this.#feed.revision);
    this.#later = later;
    void this.#sendLater(later);
    return snapshot;
  }

  async #sendLater(later: Iterator<Upload[], void>): Promise<void> {
    while (this.#later === later) {
      const slice = later.next();
      if (slice.done) return;
      for (const upload of slice.value) this.#feed.resend(upload);
      await this.#feed.whenSent();
    }
  }
}
