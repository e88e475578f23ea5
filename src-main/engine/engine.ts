/**
 * The public API of the engine. Unfinished uploads of this process are in memory; `schedule` picks which of them run,
 * and `reduce` turns each outcome into the next state. Ended uploads are in the records only.
 */
import { failure, isDiskFull } from '../../src-shared/errors.ts';
import {
  isTerminal,
  type ChainStep,
  type Link,
  type LinkOverride,
  type ProfileId,
  type Upload,
  type UploadId,
  type UploadIn,
  type Verification,
} from '../../src-shared/upload.ts';
import { defaultConcurrencyLimits } from './adaptive-concurrency.ts';
import { createUploads } from './create-uploads.ts';
import { isRefusal } from './decide.ts';
import { buildEngineParts, type EngineOptions, type EngineParts } from './engine-parts.ts';
import type { WorkTotals } from './live-uploads.ts';
import type { AcceptedFile, Ports } from './ports.ts';
import { reduce, type UploadEvent } from './reduce.ts';
import { currentProfileId } from './schedule.ts';

/** ms that quitting waits at most for stores that do not respond */
export const stopTimeoutMs = 2500;
/** ms that removing a destination takes at most; remote data that is not deleted by then stays at the store forever */
const removeDestinationTimeoutMs = 5000;

export class Engine {
  readonly #parts: EngineParts;
  #stopListening: (() => void) | undefined;

  constructor(ports: Ports, options: Partial<EngineOptions> = {}) {
    this.#parts = buildEngineParts(ports, {
      parallel: 64,
      concurrency: defaultConcurrencyLimits,
      onlineProbeMs: 30_000,
      blocked: 'wait',
      ...options,
    });
  }

  /** Starts watching the network and expiring abandoned remote data. */
  start(): void {
    this.#stopListening = this.#parts.ports.network.onOnline(() => this.#parts.pump.onOnline());
    this.#parts.leftovers.startDailyExpiry();
  }

  /**
   * Adopts the uploads that no living process owns, or those of them that `only` selects. Interrupted uploads resume
   * from their checkpoints; a stream fails, because its bytes cannot be read again.
   */
  async adoptOrphans({ only = () => true }: { only?: (upload: Upload) => boolean } = {}): Promise<void> {
    const adopting = this.#parts.ownership.adoptOrphans(only);
    this.#parts.pump.run();
    await adopting;
    this.#parts.pump.run();
  }

  /** The user acts on this upload: adopts it if it is unfinished and no living process owns it. */
  adopt(id: UploadId): void {
    this.#parts.ownership.adopt(id);
    this.#parts.pump.run();
  }

  /**
   * The records are durable when this returns.
   * @param earlierInBatch the uploads that the same batch already has, when a large batch is added in slices
   * @throws AppFailure no-destination, disk-full
   */
  enqueue(files: AcceptedFile[], chain: ChainStep[], earlierInBatch: readonly Upload[] = []): Upload[] {
    if (chain.length === 0) throw failure('no-destination');
    const { clock, random, records, events } = this.#parts.ports;
    const { batchId, createdAt } = earlierInBatch[0] ?? { batchId: random.id(), createdAt: clock.now() };
    const uploads = createUploads(files, chain, { batchId, createdAt, firstPosition: earlierInBatch.length }, random);
    records.insert(uploads);
    for (const upload of uploads) {
      this.#parts.ledger.add(upload);
      this.#parts.batches.add(upload);
      events.changed(upload, 'status');
    }
    this.#parts.pump.run();
    return uploads;
  }

  /** No upload starts until the caller, which changes many uploads, calls the returned function. */
  holdStarts(): () => void {
    return this.#parts.pump.hold();
  }

  /** Changes the state at once, then aborts the requests and removes the remote data. */
  cancel(id: UploadId): void {
    this.#cancel(id);
    this.#parts.pump.run();
  }

  #cancel(id: UploadId): void {
    this.#parts.ledger.apply(id, { type: 'cancel', at: this.#parts.ports.clock.now() });
    this.#parts.runs.abort(id, 'canceled');
  }

  /** Stops sending. The stored bytes stay at the store for `resume`. Has no effect on a file that is already stored. */
  pause(id: UploadId): void {
    const upload = this.#parts.ledger.apply(id, { type: 'pause', at: this.#parts.ports.clock.now() });
    if (upload?.status !== 'paused') return;
    this.#parts.runs.abort(id, 'paused');
    this.#parts.pump.run();
  }

  resume(id: UploadId): void {
    if (this.#parts.ledger.get(id)?.status !== 'paused') return;
    this.#parts.ledger.apply(id, { type: 'resume' });
    this.#parts.pump.run();
  }

  /** Restarts a failed or canceled upload, and starts a waiting one immediately. Ignores uploads in any other state. */
  async retry(id: UploadId): Promise<void> {
    if (this.#parts.ledger.get(id)?.status === 'waiting') {
      this.#parts.urgent.add(id);
      this.#parts.ledger.apply(id, { type: 'resume' });
      this.#parts.pump.run();
      return;
    }
    await this.#restart(id, { type: 'retry' });
  }

  /** Continues an upload whose name was taken, at the same destination. Ignores uploads in any other state. */
  async resolveNameConflict(id: UploadId, resolution: 'replace' | 'new-name'): Promise<void> {
    if (!this.#parts.ledger.has(id)) await this.#restart(id, { type: 'name-conflict-resolved', by: resolution });
  }

  /** Continues a failed upload at the fallback destination that needed the user's approval. */
  async sendAnyway(id: UploadId): Promise<void> {
    await this.#restart(id, { type: 'fallback-approved' });
  }

  /** Waits for the end of the last attempt before an ended upload runs again. */
  async #restart(id: UploadId, event: UploadEvent): Promise<void> {
    const { records } = this.#parts.ports;
    await this.#parts.runs.whenEnded(id);
    if (this.#parts.pump.isStopped || this.#parts.ledger.has(id) || !records.claim(id)) return;
    const ended = this.#parts.ledger.find(id);
    if (!ended || !isTerminal(ended) || reduce(ended, event) === ended) {
      records.release(id);
      return;
    }
    this.#parts.ledger.add(ended);
    this.#parts.batches.add(ended);
    this.#parts.urgent.add(id);
    this.#parts.ledger.apply(id, event);
    this.#parts.pump.run();
  }

  /** See {@link StoredFiles.unpublish}. */
  async unpublish(id: UploadId): Promise<void> {
    await this.#parts.storedFiles.unpublish(id);
  }

  /** See {@link StoredFiles.link}. */
  async link(id: UploadId, linkOverride?: LinkOverride): Promise<Link> {
    return this.#parts.storedFiles.link(id, linkOverride);
  }

  /** See {@link StoredFiles.revokeLink}. */
  async revokeLink(id: UploadId): Promise<Verification> {
    return this.#parts.storedFiles.revokeLink(id);
  }

  /** Failed and paused uploads with unfinished remote data, and its size in bytes where known. */
  leftovers(): { uploads: number; bytes: number; list: UploadIn<'failed' | 'paused'>[] } {
    const list = this.#parts.leftovers.list();
    return { uploads: list.length, bytes: list.reduce((sum, { bytesStored = 0 }) => sum + bytesStored, 0), list };
  }

  /**
   * Removes the unfinished remote data; a later attempt starts from zero. Resolves when every removal has succeeded or
   * failed; failed removals are retried later.
   */
  async removeLeftovers(): Promise<void> {
    this.#parts.leftovers.releaseAll();
    // The cleanups of the released data start after this microtask.
    await Promise.resolve();
    await this.#parts.cleanups.whenSettled();
  }

  /**
   * The user removes a destination: cancels its unfinished uploads, and removes the remote data of its unfinished and
   * failed uploads. Resolves when the store has responded, or when a timeout expires.
   */
  async removeDestination(profileId: ProfileId): Promise<void> {
    const belongsToDestination = (upload: Upload): boolean => currentProfileId(upload) === profileId;
    // Includes the uploads that no process owns, such as paused uploads.
    await this.#parts.ownership.adoptMatching(belongsToDestination);
    for (const { id } of [...this.#parts.ledger.all()].filter(belongsToDestination)) this.#cancel(id);
    this.#parts.pump.run();
    this.#parts.leftovers.releaseAll(belongsToDestination);
    // The cleanups of the released data start after this microtask.
    await Promise.resolve();
    await this.#waitAtMost(this.#parts.cleanups.whenSettled(), removeDestinationTimeoutMs);
  }

  /**
   * The user changed the key or the settings of a destination: resumes the uploads that wait for it, and retries
   * uploads that the destination refused since this process started. The user retries older failures.
   */
  onProfileChanged(profileId: ProfileId): void {
    if (this.#parts.pump.isStopped) return;
    for (const id of this.#parts.availability.onProfileChanged(profileId)) void this.#retryRefused(id, profileId);
    this.#parts.cleanups.run(profileId);
    this.#parts.pump.run();
  }

  async #retryRefused(id: UploadId, profileId: ProfileId): Promise<void> {
    const upload = this.#parts.ledger.find(id);
    if (upload?.status !== 'failed' || !isRefusal(upload.error) || currentProfileId(upload) !== profileId) return;
    try {
      await this.retry(id);
    } catch (cause) {
      // The upload stays failed, and the user can retry it.
      if (!isDiskFull(cause)) this.#parts.ports.log.problem('retry an upload', cause);
    }
  }

  /** Removes an ended upload from the list, and its unfinished remote data. A stored file stays stored. */
  remove(id: UploadId): void {
    const upload = this.#parts.ledger.find(id);
    const isUnfinished = upload !== undefined && !isTerminal(upload);
    if (this.#parts.ledger.has(id) || isUnfinished) return;
    this.#parts.ledger.remove(id);
  }

  /** Whether this process runs the upload. */
  has(id: UploadId): boolean {
    return this.#parts.ledger.has(id);
  }

  /** Whether this process may adopt the upload: it does not run it yet, and never failed to claim it. */
  canAdopt(id: UploadId): boolean {
    return !this.#parts.ledger.has(id) && !this.#parts.claims.hasFailed(id);
  }

  /** The unfinished uploads of this process. */
  unfinished(): Upload[] {
    return [...this.#parts.ledger.all()];
  }

  /** The uploads that are being sent or verified. */
  active(): Upload[] {
    return this.#parts.runs.ids().flatMap((id) => this.#parts.ledger.get(id) ?? []);
  }

  /** An unfinished upload of this process. */
  get(id: UploadId): Upload | undefined {
    return this.#parts.ledger.get(id);
  }

  get workTotals(): Readonly<WorkTotals> {
    return this.#parts.live.totals;
  }

  /** Ended uploads whose records could not be written, so the database still shows them as unfinished. */
  endedUnsaved(): Upload[] {
    return this.#parts.ledger.endedUnsaved();
  }

  /** See {@link Pump.wake}. */
  wake(): void {
    this.#parts.pump.wake();
  }

  /** See {@link Ownership.onLeaseLost}. */
  onLeaseLost(): void {
    this.#parts.ownership.onLeaseLost();
    this.#parts.pump.run();
  }

  /** Keeps checkpoints and records, so that `adoptOrphans` of a later process resumes the uploads. */
  async stop(): Promise<void> {
    const { ports, runs, ledger, cleanups, leftovers, ownership, pump } = this.#parts;
    pump.stop();
    ownership.stop();
    leftovers.stopDailyExpiry();
    this.#stopListening?.();
    for (const id of runs.ids()) runs.abort(id, 'shutdown');
    await this.#waitAtMost(
      runs.whenAllEnded().then(() => cleanups.whenSettled()),
      stopTimeoutMs,
    );
    cleanups.close();
    // Attempts that hang are treated as stopped; anything they report later is ignored.
    for (const { id } of ledger.all()) ledger.apply(id, { type: 'stopped', at: ports.clock.now() });
    ledger.close();
  }

  /** Does not hang when a store does not respond; the next start removes the remaining data. */
  async #waitAtMost(work: Promise<unknown>, ms: number): Promise<void> {
    let cancelTimer = (): void => undefined;
    const timeout = new Promise<void>((resolve) => {
      cancelTimer = this.#parts.ports.clock.after(ms, resolve);
    });
    await Promise.race([work, timeout]);
    cancelTimer();
  }
}
