/**
 * The remote data that no upload needs any more and that still has to be deleted: parts of canceled, removed or
 * redirected uploads, and files that were stored after a cancel. A cleanup is saved together with the record that no
 * longer refers to the data, and stays until the store confirms the deletion.
 */
import { AppFailure, isDiskFull } from '../../src-shared/errors.ts';
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Clock, PendingCleanup, PendingCleanups, DestinationConnector, Log } from './ports.ts';

/** The longest a request outside an attempt may take. */
export const requestTimeoutMs = 30_000;

export interface CleanupQueuePorts {
  clock: Clock;
  destinations: DestinationConnector;
  pendingCleanups: PendingCleanups;
  log: Log;
  /** Resolves when this process no longer works on the upload; until then the driver may store more data. */
  whenIdle(id: UploadId): Promise<void>;
}

export class CleanupQueue {
  readonly #ports: CleanupQueuePorts;
  readonly #pending = new Map<string, PendingCleanup>();
  /** Pending cleanups that a full disk prevented from being saved. */
  readonly #unsaved = new Map<string, PendingCleanup>();
  /** IDs of cleanups whose bug is already in the log. */
  readonly #withBug = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  #closed = false;

  constructor(ports: CleanupQueuePorts) {
    this.#ports = ports;
  }

  /** Loads and runs the cleanups of earlier processes. */
  load(): void {
    for (const cleanup of this.#ports.pendingCleanups.all()) this.#pending.set(cleanup.id, cleanup);
    this.run();
  }

  /** Runs cleanups that were saved together with an upload record. */
  track(cleanups: readonly PendingCleanup[]): void {
    for (const cleanup of cleanups) this.#pending.set(cleanup.id, cleanup);
    if (cleanups.length > 0) void Promise.resolve().then(() => this.run());
  }

  /** Saves and runs a cleanup that no record write includes: the file was stored after the cancel. */
  add(cleanup: PendingCleanup): void {
    this.#unsaved.set(cleanup.id, cleanup);
    this.flush();
    this.track([cleanup]);
  }

  /** Saves the cleanups that a full disk prevented from being saved. */
  flush(): void {
    for (const cleanup of this.#unsaved.values()) {
      try {
        this.#ports.pendingCleanups.add(cleanup);
      } catch (cause) {
        if (isDiskFull(cause)) return;
        // The cleanup still runs in this process.
        this.#ports.log.problem('save a pending cleanup', cause);
      }
      this.#unsaved.delete(cleanup.id);
    }
  }

  /** Whether cleanups wait for space on the disk. */
  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  /** Runs the pending cleanups of one destination, or all. */
  run(profileId?: ProfileId): void {
    if (this.#closed) return;
    for (const cleanup of this.#pending.values()) {
      if (this.#running.has(cleanup.id) || (profileId !== undefined && cleanup.profileId !== profileId)) continue;
      this.#running.set(
        cleanup.id,
        this.#runOne(cleanup)
          .catch((cause: unknown) => this.#logBugOnce(cleanup, cause))
          .finally(() => this.#running.delete(cleanup.id)),
      );
    }
  }

  /** Resolves when every running cleanup has succeeded or failed. */
  async whenSettled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** Starts no more cleanups; the pending ones stay for the next start. */
  close(): void {
    this.#closed = true;
  }

  async #runOne(cleanup: PendingCleanup): Promise<void> {
    const { destinations, clock, whenIdle } = this.#ports;
    await whenIdle(cleanup.uploadId);
    if (this.#closed || !this.#pending.has(cleanup.id)) return;
    const timeout = new AbortController();
    const cancelTimer = clock.after(requestTimeoutMs, () => timeout.abort('timeout'));
    try {
      const destination = await destinations.connect(cleanup.profileId);
      await destination.discard(cleanup.what, timeout.signal);
      this.#complete(cleanup);
    } catch (cause) {
      if (!(cause instanceof AppFailure) || cause.error.code === 'bug') throw cause;
      // The destination was removed, or its service cannot delete: no later try can succeed.
      if (cause.error.code === 'no-destination' || cause.error.params?.why === 'noDelete') this.#complete(cleanup);
    } finally {
      cancelTimer();
    }
  }

  /**
   * A bug in Hoist or a driver: the cleanup stays pending, and quitting and waiting for the other cleanups still
   * succeed.
   */
  #logBugOnce({ id, uploadId, profileId }: PendingCleanup, cause: unknown): void {
    if (this.#withBug.has(id)) return;
    this.#withBug.add(id);
    this.#ports.log.attempt({ uploadId, attempt: 0, profileId, ms: 0, bytes: 0, outcome: 'bug', cause });
  }

  #complete(cleanup: PendingCleanup): void {
    this.#pending.delete(cleanup.id);
    const wasUnsaved = this.#unsaved.delete(cleanup.id);
    if (wasUnsaved || this.#closed) return;
    try {
      this.#ports.pendingCleanups.remove(cleanup.id);
    } catch (cause) {
      // The next start runs the cleanup again, which does no harm.
      if (!isDiskFull(cause)) this.#ports.log.problem('remove a pending cleanup', cause);
    }
  }
}
