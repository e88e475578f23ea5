/**
 * Sends the main process's changes to the window: whole records, with a revision that increases by one. A status change
 * is sent in the same turn of the event loop, unless a message was sent shortly before. Progress is sent at most ten
 * times a second for all uploads together. Many changes are sent in several messages, one per turn, so that main stays
 * responsive.
 */
import type { Changes, Totals } from '../../src-shared/ipc/contract.ts';
import type { Upload, UploadId, UploadView } from '../../src-shared/upload.ts';

export interface ChangeFeedPorts {
  send(changes: Changes): void;
  view(upload: Upload): UploadView;
  totals(): Totals;
}

/** ms between two messages about progress */
const progressMs = 100;
/** ms between two messages; the page needs time in proportion to its uploads for each of them. */
const minIntervalMs = 30;
/** Uploads in one message. To make and send their views takes a few ms. */
export const maxUploadsPerMessage = 500;

export class ChangeFeed {
  readonly #ports: ChangeFeedPorts;
  /** The changes that have not been sent. */
  readonly #changed = new Map<UploadId, Upload>();
  readonly #removed = new Set<UploadId>();
  /** Set while changes wait for the time of the next message. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Set while changes are sent in the next turn of the event loop. */
  #immediate: ReturnType<typeof setImmediate> | undefined;
  /** Whether a status change waits to be sent. */
  #isUrgent = false;
  #lastSentAt = -Infinity;
  /** Computed again after a status change, because progress does not change the totals. */
  #totals: Totals | undefined;
  #revision = 0;
  /** The callers of {@link whenSent}, with the number of entries that are sent before they continue. */
  #waiting: { remaining: number; resolve: () => void }[] = [];

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

  /** Sends a record that has not changed, unless its change is sent anyway. */
  resend(upload: Upload): void {
    if (!this.#changed.has(upload.id) && !this.#removed.has(upload.id)) this.changed(upload, 'status');
  }

  /** Resolves when all changes until now have been sent. */
  async whenSent(): Promise<void> {
    const remaining = this.#changed.size + this.#removed.size;
    if (remaining > 0) await new Promise<void>((resolve) => this.#waiting.push({ remaining, resolve }));
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** Sends after the current call, so that the changes of one call are sent together. */
  #statusChanged(): void {
    this.#totals = undefined;
    if (this.#isUrgent) return;
    this.#isUrgent = true;
    const pause = this.#lastSentAt + minIntervalMs - performance.now();
    if (pause <= 0) this.#sendNextTurn();
    else {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#flush(), pause);
    }
  }

  #sendNextTurn(): void {
    this.#immediate ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.close();
    this.#timer = this.#immediate = undefined;
    this.#totals ??= this.#ports.totals();
    const removed = firstOf(this.#removed, maxUploadsPerMessage);
    const changed = firstOf(this.#changed.values(), maxUploadsPerMessage - removed.length);
    const changes: Changes = {
      revision: ++this.#revision,
      totals: this.#totals,
      changed: changed.map((upload) => this.#ports.view(upload)),
      removed,
    };
    for (const id of removed) this.#removed.delete(id);
    for (const { id } of changed) this.#changed.delete(id);
    this.#lastSentAt = performance.now();
    this.#isUrgent = this.#changed.size + this.#removed.size > 0;
    this.#ports.send(changes);
    this.#continueWaiting(changed.length + removed.length);
    if (this.#isUrgent) this.#sendNextTurn();
  }

  #continueWaiting(sent: number): void {
    const isSent = this.#changed.size + this.#removed.size === 0;
    for (const caller of this.#waiting) caller.remaining -= sent;
    for (const { remaining, resolve } of this.#waiting) if (isSent || remaining <= 0) resolve();
    this.#waiting = this.#waiting.filter(({ remaining }) => !isSent && remaining > 0);
  }
}

function firstOf<T>(items: Iterable<T>, count: number): T[] {
  const found: T[] = [];
  if (count > 0)
    for (const item of items) {
      found.push(item);
      if (found.length >= count) return found;
    }
  return found;
}
