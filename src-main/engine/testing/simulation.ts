/**
 * Runs the whole engine in virtual time through every kind of fault: processes that die at any call, sleep or meet
 * another process, networks and stores that fail, files that change, a full disk, and random user actions. Everything
 * derives from one seed. After each run the oracle checks the final state.
 */
import { AppFailure, failure, errorTable, type ErrorCode } from '../../../src-shared/errors.ts';
import {
  isTerminal,
  visibilities,
  type ChainStep,
  type FileRef,
  type SourceRef,
  type Upload,
  type UploadId,
} from '../../../src-shared/upload.ts';
import { Engine } from '../engine.ts';
import { defaultConcurrencyLimits, type ConcurrencyLimits } from '../adaptive-concurrency.ts';
import type { AcceptedFile, PendingCleanup, Ports } from '../ports.ts';
import {
  connectSimulatedStore,
  noFaults,
  SimulatedStore,
  maxDeliveryMs,
  simulatedPartBytes,
  type SimulatedNetwork,
  type WordSource,
} from './simulated-store.ts';
import { mulberry32, VirtualTime, type RandomFunction } from './virtual-time.ts';

const minute = 60_000;
/** ms without a heartbeat after which a process counts as dead */
const heartbeatLimitMs = 30_000;

const uploadActions = [
  'pause',
  'resume',
  'cancel',
  'remove',
  'retry',
  'unpublish',
  'send anyway',
  'resolve name conflict',
] as const;
/** Picked in proportion to how often they are listed. */
const actions = [
  'drop',
  'drop',
  'drop',
  'drop many',
  'drop many',
  ...uploadActions,
  'pause',
  'resume',
  'cancel',
  'retry',
  'retry',
  'hammer',
  'remove leftovers',
  'refuse',
  'fix profile',
  'fix profile',
  'change faults',
  'network',
  'network',
  'sleep',
  'expire sessions',
  'edit',
  'edit',
  'kill',
  'kill soon',
  'kill soon',
  'start',
  'start',
  'quit',
  'freeze',
  'thaw',
  'disk full',
  'adopt orphans',
] as const;
type UploadAction = (typeof uploadActions)[number] | 'hammer';
type Action = (typeof actions)[number];

interface FileOnDisk {
  words: string[];
  changed: number;
}

interface SimulatedProcess {
  readonly number: number;
  engine: Engine;
  state: 'runs' | 'frozen' | 'dead';
  frozenAt: number;
  /** Calls that wait until the process thaws. */
  queuedCallbacks: (() => void)[];
  uncertainWrites: Set<string>;
  goOnline: () => void;
  /** Port calls until it is killed. */
  callsLeft: number;
  concurrency: ConcurrencyLimits;
  /** Its requests in flight, per store. */
  traffic: Map<SimulatedStore, Traffic>;
}

/**
 * Requests with a part. `max`: the maximum so far. `slowAt`: ms when the store last asked for fewer after a quiet
 * time.
 */
interface Traffic {
  busy: number;
  max: number;
  slowedDownAt: number;
  bound: number;
}

interface Row {
  text: string;
  status: Upload['status'];
  hasCheckpoint: boolean;
}
const rowOf = (upload: Upload): Row => ({
  text: JSON.stringify(upload),
  status: upload.status,
  hasCheckpoint: 'checkpoint' in upload && upload.checkpoint !== undefined,
});
const uploadOf = ({ text }: Row): Upload => JSON.parse(text) as Upload;
const hasEnded = ({ status }: Row): boolean => status === 'done' || status === 'failed' || status === 'canceled';

interface InFlightRequest {
  process: SimulatedProcess;
  deliver: () => void;
}

export interface SimulationResult {
  seed: number;
  trace: string[];
  problems: string[];
  counts: Record<string, number>;
}

export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed);
  await simulation.run();
  return { seed, trace: simulation.trace, problems: simulation.problems, counts: simulation.counts };
}

class Simulation {
  readonly trace: string[] = [];
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #random: RandomFunction;
  readonly #time = new VirtualTime();
  readonly #stores: SimulatedStore[];
  readonly #files = new Map<string, FileOnDisk>();
  /** Every state of a file, by its fingerprint. */
  readonly #history = new Map<string, string>();
  /** Records as text, so that no test code can change a written one, and the columns for lookups. */
  readonly #rows = new Map<UploadId, Row>();
  readonly #owners = new Map<UploadId, SimulatedProcess>();
  readonly #pendingCleanups = new Map<string, string>();
  readonly #inFlight = new Set<InFlightRequest>();
  readonly #sending = new Map<string, { process: SimulatedProcess }>();
  /** Files whose names are taken, and when the store detects it. */
  readonly #takenNames = new Map<string, 'before' | 'at the end'>();
  readonly #approvedFallbacks = new Set<UploadId>();
  readonly #unpublished = new Set<UploadId>();
  /** Keys of done entries that were removed from the list: their files stay stored. */
  readonly #removedKeys = new Set<string>();
  readonly #chains = new Map<string, ChainStep[]>();
  #processes: SimulatedProcess[] = [];
  #isOnline = true;
  #isDiskFull = false;
  #wasDiskFull = false;
  #next = 0;
  readonly #faults: number;
  /** the longest response time in ms */
  readonly #slowness: number;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
    this.#stores = [
      new SimulatedStore('first', this.#pick(['expiring', 'private', 'public']), 'can-delete'),
      new SimulatedStore('second', this.#pick(['expiring', 'private']), 'can-delete'),
      new SimulatedStore('open', 'public', 'can-delete'),
      new SimulatedStore('keeps', this.#pick(['expiring', 'public']), 'cannot-delete'),
    ];
    this.#faults = this.#pick([0, 0.02, 0.08, 0.2]);
    this.#slowness = this.#pick([150, 1500, 10_000]);
  }

  async run(): Promise<void> {
    this.#changeFaultRates();
    this.#startProcess();
    const steps = 8 + this.#randomInt(28);
    for (let i = 0; i < steps && this.problems.length === 0; i++) {
      await this.#attempt(() => this.#step());
      await this.#attempt(() => this.#time.advance(this.#randomDuration()));
    }
    if (this.problems.length > 0) return;
    await this.#attempt(() => this.#recover());
    await this.#attempt(async () => this.#check());
    if (this.problems.length > 0) return;
    await this.#attempt(() => this.#resumeEverything());
    await this.#attempt(async () => this.#checkFinalState());
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (cause) {
      this.problems.push(`thrown: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    }
  }

  // ---------------------------------------------------------------- random numbers

  #randomInt(n: number): number {
    return Math.floor(this.#random() * n);
  }
  #pick<T>(from: readonly T[]): T {
    return from[this.#randomInt(from.length)]!;
  }
  #happens(probability: number): boolean {
    return this.#random() < probability;
  }
  /** Mostly milliseconds, sometimes minutes. */
  #randomDuration(): number {
    return Math.floor(10 ** (this.#random() * 5.3)) - 1;
  }
  #log(line: string): void {
    this.trace.push(`${this.#time.now()} ${line}`);
  }
  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
  #report(problem: string): void {
    if (this.problems.length < 5) {
      this.problems.push(problem);
      this.#log(`PROBLEM ${problem}`);
    }
  }

  // ---------------------------------------------------------------- the user and the environment

  async #step(): Promise<void> {
    const process = this.#pick(this.#processes.filter((p) => p.state === 'runs'));
    const action = this.#pick(actions);
    this.#log(`${action} @${process?.number ?? '-'}`);
    this.#count(action);
    await this.#do(action, process);
  }

  async #do(action: Action, process: SimulatedProcess | undefined): Promise<void> {
    switch (action) {
      case 'drop':
      case 'drop many':
        if (process) this.#click(() => this.#drop(process, action === 'drop' ? 1 : 2 + this.#randomInt(6)));
        return;
      case 'pause':
      case 'resume':
      case 'cancel':
      case 'remove':
      case 'retry':
      case 'unpublish':
      case 'send anyway':
      case 'resolve name conflict':
      case 'hammer':
        if (process) this.#actOnUpload(process, action);
        return;
      case 'remove leftovers':
        if (process) this.#click(() => process.engine.removeLeftovers());
        return;
      case 'refuse':
        this.#pick(this.#stores).rejectsWith = this.#pick([
          'unauthorized',
          'forbidden',
          'no-bucket',
          'session-expired',
          'quota-exceeded',
        ]);
        return;
      case 'fix profile': {
        const store = this.#pick(this.#stores);
        store.rejectsWith = undefined;
        if (process) this.#click(() => process.engine.onProfileChanged(store.step.profileId));
        return;
      }
      case 'change faults':
        this.#changeFaultRates();
        return;
      case 'network':
        this.#isOnline = !this.#isOnline;
        if (this.#isOnline && this.#happens(0.7))
          for (const p of this.#processes) this.#inProcess(p, () => p.goOnline());
        return;
      case 'sleep':
        this.#time.sleep(this.#pick([20_000, 8 * 60 * minute, 8 * 24 * 60 * minute]));
        return;
      case 'expire sessions':
        this.#pick(this.#stores).expireSessions();
        return;
      case 'edit':
        this.#edit();
        return;
      case 'kill':
        if (process) this.#kill(process);
        this.#startProcess();
        return;
      case 'kill soon':
        if (process) process.callsLeft = 1 + this.#randomInt(40);
        return;
      case 'start':
        if (this.#processes.filter((p) => p.state !== 'dead').length < 2) this.#startProcess();
        return;
      case 'quit':
        if (process) await this.#quit(process);
        if (!this.#processes.some((p) => p.state === 'runs')) this.#startProcess();
        return;
      case 'freeze':
        if (process) {
          process.state = 'frozen';
          process.frozenAt = this.#time.now();
          if (this.#happens(0.7)) this.#startProcess();
        }
        return;
      case 'thaw': {
        const frozen = this.#processes.find((p) => p.state === 'frozen');
        if (frozen) this.#thaw(frozen);
        return;
      }
      case 'disk full':
        this.#isDiskFull = !this.#isDiskFull;
        this.#wasDiskFull = true;
        return;
      case 'adopt orphans':
        if (process) this.#click(() => process.engine.adoptOrphans());
        return;
    }
  }

  /** A user action may fail with an AppFailure only. */
  #click(act: () => unknown): void {
    const onError = (cause: unknown): void => {
      if (cause instanceof AppFailure) this.#log(`refused: ${cause.error.code}`);
      else this.#report(`a user action threw ${String(cause)}`);
    };
    try {
      const result = act();
      if (result instanceof Promise) result.catch(onError);
    } catch (cause) {
      onError(cause);
    }
  }

  #actOnUpload(process: SimulatedProcess, action: UploadAction): void {
    const all = [...this.#rows.values()].map(uploadOf);
    if (all.length === 0) return;
    const open = all.filter((u) => u.status !== 'done');
    const upload = this.#pick(open.length > 0 && this.#happens(0.8) ? open : all);
    for (const one of action === 'hammer' ? Array.from({ length: 12 }, () => this.#pick(uploadActions)) : [action])
      this.#click(() => this.#performAction(process, one, upload));
  }

  #performAction({ engine }: SimulatedProcess, action: UploadAction, { id }: Upload): unknown {
    switch (action) {
      case 'pause':
        return engine.pause(id);
      case 'resume':
        return engine.resume(id);
      case 'cancel':
        return engine.cancel(id);
      case 'remove':
        return this.#remove(engine, id);
      case 'retry':
        return engine.retry(id);
      case 'unpublish':
        this.#unpublished.add(id);
        return engine.unpublish(id);
      case 'send anyway':
        this.#approvedFallbacks.add(id);
        return engine.sendAnyway(id);
      case 'resolve name conflict':
        return engine.resolveNameConflict(id, this.#pick(['replace', 'new-name']));
      case 'hammer':
        return undefined;
    }
  }

  #remove(engine: Engine, id: UploadId): void {
    const row = this.#rows.get(id);
    const before = row && uploadOf(row);
    engine.remove(id);
    if (before?.status === 'done' && !this.#rows.has(id)) this.#removedKeys.add(before.ref as string);
  }

  #drop({ engine }: SimulatedProcess, count: number): void {
    const files = Array.from({ length: count }, (): AcceptedFile => {
      const path = `/f${++this.#next}`;
      const words = Array.from({ length: 1 + this.#randomInt(5) }, () => this.#word());
      this.#write(path, words);
      if (this.#happens(0.1)) this.#takenNames.set(path, this.#pick(['before', 'at the end']));
      return {
        name: path,
        size: words.length * simulatedPartBytes,
        contentType: 'text/plain',
        source: this.#refOf(path),
        ...(this.#happens(0.5) ? { collision: 'ask' } : {}),
      };
    });
    const chain: ChainStep[] = this.#happens(0.5)
      ? [this.#stores[0]!.step]
      : [...this.#stores]
          .sort(() => this.#random() - 0.5)
          .slice(0, 1 + this.#randomInt(4))
          .map((s) => s.step);
    for (const { name } of files) this.#chains.set(name, chain);
    engine.enqueue(files, chain);
  }

  #word(): string {
    return `w${(++this.#next).toString(36)}`;
  }

  #write(path: string, words: string[]): void {
    // Open handles refer to the same file.
    const file = this.#files.get(path) ?? { words, changed: 0 };
    this.#files.set(path, Object.assign(file, { words, changed: ++this.#next }));
    this.#history.set(JSON.stringify(this.#refOf(path)), words.join());
  }

  #refOf(path: string): FileRef {
    const file = this.#files.get(path)!;
    return {
      path,
      fingerprint: { size: file.words.length * simulatedPartBytes, mtimeMs: file.changed, dev: '1', ino: '1' },
    };
  }

  #edit(): void {
    const path = this.#pick([...this.#files.keys()]);
    const file = path === undefined ? undefined : this.#files.get(path);
    if (path === undefined || !file) return;
    const how = this.#pick(['delete', 'one part', 'longer', 'all']);
    if (how === 'delete') this.#files.delete(path);
    else if (how === 'longer') this.#write(path, [...file.words, this.#word()]);
    else
      this.#write(
        path,
        file.words.map((word, i) => (how === 'all' || i === 0 ? this.#word() : word)),
      );
  }

  #changeFaultRates(): void {
    for (const store of this.#stores) {
      const randomRate = (): number => (this.#happens(0.5) ? 0 : this.#faults);
      store.faultRates = {
        lost: randomRate(),
        unavailable: randomRate(),
        limited: randomRate() / 2,
        stalled: randomRate() / 4,
        damaged: randomRate(),
      };
    }
  }

  // ---------------------------------------------------------------- processes

  #startProcess(): void {
    const process: SimulatedProcess = {
      number: ++this.#next,
      state: 'runs',
      frozenAt: 0,
      queuedCallbacks: [],
      uncertainWrites: new Set(),
      goOnline: () => undefined,
      callsLeft: Infinity,
      engine: undefined as never,
      concurrency: this.#concurrencyLimits(),
      traffic: new Map(),
    };
    process.engine = new Engine(this.#portsOf(process), {
      parallel: 1 + this.#randomInt(9),
      concurrency: process.concurrency,
      blocked: this.#happens(0.8) ? 'wait' : 'fail',
    });
    this.#processes.push(process);
    this.#log(`process ${process.number}`);
    process.engine.start();
    process.engine.adoptOrphans();
  }

  #concurrencyLimits(): ConcurrencyLimits {
    const start = 1 + this.#randomInt(8);
    return {
      initial: start,
      max: start + this.#randomInt(4),
      perUpload: 1 + this.#randomInt(4),
      windowMs: defaultConcurrencyLimits.windowMs,
    };
  }

  /** A frozen process gets every call later; a dead one gets none. */
  #inProcess(process: SimulatedProcess, act: () => void): void {
    if (process.state === 'frozen') process.queuedCallbacks.push(act);
    else if (process.state === 'runs') act();
  }

  /** Requests in flight arrive or are lost; no response is received. */
  #kill(process: SimulatedProcess): void {
    if (process.state === 'dead') return;
    this.#log(`process ${process.number} is killed`);
    process.state = 'dead';
    for (const inFlightRequest of this.#inFlight)
      if (inFlightRequest.process === process) {
        this.#inFlight.delete(inFlightRequest);
        if (this.#happens(0.5)) inFlightRequest.deliver();
      }
    for (const [key, one] of this.#sending) if (one.process === process) this.#sending.delete(key);
    this.#time.after(1 + this.#randomInt(3000), () => {
      if (!this.#processes.some((p) => p.state === 'runs')) this.#startProcess();
    });
  }

  /** All waiting calls arrive at once; the process notices the lost lease only at its next heartbeat. */
  #thaw(process: SimulatedProcess): void {
    const isLate = this.#isTakenForDead(process);
    process.state = 'runs';
    if (!isLate) process.frozenAt = 0;
    else
      this.#time.after(this.#randomInt(10_000), () =>
        this.#inProcess(process, () => {
          process.frozenAt = 0;
          process.engine.onLeaseLost();
        }),
      );
    const mail = process.queuedCallbacks;
    process.queuedCallbacks = [];
    for (const act of mail) this.#inProcess(process, act);
  }

  async #quit(process: SimulatedProcess): Promise<void> {
    const startedAt = this.#time.now();
    let isDown = false;
    void process.engine.stop().then(() => {
      isDown = true;
      if (process.state === 'runs') process.state = 'dead';
    });
    const isClosing = (): boolean => !isDown && process.state === 'runs';
    for (let i = 0; i < 30 && isClosing(); i++) await this.#time.advance(100);
    if (isClosing()) this.#report(`quitting took ${this.#time.now() - startedAt} ms`);
    for (const inFlightRequest of this.#inFlight)
      if (inFlightRequest.process === process) {
        this.#inFlight.delete(inFlightRequest);
        if (this.#happens(0.5)) inFlightRequest.deliver();
      }
    for (const [key, one] of this.#sending) if (one.process === process) this.#sending.delete(key);
  }

  /** Returns false when this call killed the process. */
  #survives(process: SimulatedProcess): boolean {
    if (process.state === 'dead') return false;
    if (--process.callsLeft <= 0) this.#kill(process);
    return this.#isAlive(process);
  }

  #isAlive({ state }: SimulatedProcess): boolean {
    return state !== 'dead';
  }

  // ---------------------------------------------------------------- ports

  #portsOf(process: SimulatedProcess): Ports {
    const { clock, network } = {
      clock: {
        now: this.#time.now,
        after: (ms: number, callback: () => void) => this.#time.after(ms, () => this.#inProcess(process, callback)),
      },
      network: this.#networkOf(process),
    };
    return {
      clock,
      random: { next: this.#random, id: () => `i${++this.#next}` },
      sources: { open: async (ref) => this.#open(ref), refresh: async (ref) => this.#refresh(ref) },
      destinations: {
        connect: async (id) => {
          const store = this.#stores.find((s) => s.step.profileId === id);
          if (!store) throw failure('no-destination');
          return connectSimulatedStore(store, network);
        },
      },
      links: { probe: async () => 'verified' },
      records: this.#recordsOf(process),
      pendingCleanups: {
        add: (cleanup) => {
          if (this.#reachesDisk(process)) this.#pendingCleanups.set(cleanup.id, JSON.stringify(cleanup));
        },
        all: () => [...this.#pendingCleanups.values()].map((d) => JSON.parse(d) as PendingCleanup),
        remove: (id) => {
          if (this.#reachesDisk(process)) this.#pendingCleanups.delete(id);
        },
      },
      network: {
        online: () => this.#isOnline || this.#happens(0.5),
        onOnline: (callback) => {
          process.goOnline = callback;
          return () => {
            process.goOnline = () => undefined;
          };
        },
      },
      events: {
        changed: (upload, what) => {
          if (process.state === 'runs') this.#changed(process, upload, what);
        },
        removed: (id) => this.#log(`${id} removed`),
        batchSettled: () => undefined,
        abandonedExpired: (uploads) => this.#log(`expired ${uploads.map((u) => u.name).join(' ')}`),
      },
      log: {
        attempt: ({ uploadId, outcome, cause }) => {
          if (outcome === 'bug' && process.state === 'runs')
            this.#report(`${uploadId}: ${cause instanceof Error ? cause.stack : String(cause)}`);
          return 'D';
        },
        problem: (where, cause) => {
          if (process.state === 'runs')
            this.#report(`${where}: ${cause instanceof Error ? cause.stack : String(cause)}`);
          return 'D';
        },
      },
    };
  }

  #changed(process: SimulatedProcess, upload: Upload, what: string): void {
    if (what === 'status')
      this.#log(
        `@${process.number} ${upload.name} ${upload.status} ${upload.status === 'waiting' || upload.status === 'failed' ? upload.error.code : ''} ${upload.step}`,
      );
    if (upload.status !== 'done' || this.#unpublished.has(upload.id)) return;
    this.#count('became done');
    if (this.#contentOf(upload) !== this.#history.get(JSON.stringify(upload.source)))
      this.#report(`${upload.name} is done, and its object is ${this.#contentOf(upload) ?? 'not there'}`);
    if (this.#rows.get(upload.id)?.text !== JSON.stringify(upload))
      this.#report(`${upload.name} is shown as done before it is durable`);
  }

  #contentOf(upload: Upload): string | undefined {
    const store = this.#stores.find((s) => s.step.profileId === upload.chain[upload.step]?.profileId);
    return upload.status === 'done' ? store?.objects.get(upload.ref as string)?.parts.join() : undefined;
  }

  /** Whether a write reaches the disk; not when the process dies right before it. */
  #reachesDisk(process: SimulatedProcess): boolean {
    if (!this.#survives(process)) return false;
    if (this.#isDiskFull) throw failure('disk-full');
    return true;
  }

  #recordsOf(process: SimulatedProcess): Ports['records'] {
    const isFree = (id: UploadId): boolean => {
      const owner = this.#owners.get(id);
      return !owner || owner === process || this.#isTakenForDead(owner);
    };
    const read = (id: UploadId): Upload | undefined => {
      const row = this.#rows.get(id);
      return row && uploadOf(row);
    };
    const orphans = (is: (row: Row) => boolean): Upload[] =>
      [...this.#rows]
        .filter(([id, row]) => {
          const owner = this.#owners.get(id);
          return is(row) && (!owner || this.#isTakenForDead(owner));
        })
        .map(([, row]) => uploadOf(row));
    return {
      insert: (uploads) => {
        if (this.#reachesDisk(process))
          for (const u of uploads) {
            this.#rows.set(u.id, rowOf(u));
            this.#owners.set(u.id, process);
          }
      },
      save: (upload, _, cleanups = []) => {
        if (!this.#reachesDisk(process)) return true;
        if (this.#owners.get(upload.id) !== process || !this.#rows.has(upload.id)) return false;
        this.#rows.set(upload.id, rowOf(upload));
        for (const cleanup of cleanups) this.#pendingCleanups.set(cleanup.id, JSON.stringify(cleanup));
        return true;
      },
      claim: (id) => {
        if (!this.#reachesDisk(process) || !this.#rows.has(id) || !isFree(id)) return false;
        this.#owners.set(id, process);
        return true;
      },
      owns: (id) => this.#owners.get(id) === process && this.#rows.has(id),
      release: (id) => {
        if (this.#reachesDisk(process) && this.#owners.get(id) === process) this.#owners.delete(id);
      },
      remove: (id, cleanups = []) => {
        if (!this.#reachesDisk(process)) return true;
        if (!isFree(id)) return false;
        this.#rows.delete(id);
        this.#owners.delete(id);
        for (const cleanup of cleanups) this.#pendingCleanups.set(cleanup.id, JSON.stringify(cleanup));
        return true;
      },
      get: read,
      orphans: () => orphans((row) => !hasEnded(row)),
      endedWithCheckpoint: () =>
        orphans((row) => (row.status === 'failed' || row.status === 'canceled') && row.hasCheckpoint) as never,
    };
  }

  /** A process that was taken for dead stays so until its next heartbeat. */
  #isTakenForDead({ state, frozenAt }: SimulatedProcess): boolean {
    return state === 'dead' || (frozenAt > 0 && (state === 'runs' || this.#time.now() - frozenAt > heartbeatLimitMs));
  }

  #open(ref: SourceRef): WordSource {
    if ('stream' in ref) throw failure('source-missing');
    const opened = this.#files.get(ref.path);
    if (!opened) throw failure('source-missing');
    // An open file stays readable after its name is removed, and shows every change.
    const check = (): void => {
      if (opened.changed !== ref.fingerprint.mtimeMs) throw failure('source-changed');
    };
    check();
    return {
      name: ref.path,
      size: ref.fingerprint.size,
      contentType: 'text/plain',
      read: async () => 0,
      close: async () => undefined,
      assertUnchanged: async () => check(),
      words: () => {
        if (opened.words.length * simulatedPartBytes !== ref.fingerprint.size) throw failure('source-changed');
        return opened.words;
      },
    };
  }

  #refresh(ref: FileRef): { source: FileRef; size: number } {
    if (!this.#files.has(ref.path)) throw failure('source-missing');
    const source = this.#refOf(ref.path);
    return { source, size: source.fingerprint.size };
  }

  // ---------------------------------------------------------------- the network

  #networkOf(process: SimulatedProcess): SimulatedNetwork {
    return {
      uncertainWrites: process.uncertainWrites,
      request: (store, signal, act) => this.#request(process, store, signal, act),
      pause: (ms) =>
        new Promise((resolve) => {
          this.#time.after(ms, () => this.#inProcess(process, resolve));
        }),
      newKey: (name) => `${name}-${++this.#next}`,
      isTaken: (name, when) => {
        const isTaken = this.#takenNames.get(name) === when;
        if (isTaken) this.#count('name taken');
        return isTaken;
      },
      maybeDamage: (store, word) => (this.#happens(store.faultRates.damaged) ? 'rot' : word),
      onPartStart: (store, signal) => this.#onPartStart(process, store, signal),
      onSlowDown: (store) => this.#onSlowDown(process, store),
      onUploadStart: (store, name, checkpoint) => {
        if (checkpoint === undefined) this.#checkRestart(store, name);
        return this.#onUploadStart(process, name);
      },
    };
  }

  #trafficOf(process: SimulatedProcess, store: SimulatedStore): Traffic {
    const traffic = process.traffic.get(store) ?? { busy: 0, max: 0, slowedDownAt: -Infinity, bound: Infinity };
    process.traffic.set(store, traffic);
    return traffic;
  }

  /**
   * Checks that no more requests than allowed are in flight, and that none starts above half of the maximum after a
   * slow-down.
   */
  #onPartStart(process: SimulatedProcess, store: SimulatedStore, signal: AbortSignal): () => void {
    const traffic = this.#trafficOf(process, store);
    const at = `process ${process.number} at ${store.step.profileId}`;
    traffic.busy++;
    if (traffic.busy > process.concurrency.max) this.#report(`${at} sends ${traffic.busy} requests at once`);
    if (this.#time.now() < traffic.slowedDownAt + process.concurrency.windowMs && traffic.busy > traffic.bound)
      this.#report(`${at} sends ${traffic.busy} at once although it was asked for fewer than ${traffic.max}`);
    if (traffic.busy > traffic.max) traffic.max = traffic.busy;
    this.#count(`${Math.min(9, traffic.busy)} at once`);
    let isOver = false;
    // A frozen process notices it later.
    const checkSilence = (): void => {
      if (!isOver && process.state === 'runs' && process.frozenAt === 0)
        this.#report(`${at} is not silent 500 ms after the end`);
    };
    const aborted = (): void => {
      this.#time.after(500, checkSilence);
    };
    signal.addEventListener('abort', aborted, { once: true });
    return () => {
      isOver = true;
      signal.removeEventListener('abort', aborted);
      traffic.busy--;
    };
  }

  #onSlowDown(process: SimulatedProcess, store: SimulatedStore): void {
    const traffic = this.#trafficOf(process, store);
    const now = this.#time.now();
    // Repeated while the process already slows down, it changes nothing.
    if (now < traffic.slowedDownAt + process.concurrency.windowMs) return;
    traffic.slowedDownAt = now;
    traffic.bound = traffic.busy === 0 ? Infinity : Math.max(1, Math.floor(traffic.max / 2));
    this.#count('asked for fewer');
  }

  /** An upload may restart only when its earlier remote data is pending cleanup. */
  #checkRestart(store: SimulatedStore, name: string): void {
    if (this.#wasDiskFull) return; // pending cleanups may be in memory only
    const keysToCleanUp = new Set(
      [...this.#pendingCleanups.values()].flatMap((d) => {
        const { what } = JSON.parse(d) as PendingCleanup;
        return 'checkpoint' in what ? [(what.checkpoint as { key: string }).key] : [];
      }),
    );
    for (const { key, createdBy } of store.sessions.values())
      if (createdBy === name && !keysToCleanUp.has(key)) this.#report(`${name} begins again although ${key} is there`);
  }

  /** Checks that a process never runs two attempts of one upload at once. */
  #onUploadStart(process: SimulatedProcess, name: string): () => void {
    const id = `${process.number} ${name}`;
    if (this.#sending.has(id)) this.#report(`${name} is sent twice at once`);
    this.#sending.set(id, { process });
    return () => {
      this.#sending.delete(id);
    };
  }

  #request<T>(process: SimulatedProcess, store: SimulatedStore, signal: AbortSignal, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#survives(process)) return;
      store.requests++;
      this.#count('requests');
      const later = (ms: number, callback: () => void): void => {
        this.#time.after(ms, () => this.#inProcess(process, callback));
      };
      let isOver = false;
      const end = (callback: () => void): void => {
        if (!isOver) {
          isOver = true;
          signal.removeEventListener('abort', cancel);
          callback();
        }
      };
      const fail = (code: ErrorCode, rest = {}): void => end(() => reject(failure(code, rest)));
      const cancel = (): void => {
        later(0, () => fail('canceled'));
      };
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) {
        later(0, () => fail('canceled'));
        return;
      }
      const delay = 1 + this.#randomInt(maxDeliveryMs / 2);
      if (!this.#isOnline) {
        later(delay, () => fail(this.#happens(0.8) ? 'offline' : 'unreachable'));
        return;
      }
      const { faultRates } = store;
      const inFlightRequest = { process, store, ms: delay };
      if (this.#happens(faultRates.stalled)) {
        if (this.#happens(0.5)) this.#deliverLater(inFlightRequest, act);
        later(minute, () => fail('stalled'));
        return;
      }
      if (this.#happens(faultRates.unavailable)) {
        later(delay, () => fail(this.#pick(['unavailable', 'unreachable'])));
        return;
      }
      if (this.#happens(faultRates.limited)) {
        later(delay, () => fail('rate-limited', { retryAfterMs: this.#randomInt(40) * 1000 }));
        return;
      }
      this.#deliverLater(inFlightRequest, act, (answer) => {
        const isLost = this.#happens(faultRates.lost) || !this.#isOnline;
        later(isLost ? 5000 : 1 + this.#randomInt(this.#slowness), () =>
          isLost
            ? fail('unreachable')
            : end('value' in answer ? () => resolve(answer.value) : () => reject(answer.cause)),
        );
      });
    });
  }

  /** The request arrives after a while, even when its sender is dead. Refusals and errors are responses too. */
  #deliverLater<T>(
    { process, store, ms }: { process: SimulatedProcess; store: SimulatedStore; ms: number },
    act: () => T,
    answered: (answer: SimulatedReply<T>) => void = () => undefined,
  ): void {
    const deliver = (): void => {
      try {
        if (store.rejectsWith) throw failure(store.rejectsWith);
        answered({ value: act() });
      } catch (cause) {
        if (!(cause instanceof Error)) throw cause;
        answered({ cause });
      }
    };
    const inFlightRequest: InFlightRequest = { process, deliver };
    this.#inFlight.add(inFlightRequest);
    this.#time.after(ms, () => {
      if (this.#inFlight.delete(inFlightRequest)) deliver();
    });
  }

  // ---------------------------------------------------------------- the oracle

  #all(): Upload[] {
    return [...this.#rows.values()].map(uploadOf);
  }

  /** Removes every fault and lets the remaining processes run until nothing more happens. */
  async #recover(): Promise<void> {
    this.#log('calm');
    this.#isOnline = true;
    this.#isDiskFull = false;
    for (const store of this.#stores) {
      store.faultRates = noFaults;
      store.rejectsWith = undefined;
    }
    for (const process of this.#processes) {
      process.callsLeft = Infinity;
      if (process.state === 'frozen') this.#thaw(process);
    }
    await this.#time.advance(10_000);
    if (!this.#processes.some((p) => p.state === 'runs')) this.#startProcess();
    await this.#untilIdle();
  }

  async #untilIdle(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      for (const { engine } of this.#processes.filter((p) => p.state === 'runs')) {
        engine.adoptOrphans();
        for (const { step } of this.#stores) engine.onProfileChanged(step.profileId);
      }
      await this.#time.advance(round < 5 ? 20_000 : 3 * minute);
      if (
        [...this.#rows.values()].every((row) => hasEnded(row) || row.status === 'paused') &&
        this.#sending.size === 0 &&
        this.#runnableCleanups().length === 0 &&
        (this.#pendingCleanups.size === 0 || round > 6)
      )
        return;
    }
  }

  #runnableCleanups(): PendingCleanup[] {
    return [...this.#pendingCleanups.values()]
      .map((d) => JSON.parse(d) as PendingCleanup)
      .filter((d) => !this.#stores.find((s) => s.step.profileId === d.profileId)?.step.cannotDelete);
  }

  #check(): void {
    for (const store of this.#stores) for (const complaint of store.violations) this.#report(complaint);
    for (const store of this.#stores) {
      if (
        !store.objects.has(`${store.step.profileId}/foreign`) ||
        !store.sessions.has(`${store.step.profileId}-foreign`)
      )
        this.#report('something foreign is gone');
    }
    for (const upload of this.#all()) this.#checkUpload(upload);
    for (const cleanup of this.#runnableCleanups()) this.#report(`cleanup not done: ${JSON.stringify(cleanup)}`);
    for (const store of this.#stores) this.#checkStore(store);
  }

  #checkUpload(upload: Upload): void {
    const { name, status, id } = upload;
    if (!isTerminal(upload) && status !== 'paused')
      this.#report(`${name} is still ${status} ${status === 'waiting' ? `${upload.until} ${upload.error.code}` : ''}`);
    if (this.#owners.has(id) && isTerminal(upload) && this.#owners.get(id)!.state !== 'dead')
      this.#report(`${name} is ${status} and still owned`);
    if (status === 'canceled' && 'checkpoint' in upload) this.#report(`${name} is canceled and keeps something`);
    if (status === 'failed' && (!(upload.error.code in errorTable) || upload.error.code === 'bug'))
      this.#report(`${name} failed as ${upload.error.code}`);
    if (status !== 'done') return;
    if (!this.#unpublished.has(id) && this.#contentOf(upload) !== this.#history.get(JSON.stringify(upload.source)))
      this.#report(`${name} is done, and its object is ${this.#contentOf(upload) ?? 'gone'}`);
    if (this.#approvedFallbacks.has(id)) return;
    const first = this.#chains.get(name)![0]!;
    const step = upload.chain[upload.step]!;
    if (visibilities.indexOf(step.visibility) > visibilities.indexOf(first.visibility))
      this.#report(`${name} went where more people can open it`);
    if (step.cannotDelete && step.profileId !== first.profileId)
      this.#report(`${name} went where it cannot be deleted`);
  }

  /** Checks that the stores have only data that a record refers to, and at most one object per upload. */
  #checkStore({ step: { profileId, cannotDelete }, objects, sessions }: SimulatedStore): void {
    const here = this.#all().filter((u) => u.chain[u.step]?.profileId === profileId);
    const done = new Set(here.flatMap((u) => (u.status === 'done' ? [u.ref as string] : [])));
    const checkpointKeys = new Set(
      here.flatMap((u) => ('checkpoint' in u && u.checkpoint ? [(u.checkpoint as { key: string }).key] : [])),
    );
    for (const [key, { createdBy }] of objects) {
      const isExplained =
        createdBy === 'foreign' ||
        done.has(key) ||
        checkpointKeys.has(key) ||
        this.#removedKeys.has(key) ||
        cannotDelete;
      if (!isExplained) this.#report(`object ${key} at ${profileId} has no record`);
    }
    for (const { key, createdBy } of sessions.values())
      if (createdBy !== 'foreign' && !checkpointKeys.has(key))
        this.#report(`unfinished ${key} at ${profileId} has no record`);
  }

  async #resumeEverything(): Promise<void> {
    this.#log('go on');
    for (let round = 0; round < 3; round++) {
      for (const { engine } of this.#processes.filter((p) => p.state === 'runs')) {
        for (const { id, ...upload } of this.#all()) {
          if (upload.status === 'paused') engine.resume(id);
          else if (upload.status === 'failed' && upload.error.code === 'name-taken')
            this.#click(() => engine.resolveNameConflict(id, this.#pick(['replace', 'new-name'])));
          else if (upload.status === 'failed') this.#click(() => engine.retry(id));
        }
      }
      await this.#untilIdle();
    }
  }

  #checkFinalState(): void {
    this.#check();
    for (const upload of this.#all()) {
      this.#count(`at the end ${upload.status}`);
      if (upload.status === 'paused') this.#report(`${upload.name} cannot be resumed`);
      if (upload.status === 'failed' && !upload.error.code.startsWith('source-'))
        this.#report(`${upload.name} fails although nothing is wrong: ${upload.error.code}`);
      if (upload.status === 'failed' && upload.error.code === 'source-changed')
        this.#report(`${upload.name} does not take the file as it is`);
      if ('checkpoint' in upload && upload.checkpoint) this.#report(`${upload.name} still keeps something`);
    }
  }
}

type SimulatedReply<T> = { value: T } | { cause: Error };
