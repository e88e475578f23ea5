/**
 * The one loop: takes what `schedule` picks, opens the source, gets the destination, runs, and turns the outcome into
 * events for `reduce`. Uploads that are not finished live here; finished ones live in the records only.
 */
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import { isTerminal, type ChainStep, type Checkpoint, type Link, type ProfileId, type Ref, type Upload, type UploadId, type UploadIn } from '../../src-shared/upload.ts';
import { Batches } from './batches.ts';
import { decide } from './decide.ts';
import type { AcceptedFile, Destination, Ports, Source } from './ports.ts';
import { reduce, type UploadEvent } from './reduce.ts';
import { schedule } from './schedule.ts';
import { verify } from './verify.ts';

export interface EngineOptions {
  /** uploads at once */
  parallel: number;
  /** ms between looks at whether the network is back */
  onlineProbeMs: number;
}

type StopReason = 'canceled' | 'shutdown';
interface Run { controller: AbortController; ended: Promise<void> }

/** The longest a request outside an attempt may take. */
const asideMs = 30_000;
const stopMs = 2500;

export class Engine {
  readonly #ports: Ports;
  readonly #options: EngineOptions;
  readonly #live = new Map<UploadId, Upload>();
  readonly #runs = new Map<UploadId, Run>();
  readonly #cleaning = new Map<UploadId, Promise<void>>();
  readonly #batches: Batches;
  #takeBackTimer: (() => void) | undefined;
  /** ms since 1970 when it is time to look whether the network is back */
  #probeAt: number | undefined;
  #stopListening: (() => void) | undefined;
  #stopped = false;

  constructor(ports: Ports, options: Partial<EngineOptions> = {}) {
    this.#ports = ports;
    this.#options = { parallel: 4, onlineProbeMs: 30_000, ...options };
    this.#batches = new Batches((ended) => ports.events.settled(ended));
  }

  /** Begins to listen for the network; uploads that are enqueued run from now on. */
  start(): void {
    const { clock, network } = this.#ports;
    this.#stopListening = network.onOnline(() => { this.#probeAt = clock.now(); this.#pump(); });
  }

  /** Takes over what no living process owns: what was running is listed as interrupted, the rest goes on. */
  takeOver(): void {
    const { records } = this.#ports;
    for (const upload of records.leftovers()) if (upload.checkpoint !== undefined) this.#cleanUp(upload, upload.checkpoint);
    for (const upload of records.unowned()) {
      if (records.claim(upload.id)) this.#takeOne(upload.id);
    }
    this.#pump();
  }

  /** Read again once it is ours: another process may have ended it since it was listed. */
  #takeOne(id: UploadId): void {
    const { records, clock } = this.#ports;
    const upload = records.get(id);
    if (!upload || isTerminal(upload)) { records.release(id); return; }
    this.#live.set(id, upload);
    this.#batches.add(upload);
    if (upload.status === 'uploading') this.#dispatch(id, { type: 'interrupted', error: { code: 'interrupted' }, at: clock.now() });
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
      v: 1, id: random.id(), batchId, position, name: file.name, size: file.size, contentType: file.contentType, source: file.source,
      chain, step: 0, attempts: [], createdAt: clock.now(), ...(file.folder ? { folder: file.folder } : {}), status: 'queued', failures: 0,
    }));
    records.insert(uploads);
    for (const upload of uploads) {
      this.#live.set(upload.id, upload);
      this.#batches.add(upload);
      events.changed(upload, 'status');
    }
    this.#pump();
    return uploads;
  }

  /** The row says so at once; the wire falls silent and what was stored of it is removed right after. */
  cancel(id: UploadId): void {
    this.#dispatch(id, { type: 'cancel', at: this.#ports.clock.now() });
    this.#runs.get(id)?.controller.abort('canceled' satisfies StopReason);
  }

  /** Starts a failed or canceled upload again; anything else stays as it is. */
  async retry(id: UploadId): Promise<void> {
    await this.#runs.get(id)?.ended;
    await this.#cleaning.get(id);
    const { records } = this.#ports;
    const ended = records.get(id);
    if (!ended || this.#live.has(id) || !isTerminal(ended) || ended.status === 'done' || !records.claim(id)) return;
    this.#live.set(id, ended);
    this.#batches.add(ended);
    this.#dispatch(id, { type: 'retry' });
    this.#pump();
  }

  /** Stops sending; what the store has of it stays there, and `resume` goes on with it. */
  pause(_id: UploadId): void { throw failure('bug'); }

  resume(_id: UploadId): void { throw failure('bug'); }

  /** Goes on with the destination that was withheld from a failed upload. */
  async sendAnyway(_id: UploadId): Promise<void> { throw failure('bug'); }

  /**
   * Deletes what was stored, then takes the entry out of the list.
   * @throws AppFailure invalid-input when the upload is not done; what connecting and deleting throw
   */
  async unpublish(_id: UploadId): Promise<void> { throw failure('bug'); }

  /** What failed and paused uploads keep at the stores. */
  leftovers(): { uploads: number; bytes: number } { return { uploads: 0, bytes: 0 }; }

  async removeLeftovers(): Promise<void> { throw failure('bug'); }

  /** The key or the settings of a destination were changed: what waits for that goes on. */
  mended(_profileId: ProfileId): void { throw failure('bug'); }

  /** Takes an ended upload out of the list; what is stored stays stored. */
  remove(id: UploadId): void {
    if (this.#live.has(id)) return;
    this.#ports.records.remove(id);
    this.#ports.events.removed(id);
  }

  /**
   * A link that works now: one that has expired is made again from what was stored.
   * @throws AppFailure invalid-input when the upload is not done; what connecting and linking throw
   */
  async link(id: UploadId): Promise<Link> {
    const { records, clock, destinations, events } = this.#ports;
    const upload = records.get(id);
    if (upload?.status !== 'done') throw failure('invalid-input');
    if (upload.link.expiresAt === undefined || upload.link.expiresAt > clock.now()) return upload.link;
    const destination = await destinations.connect(profileOf(upload));
    const limit = new AbortController();
    const takeBack = clock.after(asideMs, () => limit.abort('timeout'));
    try {
      const renewed = reduce(upload, { type: 'relinked', link: await destination.link(upload.ref, limit.signal) });
      records.save(renewed, 'full');
      events.changed(renewed, 'status');
      return (renewed as UploadIn<'done'>).link;
    } finally {
      takeBack();
    }
  }

  /** Whether this process works on it. */
  has(id: UploadId): boolean { return this.#live.has(id); }

  /** Every upload of this process that is not finished. */
  unfinished(): Upload[] { return [...this.#live.values()]; }

  /** Stop is not cancel: checkpoints and records stay, and `start` of a later process goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#takeBackTimer?.();
    this.#stopListening?.();
    for (const run of this.#runs.values()) run.controller.abort('shutdown' satisfies StopReason);
    await Promise.all([...this.#runs.values()].map((run) => run.ended));
    await this.#withLimit(Promise.all(this.#cleaning.values()));
    for (const id of this.#live.keys()) this.#ports.records.release(id);
  }

  /** Quitting must not hang on a store that does not answer: what is left is removed at the next start. */
  async #withLimit(work: Promise<unknown>): Promise<void> {
    let takeBack = (): void => undefined;
    await Promise.race([work, new Promise<void>((ok) => { takeBack = this.#ports.clock.after(stopMs, ok); })]);
    takeBack();
  }

  #pump(): void {
    this.#takeBackTimer?.();
    this.#takeBackTimer = undefined;
    if (this.#stopped) return;
    const { clock } = this.#ports;
    const now = clock.now();
    const online = this.#probeAt !== undefined && this.#probeAt <= now;
    const plan = schedule(this.#live.values(), { running: new Set(this.#runs.keys()), limit: this.#options.parallel, now, online });
    for (const id of plan.start) this.#begin(id);
    const offline = [...this.#live.values()].some((u) => u.status === 'waiting' && u.until === 'online');
    this.#probeAt = offline ? (online ? undefined : this.#probeAt) ?? now + this.#options.onlineProbeMs : undefined;
    const wakeAt = Math.min(plan.wakeAt ?? Infinity, this.#probeAt ?? Infinity);
    if (wakeAt < Infinity) this.#takeBackTimer = clock.after(wakeAt - now, () => this.#pump());
  }

  #begin(id: UploadId): void {
    const controller = new AbortController();
    const ended = this.#run(id, controller.signal).then(() => {
      this.#runs.delete(id);
      this.#finish(id);
      this.#pump();
    });
    this.#runs.set(id, { controller, ended });
  }

  async #run(id: UploadId, signal: AbortSignal): Promise<void> {
    const begun = this.#ports.clock.now();
    try {
      const upload = this.#dispatch(id, { type: 'start', at: begun });
      if (!upload) return;
      const destination = await this.#ports.destinations.connect(profileOf(upload));
      if (upload.status === 'uploading') await this.#send(upload, destination, signal, begun);
      await this.#check(id, destination, signal);
    } catch (cause) {
      this.#attemptFailed(id, cause, signal, begun);
    }
  }

  async #send(upload: Extract<Upload, { status: 'uploading' }>, destination: Destination, signal: AbortSignal, begun: number): Promise<void> {
    const { sources, clock, log } = this.#ports;
    const { id, attempt } = upload;
    let source: Source | undefined;
    try {
      source = await sources.open(upload.source, { name: upload.name, contentType: upload.contentType, ...(upload.folder ? { folder: upload.folder } : {}) });
      const ref = await destination.upload({
        source, signal, checkpoint: upload.checkpoint,
        onCheckpoint: async (checkpoint: Checkpoint) => { this.#dispatch(id, { type: 'checkpoint', attempt, checkpoint }); },
        onProgress: (sent) => { this.#dispatch(id, { type: 'progress', attempt, sent }); },
      });
      const size = source.size ?? source.taken();
      log.attempt({ uploadId: id, attempt, profileId: profileOf(upload), ms: clock.now() - begun, bytes: size, outcome: 'stored' });
      await this.#stored({ id, attempt, ref, size }, destination, signal);
    } finally {
      await source?.close();
    }
  }

  /** A cancel that came while the last answer was on its way leaves no object either. */
  async #stored({ id, attempt, ref, size }: { id: UploadId; attempt: number; ref: Ref; size: number }, destination: Destination, signal: AbortSignal): Promise<void> {
    let upload: Upload | undefined;
    try {
      upload = this.#dispatch(id, { type: 'stored', attempt, ref, size, at: this.#ports.clock.now() });
    } finally {
      if (upload?.status !== 'verifying' && signal.reason !== 'shutdown') await this.#discardQuietly(destination, { ref });
    }
  }

  async #check(id: UploadId, destination: Destination, signal: AbortSignal): Promise<void> {
    const upload = this.#live.get(id);
    if (upload?.status !== 'verifying') return;
    try {
      const { link, verification } = await verify(destination, this.#ports.links, upload.ref, upload.size, signal);
      if (signal.aborted) throw failure('canceled');
      this.#dispatch(id, { type: 'done', attempt: upload.attempt, link, verification, at: this.#ports.clock.now() });
    } catch (cause) {
      if (signal.reason !== 'shutdown') await this.#discardQuietly(destination, { ref: upload.ref });
      throw cause;
    }
  }

  #attemptFailed(id: UploadId, cause: unknown, signal: AbortSignal, begun: number): void {
    const { clock, random } = this.#ports;
    const upload = this.#live.get(id);
    if (upload?.status !== 'uploading' && upload?.status !== 'verifying') return;
    const { attempt, failures } = upload;
    const at = clock.now();
    if (signal.reason === 'shutdown') { this.#dispatch(id, { type: 'stopped', attempt, at }); return; }
    const error = this.#logged(upload, cause, at - begun);
    const decision = decide(error, { source: 'stream' in upload.source ? 'stream' : 'file', chain: upload.chain, step: upload.step, failures, now: at, random: random.next() });
    if (decision.do === 'next' && upload.status === 'uploading' && upload.checkpoint !== undefined) this.#cleanUp(upload, upload.checkpoint);
    this.#dispatch(id, { type: 'attempt-failed', attempt, error, decision, at });
  }

  /** The raw cause goes to the log; what the row gets is the error and the id of its log line. */
  #logged(upload: UploadIn<'uploading'> | UploadIn<'verifying'>, cause: unknown, ms: number): AppError {
    const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
    const raw = cause instanceof AppFailure ? cause.cause ?? cause : cause;
    const bytes = upload.status === 'uploading' ? upload.sent : upload.size;
    const diagnosticId = this.#ports.log.attempt({ uploadId: upload.id, attempt: upload.attempt, profileId: profileOf(upload), ms, bytes, outcome: error.code, cause: raw });
    return { ...error, diagnosticId };
  }

  /** Applies an event, makes it durable, tells the world. Returns the upload, or undefined when it is not ours. */
  #dispatch(id: UploadId, event: UploadEvent): Upload | undefined {
    const before = this.#live.get(id);
    if (!before) return undefined;
    const after = reduce(before, event);
    if (after === before) return before;
    if (event.type !== 'progress') this.#save(after);
    this.#live.set(id, after);
    this.#ports.events.changed(after, event.type === 'progress' || event.type === 'checkpoint' ? 'progress' : 'status');
    if (isTerminal(after) && !this.#runs.has(id)) this.#finish(id);
    return after;
  }

  /** A full disk must not lose the row that says so: an ended upload stays in memory as it is. */
  #save(upload: Upload): void {
    try {
      this.#ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal');
    } catch (cause) {
      if (!(cause instanceof AppFailure) || !isTerminal(upload) || upload.status === 'done') throw cause;
    }
  }

  /** An ended upload leaves: what is left of it at the store is removed, its batch may settle. */
  #finish(id: UploadId): void {
    const upload = this.#live.get(id);
    if (!upload || !isTerminal(upload)) return;
    this.#live.delete(id);
    this.#ports.records.release(id);
    if (upload.status !== 'done' && upload.checkpoint !== undefined) this.#cleanUp(upload, upload.checkpoint);
    this.#batches.end(upload);
  }

  #cleanUp(upload: Upload, checkpoint: Checkpoint): void {
    const cleaning = (async () => {
      const destination = await this.#ports.destinations.connect(profileOf(upload));
      if (!await this.#discardQuietly(destination, { checkpoint })) return;
      const now = this.#ports.records.get(upload.id);
      const cleaned = now && reduce(now, { type: 'cleaned' });
      if (cleaned && cleaned !== now) this.#ports.records.save(cleaned, 'normal');
    })().catch((cause: unknown) => { if (!(cause instanceof AppFailure)) throw cause; }).finally(() => this.#cleaning.delete(upload.id));
    this.#cleaning.set(upload.id, cleaning);
  }

  /** @returns whether it is gone; a store that cannot be reached now keeps it, and the checkpoint stays in the record */
  async #discardQuietly(destination: Destination, what: Parameters<Destination['discard']>[0]): Promise<boolean> {
    const limit = new AbortController();
    const takeBack = this.#ports.clock.after(asideMs, () => limit.abort('timeout'));
    try {
      await destination.discard(what, limit.signal);
      return true;
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return false;
    } finally {
      takeBack();
    }
  }
}

const profileOf = (upload: Upload): ProfileId => upload.chain[upload.step]?.profileId ?? '';
