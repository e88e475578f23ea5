/** Ports for an engine under test: virtual time, records in memory, and stores whose responses the test scripts. */
import { AppFailure, failure, type AppError, type ErrorCode } from '../../../src-shared/errors.ts';
import {
  type ChainStep,
  type ProfileId,
  type Upload,
  type UploadId,
  type Verification,
} from '../../../src-shared/upload.ts';
import type { EngineOptions } from '../engine-parts.ts';
import { Engine } from '../engine.ts';
import type { AcceptedFile, PendingCleanup, Destination, Ports, Transfer } from '../ports.ts';
import { slicesOf } from './slices-of.ts';
import { VirtualTime } from './virtual-time.ts';

/**
 * The outcome of one attempt. `late`: the file is stored, but the attempt fails, as if the response was lost. `hang`:
 * the attempt never ends, even after a cancel.
 */
export type ScriptedAttempt =
  | { ok: true }
  | { fail: ErrorCode; retryAfterMs?: number; late?: boolean }
  | { throw: Error }
  | { hang: true };

export interface FixtureObject {
  uploadName: string;
  size: number;
  profileId: ProfileId;
}

export class EngineFixture {
  clock = new VirtualTime();
  script: ScriptedAttempt[] = [];
  /** Destinations that refuse every upload, after `refusalMs`. */
  refusals = new Map<ProfileId, ErrorCode>();
  refusalMs = 0;
  /** Whether every request fails as it does without a network. */
  isNetworkDown = (): boolean => false;
  verification: Verification = 'verified';
  /** ms until a new link expires */
  linkLifetimeMs: number | undefined;
  linkError: ErrorCode | undefined;
  /** duration of an attempt in ms */
  attemptMs = 1000;
  sourceError: ErrorCode | undefined;
  /** The current size of the file, when it has changed since it was accepted. */
  changedSize: number | undefined;
  /** The size that the store reports for each object, when it is not the real one. */
  statSize: number | undefined;
  /** The keys of objects whose links were revoked; undefined when the destination cannot revoke links. */
  revoked: Set<string> | undefined;
  discardError: ErrorCode | AppError | undefined;
  objects = new Map<string, FixtureObject>();
  /** The keys of unfinished uploads at the stores. */
  sessions = new Set<string>();
  /** names of the uploads in the order in which they started */
  started: string[] = [];
  /** The destination of each attempt, and its start in ms. */
  attemptedProfiles: ProfileId[] = [];
  attemptedAt: number[] = [];
  /** The checkpoint and the key options of each attempt. */
  checkpoints: unknown[] = [];
  keyOptions: Transfer['keyOptions'][] = [];
  /** requests to delete remote data */
  discards = 0;
  /** attempts that are running */
  running = 0;
  maxRunning = 0;
  /** Requests with a body in flight, per destination; `maxInFlight` is the maximum since the test cleared it. */
  inFlight = new Map<ProfileId, number>();
  maxInFlight = new Map<ProfileId, number>();
  /** Destinations that ask for fewer requests but accept each one. */
  slowsDown = new Set<ProfileId>();
  /** Slots that each attempt holds while it runs. */
  slotsPerUpload = 1;
  /** Every reported state of an upload, in order. */
  changes: Upload[] = [];
  removed: UploadId[] = [];
  settledBatches: Upload[][] = [];
  expired: Upload[] = [];
  /** The outcome of each logged attempt. */
  logged: string[] = [];
  records = new Map<string, Upload>();
  /** The process that owns each upload, as an empty object that stands for it. */
  owners = new Map<UploadId, unknown>();
  pendingCleanups = new Map<string, PendingCleanup>();
  diskFull = false;
  /** The errors of claiming and saving a record and of saving a cleanup, and the numbers of these calls. */
  claimError: AppFailure | undefined;
  saveError: AppFailure | undefined;
  cleanupError: AppFailure | undefined;
  claimCount = 0;
  saveCount = 0;
  cleanupSaveCount = 0;
  /** The driver stores the file although its upload was canceled. */
  ignoresCancel = false;
  /** The errors that the engine logged outside an attempt. */
  problems: unknown[] = [];
  online = true;
  goOnline: () => void = () => undefined;
  /** Cancels the timers of the requests in flight. */
  readonly #pendingRequests = new Set<() => void>();
  #lastNumber = 0;

  engine(options: Partial<EngineOptions> = {}): Engine {
    return new Engine(this.ports(), options);
  }

  ports(): Ports {
    const thisProcess = {};
    return {
      clock: this.clock,
      random: { next: () => 0.5, id: () => `id${++this.#lastNumber}` },
      sources: {
        open: async (source, metadata) => {
          if (this.sourceError) throw failure(this.sourceError);
          const size = 'path' in source ? source.fingerprint.size : 0;
          if (this.changedSize !== undefined && this.changedSize !== size) throw failure('source-changed');
          return {
            name: metadata.name,
            size,
            contentType: metadata.contentType,
            read: async () => 1,
            assertUnchanged: async () => undefined,
            close: async () => undefined,
          };
        },
        refresh: async (source) => ({
          source: { ...source, fingerprint: { ...source.fingerprint, size: this.changedSize ?? 0 } },
          size: this.changedSize ?? 0,
        }),
      },
      destinations: { connect: async (id) => this.#destination(id) },
      links: { probe: async () => this.verification },
      records: {
        insert: (uploads) => {
          this.#failIfDiskFull();
          for (const u of uploads) {
            this.records.set(u.id, u);
            this.owners.set(u.id, thisProcess);
          }
        },
        save: (upload, _, cleanups = []) => {
          this.saveCount++;
          this.#failIfDiskFull();
          if (this.saveError) throw this.saveError;
          if (this.owners.get(upload.id) !== thisProcess) return false;
          this.records.set(upload.id, upload);
          for (const cleanup of cleanups) this.pendingCleanups.set(cleanup.id, cleanup);
          return true;
        },
        claim: (id) => {
          this.claimCount++;
          if (this.claimError) throw this.claimError;
          if (this.owners.has(id) && this.owners.get(id) !== thisProcess) return false;
          this.owners.set(id, thisProcess);
          return true;
        },
        owns: (id) => this.owners.get(id) === thisProcess,
        release: (id) => {
          if (this.owners.get(id) === thisProcess) this.owners.delete(id);
        },
        remove: (id, cleanups = []) => {
          this.#failIfDiskFull();
          if (this.owners.has(id) && this.owners.get(id) !== thisProcess) return false;
          this.records.delete(id);
          this.owners.delete(id);
          for (const cleanup of cleanups) this.pendingCleanups.set(cleanup.id, cleanup);
          return true;
        },
        get: (id) => this.records.get(id),
        releaseAll: () => {
          for (const [id, owner] of this.owners) if (owner === thisProcess) this.owners.delete(id);
        },
        orphansInSlices: (sliceSize, statuses) => {
          const orphans = [...this.records.values()].filter(
            ({ id, status }) => statuses.includes(status) && !this.owners.has(id),
          );
          return slicesOf(orphans, sliceSize);
        },
        unownedWithCheckpoint: () =>
          [...this.records.values()].filter(
            (u) =>
              (u.status === 'failed' || u.status === 'canceled' || (u.status === 'paused' && !this.owners.has(u.id))) &&
              u.checkpoint !== undefined,
          ) as never,
      },
      pendingCleanups: {
        add: (cleanup) => {
          this.cleanupSaveCount++;
          this.#failIfDiskFull();
          if (this.cleanupError) throw this.cleanupError;
          this.pendingCleanups.set(cleanup.id, cleanup);
        },
        all: () => [...this.pendingCleanups.values()],
        remove: (id) => {
          if (this.cleanupError) throw this.cleanupError;
          this.pendingCleanups.delete(id);
        },
      },
      network: {
        online: () => this.online,
        onOnline: (callback) => {
          this.goOnline = callback;
          return () => undefined;
        },
      },
      events: {
        changed: (upload) => {
          this.changes.push(upload);
        },
        removed: (id) => {
          this.removed.push(id);
        },
        batchSettled: (uploads) => {
          this.settledBatches.push(uploads);
        },
        abandonedUploadsExpired: (uploads) => {
          this.expired.push(...uploads);
        },
      },
      log: {
        attempt: (line) => {
          this.logged.push(line.outcome);
          return `D${this.logged.length}`;
        },
        problem: (_, cause) => {
          this.problems.push(cause);
          return `P${this.problems.length}`;
        },
      },
    };
  }

  file(name: string, size = 100): AcceptedFile {
    return {
      name,
      size,
      contentType: 'text/plain',
      source: { path: `/files/${name}`, fingerprint: { size, mtimeMs: 1, dev: '1', ino: '1' } },
    };
  }

  /** The requests in flight never get a response. */
  dropPendingRequests(): void {
    for (const cancelTimer of this.#pendingRequests) cancelTimer();
    this.#pendingRequests.clear();
  }

  /** As after kill -9: no process owns an upload. */
  releaseOwnership(): void {
    this.owners.clear();
  }

  diskFullError(): AppFailure {
    return failure('disk-full');
  }

  #failIfDiskFull(): void {
    if (this.diskFull) throw this.diskFullError();
  }

  #destination(id: ProfileId): Destination {
    return {
      upload: (transfer) => this.#upload(id, transfer),
      stat: async (ref) => {
        const object = this.objects.get(ref as string);
        return object && { size: this.statSize ?? object.size };
      },
      link: async (ref) => {
        if (this.linkError) throw failure(this.linkError);
        return {
          url: `https://store.test/${ref as string}`,
          visibility: 'expiring',
          ...(this.linkLifetimeMs === undefined ? {} : { expiresAt: this.clock.now() + this.linkLifetimeMs }),
        };
      },
      ...(this.revoked ? { revokeLink: async (ref) => void this.revoked!.add(ref as string) } : {}),
      discard: async (what) => {
        this.discards++;
        if (typeof this.discardError === 'object') throw failure(this.discardError.code, this.discardError);
        if (this.discardError) throw failure(this.discardError);
        const key = ('ref' in what ? what.ref : what.checkpoint) as string;
        this.sessions.delete(key);
        this.objects.delete(key);
      },
    };
  }

  async #upload(profileId: ProfileId, transfer: Transfer): Promise<string> {
    const releases: (() => void)[] = [];
    try {
      await Promise.all(
        Array.from({ length: this.slotsPerUpload }, async () => {
          releases.push(await this.#acquireSlot(profileId, transfer));
        }),
      );
      if (this.slowsDown.has(profileId)) transfer.onSlowDown?.();
      return await this.#send(profileId, transfer);
    } finally {
      for (const release of releases) release();
    }
  }

  async #acquireSlot(profileId: ProfileId, { acquireSlot, signal }: Transfer): Promise<() => void> {
    const release = await acquireSlot?.(signal);
    const changeInFlight = (delta: number): number => {
      const inFlight = (this.inFlight.get(profileId) ?? 0) + delta;
      this.inFlight.set(profileId, inFlight);
      return inFlight;
    };
    this.maxInFlight.set(profileId, Math.max(this.maxInFlight.get(profileId) ?? 0, changeInFlight(1)));
    return () => {
      changeInFlight(-1);
      release?.();
    };
  }

  async #send(
    profileId: ProfileId,
    { source, keyOptions, signal, checkpoint, onCheckpoint, onProgress, onBytesStored, onRestart }: Transfer,
  ): Promise<string> {
    const scripted = this.script.shift() ?? { ok: true };
    this.started.push(source.name);
    this.attemptedProfiles.push(profileId);
    this.attemptedAt.push(this.clock.now());
    this.checkpoints.push(checkpoint);
    this.keyOptions.push(keyOptions);
    this.running++;
    this.maxRunning = Math.max(this.maxRunning, this.running);
    try {
      const refusal = this.refusals.get(profileId);
      if (refusal && this.refusalMs > 0) await this.#wait(this.refusalMs, signal, scripted);
      if (refusal) throw failure(refusal);
      if (this.isNetworkDown()) throw failure('offline');
      const size = source.size ?? 0;
      // An earlier attempt stored the file, but its response was lost.
      if (this.objects.has(checkpoint as string)) return checkpoint as string;
      const isResumed = this.sessions.has(checkpoint as string);
      if (checkpoint !== undefined && !isResumed) onRestart?.('store-forgot');
      const key = isResumed ? (checkpoint as string) : `${source.name}-${++this.#lastNumber}`;
      if (isResumed) onProgress(size / 2);
      else await onCheckpoint(key);
      this.sessions.add(key);
      await this.#wait(this.attemptMs / 2, signal, scripted);
      onProgress(size / 2);
      onBytesStored?.(size / 2);
      await this.#wait(this.attemptMs / 2, signal, scripted);
      if (this.isNetworkDown()) throw failure('offline');
      if ('throw' in scripted) throw scripted.throw;
      if ('fail' in scripted && !scripted.late)
        throw failure(
          scripted.fail,
          scripted.retryAfterMs === undefined ? {} : { retryAfterMs: scripted.retryAfterMs },
        );
      this.sessions.delete(key);
      this.objects.set(key, { uploadName: source.name, size, profileId });
      if ('fail' in scripted) throw failure(scripted.fail);
      onProgress(size);
      return key;
    } finally {
      this.running--;
    }
  }

  #wait(ms: number, signal: AbortSignal, scripted: ScriptedAttempt): Promise<void> {
    if ('hang' in scripted) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      const cancelTimer = this.clock.after(ms, () => {
        this.#pendingRequests.delete(cancelTimer);
        resolve();
      });
      this.#pendingRequests.add(cancelTimer);
      const abort = (): void => {
        cancelTimer();
        this.#pendingRequests.delete(cancelTimer);
        reject(new AppFailure({ code: 'canceled' }));
      };
      if (this.ignoresCancel) return;
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

export const chain: ChainStep[] = [{ profileId: 'p1', visibility: 'expiring' }];
