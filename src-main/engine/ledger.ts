/**
 * The unfinished uploads of this process: applies events, saves the records and notifies listeners. Remote data that
 * an upload no longer needs becomes a pending cleanup in the same write. Records that cannot be written are kept in
 * memory: on a full disk until there is space, otherwise for a few tries.
 */
import { AppFailure, isDiskFull, type AppError } from '../../src-shared/errors.ts';
import { isTerminal, type Checkpoint, type Upload, type UploadId } from '../../src-shared/upload.ts';
import type { Claims } from './claims.ts';
import type { CleanupQueue } from './cleanup-queue.ts';
import type { LiveUploads } from './live-uploads.ts';
import type { PendingCleanup, Ports } from './ports.ts';
import type { RecordProblems } from './record-problems.ts';
import { reduce, type UploadEvent } from './reduce.ts';
import { currentProfileId } from './schedule.ts';
import { UnsavedRecords } from './unsaved-records.ts';

export interface LedgerListener {
  /** The upload is done, failed or canceled, and no longer in the ledger. */
  ended(upload: Upload): void;
  /** This process stops working on the upload: another one owns or removed it, or its record cannot be written. */
  lost(upload: Upload): void;
}

export interface LedgerParts {
  ports: Ports;
  live: LiveUploads;
  problems: RecordProblems;
  claims: Claims;
  cleanups: CleanupQueue;
}

/**
 * `deferred`: the disk is full, so the record is written later. `lost`: another process owns the upload. An error: the
 * record is damaged, or Hoist has a bug.
 */
type SaveResult = 'saved' | 'deferred' | 'lost' | { error: AppError };

export class Ledger {
  readonly #parts: LedgerParts;
  readonly #listener: LedgerListener;
  /** The unfinished uploads that this process owns, in their latest state. */
  readonly #live: LiveUploads;
  readonly #unsaved = new UnsavedRecords();
  /** Uploads that could not be claimed, as the window shows them; the next start handles their records. */
  readonly #failedClaims = new Map<UploadId, Upload>();

  constructor(parts: LedgerParts, listener: LedgerListener) {
    this.#parts = parts;
    this.#live = parts.live;
    this.#listener = listener;
  }

  /** Only the uploads that this process works on. */
  get(id: UploadId): Upload | undefined {
    return this.#live.get(id);
  }
  has(id: UploadId): boolean {
    return this.#live.has(id);
  }
  all(): IterableIterator<Upload> {
    return this.#live.all();
  }

  /** Any upload, with its latest state. */
  find(id: UploadId): Upload | undefined {
    return this.#live.get(id) ?? this.#unsaved.get(id) ?? this.#parts.ports.records.get(id);
  }

  /** Adds an upload that this process owns and whose record is saved. */
  add(upload: Upload): void {
    this.#live.set(upload);
  }

  /**
   * Applies an event, saves the record and notifies listeners. Returns the upload, or undefined when this process
   * does not own it.
   */
  apply(id: UploadId, event: UploadEvent): Upload | undefined {
    const before = this.#live.get(id);
    if (!before) return undefined;
    const after = reduce(before, event);
    if (after === before) return before;
    const isTransient = event.type === 'progress' || event.type === 'bytes-stored';
    const result = isTransient ? 'saved' : this.#persist(before, after, event);
    if (result === 'lost') {
      this.drop(id);
      return undefined;
    }
    if (typeof result === 'object') return this.#keepFailed(before, after, result.error);
    this.#live.set(after);
    this.#parts.ports.events.changed(after, isTransient || event.type === 'checkpoint' ? 'progress' : 'status');
    if (isTerminal(after)) this.#end(after);
    return after;
  }

  /** Applies an event to an ended or paused upload that was claimed only for this, and releases it. */
  applyAndRelease(id: UploadId, event: UploadEvent): void {
    const before = this.find(id);
    const isInactive = before && (isTerminal(before) || before.status === 'paused');
    const after = isInactive ? reduce(before, event) : before;
    if (before && after && after !== before) {
      const result = this.#persist(before, after, event);
      if (typeof result === 'object') this.#unsaved.keepDamaged(after, this.#cleanupsFor(before, after));
      if (result !== 'lost') this.#parts.ports.events.changed(after, 'status');
    }
    if (!this.#unsaved.has(id)) this.#parts.claims.release(id);
  }

  /**
   * Removes an entry from the records, and its remote data. Ignores an upload that another process owns.
   * @throws AppFailure disk-full
   */
  remove(id: UploadId): void {
    const { ports, cleanups: queue } = this.#parts;
    const upload = this.find(id);
    const cleanups = [...this.#unsaved.cleanups(id), ...(upload ? this.#cleanupsFor(upload, undefined) : [])];
    if (!ports.records.remove(id, cleanups)) return;
    this.#unsaved.delete(id);
    queue.track(cleanups);
    ports.events.removed(id);
  }

  /** Another process owns the upload: stops working on it without touching its remote data. */
  drop(id: UploadId): void {
    const { records, events } = this.#parts.ports;
    const current = records.get(id);
    this.#drop(id, current);
    if (current) events.changed(current, 'status');
    else events.removed(id);
  }

  /** The record cannot be claimed: shows the upload as failed and leaves its record to the next start. */
  dropFailed(upload: Upload, error: AppError): void {
    const { clock, events } = this.#parts.ports;
    const failed = reduce(upload, { type: 'fail', error, at: clock.now() });
    this.#drop(upload.id, failed);
    this.#failedClaims.set(upload.id, failed);
    events.changed(failed, 'status');
  }

  #drop(id: UploadId, current: Upload | undefined): void {
    const upload = this.#live.get(id);
    this.#live.delete(id);
    this.#unsaved.delete(id);
    if (upload) this.#listener.lost(current ?? upload);
  }

  /** Ended uploads whose records still show an unfinished state. */
  endedUnsaved(): Upload[] {
    return [...this.#unsaved.uploads(), ...this.#failedClaims.values()].filter(({ id }) => {
      const record = this.#live.has(id) ? undefined : this.#parts.ports.records.get(id);
      return record !== undefined && !isTerminal(record);
    });
  }

  /** Whether records or cleanups have to be written again. */
  get hasUnsaved(): boolean {
    return this.#unsaved.hasRetries || this.#parts.cleanups.hasUnsaved;
  }

  /** Writes the records that could not be written before. */
  flush(): void {
    for (const upload of this.#unsaved.retries()) {
      // With this event type, `#save` returns every failure instead of throwing it.
      const result = this.#save(upload, 'stopped', []);
      if (result === 'deferred') return;
      if (typeof result === 'object') this.#unsaved.keepDamaged(upload, []);
      else if (!this.#live.has(upload.id)) this.#parts.claims.release(upload.id);
    }
    this.#parts.cleanups.flush();
  }

  /** Releases every upload for the next process and ignores later events. */
  close(): void {
    this.flush();
    this.#live.clear();
    this.#parts.claims.releaseAll();
  }

  #end(upload: Upload): void {
    this.#live.delete(upload.id);
    if (!this.#unsaved.has(upload.id)) this.#parts.claims.release(upload.id);
    this.#listener.ended(upload);
  }

  /** The record is damaged, or Hoist has a bug: the upload fails with that error, so that the user sees it. */
  #keepFailed(before: Upload, after: Upload, error: AppError): Upload {
    const { clock, events } = this.#parts.ports;
    const hasEnded = isTerminal(after);
    // Only an unfinished upload can fail. When an ended upload is restarted, that is its new state.
    const unfinished = isTerminal(before) ? after : before;
    const failed = hasEnded ? after : reduce(unfinished, { type: 'fail', error, at: clock.now() });
    this.#unsaved.keepDamaged(failed, this.#cleanupsFor(before, failed));
    this.#live.delete(failed.id);
    if (!hasEnded) this.#listener.lost(failed);
    events.changed(failed, 'status');
    if (hasEnded) this.#listener.ended(failed);
    return failed;
  }

  #persist(before: Upload, after: Upload, { type }: UploadEvent): SaveResult {
    // After these two events, the record still refers to the same remote data.
    const keepsRemoteData = type === 'stored' || type === 'checkpoint';
    return this.#save(after, type, keepsRemoteData ? [] : this.#cleanupsFor(before, after));
  }

  /** The remote data that `before` refers to and `after` does not. */
  #cleanupsFor(before: Upload, after: Upload | undefined): PendingCleanup[] {
    const cleanupOf = (what: PendingCleanup['what']): PendingCleanup[] => [
      { id: this.#parts.ports.random.id(), uploadId: before.id, profileId: currentProfileId(before), what },
    ];
    if (before.status === 'verifying') {
      const keepsFile = after?.status === 'verifying' || after?.status === 'done';
      if (!keepsFile) return cleanupOf({ ref: before.ref });
    }
    const checkpoint = checkpointOf(before);
    const keepsCheckpoint = after !== undefined && checkpointOf(after) !== undefined;
    return checkpoint === undefined || keepsCheckpoint ? [] : cleanupOf({ checkpoint });
  }

  /**
   * A failed save throws only if the change adds a checkpoint or a link. A checkpoint must be on disk before its data
   * is sent to the destination, and a link must be on disk before the user sees it.
   */
  #save(upload: Upload, why: UploadEvent['type'], newCleanups: PendingCleanup[]): SaveResult {
    const { ports, problems, cleanups: queue } = this.#parts;
    const mustBeDurable = why === 'checkpoint' || why === 'done';
    const cleanups = [...this.#unsaved.cleanups(upload.id), ...newCleanups];
    try {
      const isSaved = ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal', cleanups);
      this.#unsaved.delete(upload.id);
      if (!isSaved) return 'lost';
      problems.clear(upload.id);
      queue.track(cleanups);
      return 'saved';
    } catch (cause) {
      if (!isDiskFull(cause)) {
        const error = problems.report(upload.id, 'save an upload', cause);
        if (mustBeDurable) throw new AppFailure(error, { cause });
        return { error };
      }
      if (mustBeDurable) throw cause;
      // After a long sleep, another process may have finished the upload.
      if (!ports.records.owns(upload.id)) return 'lost';
      this.#unsaved.keepForSpace(upload, newCleanups);
      return 'deferred';
    }
  }
}

const checkpointOf = (upload: Upload): Checkpoint | undefined =>
  'checkpoint' in upload ? upload.checkpoint : undefined;
