/**
 * The one loop: takes what `schedule` picks, opens the source, gets the destination, runs, and turns the outcome into
 * events for `reduce`. Uploads that are not finished live here; finished ones live in the records only.
 */
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import {
  isTerminal,
  type ChainStep,
  type Link,
  type LinkOverride,
  type ProfileId,
  type Upload,
  type UploadId,
  type UploadIn,
} from '../../src-shared/upload.ts';
import { AttemptRunner, type RunState, type UploadResult } from './attempt-runner.ts';
import { Batches } from './batches.ts';
import { decide, isRefusal, type Decision, type OnBlocked } from './decide.ts';
import { ConcurrencyLimiter } from './concurrency-limiter.ts';
import { Ledger } from './ledger.ts';
import { requestTimeoutMs, CleanupQueue } from './cleanup-queue.ts';
import { defaultConcurrencyLimits, type ConcurrencyLimits } from './adaptive-concurrency.ts';
import type { AcceptedFile, Ports } from './ports.ts';
import { isProgress, reduce, type UploadEvent } from './reduce.ts';
import { currentProfileId, schedule } from './schedule.ts';

export interface EngineOptions {
  /** uploads at once, wherever they go: each has a file open */
  parallel: number;
  /** requests with a body at once, of each destination */
  concurrency: ConcurrencyLimits;
  /** ms between looks at whether the network is back */
  onlineProbeMs: number;
  /** What becomes of uploads whose destination refused another one's key: wait until it is mended, or fail with the same error. */
  blocked: OnBlocked;
}

/** Why an attempt is cut off. Only after `canceled` has what it still stores to go. */
type StopReason = 'canceled' | 'paused' | 'shutdown' | 'woken' | 'lost';

interface Run extends RunState {
  ended: Promise<void>;
}

type Running = UploadIn<'uploading' | 'verifying'>;

const stopTimeoutMs = 2500;
/** Somebody waits for it, but what is not removed by then stays at the store for good. */
const removeDestinationTimeoutMs = 5000;
/** ms between looks at the clock: a computer that slept has timers that are late and sockets that are dead */
const tickMs = 5000;
const sleepThresholdMs = 15_000;
const dayMs = 24 * 60 * 60_000;
const abandonedAfterMs = 7 * dayMs;

export class Engine {
  readonly #ports: Ports;
  readonly #options: EngineOptions;
  readonly #runs = new Map<UploadId, Run>();
  readonly #limiters = new Map<ProfileId, ConcurrencyLimiter>();
  /** Somebody pressed "Try again" or "Try now". */
  readonly #urgent = new Set<UploadId>();
  /** Destinations to which there was no network the last time. */
  readonly #offline = new Set<ProfileId>();
  /** Uploads that failed in this process because their destination refused them. */
  readonly #refusedUploads = new Map<ProfileId, Set<UploadId>>();
  /** What a full disk kept from being taken over. */
  #deferredAdoption: ((upload: Upload) => boolean) | undefined;
  /** A full disk kept something from being claimed. */
  #isClaimBlockedByDisk = false;
  /** A full disk kept it from being known what is still ours. */
  #isOwnershipUnknown = false;
  readonly #batches: Batches;
  readonly #cleanups: CleanupQueue;
  readonly #ledger: Ledger;
  #cancelTick: (() => void) | undefined;
  /** ms since 1970 when it looks at the clock next; much later than that, the computer slept */
  #nextTickAt = Infinity;
  #cancelDailyTimer: (() => void) | undefined;
  /** ms since 1970 when it is time to look whether the network is back */
  #probeAt: number | undefined;
  #stopListening: (() => void) | undefined;
  #stopped = false;

  constructor(ports: Ports, options: Partial<EngineOptions> = {}) {
    this.#ports = ports;
    this.#options = {
      parallel: 64,
      concurrency: defaultConcurrencyLimits,
      onlineProbeMs: 30_000,
      blocked: 'wait',
      ...options,
    };
    this.#batches = new Batches((ended) => ports.events.batchSettled(ended));
    this.#cleanups = new CleanupQueue({
      ...ports,
      whenIdle: async (id) => {
        await this.#runs.get(id)?.ended;
      },
    });
    this.#ledger = new Ledger(ports, this.#cleanups, {
      ended: (upload) => {
        this.#urgent.delete(upload.id);
        this.#batches.end(upload);
      },
      lost: (upload) => {
        this.#abort(upload.id, 'lost');
        this.#batches.end(upload);
      },
    });
  }

  /** Begins to listen for the network; uploads that are enqueued run from now on. */
  start(): void {
    this.#stopListening = this.#ports.network.onOnline(() => this.#onOnline());
    this.#scheduleDailyCleanup();
  }

  /**
   * Takes over what no living process owns, or of that what `only` says. What was running goes on from its checkpoint; a
   * stream cannot, because what was read of it is gone.
   */
  adoptOrphans({ only = () => true }: { only?: (upload: Upload) => boolean } = {}): void {
    const { records, clock } = this.#ports;
    const earlier = this.#deferredAdoption;
    const wanted = (upload: Upload): boolean => only(upload) || earlier?.(upload) === true;
    this.#deferredAdoption = undefined;
    this.#isClaimBlockedByDisk = false;
    this.#cleanups.load();
    for (const upload of records.endedWithCheckpoint())
      if (upload.status === 'canceled') this.#releaseRemote(upload.id);
    for (const upload of records.orphans()) {
      if (wanted(upload) && !this.#ledger.has(upload.id) && this.#tryClaim(upload.id)) this.#adopt(upload.id);
    }
    this.#expireAbandoned();
    if (this.#isClaimBlockedByDisk) this.#deferredAdoption = wanted;
    if (this.#offline.size > 0) this.#probeAt = clock.now();
    this.#pump();
  }

  /** On a full disk nothing can be taken over, until there is space. */
  #tryClaim(id: UploadId): boolean {
    const claimed = this.#ledger.claim(id);
    if (claimed === 'disk-full') this.#isClaimBlockedByDisk = true;
    return claimed === true;
  }

  /** Read again once it is ours: another process may have ended it since it was listed. */
  #adopt(id: UploadId): void {
    const { records, clock } = this.#ports;
    const upload = records.get(id);
    if (!upload || isTerminal(upload)) {
      this.#ledger.release(id);
      return;
    }
    this.#ledger.add(upload);
    this.#batches.add(upload);
    if ('stream' in upload.source && upload.status !== 'verifying') {
      this.#ledger.apply(id, { type: 'fail', error: { code: 'source-missing' }, at: clock.now() });
      return;
    }
    if (upload.status === 'uploading') this.#ledger.apply(id, { type: 'stopped', at: clock.now() });
    if (upload.status !== 'waiting') return;
    if (upload.until === 'online') this.#offline.add(currentProfileId(upload));
    if (upload.until === 'profile-fixed' && this.#options.blocked === 'fail')
      this.#ledger.apply(id, { type: 'resume' });
  }

  /**
   * The records are durable when this returns.
   * @throws AppFailure no-destination, disk-full
   */
  enqueue(files: AcceptedFile[], chain: ChainStep[]): Upload[] {
    if (chain.length === 0) throw failure('no-destination');
    const { clock, random, records, events } = this.#ports;
    const batchId = random.id();
    const uploads = files.map((file, position): Upload => ({
      v: 1,
      id: random.id(),
      batchId,
      position,
      name: file.name,
      size: file.size,
      contentType: file.contentType,
      source: file.source,
      chain,
      step: 0,
      attempts: [],
      createdAt: clock.now(),
      ...(file.folder ? { folder: file.folder } : {}),
      ...(file.keyTemplate === undefined ? {} : { keyTemplate: file.keyTemplate }),
      ...(file.collision ? { collision: file.collision } : {}),
      ...(file.linkOverride ? { linkOverride: file.linkOverride } : {}),
      status: 'queued',
      failures: 0,
    }));
    records.insert(uploads);
    for (const upload of uploads) {
      this.#ledger.add(upload);
      this.#batches.add(upload);
      events.changed(upload, 'status');
    }
    this.#pump();
    return uploads;
  }

  /** The row says so at once; the wire falls silent and what was stored of it is removed right after. */
  cancel(id: UploadId): void {
    this.#ledger.apply(id, { type: 'cancel', at: this.#ports.clock.now() });
    this.#abort(id, 'canceled');
    this.#pump();
  }

  /** Stops sending; what the store has of it stays there, and `resume` goes on with it. What is stored already is verified first. */
  pause(id: UploadId): void {
    if (this.#ledger.apply(id, { type: 'pause', at: this.#ports.clock.now() })?.status !== 'paused') return;
    this.#abort(id, 'paused');
    this.#pump();
  }

  resume(id: UploadId): void {
    if (this.#ledger.get(id)?.status !== 'paused') return;
    this.#ledger.apply(id, { type: 'resume' });
    this.#pump();
  }

  /** Starts a failed or canceled upload again; one that waits does not wait any longer. Anything else stays as it is. */
  async retry(id: UploadId): Promise<void> {
    if (this.#ledger.get(id)?.status === 'waiting') {
      this.#urgent.add(id);
      this.#ledger.apply(id, { type: 'resume' });
      this.#pump();
      return;
    }
    await this.#restart(id, { type: 'retry' });
  }

  /** The name was taken: how it goes on with the destination that said so. Anything else stays as it is. */
  async resolveNameConflict(id: UploadId, resolution: 'replace' | 'new-name'): Promise<void> {
    if (!this.#ledger.has(id)) await this.#restart(id, { type: 'name-conflict-resolved', by: resolution });
  }

  /** Goes on with the destination that was withheld from a failed upload. */
  async sendAnyway(id: UploadId): Promise<void> {
    await this.#restart(id, { type: 'fallback-approved' });
  }

  /** An ended upload lives again, once nothing of its last attempt is left running. */
  async #restart(id: UploadId, event: UploadEvent): Promise<void> {
    const { records } = this.#ports;
    await this.#runs.get(id)?.ended;
    if (this.#stopped || this.#ledger.has(id) || !records.claim(id)) return;
    const ended = this.#ledger.find(id);
    if (!ended || !isTerminal(ended) || reduce(ended, event) === ended) {
      records.release(id);
      return;
    }
    this.#ledger.add(ended);
    this.#batches.add(ended);
    this.#urgent.add(id);
    this.#ledger.apply(id, event);
    this.#pump();
  }

  /**
   * Deletes what was stored, then takes the entry out of the list.
   * @throws AppFailure invalid-input when the upload is not done; stalled; what connecting and deleting throw
   */
  async unpublish(id: UploadId): Promise<void> {
    const { records, destinations, events } = this.#ports;
    const upload = records.get(id);
    if (upload?.status !== 'done') throw failure('invalid-input');
    const destination = await destinations.connect(currentProfileId(upload));
    await this.#withTimeout((signal) => destination.discard({ ref: upload.ref }, signal));
    records.remove(id);
    events.removed(id);
  }

  /** What failed and paused uploads keep at the stores: how many they are, and the bytes as far as they are known. */
  leftovers(): { uploads: number; bytes: number; list: UploadIn<'failed' | 'paused'>[] } {
    const resumable = this.#resumableUploads();
    return {
      uploads: resumable.length,
      bytes: resumable.reduce((sum, u) => sum + (u.bytesStored ?? 0), 0),
      list: resumable,
    };
  }

  /** Removes it; a later try begins from zero. Resolves when the stores have answered or did not: what could not be removed now is tried again. */
  async removeLeftovers(): Promise<void> {
    for (const { id } of this.#resumableUploads()) this.#releaseRemote(id);
    await Promise.resolve();
    await this.#cleanups.whenSettled();
  }

  /**
   * A destination goes away: what is unfinished there ends, and what the store keeps of it and of failed ones is removed.
   * Resolves when the store has answered, or was given enough time for it.
   */
  async removeDestination(profileId: ProfileId): Promise<void> {
    const { records, clock } = this.#ports;
    // Also what is paused, or was left, and nobody works on.
    for (const upload of records.orphans())
      if (currentProfileId(upload) === profileId && !this.#ledger.has(upload.id) && this.#tryClaim(upload.id))
        this.#adopt(upload.id);
    for (const { id } of [...this.#ledger.all()].filter((upload) => currentProfileId(upload) === profileId)) {
      this.#ledger.apply(id, { type: 'cancel', at: clock.now() });
      this.#abort(id, 'canceled');
    }
    this.#pump();
    for (const upload of this.#resumableUploads())
      if (currentProfileId(upload) === profileId) this.#releaseRemote(upload.id);
    await Promise.resolve();
    await this.#waitAtMost(this.#cleanups.whenSettled(), removeDestinationTimeoutMs);
  }

  /**
   * The key or the settings of a destination were changed: what waits for that goes on, and what failed in this process
   * because of it is tried again. What failed earlier has its own button.
   */
  onProfileChanged(profileId: ProfileId): void {
    if (this.#stopped) return;
    for (const id of this.#refusedUploads.get(profileId) ?? []) void this.#retryRefused(id, profileId);
    this.#refusedUploads.delete(profileId);
    this.#resumeWaiting(profileId, 'profile-fixed');
    this.#cleanups.run(profileId);
    this.#pump();
  }

  async #retryRefused(id: UploadId, profileId: ProfileId): Promise<void> {
    const upload = this.#ledger.find(id);
    if (upload?.status !== 'failed' || !isRefusal(upload.error.code) || currentProfileId(upload) !== profileId) return;
    try {
      await this.retry(id);
    } catch (cause) {
      // A full disk: it stays failed, and has its own button.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }

  /** Takes an ended upload out of the list. What is stored stays stored; what was left unfinished at the store goes. */
  remove(id: UploadId): void {
    const upload = this.#ledger.find(id);
    if (!this.#ledger.has(id) && (!upload || isTerminal(upload))) this.#ledger.remove(id);
  }

  /**
   * A link that works now: one that has expired, or is wanted otherwise than it was, is made again from what was stored.
   * @throws AppFailure invalid-input when the upload is not done; stalled; what connecting and linking throw
   */
  async link(id: UploadId, linkOverride?: LinkOverride): Promise<Link> {
    const { records, clock, destinations } = this.#ports;
    const upload = records.get(id);
    if (upload?.status !== 'done') throw failure('invalid-input');
    if (!linkOverride && (upload.link.expiresAt === undefined || upload.link.expiresAt > clock.now()))
      return upload.link;
    const destination = await destinations.connect(currentProfileId(upload));
    const link = await this.#withTimeout((signal) =>
      destination.link(upload.ref, signal, linkOverride ?? upload.linkOverride),
    );
    if (records.claim(id)) this.#ledger.applyAndRelease(id, { type: 'relinked', link });
    return link;
  }

  async #withTimeout<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const cancelTimer = this.#ports.clock.after(requestTimeoutMs, () => limit.abort('timeout'));
    try {
      return await act(limit.signal);
    } catch (cause) {
      if (limit.signal.aborted && cause instanceof AppFailure && cause.error.code === 'canceled')
        throw failure('stalled', {}, cause);
      throw cause;
    } finally {
      cancelTimer();
    }
  }

  /** Whether this process works on it. */
  has(id: UploadId): boolean {
    return this.#ledger.has(id);
  }

  /** Every upload of this process that is not finished. */
  unfinished(): Upload[] {
    return [...this.#ledger.all()];
  }

  /** The computer slept, so every socket is dead: what was running goes on from its checkpoint. What is read from a pipe cannot. */
  wake(): void {
    for (const id of this.#runs.keys()) {
      const upload = this.#ledger.get(id);
      if (upload && !('stream' in upload.source)) this.#abort(id, 'woken');
    }
    this.#cleanups.run();
    this.#onOnline();
  }

  /**
   * Another process took this one for dead. What it did not touch stays ours, what it gave back goes on from where it is
   * now, and the rest is let go. At the stores nothing is touched.
   */
  onLeaseLost(): void {
    const { records } = this.#ports;
    this.#isOwnershipUnknown = false;
    for (const upload of this.#ledger.all()) {
      const { id } = upload;
      const claimed = this.#ledger.claim(id);
      if (claimed === 'disk-full') {
        this.#isOwnershipUnknown = true;
        continue;
      }
      const now = claimed ? records.get(id) : undefined;
      if (now && now.status === upload.status && now.attempts.at(-1)?.number === upload.attempts.at(-1)?.number)
        continue;
      this.#ledger.drop(id);
      if (now) this.#adopt(id);
    }
    this.#pump();
  }

  /** Stop is not cancel: checkpoints and records stay, and `takeOver` of a later process goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTick?.();
    this.#cancelDailyTimer?.();
    this.#stopListening?.();
    for (const id of this.#runs.keys()) this.#abort(id, 'shutdown');
    const runs = [...this.#runs.values()].map((run) => run.ended);
    await this.#waitAtMost(Promise.all(runs).then(() => this.#cleanups.whenSettled()));
    this.#cleanups.close();
    // What hangs has nothing to say any more.
    for (const { id } of this.#ledger.all()) this.#ledger.apply(id, { type: 'stopped', at: this.#ports.clock.now() });
    this.#ledger.close();
  }

  /** Quitting must not hang on a store that does not answer: what is left is removed at the next start. */
  async #waitAtMost(work: Promise<unknown>, ms = stopTimeoutMs): Promise<void> {
    let cancelTimer = (): void => undefined;
    await Promise.race([
      work,
      new Promise<void>((ok) => {
        cancelTimer = this.#ports.clock.after(ms, ok);
      }),
    ]);
    cancelTimer();
  }

  // ---------------------------------------------------------------- when what runs

  #pump(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    if (this.#stopped) return;
    const now = this.#ports.clock.now();
    // Whatever comes first after a sleep, be it another upload's end, must not hide that there was one.
    const hasSlept = now - this.#nextTickAt > sleepThresholdMs;
    this.#nextTickAt = Infinity;
    if (hasSlept) {
      this.wake();
      return;
    }
    const plan = schedule(this.#ledger.all(), {
      running: new Set(this.#runs.keys()),
      urgent: this.#urgent,
      limit: this.#options.parallel,
      capacity: (id) => this.#limiterFor(id).capacity,
      now,
      probe: this.#isTimeToProbe(now),
    });
    for (const id of plan.start) this.#startRun(id);
    const wakeAt = Math.min(
      plan.wakeAt ?? Infinity,
      this.#probeAt ?? Infinity,
      this.#runs.size > 0 || this.#waitsForSpace() ? now + tickMs : Infinity,
    );
    if (wakeAt < Infinity) this.#scheduleTick(now, Math.max(now, Math.min(wakeAt, now + tickMs)));
  }

  #limiterFor(profileId: ProfileId): ConcurrencyLimiter {
    let limiter = this.#limiters.get(profileId);
    if (!limiter)
      this.#limiters.set(profileId, (limiter = new ConcurrencyLimiter(this.#ports.clock, this.#options.concurrency)));
    return limiter;
  }

  #waitsForSpace(): boolean {
    return this.#ledger.waitsForSpace || this.#isOwnershipUnknown || this.#deferredAdoption !== undefined;
  }

  /** Looks at the clock again soon, whatever it waits for: the timers of a computer that slept are late by as long as it slept. */
  #scheduleTick(now: number, at: number): void {
    const { clock } = this.#ports;
    this.#nextTickAt = at;
    this.#cancelTick = clock.after(at - now, () => {
      this.#ledger.flush();
      if (this.#isOwnershipUnknown) this.onLeaseLost();
      if (this.#deferredAdoption) this.adoptOrphans({ only: this.#deferredAdoption });
      this.#pump();
    });
  }

  #isTimeToProbe(now: number): boolean {
    if (this.#offline.size === 0) {
      this.#probeAt = undefined;
      return false;
    }
    this.#probeAt ??= now + this.#options.onlineProbeMs;
    if (this.#probeAt > now) return false;
    this.#probeAt = now + this.#options.onlineProbeMs;
    this.#offline.clear();
    for (const u of this.#ledger.all())
      if (u.status === 'waiting' && u.until === 'online') this.#offline.add(currentProfileId(u));
    return this.#ports.network.online();
  }

  #onOnline(): void {
    this.#probeAt = this.#ports.clock.now();
    this.#pump();
  }

  /** There is a way to the destination again: what waited for that goes on. */
  #resumeWaiting(profileId: ProfileId, until: 'online' | 'profile-fixed'): void {
    for (const upload of this.#ledger.all()) {
      const { id } = upload;
      if (upload.status === 'waiting' && upload.until === until && currentProfileId(upload) === profileId)
        this.#ledger.apply(id, { type: 'resume' });
    }
  }

  #onReachable(profileId: ProfileId): void {
    if (!this.#offline.delete(profileId)) return;
    this.#resumeWaiting(profileId, 'online');
    this.#cleanups.run();
    this.#pump();
  }

  // ---------------------------------------------------------------- one attempt

  #startRun(id: UploadId): void {
    this.#urgent.delete(id);
    const run: Run = { controller: new AbortController(), ended: Promise.resolve(), isOver: false };
    this.#runs.set(id, run);
    const ended = (): void => {
      this.#runs.delete(id);
      this.#pump();
    };
    run.ended = this.#run(id, run).then(ended, (cause: unknown) => {
      this.#logBug(id, cause);
      ended();
    });
  }

  /** A fault of our own, such as a listener that threw: it ends this attempt and nothing else, and neither waiting for it nor quitting fails. */
  #logBug(uploadId: UploadId, cause: unknown): void {
    this.#ports.log.attempt({
      uploadId,
      attempt: this.#ledger.get(uploadId)?.attempts.at(-1)?.number ?? 0,
      profileId: '',
      ms: 0,
      bytes: 0,
      outcome: 'bug',
      cause,
    });
  }

  #abort(id: UploadId, reason: StopReason): void {
    const run = this.#runs.get(id);
    if (run && reason === 'lost') run.isOver = true;
    run?.controller.abort(reason);
  }

  async #run(id: UploadId, run: Run): Promise<void> {
    const startedAt = this.#ports.clock.now();
    try {
      const upload = this.#ledger.apply(id, { type: 'start', at: startedAt });
      if (!upload) return;
      const { blocked, onlineProbeMs } = this.#options;
      const attempt = new AttemptRunner({
        ports: this.#ports,
        ledger: this.#ledger,
        run,
        limiter: this.#limiterFor(currentProfileId(upload)).createUploadSlots(),
        onBlocked: blocked,
        onlineProbeMs,
        onReachable: () => this.#onReachable(currentProfileId(upload)),
        onStored: (sent, result) => this.#onStored(sent, result, run.controller.signal),
      });
      const destination = await this.#ports.destinations.connect(currentProfileId(upload));
      if (run.controller.signal.aborted) throw failure('canceled');
      if (upload.status === 'uploading') await attempt.send(upload, destination);
      await attempt.verifyUpload(id, destination);
    } catch (cause) {
      run.isOver = true;
      this.#attemptFailed(id, cause, run.controller.signal, startedAt);
    }
  }

  /**
   * Paused meanwhile, it counts. Canceled meanwhile, it has to go. Taken over meanwhile, or after the end of this process, it
   * is the next one's, who finds it by the checkpoint.
   */
  #onStored(upload: UploadIn<'uploading'>, { ref, size }: UploadResult, signal: AbortSignal): void {
    const { id, attempt } = upload;
    const profileId = currentProfileId(upload);
    const now = this.#ledger.apply(id, { type: 'stored', attempt, ref, size, at: this.#ports.clock.now() });
    if (!now && signal.reason === 'canceled')
      this.#cleanups.add({ id: this.#ports.random.id(), uploadId: id, profileId, what: { ref } });
    this.#onReachable(profileId);
    this.#refusedUploads.delete(profileId);
    this.#limiterFor(profileId).markAccepting();
    this.#resumeWaiting(profileId, 'profile-fixed');
    this.#pump();
  }

  #attemptFailed(id: UploadId, cause: unknown, signal: AbortSignal, startedAt: number): void {
    const { clock } = this.#ports;
    const upload = this.#ledger.get(id);
    if (upload?.status !== 'uploading' && upload?.status !== 'verifying') return;
    const at = clock.now();
    if (signal.aborted) {
      this.#ledger.apply(id, { type: 'stopped', at });
      return;
    }
    const error = this.#logFailure(upload, cause, at - startedAt);
    const decision = this.#decide(error, upload);
    const profileId = currentProfileId(upload);
    if (decision.do === 'wait' && decision.until === 'online') this.#offline.add(profileId);
    const after = this.#ledger.apply(id, { type: 'attempt-failed', attempt: upload.attempt, error, decision, at });
    if (isRefusal(error.code)) this.#onRefused(profileId, error, after);
  }

  #decide(error: AppError, upload: Exclude<Upload, { status: 'done' | 'failed' | 'canceled' }>): Decision {
    const { clock, random } = this.#ports;
    return decide(error, {
      source: 'stream' in upload.source ? 'stream' : 'file',
      chain: upload.chain,
      step: upload.step,
      failures: upload.failures,
      now: clock.now(),
      lastProgressAt: isProgress(upload) ? upload.lastProgressAt : undefined,
      random: random.next(),
      onBlocked: this.#options.blocked,
    });
  }

  /** The answer holds for all that wait for this destination; what arrives later asks anew. */
  #onRefused(profileId: ProfileId, error: AppError, first: Upload | undefined): void {
    this.#limiterFor(profileId).markRefusing();
    if (first?.status === 'failed')
      this.#refusedUploads.set(profileId, (this.#refusedUploads.get(profileId) ?? new Set()).add(first.id));
    const at = this.#ports.clock.now();
    for (const upload of this.#ledger.all()) {
      const { id } = upload;
      const isNext = upload.status === 'queued' || (upload.status === 'waiting' && typeof upload.until === 'number');
      if (!isNext || this.#runs.has(id) || currentProfileId(upload) !== profileId) continue;
      const decision = this.#decide(error, upload);
      const waits = decision.do === 'fail' && this.#options.blocked === 'wait';
      this.#ledger.apply(id, {
        type: 'refused',
        error,
        decision: waits ? { do: 'wait', until: 'profile-fixed', failures: upload.failures } : decision,
        at,
      });
    }
  }

  /** The raw cause goes to the log; what the row gets is the error and the id of its log line. */
  #logFailure(upload: Running, cause: unknown, ms: number): AppError {
    const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
    const raw = cause instanceof AppFailure ? (cause.cause ?? cause) : cause;
    const bytes = upload.status === 'uploading' ? upload.sent : upload.size;
    const diagnosticId = this.#ports.log.attempt({
      uploadId: upload.id,
      attempt: upload.attempt,
      profileId: currentProfileId(upload),
      ms,
      bytes,
      outcome: error.code,
      cause: raw,
    });
    return { ...error, diagnosticId };
  }

  // ---------------------------------------------------------------- what the stores keep

  #resumableUploads(): UploadIn<'failed' | 'paused'>[] {
    const free = this.#ports.records.orphans().filter(({ id }) => !this.#ledger.has(id));
    const paused = [...this.#ledger.all(), ...free].filter((u) => u.status === 'paused');
    const failed = this.#ports.records.endedWithCheckpoint().filter((u) => u.status === 'failed');
    return [...paused, ...failed].filter((u) => u.checkpoint !== undefined && !this.#runs.has(u.id));
  }

  /** What the store keeps of an upload that does not run goes. */
  #releaseRemote(id: UploadId): void {
    if (this.#ledger.has(id)) this.#ledger.apply(id, { type: 'remote-released' });
    else if (this.#tryClaim(id)) this.#ledger.applyAndRelease(id, { type: 'remote-released' });
  }

  #scheduleDailyCleanup(): void {
    this.#cancelDailyTimer = this.#ports.clock.after(dayMs, () => {
      this.#expireAbandoned();
      this.#cleanups.run();
      this.#scheduleDailyCleanup();
    });
  }

  /** After a week without progress it is taken for given up. */
  #expireAbandoned(): void {
    const since = this.#ports.clock.now() - abandonedAfterMs;
    const old = this.#resumableUploads().filter(
      (u) => (u.lastProgressAt ?? u.attempts.at(-1)?.ended ?? u.createdAt) < since,
    );
    for (const { id } of old) this.#releaseRemote(id);
    if (old.length > 0) this.#ports.events.abandonedExpired(old);
  }
}
