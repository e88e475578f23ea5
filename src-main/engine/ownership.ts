/**
 * Adopts uploads that no living process owns, and gives up uploads that another process took. Retries on a full disk.
 */
import { isTerminal, type Upload, type UploadId } from '../../src-shared/upload.ts';
import type { Batches } from './batches.ts';
import type { Claims } from './claims.ts';
import type { CleanupQueue } from './cleanup-queue.ts';
import type { OnBlocked } from './decide.ts';
import type { DestinationAvailability } from './destination-availability.ts';
import type { Ledger } from './ledger.ts';
import type { Ports } from './ports.ts';
import type { RemoteLeftovers } from './remote-leftovers.ts';
import { currentProfileId } from './schedule.ts';

export interface OwnershipParts {
  ports: Pick<Ports, 'clock' | 'records'>;
  ledger: Ledger;
  claims: Claims;
  batches: Batches;
  cleanups: CleanupQueue;
  availability: DestinationAvailability;
  leftovers: RemoteLeftovers;
}

/** Uploads that are adopted in one turn of the event loop. Each takes a fraction of a millisecond. */
const sliceSize = 100;
const adoptableStatuses = ['verifying', 'uploading', 'waiting', 'queued', 'paused'] as const;

export class Ownership {
  readonly #parts: OwnershipParts;
  readonly #onBlocked: OnBlocked;
  /** Selects the uploads whose adoption a full disk prevented. */
  #deferredAdoption: ((upload: Upload) => boolean) | undefined;
  /** A full disk prevented finding out which uploads this process still owns. */
  #isOwnershipUnknown = false;
  #isStopped = false;

  constructor(parts: OwnershipParts, onBlocked: OnBlocked) {
    this.#parts = parts;
    this.#onBlocked = onBlocked;
  }

  get waitsForSpace(): boolean {
    return this.#isOwnershipUnknown || this.#deferredAdoption !== undefined;
  }

  /** Repeats the work that a full disk prevented. */
  retryDeferred(): void {
    if (this.#isOwnershipUnknown) this.onLeaseLost();
    if (this.#deferredAdoption) void this.adoptOrphans(this.#deferredAdoption);
  }

  /**
   * Adopts the uploads without a living owner that `only` selects, and removes the remote data that a dead process
   * left. A few uploads are adopted before this returns; many take several turns of the event loop.
   */
  async adoptOrphans(only: (upload: Upload) => boolean): Promise<void> {
    const { claims, cleanups, availability, leftovers } = this.#parts;
    const isDeferred = this.#deferredAdoption;
    const isSelected = (upload: Upload): boolean => only(upload) || isDeferred?.(upload) === true;
    this.#deferredAdoption = undefined;
    claims.resetBlocked();
    cleanups.load();
    leftovers.releaseCanceled();
    leftovers.expireAbandoned();
    await this.adoptMatching(isSelected, () => {
      if (claims.isBlockedByDisk) this.#deferredAdoption = isSelected;
      availability.probeNowIfOffline();
    });
  }

  /**
   * Adopts every matching upload that no living process owns, including paused uploads.
   * @param onAdopted called when all are adopted, before this returns if they are few
   */
  adoptMatching(matches: (upload: Upload) => boolean, onAdopted: () => void = () => undefined): Promise<void> {
    const { clock, records } = this.#parts.ports;
    const slices = records.orphansInSlices(sliceSize, adoptableStatuses);
    return new Promise((resolve) => {
      const adoptNext = (slice: IteratorResult<Upload[], void>): void => {
        if (!slice.done) for (const upload of slice.value) if (matches(upload)) this.adopt(upload.id);
        const next = slice.done || this.#isStopped ? undefined : slices.next();
        if (next && !next.done) {
          clock.after(0, () => adoptNext(this.#isStopped ? { done: true, value: undefined } : next));
          return;
        }
        if (!this.#isStopped) onAdopted();
        resolve();
      };
      adoptNext(slices.next());
    });
  }

  /** No further upload is adopted. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Adopts an unfinished upload if no living process owns it. */
  adopt(id: UploadId): void {
    const { ports, ledger, claims } = this.#parts;
    if (ledger.has(id)) return;
    const claimed = claims.claim(id);
    if (claimed === 'claimed') {
      this.#adopt(id);
      return;
    }
    const upload = typeof claimed === 'object' ? ports.records.get(id) : undefined;
    if (upload && typeof claimed === 'object') ledger.dropFailed(upload, claimed.error);
  }

  /** Reads the record after the claim, because another process may have ended the upload since it was listed. */
  #adopt(id: UploadId): void {
    const {
      ports: { records, clock },
      ledger,
      claims,
      batches,
      availability,
    } = this.#parts;
    const upload = records.get(id);
    if (!upload || isTerminal(upload)) {
      claims.release(id);
      return;
    }
    ledger.add(upload);
    batches.add(upload);
    if ('stream' in upload.source && upload.status !== 'verifying') {
      ledger.apply(id, { type: 'fail', error: { code: 'source-missing' }, at: clock.now() });
      return;
    }
    if (upload.status === 'uploading') ledger.apply(id, { type: 'stopped', at: clock.now() });
    if (upload.status !== 'waiting') return;
    if (upload.until === 'online') availability.markOffline(currentProfileId(upload));
    if (upload.until === 'profile-fixed' && this.#onBlocked === 'fail') ledger.apply(id, { type: 'resume' });
  }

  /**
   * Another process considered this process dead and may have adopted its uploads. Keeps the uploads that were not
   * adopted, reloads those that the other process released, and drops those that it owns. Sends nothing to the stores.
   */
  onLeaseLost(): void {
    const { ports, ledger, claims } = this.#parts;
    this.#isOwnershipUnknown = false;
    for (const upload of ledger.all()) {
      const { id } = upload;
      const claimed = claims.claim(id);
      if (claimed === 'disk-full') {
        this.#isOwnershipUnknown = true;
        continue;
      }
      if (typeof claimed === 'object') {
        ledger.dropFailed(upload, claimed.error);
        continue;
      }
      const current = claimed === 'claimed' ? ports.records.get(id) : undefined;
      // No other process has worked on it.
      if (current && hasSameState(current, upload)) continue;
      ledger.drop(id);
      // Another process worked on it and released it.
      if (current) this.#adopt(id);
    }
  }
}

const hasSameState = (a: Upload, b: Upload): boolean =>
  a.status === b.status && a.attempts.at(-1)?.number === b.attempts.at(-1)?.number;
