/** The unfinished remote data of failed and paused uploads: lists it, removes it, and expires it after a week. */
import type { Upload, UploadId, UploadIn } from '../../src-shared/upload.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { Claims } from './claims.ts';
import type { CleanupQueue } from './cleanup-queue.ts';
import type { Ledger } from './ledger.ts';
import type { Ports } from './ports.ts';

const dayMs = 24 * 60 * 60_000;
const abandonedAfterMs = 7 * dayMs;

export interface RemoteLeftoversParts {
  ports: Pick<Ports, 'clock' | 'events' | 'records'>;
  ledger: Ledger;
  claims: Claims;
  runs: ActiveRuns;
  cleanups: CleanupQueue;
}

export class RemoteLeftovers {
  readonly #parts: RemoteLeftoversParts;
  #cancelDailyTimer: (() => void) | undefined;

  constructor(parts: RemoteLeftoversParts) {
    this.#parts = parts;
  }

  /** Failed and paused uploads that can resume from their remote data. */
  list(): UploadIn<'failed' | 'paused'>[] {
    const { ports, ledger, runs } = this.#parts;
    const unowned = ports.records.unownedWithCheckpoint().filter(({ id }) => !ledger.has(id));
    return [...ledger.all(), ...unowned].filter(
      (upload): upload is UploadIn<'failed' | 'paused'> =>
        (upload.status === 'paused' || upload.status === 'failed') &&
        upload.checkpoint !== undefined &&
        !runs.has(upload.id),
    );
  }

  /** Removes the remote data of an upload that does not run. */
  release(id: UploadId): void {
    const { ledger, claims } = this.#parts;
    if (ledger.has(id)) ledger.apply(id, { type: 'remote-released' });
    else if (claims.claim(id) === 'claimed') ledger.applyAndRelease(id, { type: 'remote-released' });
  }

  releaseAll(matches: (upload: Upload) => boolean = () => true): void {
    for (const upload of this.list()) if (matches(upload)) this.release(upload.id);
  }

  /** Removes the remote data of uploads that an earlier process canceled but did not clean up. */
  releaseCanceled(): void {
    for (const upload of this.#parts.ports.records.unownedWithCheckpoint())
      if (upload.status === 'canceled') this.release(upload.id);
  }

  /** An upload without progress for a week counts as abandoned. */
  expireAbandoned(): void {
    const { clock, events } = this.#parts.ports;
    const since = clock.now() - abandonedAfterMs;
    const abandoned = this.list().filter(
      (upload) => (upload.lastProgressAt ?? upload.attempts.at(-1)?.ended ?? upload.createdAt) < since,
    );
    for (const { id } of abandoned) this.release(id);
    if (abandoned.length > 0) events.abandonedUploadsExpired(abandoned);
  }

  startDailyExpiry(): void {
    this.#cancelDailyTimer = this.#parts.ports.clock.after(dayMs, () => {
      this.expireAbandoned();
      this.#parts.cleanups.run();
      this.startDailyExpiry();
    });
  }

  stopDailyExpiry(): void {
    this.#cancelDailyTimer?.();
  }
}
