/**
 * Sends the main process's changes to the window: whole records, with a revision that increases by one. A status change
 * is sent in the same turn of the event loop. Progress is sent at most ten times a second for all uploads together.
 */
import type { Changes, Totals } from '../../src-shared/ipc/contract.ts';
import type { Upload, UploadId, UploadView } from '../../src-shared/upload.ts';

export interface ChangeFeedPorts {
  send(changes: Changes): void;
  view(upload: Upload): UploadView;
  totals(): Totals;
}

/** Time between two messages about progress. */
const progressMs = 100;

export class ChangeFeed {
  readonly #ports: ChangeFeedPorts;
  /** The changes since the last message. */
  readonly #changed = new Map<UploadId, Upload>();
  readonly #removed = new Set<UploadId>();
  /** Set while progress waits to be sent. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Set while a status change waits to be sent. */
  #immediate: ReturnType<typeof setImmediate> | undefined;
  /** Computed again after a status change, because progress does not change the totals. */
  #totals: Totals | undefined;
  #revision = 0;

  constructor(ports: ChangeFeedPorts) {
    this.#ports = ports;
  }

  get revision(): number {
    return this.#revision;
  }

  changed(upload: Upload, change: 'status' | 'progress'): void {
    this.#changed.set(upload.id, upload);
    if (change === 'status') this.#statusChanged();
    else if (!this.#immediate) this.#timer ??= setTimeout(() => this.#flush(), progressMs);
  }

  removed(id: UploadId): void {
    this.#changed.delete(id);
    this.#removed.add(id);
    this.#statusChanged();
  }

  /** Sends all pending changes now. A snapshot taken after this call is at `revision`. */
  flush(): void {
    if (this.#changed.size > 0 || this.#removed.size > 0) this.#flush();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Sends after the current call, so that a drop of a thousand files is one message. */
  #statusChanged(): void {
    this.#totals = undefined;
    this.#immediate ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.close();
    this.#timer = this.#immediate = undefined;
    this.#totals ??= this.#ports.totals();
    const changes: Changes = {
      revision: ++this.#revision,
      totals: this.#totals,
      changed: [...this.#changed.values()].map((upload) => this.#ports.view(upload)),
      removed: [...this.#removed],
    };
    this.#changed.clear();
    this.#removed.clear();
    this.#ports.send(changes);
  }
}
