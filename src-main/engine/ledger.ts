/**
 * The uploads that are not finished, and what is durable of them: applies events, saves, tells the world. What an upload forgets
 * is owed in the same write; what another process has taken over is let go; what a full disk does not take is written when there
 * is space.
 */
import { AppFailure } from '../../src-shared/errors.ts';
import { isTerminal, type Checkpoint, type Upload, type UploadId } from '../../src-shared/upload.ts';
import type { CleanupQueue } from './cleanup-queue.ts';
import type { PendingCleanup, Ports } from './ports.ts';
import { reduce, type UploadEvent } from './reduce.ts';
import { currentProfileId } from './schedule.ts';

export interface LedgerListener {
  /** It is done, failed or canceled, and no longer here. */
  ended(upload: Upload): void;
  /** Another process has it, or removed it; `upload` is how it is there now, or how it was here. */
  lost(upload: Upload): void;
}

export class Ledger {
  readonly #ports: Ports;
  readonly #cleanups: CleanupQueue;
  readonly #listener: LedgerListener;
  readonly #live = new Map<UploadId, Upload>();
  /** What a full disk did not take: records as they should be, and what they no longer speak of. */
  readonly #unsaved = new Map<UploadId, { upload: Upload; cleanups: PendingCleanup[] }>();

  constructor(ports: Ports, cleanups: CleanupQueue, listener: LedgerListener) {
    this.#ports = ports;
    this.#cleanups = cleanups;
    this.#listener = listener;
  }

  /** Only what this process works on. */
  get(id: UploadId): Upload | undefined {
    return this.#live.get(id);
  }
  has(id: UploadId): boolean {
    return this.#live.has(id);
  }
  all(): IterableIterator<Upload> {
    return this.#live.values();
  }

  /** Whoever works on it. */
  find(id: UploadId): Upload | undefined {
    return this.#live.get(id) ?? this.#unsaved.get(id)?.upload ?? this.#ports.records.get(id);
  }

  /** It is this process's, and its record says so already. */
  add(upload: Upload): void {
    this.#live.set(upload.id, upload);
  }

  /** Applies an event, makes it durable, tells the world. Returns the upload, or undefined when it is not ours. */
  apply(id: UploadId, event: UploadEvent): Upload | undefined {
    const before = this.#live.get(id);
    if (!before) return undefined;
    const after = reduce(before, event);
    if (after === before) return before;
    const isFleeting = event.type === 'progress' || event.type === 'bytes-stored';
    if (!isFleeting && !this.#persist(before, after, event)) {
      this.drop(id);
      return undefined;
    }
    this.#live.set(id, after);
    this.#ports.events.changed(after, isFleeting || event.type === 'checkpoint' ? 'progress' : 'status');
    if (isTerminal(after)) this.#end(after);
    return after;
  }

  /** To an upload that rests, and was claimed just for this; it is free again afterwards. */
  applyAndRelease(id: UploadId, event: UploadEvent): void {
    const before = this.find(id);
    const after = before && (isTerminal(before) || before.status === 'paused') ? reduce(before, event) : before;
    if (before && after && after !== before && this.#persist(before, after, event))
      this.#ports.events.changed(after, 'status');
    if (!this.#unsaved.has(id)) this.release(id);
  }

  /** Takes an entry out of the records; what the store keeps of it goes. Nothing happens to what another process has. @throws AppFailure disk-full */
  remove(id: UploadId): void {
    const upload = this.find(id);
    const cleanups = [...this.#unsavedCleanups(id), ...(upload ? this.#cleanupsFor(upload, undefined) : [])];
    if (!this.#ports.records.remove(id, cleanups)) return;
    this.#unsaved.delete(id);
    this.#cleanups.track(cleanups);
    this.#ports.events.removed(id);
  }

  claim(id: UploadId): boolean | 'disk-full' {
    try {
      return this.#ports.records.claim(id);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return 'disk-full';
    }
  }

  release(id: UploadId): void {
    try {
      this.#ports.records.release(id);
    } catch (cause) {
      // A full disk: it is free when this process has ended.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }

  /** Another process works on it: this one stops in silence and leaves what is at the store. */
  drop(id: UploadId): void {
    const { records, events } = this.#ports;
    const upload = this.#live.get(id);
    this.#live.delete(id);
    this.#unsaved.delete(id);
    const now = records.get(id);
    if (upload) this.#listener.lost(now ?? upload);
    if (now) events.changed(now, 'status');
    else events.removed(id);
  }

  get waitsForSpace(): boolean {
    return this.#unsaved.size > 0 || this.#cleanups.hasUnsaved;
  }

  /** Writes what a full disk did not take. */
  flush(): void {
    for (const [id, { upload }] of this.#unsaved) {
      if (this.#save(upload, 'stopped', []) && this.#unsaved.has(id)) return;
      if (!this.#live.has(id)) this.release(id);
    }
    this.#cleanups.flush();
  }

  /** Everything is free for the next process, and nothing that comes now counts. */
  close(): void {
    this.flush();
    for (const id of this.#live.keys()) this.release(id);
    this.#live.clear();
  }

  #end(upload: Upload): void {
    this.#live.delete(upload.id);
    if (!this.#unsaved.has(upload.id)) this.release(upload.id);
    this.#listener.ended(upload);
  }

  /** @returns false when it is another process's now */
  #persist(before: Upload, after: Upload, { type }: UploadEvent): boolean {
    return this.#save(after, type, type === 'stored' || type === 'checkpoint' ? [] : this.#cleanupsFor(before, after));
  }

  /** What `before` had at its store and `after` does not know of. */
  #cleanupsFor(before: Upload, after: Upload | undefined): PendingCleanup[] {
    const cleanupOf = (what: PendingCleanup['what']): PendingCleanup[] => [
      { id: this.#ports.random.id(), uploadId: before.id, profileId: currentProfileId(before), what },
    ];
    if (before.status === 'verifying' && after?.status !== 'verifying' && after?.status !== 'done')
      return cleanupOf({ ref: before.ref });
    const checkpoint = checkpointOf(before);
    return checkpoint !== undefined && (!after || checkpointOf(after) === undefined) ? cleanupOf({ checkpoint }) : [];
  }

  /** Nothing of it is removed yet: were this process killed, a later one would go on with it. */
  #unsavedCleanups(id: UploadId): PendingCleanup[] {
    return this.#unsaved.get(id)?.cleanups ?? [];
  }

  /**
   * A full disk takes the new state later. But a checkpoint is durable before the store hears of what it stands for, and a
   * link before anybody gets it.
   */
  #save(upload: Upload, why: UploadEvent['type'], newCleanups: PendingCleanup[]): boolean {
    const cleanups = [...this.#unsavedCleanups(upload.id), ...newCleanups];
    try {
      const isSaved = this.#ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal', cleanups);
      this.#unsaved.delete(upload.id);
      if (isSaved) this.#cleanups.track(cleanups);
      return isSaved;
    } catch (cause) {
      if (!(cause instanceof AppFailure) || why === 'checkpoint' || why === 'done') throw cause;
      // After a long sleep another process may have finished it.
      if (!this.#ports.records.owns(upload.id)) return false;
      this.#unsaved.set(upload.id, { upload, cleanups });
      return true;
    }
  }
}

const checkpointOf = (upload: Upload): Checkpoint | undefined =>
  'checkpoint' in upload ? upload.checkpoint : undefined;
