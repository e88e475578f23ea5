/**
 * What has to go from the stores and belongs to no upload any more: parts of what was canceled, removed or sent elsewhere,
 * objects that came too late. It is remembered from the instant at which the upload forgets it until the store says that it is gone.
 */
import { AppFailure } from '../../src-shared/errors.ts';
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Clock, PendingCleanup, PendingCleanups, DestinationConnector, Log } from './ports.ts';

/** The longest a request outside an attempt may take. */
export const requestTimeoutMs = 30_000;

export interface CleanupQueuePorts {
  clock: Clock;
  destinations: DestinationConnector;
  pendingCleanups: PendingCleanups;
  log: Log;
  /** Resolves when nothing of this process works on the upload any more: before that, more of it may come. */
  whenIdle(id: UploadId): Promise<void>;
}

export class CleanupQueue {
  readonly #ports: CleanupQueuePorts;
  readonly #pending = new Map<string, PendingCleanup>();
  readonly #unsaved = new Map<string, PendingCleanup>();
  readonly #running = new Map<string, Promise<void>>();
  #closed = false;

  constructor(ports: CleanupQueuePorts) {
    this.#ports = ports;
  }

  /** What a process before this one left. */
  load(): void {
    for (const cleanup of this.#ports.pendingCleanups.all()) this.#pending.set(cleanup.id, cleanup);
    this.run();
  }

  /** They were written together with the record that forgot them. */
  track(cleanups: readonly PendingCleanup[]): void {
    for (const cleanup of cleanups) this.#pending.set(cleanup.id, cleanup);
    if (cleanups.length > 0) void Promise.resolve().then(() => this.run());
  }

  /** What no record speaks of, as it came too late. */
  add(cleanup: PendingCleanup): void {
    this.#unsaved.set(cleanup.id, cleanup);
    this.flush();
    this.track([cleanup]);
  }

  /** Writes what a full disk did not take. */
  flush(): void {
    for (const cleanup of this.#unsaved.values()) {
      try {
        this.#ports.pendingCleanups.add(cleanup);
      } catch (cause) {
        if (!(cause instanceof AppFailure)) throw cause;
        return;
      }
      this.#unsaved.delete(cleanup.id);
    }
  }

  /** Whether a full disk has not yet taken everything. */
  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  /** Tries what is left, at one destination or at all. */
  run(profileId?: ProfileId): void {
    if (this.#closed) return;
    for (const cleanup of this.#pending.values()) {
      if (this.#running.has(cleanup.id) || (profileId !== undefined && cleanup.profileId !== profileId)) continue;
      this.#running.set(
        cleanup.id,
        this.#runOne(cleanup)
          .catch((cause: unknown) => this.#logBug(cleanup, cause))
          .finally(() => this.#running.delete(cleanup.id)),
      );
    }
  }

  /** Resolves when everything that is being tried now has ended, well or not. */
  async whenSettled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** What is left stays for the next start. */
  close(): void {
    this.#closed = true;
  }

  async #runOne(cleanup: PendingCleanup): Promise<void> {
    const { destinations, clock, whenIdle } = this.#ports;
    await whenIdle(cleanup.uploadId);
    if (this.#closed || !this.#pending.has(cleanup.id)) return;
    const limit = new AbortController();
    const stop = clock.after(requestTimeoutMs, () => limit.abort('timeout'));
    try {
      const destination = await destinations.connect(cleanup.profileId);
      await destination.discard(cleanup.what, limit.signal);
      this.#complete(cleanup);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      // Without the destination there is no way to it any more; and a service that cannot delete will not be able to tomorrow.
      if (cause.error.code === 'no-destination' || cause.error.params?.why === 'noDelete') this.#complete(cleanup);
    } finally {
      stop();
    }
  }

  /** A fault of our own or of a driver: the debt stays, and neither quitting nor whoever waits for the others fails. */
  #logBug({ uploadId, profileId }: PendingCleanup, cause: unknown): void {
    this.#ports.log.attempt({ uploadId, attempt: 0, profileId, ms: 0, bytes: 0, outcome: 'bug', cause });
  }

  #complete(cleanup: PendingCleanup): void {
    this.#pending.delete(cleanup.id);
    if (this.#unsaved.delete(cleanup.id) || this.#closed) return;
    try {
      this.#ports.pendingCleanups.remove(cleanup.id);
    } catch (cause) {
      // A full disk: it is removed once more at the next start, which does no harm.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }
}
