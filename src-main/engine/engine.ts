/**
 * The one loop: takes what `schedule` picks, opens the source, gets the destination, runs, and turns the outcome into
 * events for `reduce`. Uploads that are not finished live here; finished ones live in the records only.
 */
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import {
  isTerminal,
  type ChainStep,
  type Link,
  type LinkWish,
  type ProfileId,
  type Upload,
  type UploadId,
  type UploadIn,
} from '../../src-shared/upload.ts';
import { Attempt, type Signals, type Stored } from './attempt.ts';
import { Batches } from './batches.ts';
import { decide, isRefusal, type Decision, type Patience } from './decide.ts';
import { Lanes } from './lanes.ts';
import { Ledger } from './ledger.ts';
import { asideMs, Owed } from './owed.ts';
import { paceLimits, type PaceLimits } from './pace.ts';
import type { AcceptedFile, Ports } from './ports.ts';
import { isProgress, reduce, type UploadEvent } from './reduce.ts';
import { profileOf, schedule } from './schedule.ts';

export interface EngineOptions {
  /** uploads at once, wherever they go: each has a file open */
  parallel: number;
  /** requests with a body at once, of each destination */
  pace: PaceLimits;
  /** ms between looks at whether the network is back */
  onlineProbeMs: number;
  /** What becomes of uploads whose destination refused another one's key: wait until it is mended, or fail with the same error. */
  blocked: Patience;
}

/** Why an attempt is cut off. Only after `canceled` has what it still stores to go. */
type StopReason = 'canceled' | 'paused' | 'shutdown' | 'woken' | 'lost';

interface Run extends Signals {
  ended: Promise<void>;
}

type Running = UploadIn<'uploading' | 'verifying'>;

const stopMs = 2500;
/** Somebody waits for it, but what is not removed by then stays at the store for good. */
const leaveMs = 5000;
/** ms between looks at the clock: a computer that slept has timers that are late and sockets that are dead */
const tickMs = 5000;
const sleptMs = 15_000;
const dayMs = 24 * 60 * 60_000;
const weekMs = 7 * dayMs;

export class Engine {
  readonly #ports: Ports;
  readonly #options: EngineOptions;
  readonly #runs = new Map<UploadId, Run>();
  readonly #lanes = new Map<ProfileId, Lanes>();
  /** Somebody pressed "Try again" or "Try now". */
  readonly #urgent = new Set<UploadId>();
  /** Destinations to which there was no network the last time. */
  readonly #offline = new Set<ProfileId>();
  /** Uploads that failed in this process because their destination refused them. */
  readonly #refused = new Map<ProfileId, Set<UploadId>>();
  /** What a full disk kept from being taken over. */
  #untaken: ((upload: Upload) => boolean) | undefined;
  /** A full disk kept something from being claimed. */
  #isFull = false;
  /** A full disk kept it from being known what is still ours. */
  #unsettled = false;
  readonly #batches: Batches;
  readonly #owed: Owed;
  readonly #ledger: Ledger;
  #takeBackTimer: (() => void) | undefined;
  /** ms since 1970 when it looks at the clock next; much later than that, the computer slept */
  #lookAt = Infinity;
  #takeBackDay: (() => void) | undefined;
  /** ms since 1970 when it is time to look whether the network is back */
  #probeAt: number | undefined;
  #stopListening: (() => void) | undefined;
  #stopped = false;

  constructor(ports: Ports, options: Partial<EngineOptions> = {}) {
    this.#ports = ports;
    this.#options = { parallel: 64, pace: paceLimits, onlineProbeMs: 30_000, blocked: 'wait', ...options };
    this.#batches = new Batches((ended) => ports.events.settled(ended));
    this.#owed = new Owed({
      ...ports,
      quiet: async (id) => {
        await this.#runs.get(id)?.ended;
      },
    });
    this.#ledger = new Ledger(ports, this.#owed, {
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
    this.#stopListening = this.#ports.network.onOnline(() => this.#cameOnline());
    this.#everyDay();
  }

  /**
   * Takes over what no living process owns, or of that what `only` says. What was running goes on from its checkpoint; a
   * stream cannot, because what was read of it is gone.
   */
  takeOver({ only = () => true }: { only?: (upload: Upload) => boolean } = {}): void {
    const { records, clock } = this.#ports;
    const before = this.#untaken;
    const wanted = (upload: Upload): boolean => only(upload) || before?.(upload) === true;
    this.#untaken = undefined;
    this.#isFull = false;
    this.#owed.remember();
    for (const upload of records.leftovers()) if (upload.status === 'canceled') this.#letGo(upload.id);
    for (const upload of records.unowned()) {
      if (wanted(upload) && !this.#ledger.has(upload.id) && this.#claims(upload.id)) this.#takeOne(upload.id);
    }
    this.#forget();
    if (this.#isFull) this.#untaken = wanted;
    if (this.#offline.size > 0) this.#probeAt = clock.now();
    this.#pump();
  }

  /** On a full disk nothing can be taken over, until there is space. */
  #claims(id: UploadId): boolean {
    const claimed = this.#ledger.claim(id);
    if (claimed === 'disk-full') this.#isFull = true;
    return claimed === true;
  }

  /** Read again once it is ours: another process may have ended it since it was listed. */
  #takeOne(id: UploadId): void {
    const { records, clock } = this.#ports;
    const upload = records.get(id);
    if (!upload || isTerminal(upload)) {
      this.#ledger.free(id);
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
    if (upload.until === 'online') this.#offline.add(profileOf(upload));
    if (upload.until === 'mended' && this.#options.blocked === 'fail') this.#ledger.apply(id, { type: 'resume' });
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
      ...(file.place === undefined ? {} : { place: file.place }),
      ...(file.collision ? { collision: file.collision } : {}),
      ...(file.wish ? { wish: file.wish } : {}),
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
    await this.#revive(id, { type: 'retry' });
  }

  /** The name was taken: how it goes on with the destination that said so. Anything else stays as it is. */
  async settle(id: UploadId, by: 'replace' | 'new-name'): Promise<void> {
    if (!this.#ledger.has(id)) await this.#revive(id, { type: 'settled', by });
  }

  /** Goes on with the destination that was withheld from a failed upload. */
  async sendAnyway(id: UploadId): Promise<void> {
    await this.#revive(id, { type: 'anyway' });
  }

  /** An ended upload lives again, once nothing of its last attempt is left running. */
  async #revive(id: UploadId, event: UploadEvent): Promise<void> {
    const { records } = this.#ports;
    await this.#runs.get(id)?.ended;
    if (this.#stopped || this.#ledger.has(id) || !records.claim(id)) return;
    const ended = this.#ledger.read(id);
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
    const destination = await destinations.connect(profileOf(upload));
    await this.#aside((signal) => destination.discard({ ref: upload.ref }, signal));
    records.remove(id);
    events.removed(id);
  }

  /** What failed and paused uploads keep at the stores: how many they are, and the bytes as far as they are known. */
  leftovers(): { uploads: number; bytes: number; list: UploadIn<'failed' | 'paused'>[] } {
    const kept = this.#keeping();
    return { uploads: kept.length, bytes: kept.reduce((sum, u) => sum + (u.kept ?? 0), 0), list: kept };
  }

  /** Removes it; a later try begins from zero. Resolves when the stores have answered or did not: what could not be removed now is tried again. */
  async removeLeftovers(): Promise<void> {
    for (const { id } of this.#keeping()) this.#letGo(id);
    await Promise.resolve();
    await this.#owed.settled();
  }

  /**
   * A destination goes away: what is unfinished there ends, and what the store keeps of it and of failed ones is removed.
   * Resolves when the store has answered, or was given enough time for it.
   */
  async leave(profileId: ProfileId): Promise<void> {
    const { records, clock } = this.#ports;
    // Also what is paused, or was left, and nobody works on.
    for (const upload of records.unowned())
      if (profileOf(upload) === profileId && !this.#ledger.has(upload.id) && this.#claims(upload.id))
        this.#takeOne(upload.id);
    for (const { id } of [...this.#ledger.all()].filter((upload) => profileOf(upload) === profileId)) {
      this.#ledger.apply(id, { type: 'cancel', at: clock.now() });
      this.#abort(id, 'canceled');
    }
    this.#pump();
    for (const upload of this.#keeping()) if (profileOf(upload) === profileId) this.#letGo(upload.id);
    await Promise.resolve();
    await this.#withLimit(this.#owed.settled(), leaveMs);
  }

  /**
   * The key or the settings of a destination were changed: what waits for that goes on, and what failed in this process
   * because of it is tried again. What failed earlier has its own button.
   */
  mended(profileId: ProfileId): void {
    if (this.#stopped) return;
    for (const id of this.#refused.get(profileId) ?? []) void this.#retryRefused(id, profileId);
    this.#refused.delete(profileId);
    this.#release(profileId, 'mended');
    this.#owed.pay(profileId);
    this.#pump();
  }

  async #retryRefused(id: UploadId, profileId: ProfileId): Promise<void> {
    const upload = this.#ledger.read(id);
    if (upload?.status !== 'failed' || !isRefusal(upload.error.code) || profileOf(upload) !== profileId) return;
    try {
      await this.retry(id);
    } catch (cause) {
      // A full disk: it stays failed, and has its own button.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }

  /** Takes an ended upload out of the list. What is stored stays stored; what was left unfinished at the store goes. */
  remove(id: UploadId): void {
    const upload = this.#ledger.read(id);
    if (!this.#ledger.has(id) && (!upload || isTerminal(upload))) this.#ledger.remove(id);
  }

  /**
   * A link that works now: one that has expired, or is wanted otherwise than it was, is made again from what was stored.
   * @throws AppFailure invalid-input when the upload is not done; stalled; what connecting and linking throw
   */
  async link(id: UploadId, wish?: LinkWish): Promise<Link> {
    const { records, clock, destinations } = this.#ports;
    const upload = records.get(id);
    if (upload?.status !== 'done') throw failure('invalid-input');
    if (!wish && (upload.link.expiresAt === undefined || upload.link.expiresAt > clock.now())) return upload.link;
    const destination = await destinations.connect(profileOf(upload));
    const link = await this.#aside((signal) => destination.link(upload.ref, signal, wish ?? upload.wish));
    if (records.claim(id)) this.#ledger.applyToResting(id, { type: 'relinked', link });
    return link;
  }

  async #aside<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const takeBack = this.#ports.clock.after(asideMs, () => limit.abort('timeout'));
    try {
      return await act(limit.signal);
    } catch (cause) {
      if (limit.signal.aborted && cause instanceof AppFailure && cause.error.code === 'canceled')
        throw failure('stalled', {}, cause);
      throw cause;
    } finally {
      takeBack();
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
    this.#owed.pay();
    this.#cameOnline();
  }

  /**
   * Another process took this one for dead. What it did not touch stays ours, what it gave back goes on from where it is
   * now, and the rest is let go. At the stores nothing is touched.
   */
  surrender(): void {
    const { records } = this.#ports;
    this.#unsettled = false;
    for (const upload of this.#ledger.all()) {
      const { id } = upload;
      const claimed = this.#ledger.claim(id);
      if (claimed === 'disk-full') {
        this.#unsettled = true;
        continue;
      }
      const now = claimed ? records.get(id) : undefined;
      if (now && now.status === upload.status && now.attempts.at(-1)?.number === upload.attempts.at(-1)?.number)
        continue;
      this.#ledger.lose(id);
      if (now) this.#takeOne(id);
    }
    this.#pump();
  }

  /** Stop is not cancel: checkpoints and records stay, and `takeOver` of a later process goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#takeBackTimer?.();
    this.#takeBackDay?.();
    this.#stopListening?.();
    for (const id of this.#runs.keys()) this.#abort(id, 'shutdown');
    const runs = [...this.#runs.values()].map((run) => run.ended);
    await this.#withLimit(Promise.all(runs).then(() => this.#owed.settled()));
    this.#owed.close();
    // What hangs has nothing to say any more.
    for (const { id } of this.#ledger.all()) this.#ledger.apply(id, { type: 'stopped', at: this.#ports.clock.now() });
    this.#ledger.close();
  }

  /** Quitting must not hang on a store that does not answer: what is left is removed at the next start. */
  async #withLimit(work: Promise<unknown>, ms = stopMs): Promise<void> {
    let takeBack = (): void => undefined;
    await Promise.race([
      work,
      new Promise<void>((ok) => {
        takeBack = this.#ports.clock.after(ms, ok);
      }),
    ]);
    takeBack();
  }

  // ---------------------------------------------------------------- when what runs

  #pump(): void {
    this.#takeBackTimer?.();
    this.#takeBackTimer = undefined;
    if (this.#stopped) return;
    const now = this.#ports.clock.now();
    // Whatever comes first after a sleep, be it another upload's end, must not hide that there was one.
    const slept = now - this.#lookAt > sleptMs;
    this.#lookAt = Infinity;
    if (slept) {
      this.wake();
      return;
    }
    const plan = schedule(this.#ledger.all(), {
      running: new Set(this.#runs.keys()),
      urgent: this.#urgent,
      limit: this.#options.parallel,
      room: (id) => this.#lanesTo(id).room,
      now,
      probe: this.#isTimeToProbe(now),
    });
    for (const id of plan.start) this.#begin(id);
    const wakeAt = Math.min(
      plan.wakeAt ?? Infinity,
      this.#probeAt ?? Infinity,
      this.#runs.size > 0 || this.#waitsForSpace() ? now + tickMs : Infinity,
    );
    if (wakeAt < Infinity) this.#wakeAt(now, Math.max(now, Math.min(wakeAt, now + tickMs)));
  }

  #lanesTo(profileId: ProfileId): Lanes {
    let lanes = this.#lanes.get(profileId);
    if (!lanes) this.#lanes.set(profileId, (lanes = new Lanes(this.#ports.clock, this.#options.pace)));
    return lanes;
  }

  #waitsForSpace(): boolean {
    return this.#ledger.waitsForSpace || this.#unsettled || this.#untaken !== undefined;
  }

  /** Looks at the clock again soon, whatever it waits for: the timers of a computer that slept are late by as long as it slept. */
  #wakeAt(now: number, at: number): void {
    const { clock } = this.#ports;
    this.#lookAt = at;
    this.#takeBackTimer = clock.after(at - now, () => {
      this.#ledger.flush();
      if (this.#unsettled) this.surrender();
      if (this.#untaken) this.takeOver({ only: this.#untaken });
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
      if (u.status === 'waiting' && u.until === 'online') this.#offline.add(profileOf(u));
    return this.#ports.network.online();
  }

  #cameOnline(): void {
    this.#probeAt = this.#ports.clock.now();
    this.#pump();
  }

  /** There is a way to the destination again: what waited for that goes on. */
  #release(profileId: ProfileId, waitedFor: 'online' | 'mended'): void {
    for (const upload of this.#ledger.all()) {
      const { id } = upload;
      if (upload.status === 'waiting' && upload.until === waitedFor && profileOf(upload) === profileId)
        this.#ledger.apply(id, { type: 'resume' });
    }
  }

  #answered(profileId: ProfileId): void {
    if (!this.#offline.delete(profileId)) return;
    this.#release(profileId, 'online');
    this.#owed.pay();
    this.#pump();
  }

  // ---------------------------------------------------------------- one attempt

  #begin(id: UploadId): void {
    this.#urgent.delete(id);
    const run: Run = { controller: new AbortController(), ended: Promise.resolve(), over: false };
    this.#runs.set(id, run);
    const ended = (): void => {
      this.#runs.delete(id);
      this.#pump();
    };
    run.ended = this.#run(id, run).then(ended, (cause: unknown) => {
      this.#broke(id, cause);
      ended();
    });
  }

  /** A fault of our own, such as a listener that threw: it ends this attempt and nothing else, and neither waiting for it nor quitting fails. */
  #broke(uploadId: UploadId, cause: unknown): void {
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
    if (run && reason === 'lost') run.over = true;
    run?.controller.abort(reason);
  }

  async #run(id: UploadId, run: Run): Promise<void> {
    const begun = this.#ports.clock.now();
    try {
      const upload = this.#ledger.apply(id, { type: 'start', at: begun });
      if (!upload) return;
      const { blocked, onlineProbeMs } = this.#options;
      const attempt = new Attempt({
        ports: this.#ports,
        ledger: this.#ledger,
        run,
        lanes: this.#lanesTo(profileOf(upload)).enter(),
        patience: blocked,
        onlineProbeMs,
        answered: () => this.#answered(profileOf(upload)),
        stored: (sent, stored) => this.#stored(sent, stored, run.controller.signal),
      });
      const destination = await this.#ports.destinations.connect(profileOf(upload));
      if (run.controller.signal.aborted) throw failure('canceled');
      if (upload.status === 'uploading') await attempt.send(upload, destination);
      await attempt.check(id, destination);
    } catch (cause) {
      run.over = true;
      this.#attemptFailed(id, cause, run.controller.signal, begun);
    }
  }

  /**
   * Paused meanwhile, it counts. Canceled meanwhile, it has to go. Taken over meanwhile, or after the end of this process, it
   * is the next one's, who finds it by the checkpoint.
   */
  #stored(upload: UploadIn<'uploading'>, { ref, size }: Stored, signal: AbortSignal): void {
    const { id, attempt } = upload;
    const profileId = profileOf(upload);
    const now = this.#ledger.apply(id, { type: 'stored', attempt, ref, size, at: this.#ports.clock.now() });
    if (!now && signal.reason === 'canceled')
      this.#owed.add({ id: this.#ports.random.id(), uploadId: id, profileId, what: { ref } });
    this.#answered(profileId);
    this.#refused.delete(profileId);
    this.#lanesTo(profileId).proved();
    this.#release(profileId, 'mended');
    this.#pump();
  }

  #attemptFailed(id: UploadId, cause: unknown, signal: AbortSignal, begun: number): void {
    const { clock } = this.#ports;
    const upload = this.#ledger.get(id);
    if (upload?.status !== 'uploading' && upload?.status !== 'verifying') return;
    const at = clock.now();
    if (signal.aborted) {
      this.#ledger.apply(id, { type: 'stopped', at });
      return;
    }
    const error = this.#logged(upload, cause, at - begun);
    const decision = this.#decide(error, upload);
    const profileId = profileOf(upload);
    if (decision.do === 'wait' && decision.until === 'online') this.#offline.add(profileId);
    const after = this.#ledger.apply(id, { type: 'attempt-failed', attempt: upload.attempt, error, decision, at });
    if (isRefusal(error.code)) this.#refusedBy(profileId, error, after);
  }

  #decide(error: AppError, upload: Exclude<Upload, { status: 'done' | 'failed' | 'canceled' }>): Decision {
    const { clock, random } = this.#ports;
    return decide(error, {
      source: 'stream' in upload.source ? 'stream' : 'file',
      chain: upload.chain,
      step: upload.step,
      failures: upload.failures,
      now: clock.now(),
      movedAt: isProgress(upload) ? upload.movedAt : undefined,
      random: random.next(),
      patience: this.#options.blocked,
    });
  }

  /** The answer holds for all that wait for this destination; what arrives later asks anew. */
  #refusedBy(profileId: ProfileId, error: AppError, first: Upload | undefined): void {
    this.#lanesTo(profileId).doubted();
    if (first?.status === 'failed')
      this.#refused.set(profileId, (this.#refused.get(profileId) ?? new Set()).add(first.id));
    const at = this.#ports.clock.now();
    for (const upload of this.#ledger.all()) {
      const { id } = upload;
      const isNext = upload.status === 'queued' || (upload.status === 'waiting' && typeof upload.until === 'number');
      if (!isNext || this.#runs.has(id) || profileOf(upload) !== profileId) continue;
      const decision = this.#decide(error, upload);
      const waits = decision.do === 'fail' && this.#options.blocked === 'wait';
      this.#ledger.apply(id, {
        type: 'refused',
        error,
        decision: waits ? { do: 'wait', until: 'mended', failures: upload.failures } : decision,
        at,
      });
    }
  }

  /** The raw cause goes to the log; what the row gets is the error and the id of its log line. */
  #logged(upload: Running, cause: unknown, ms: number): AppError {
    const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
    const raw = cause instanceof AppFailure ? (cause.cause ?? cause) : cause;
    const bytes = upload.status === 'uploading' ? upload.sent : upload.size;
    const diagnosticId = this.#ports.log.attempt({
      uploadId: upload.id,
      attempt: upload.attempt,
      profileId: profileOf(upload),
      ms,
      bytes,
      outcome: error.code,
      cause: raw,
    });
    return { ...error, diagnosticId };
  }

  // ---------------------------------------------------------------- what the stores keep

  #keeping(): UploadIn<'failed' | 'paused'>[] {
    const free = this.#ports.records.unowned().filter(({ id }) => !this.#ledger.has(id));
    const paused = [...this.#ledger.all(), ...free].filter((u) => u.status === 'paused');
    const failed = this.#ports.records.leftovers().filter((u) => u.status === 'failed');
    return [...paused, ...failed].filter((u) => u.checkpoint !== undefined && !this.#runs.has(u.id));
  }

  /** What the store keeps of an upload that does not run goes. */
  #letGo(id: UploadId): void {
    if (this.#ledger.has(id)) this.#ledger.apply(id, { type: 'let-go' });
    else if (this.#claims(id)) this.#ledger.applyToResting(id, { type: 'let-go' });
  }

  #everyDay(): void {
    this.#takeBackDay = this.#ports.clock.after(dayMs, () => {
      this.#forget();
      this.#owed.pay();
      this.#everyDay();
    });
  }

  /** After a week without progress it is taken for given up. */
  #forget(): void {
    const since = this.#ports.clock.now() - weekMs;
    const old = this.#keeping().filter((u) => (u.movedAt ?? u.attempts.at(-1)?.ended ?? u.createdAt) < since);
    for (const { id } of old) this.#letGo(id);
    if (old.length > 0) this.#ports.events.forgotten(old);
  }
}
