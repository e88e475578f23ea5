/**
 * The whole engine in virtual time, among everything that can happen to it: processes that die at any of their calls, sleep or
 * find another one at work, networks and stores that fail, files that change, a full disk, and a user who presses everything.
 * All of it comes from one seed. After each run the oracle looks at what is there.
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
import { paceLimits, type PaceLimits } from '../pace.ts';
import type { AcceptedFile, Debt, Ports } from '../ports.ts';
import {
  connectTo,
  fairWeather,
  FarStore,
  latestArrivalMs,
  partBytes,
  type Wire,
  type WordSource,
} from './far-store.ts';
import { chanceOf, VirtualTime, type Chance } from './virtual-time.ts';

const minute = 60_000;
/** After so long without a heartbeat a process counts as dead, in ms. */
const heartbeatLimitMs = 30_000;

const uploadActions = ['pause', 'resume', 'cancel', 'remove', 'retry', 'unpublish', 'send anyway', 'settle'] as const;
/** As often as they are listed. */
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
  'mend',
  'mend',
  'weather',
  'network',
  'network',
  'sleep',
  'forget',
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
  'others take over',
] as const;
type UploadAction = (typeof uploadActions)[number] | 'hammer';
type Action = (typeof actions)[number];

interface FileOnDisk {
  words: string[];
  changed: number;
}

interface Process {
  readonly number: number;
  engine: Engine;
  state: 'runs' | 'frozen' | 'dead';
  frozenAt: number;
  /** What comes in while it is frozen. */
  mail: (() => void)[];
  doubts: Set<string>;
  goOnline: () => void;
  /** Calls of the world until it is killed. */
  callsLeft: number;
  pace: PaceLimits;
  /** What of it is under way, at each store. */
  traffic: Map<FarStore, Traffic>;
}

/** Requests with a part. `most`: ever. `slowAt`: when the store last asked for fewer, after it had not for a while; ms. */
interface Traffic {
  busy: number;
  most: number;
  slowAt: number;
  bound: number;
}

interface Row {
  text: string;
  status: Upload['status'];
  keeps: boolean;
}
const rowOf = (upload: Upload): Row => ({
  text: JSON.stringify(upload),
  status: upload.status,
  keeps: 'checkpoint' in upload && upload.checkpoint !== undefined,
});
const uploadIn = ({ text }: Row): Upload => JSON.parse(text) as Upload;
const isOver = ({ status }: Row): boolean => status === 'done' || status === 'failed' || status === 'canceled';

interface Flight {
  process: Process;
  land: () => void;
}

export interface Outcome {
  seed: number;
  trace: string[];
  problems: string[];
  counts: Record<string, number>;
}

export async function simulate(seed: number): Promise<Outcome> {
  const simulation = new Simulation(seed);
  await simulation.run();
  return { seed, trace: simulation.trace, problems: simulation.problems, counts: simulation.counts };
}

class Simulation {
  readonly trace: string[] = [];
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #chance: Chance;
  readonly #time = new VirtualTime();
  readonly #stores: FarStore[];
  readonly #files = new Map<string, FileOnDisk>();
  /** Every state that a file ever had, by its fingerprint. */
  readonly #history = new Map<string, string>();
  /** As text, so that nobody changes what is written; the rest is what one looks rows up by. */
  readonly #rows = new Map<UploadId, Row>();
  readonly #owners = new Map<UploadId, Process>();
  readonly #debts = new Map<string, string>();
  readonly #flights = new Set<Flight>();
  readonly #sending = new Map<string, { process: Process }>();
  /** Files whose names somebody else has, and when that is seen. */
  readonly #taken = new Map<string, 'before' | 'at the end'>();
  readonly #agreed = new Set<UploadId>();
  readonly #unpublished = new Set<UploadId>();
  /** Keys of done entries that were taken out of the list: what is stored stays stored. */
  readonly #stays = new Set<string>();
  readonly #chains = new Map<string, ChainStep[]>();
  #processes: Process[] = [];
  #isOnline = true;
  #isDiskFull = false;
  #wasDiskFull = false;
  #next = 0;
  readonly #faults: number;
  /** ms that an answer takes at most */
  readonly #slowness: number;

  constructor(seed: number) {
    this.#chance = chanceOf(seed);
    this.#stores = [
      new FarStore('first', this.#pick(['expiring', 'private', 'public']), 'can-delete'),
      new FarStore('second', this.#pick(['expiring', 'private']), 'can-delete'),
      new FarStore('open', 'public', 'can-delete'),
      new FarStore('keeps', this.#pick(['expiring', 'public']), 'cannot-delete'),
    ];
    this.#faults = this.#pick([0, 0.02, 0.08, 0.2]);
    this.#slowness = this.#pick([150, 1500, 10_000]);
  }

  async run(): Promise<void> {
    this.#changeWeather();
    this.#startProcess();
    const steps = 8 + this.#below(28);
    for (let i = 0; i < steps && this.problems.length === 0; i++) {
      await this.#attempt(() => this.#step());
      await this.#attempt(() => this.#time.advance(this.#span()));
    }
    if (this.problems.length > 0) return;
    await this.#attempt(() => this.#calmDown());
    await this.#attempt(async () => this.#judge());
    if (this.problems.length > 0) return;
    await this.#attempt(() => this.#goOnWithEverything());
    await this.#attempt(async () => this.#judgeAtTheEnd());
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (cause) {
      this.problems.push(`thrown: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    }
  }

  // ---------------------------------------------------------------- chance

  #below(n: number): number {
    return Math.floor(this.#chance() * n);
  }
  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
  #happens(probability: number): boolean {
    return this.#chance() < probability;
  }
  /** Mostly an instant, sometimes minutes. */
  #span(): number {
    return Math.floor(10 ** (this.#chance() * 5.3)) - 1;
  }
  #tell(line: string): void {
    this.trace.push(`${this.#time.now()} ${line}`);
  }
  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
  #wrong(problem: string): void {
    if (this.problems.length < 5) {
      this.problems.push(problem);
      this.#tell(`PROBLEM ${problem}`);
    }
  }

  // ---------------------------------------------------------------- the user and the world

  async #step(): Promise<void> {
    const process = this.#pick(this.#processes.filter((p) => p.state === 'runs'));
    const action = this.#pick(actions);
    this.#tell(`${action} @${process?.number ?? '-'}`);
    this.#count(action);
    await this.#do(action, process);
  }

  async #do(action: Action, process: Process | undefined): Promise<void> {
    switch (action) {
      case 'drop':
      case 'drop many':
        if (process) this.#press(() => this.#drop(process, action === 'drop' ? 1 : 2 + this.#below(6)));
        return;
      case 'pause':
      case 'resume':
      case 'cancel':
      case 'remove':
      case 'retry':
      case 'unpublish':
      case 'send anyway':
      case 'settle':
      case 'hammer':
        if (process) this.#onUpload(process, action);
        return;
      case 'remove leftovers':
        if (process) this.#press(() => process.engine.removeLeftovers());
        return;
      case 'refuse':
        this.#pick(this.#stores).refuses = this.#pick([
          'unauthorized',
          'forbidden',
          'no-bucket',
          'session-expired',
          'quota-exceeded',
        ]);
        return;
      case 'mend': {
        const store = this.#pick(this.#stores);
        store.refuses = undefined;
        if (process) this.#press(() => process.engine.mended(store.step.profileId));
        return;
      }
      case 'weather':
        this.#changeWeather();
        return;
      case 'network':
        this.#isOnline = !this.#isOnline;
        if (this.#isOnline && this.#happens(0.7))
          for (const p of this.#processes) this.#inProcess(p, () => p.goOnline());
        return;
      case 'sleep':
        this.#time.sleep(this.#pick([20_000, 8 * 60 * minute, 8 * 24 * 60 * minute]));
        return;
      case 'forget':
        this.#pick(this.#stores).forgetSessions();
        return;
      case 'edit':
        this.#edit();
        return;
      case 'kill':
        if (process) this.#kill(process);
        this.#startProcess();
        return;
      case 'kill soon':
        if (process) process.callsLeft = 1 + this.#below(40);
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
      case 'others take over':
        if (process) this.#press(() => process.engine.takeOver());
        return;
    }
  }

  /** A button may say why not, but nothing else. */
  #press(act: () => unknown): void {
    const told = (cause: unknown): void => {
      if (cause instanceof AppFailure) this.#tell(`refused: ${cause.error.code}`);
      else this.#wrong(`a button threw ${String(cause)}`);
    };
    try {
      const result = act();
      if (result instanceof Promise) result.catch(told);
    } catch (cause) {
      told(cause);
    }
  }

  #onUpload(process: Process, action: UploadAction): void {
    const all = [...this.#rows.values()].map(uploadIn);
    if (all.length === 0) return;
    const open = all.filter((u) => u.status !== 'done');
    const upload = this.#pick(open.length > 0 && this.#happens(0.8) ? open : all);
    for (const one of action === 'hammer' ? Array.from({ length: 12 }, () => this.#pick(uploadActions)) : [action])
      this.#press(() => this.#pressOn(process, one, upload));
  }

  #pressOn({ engine }: Process, action: UploadAction, { id }: Upload): unknown {
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
        this.#agreed.add(id);
        return engine.sendAnyway(id);
      case 'settle':
        return engine.settle(id, this.#pick(['replace', 'new-name']));
      case 'hammer':
        return undefined;
    }
  }

  #remove(engine: Engine, id: UploadId): void {
    const row = this.#rows.get(id);
    const before = row && uploadIn(row);
    engine.remove(id);
    if (before?.status === 'done' && !this.#rows.has(id)) this.#stays.add(before.ref as string);
  }

  #drop({ engine }: Process, count: number): void {
    const files = Array.from({ length: count }, (): AcceptedFile => {
      const path = `/f${++this.#next}`;
      const words = Array.from({ length: 1 + this.#below(5) }, () => this.#word());
      this.#write(path, words);
      if (this.#happens(0.1)) this.#taken.set(path, this.#pick(['before', 'at the end']));
      return {
        name: path,
        size: words.length * partBytes,
        contentType: 'text/plain',
        source: this.#refOf(path),
        ...(this.#happens(0.5) ? { collision: 'ask' } : {}),
      };
    });
    const chain: ChainStep[] = this.#happens(0.5)
      ? [this.#stores[0]!.step]
      : [...this.#stores]
          .sort(() => this.#chance() - 0.5)
          .slice(0, 1 + this.#below(4))
          .map((s) => s.step);
    for (const { name } of files) this.#chains.set(name, chain);
    engine.enqueue(files, chain);
  }

  #word(): string {
    return `w${(++this.#next).toString(36)}`;
  }

  #write(path: string, words: string[]): void {
    // The same file, whoever has it open.
    const file = this.#files.get(path) ?? { words, changed: 0 };
    this.#files.set(path, Object.assign(file, { words, changed: ++this.#next }));
    this.#history.set(JSON.stringify(this.#refOf(path)), words.join());
  }

  #refOf(path: string): FileRef {
    const file = this.#files.get(path)!;
    return { path, fingerprint: { size: file.words.length * partBytes, mtimeMs: file.changed, dev: '1', ino: '1' } };
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

  #changeWeather(): void {
    for (const store of this.#stores) {
      const often = (): number => (this.#happens(0.5) ? 0 : this.#faults);
      store.weather = {
        lost: often(),
        unavailable: often(),
        limited: often() / 2,
        stalled: often() / 4,
        damaged: often(),
      };
    }
  }

  // ---------------------------------------------------------------- processes

  #startProcess(): void {
    const process: Process = {
      number: ++this.#next,
      state: 'runs',
      frozenAt: 0,
      mail: [],
      doubts: new Set(),
      goOnline: () => undefined,
      callsLeft: Infinity,
      engine: undefined as never,
      pace: this.#paceLimits(),
      traffic: new Map(),
    };
    process.engine = new Engine(this.#portsOf(process), {
      parallel: 1 + this.#below(9),
      pace: process.pace,
      blocked: this.#happens(0.8) ? 'wait' : 'fail',
    });
    this.#processes.push(process);
    this.#tell(`process ${process.number}`);
    process.engine.start();
    process.engine.takeOver();
  }

  #paceLimits(): PaceLimits {
    const start = 1 + this.#below(8);
    return { start, most: start + this.#below(4), ofOne: 1 + this.#below(4), windowMs: paceLimits.windowMs };
  }

  /** A process that is frozen gets everything later; a dead one gets nothing. */
  #inProcess(process: Process, act: () => void): void {
    if (process.state === 'frozen') process.mail.push(act);
    else if (process.state === 'runs') act();
  }

  /** What is on its way arrives or is lost; no answer finds anybody. */
  #kill(process: Process): void {
    if (process.state === 'dead') return;
    this.#tell(`process ${process.number} is killed`);
    process.state = 'dead';
    for (const flight of this.#flights)
      if (flight.process === process) {
        this.#flights.delete(flight);
        if (this.#happens(0.5)) flight.land();
      }
    for (const [key, one] of this.#sending) if (one.process === process) this.#sending.delete(key);
    this.#time.after(1 + this.#below(3000), () => {
      if (!this.#processes.some((p) => p.state === 'runs')) this.#startProcess();
    });
  }

  /** Everything comes at once; that its heart had stopped it learns only at the next beat. */
  #thaw(process: Process): void {
    const isLate = this.#isTakenForDead(process);
    process.state = 'runs';
    if (!isLate) process.frozenAt = 0;
    else
      this.#time.after(this.#below(10_000), () =>
        this.#inProcess(process, () => {
          process.frozenAt = 0;
          process.engine.surrender();
        }),
      );
    const mail = process.mail;
    process.mail = [];
    for (const act of mail) this.#inProcess(process, act);
  }

  async #quit(process: Process): Promise<void> {
    const began = this.#time.now();
    let isDown = false;
    void process.engine.stop().then(() => {
      isDown = true;
      if (process.state === 'runs') process.state = 'dead';
    });
    const isClosing = (): boolean => !isDown && process.state === 'runs';
    for (let i = 0; i < 30 && isClosing(); i++) await this.#time.advance(100);
    if (isClosing()) this.#wrong(`quitting took ${this.#time.now() - began} ms`);
    for (const flight of this.#flights)
      if (flight.process === process) {
        this.#flights.delete(flight);
        if (this.#happens(0.5)) flight.land();
      }
    for (const [key, one] of this.#sending) if (one.process === process) this.#sending.delete(key);
  }

  /** @returns false when the process was killed at this very call */
  #survives(process: Process): boolean {
    if (process.state === 'dead') return false;
    if (--process.callsLeft <= 0) this.#kill(process);
    return this.#isAlive(process);
  }

  #isAlive({ state }: Process): boolean {
    return state !== 'dead';
  }

  // ---------------------------------------------------------------- its ports

  #portsOf(process: Process): Ports {
    const { clock, wire } = {
      clock: {
        now: this.#time.now,
        after: (ms: number, call: () => void) => this.#time.after(ms, () => this.#inProcess(process, call)),
      },
      wire: this.#wireOf(process),
    };
    return {
      clock,
      random: { next: this.#chance, id: () => `i${++this.#next}` },
      sources: { open: async (ref) => this.#open(ref), renew: async (ref) => this.#renew(ref) },
      destinations: {
        connect: async (id) => {
          const store = this.#stores.find((s) => s.step.profileId === id);
          if (!store) throw failure('no-destination');
          return connectTo(store, wire);
        },
      },
      links: { probe: async () => 'verified' },
      records: this.#recordsOf(process),
      debts: {
        add: (debt) => {
          if (this.#written(process)) this.#debts.set(debt.id, JSON.stringify(debt));
        },
        all: () => [...this.#debts.values()].map((d) => JSON.parse(d) as Debt),
        remove: (id) => {
          if (this.#written(process)) this.#debts.delete(id);
        },
      },
      network: {
        online: () => this.#isOnline || this.#happens(0.5),
        onOnline: (call) => {
          process.goOnline = call;
          return () => {
            process.goOnline = () => undefined;
          };
        },
      },
      events: {
        changed: (upload, what) => {
          if (process.state === 'runs') this.#changed(process, upload, what);
        },
        removed: (id) => this.#tell(`${id} removed`),
        settled: () => undefined,
        forgotten: (uploads) => this.#tell(`forgotten ${uploads.map((u) => u.name).join(' ')}`),
      },
      log: {
        attempt: ({ uploadId, outcome, cause }) => {
          if (outcome === 'bug' && process.state === 'runs')
            this.#wrong(`${uploadId}: ${cause instanceof Error ? cause.stack : String(cause)}`);
          return 'D';
        },
      },
    };
  }

  #changed(process: Process, upload: Upload, what: string): void {
    if (what === 'status')
      this.#tell(
        `@${process.number} ${upload.name} ${upload.status} ${upload.status === 'waiting' || upload.status === 'failed' ? upload.error.code : ''} ${upload.step}`,
      );
    if (upload.status !== 'done' || this.#unpublished.has(upload.id)) return;
    this.#count('became done');
    if (this.#contentOf(upload) !== this.#history.get(JSON.stringify(upload.source)))
      this.#wrong(`${upload.name} is done, and its object is ${this.#contentOf(upload) ?? 'not there'}`);
    if (this.#rows.get(upload.id)?.text !== JSON.stringify(upload))
      this.#wrong(`${upload.name} is shown as done before it is durable`);
  }

  #contentOf(upload: Upload): string | undefined {
    const store = this.#stores.find((s) => s.step.profileId === upload.chain[upload.step]?.profileId);
    return upload.status === 'done' ? store?.objects.get(upload.ref as string)?.parts.join() : undefined;
  }

  /** Whether a write reaches the disk: not of a process that dies right before it. */
  #written(process: Process): boolean {
    if (!this.#survives(process)) return false;
    if (this.#isDiskFull) throw failure('disk-full');
    return true;
  }

  #recordsOf(process: Process): Ports['records'] {
    const isFree = (id: UploadId): boolean => {
      const owner = this.#owners.get(id);
      return !owner || owner === process || this.#isTakenForDead(owner);
    };
    const read = (id: UploadId): Upload | undefined => {
      const row = this.#rows.get(id);
      return row && uploadIn(row);
    };
    const unowned = (is: (row: Row) => boolean): Upload[] =>
      [...this.#rows]
        .filter(([id, row]) => {
          const owner = this.#owners.get(id);
          return is(row) && (!owner || this.#isTakenForDead(owner));
        })
        .map(([, row]) => uploadIn(row));
    return {
      insert: (uploads) => {
        if (this.#written(process))
          for (const u of uploads) {
            this.#rows.set(u.id, rowOf(u));
            this.#owners.set(u.id, process);
          }
      },
      save: (upload, _, owed = []) => {
        if (!this.#written(process)) return true;
        if (this.#owners.get(upload.id) !== process || !this.#rows.has(upload.id)) return false;
        this.#rows.set(upload.id, rowOf(upload));
        for (const debt of owed) this.#debts.set(debt.id, JSON.stringify(debt));
        return true;
      },
      claim: (id) => {
        if (!this.#written(process) || !this.#rows.has(id) || !isFree(id)) return false;
        this.#owners.set(id, process);
        return true;
      },
      owns: (id) => this.#owners.get(id) === process && this.#rows.has(id),
      release: (id) => {
        if (this.#written(process) && this.#owners.get(id) === process) this.#owners.delete(id);
      },
      remove: (id, owed = []) => {
        if (!this.#written(process)) return true;
        if (!isFree(id)) return false;
        this.#rows.delete(id);
        this.#owners.delete(id);
        for (const debt of owed) this.#debts.set(debt.id, JSON.stringify(debt));
        return true;
      },
      get: read,
      unowned: () => unowned((row) => !isOver(row)),
      leftovers: () => unowned((row) => (row.status === 'failed' || row.status === 'canceled') && row.keeps) as never,
    };
  }

  /** One that was taken for dead stays so until its next heartbeat. */
  #isTakenForDead({ state, frozenAt }: Process): boolean {
    return state === 'dead' || (frozenAt > 0 && (state === 'runs' || this.#time.now() - frozenAt > heartbeatLimitMs));
  }

  #open(ref: SourceRef): WordSource {
    if ('stream' in ref) throw failure('source-missing');
    const opened = this.#files.get(ref.path);
    if (!opened) throw failure('source-missing');
    // What is open can be looked at although its name is gone, and shows every change.
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
      check: async () => check(),
      words: () => {
        if (opened.words.length * partBytes !== ref.fingerprint.size) throw failure('source-changed');
        return opened.words;
      },
    };
  }

  #renew(ref: FileRef): { source: FileRef; size: number } {
    if (!this.#files.has(ref.path)) throw failure('source-missing');
    const source = this.#refOf(ref.path);
    return { source, size: source.fingerprint.size };
  }

  // ---------------------------------------------------------------- the wire

  #wireOf(process: Process): Wire {
    return {
      doubts: process.doubts,
      ask: (store, signal, act) => this.#ask(process, store, signal, act),
      pause: (ms) =>
        new Promise((resolve) => {
          this.#time.after(ms, () => this.#inProcess(process, resolve));
        }),
      newKey: (name) => `${name}-${++this.#next}`,
      isTaken: (name, when) => {
        const isTaken = this.#taken.get(name) === when;
        if (isTaken) this.#count('name taken');
        return isTaken;
      },
      damaged: (store, word) => (this.#happens(store.weather.damaged) ? 'rot' : word),
      sends: (store, signal) => this.#sends(process, store, signal),
      slowsDown: (store) => this.#slowsDown(process, store),
      began: (store, name, checkpoint) => {
        if (checkpoint === undefined) this.#beginsFromZero(store, name);
        return this.#began(process, name);
      },
    };
  }

  #trafficOf(process: Process, store: FarStore): Traffic {
    const traffic = process.traffic.get(store) ?? { busy: 0, most: 0, slowAt: -Infinity, bound: Infinity };
    process.traffic.set(store, traffic);
    return traffic;
  }

  /** Never more at once than allowed; and after a store asked for fewer, none begins while half of the most are under way. */
  #sends(process: Process, store: FarStore, signal: AbortSignal): () => void {
    const traffic = this.#trafficOf(process, store);
    const at = `process ${process.number} at ${store.step.profileId}`;
    traffic.busy++;
    if (traffic.busy > process.pace.most) this.#wrong(`${at} sends ${traffic.busy} requests at once`);
    if (this.#time.now() < traffic.slowAt + process.pace.windowMs && traffic.busy > traffic.bound)
      this.#wrong(`${at} sends ${traffic.busy} at once although it was asked for fewer than ${traffic.most}`);
    if (traffic.busy > traffic.most) traffic.most = traffic.busy;
    this.#count(`${Math.min(9, traffic.busy)} at once`);
    let isOver = false;
    // A process that is frozen notices later.
    const look = (): void => {
      if (!isOver && process.state === 'runs' && process.frozenAt === 0)
        this.#wrong(`${at} is not silent 500 ms after the end`);
    };
    const aborted = (): void => {
      this.#time.after(500, look);
    };
    signal.addEventListener('abort', aborted, { once: true });
    return () => {
      isOver = true;
      signal.removeEventListener('abort', aborted);
      traffic.busy--;
    };
  }

  #slowsDown(process: Process, store: FarStore): void {
    const traffic = this.#trafficOf(process, store);
    const now = this.#time.now();
    // What it says while it is being obeyed already is no news.
    if (now < traffic.slowAt + process.pace.windowMs) return;
    traffic.slowAt = now;
    traffic.bound = traffic.busy === 0 ? Infinity : Math.max(1, Math.floor(traffic.most / 2));
    this.#count('asked for fewer');
  }

  /** Only what is not needed any more is begun again. */
  #beginsFromZero(store: FarStore, name: string): void {
    if (this.#wasDiskFull) return; // what is owed may be in memory only
    const owed = new Set(
      [...this.#debts.values()].flatMap((d) => {
        const { what } = JSON.parse(d) as Debt;
        return 'checkpoint' in what ? [(what.checkpoint as { key: string }).key] : [];
      }),
    );
    for (const { key, madeBy } of store.sessions.values())
      if (madeBy === name && !owed.has(key)) this.#wrong(`${name} begins again although ${key} is there`);
  }

  /** No two attempts of one upload in one process. */
  #began(process: Process, name: string): () => void {
    const id = `${process.number} ${name}`;
    if (this.#sending.has(id)) this.#wrong(`${name} is sent twice at once`);
    this.#sending.set(id, { process });
    return () => {
      this.#sending.delete(id);
    };
  }

  #ask<T>(process: Process, store: FarStore, signal: AbortSignal, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#survives(process)) return;
      store.requests++;
      this.#count('requests');
      const later = (ms: number, call: () => void): void => {
        this.#time.after(ms, () => this.#inProcess(process, call));
      };
      let isOver = false;
      const end = (call: () => void): void => {
        if (!isOver) {
          isOver = true;
          signal.removeEventListener('abort', cancel);
          call();
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
      const delay = 1 + this.#below(latestArrivalMs / 2);
      if (!this.#isOnline) {
        later(delay, () => fail(this.#happens(0.8) ? 'offline' : 'unreachable'));
        return;
      }
      const { weather } = store;
      const flight = { process, store, ms: delay };
      if (this.#happens(weather.stalled)) {
        if (this.#happens(0.5)) this.#fly(flight, act);
        later(minute, () => fail('stalled'));
        return;
      }
      if (this.#happens(weather.unavailable)) {
        later(delay, () => fail(this.#pick(['unavailable', 'unreachable'])));
        return;
      }
      if (this.#happens(weather.limited)) {
        later(delay, () => fail('rate-limited', { retryAfterMs: this.#below(40) * 1000 }));
        return;
      }
      this.#fly(flight, act, (answer) => {
        const isLost = this.#happens(weather.lost) || !this.#isOnline;
        later(isLost ? 5000 : 1 + this.#below(this.#slowness), () =>
          isLost
            ? fail('unreachable')
            : end('value' in answer ? () => resolve(answer.value) : () => reject(answer.cause)),
        );
      });
    });
  }

  /** The request arrives after a while, whatever became of who sent it; refusals and mistakes are answers too. */
  #fly<T>(
    { process, store, ms }: { process: Process; store: FarStore; ms: number },
    act: () => T,
    answered: (answer: Answer<T>) => void = () => undefined,
  ): void {
    const land = (): void => {
      try {
        if (store.refuses) throw failure(store.refuses);
        answered({ value: act() });
      } catch (cause) {
        if (!(cause instanceof Error)) throw cause;
        answered({ cause });
      }
    };
    const flight: Flight = { process, land };
    this.#flights.add(flight);
    this.#time.after(ms, () => {
      if (this.#flights.delete(flight)) land();
    });
  }

  // ---------------------------------------------------------------- the oracle

  #all(): Upload[] {
    return [...this.#rows.values()].map(uploadIn);
  }

  /** Everything works again, and whoever is left goes on until nothing more happens. */
  async #calmDown(): Promise<void> {
    this.#tell('calm');
    this.#isOnline = true;
    this.#isDiskFull = false;
    for (const store of this.#stores) {
      store.weather = fairWeather;
      store.refuses = undefined;
    }
    for (const process of this.#processes) {
      process.callsLeft = Infinity;
      if (process.state === 'frozen') this.#thaw(process);
    }
    await this.#time.advance(10_000);
    if (!this.#processes.some((p) => p.state === 'runs')) this.#startProcess();
    await this.#untilQuiet();
  }

  async #untilQuiet(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      for (const { engine } of this.#processes.filter((p) => p.state === 'runs')) {
        engine.takeOver();
        for (const { step } of this.#stores) engine.mended(step.profileId);
      }
      await this.#time.advance(round < 5 ? 20_000 : 3 * minute);
      if (
        [...this.#rows.values()].every((row) => isOver(row) || row.status === 'paused') &&
        this.#sending.size === 0 &&
        this.#payable().length === 0 &&
        (this.#debts.size === 0 || round > 6)
      )
        return;
    }
  }

  #payable(): Debt[] {
    return [...this.#debts.values()]
      .map((d) => JSON.parse(d) as Debt)
      .filter((d) => !this.#stores.find((s) => s.step.profileId === d.profileId)?.step.cannotDelete);
  }

  #judge(): void {
    for (const store of this.#stores) for (const complaint of store.complaints) this.#wrong(complaint);
    for (const store of this.#stores) {
      if (
        !store.objects.has(`${store.step.profileId}/foreign`) ||
        !store.sessions.has(`${store.step.profileId}-foreign`)
      )
        this.#wrong('something foreign is gone');
    }
    for (const upload of this.#all()) this.#judgeUpload(upload);
    for (const debt of this.#payable()) this.#wrong(`still owed: ${JSON.stringify(debt)}`);
    for (const store of this.#stores) this.#judgeStore(store);
  }

  #judgeUpload(upload: Upload): void {
    const { name, status, id } = upload;
    if (!isTerminal(upload) && status !== 'paused')
      this.#wrong(`${name} is still ${status} ${status === 'waiting' ? `${upload.until} ${upload.error.code}` : ''}`);
    if (this.#owners.has(id) && isTerminal(upload) && this.#owners.get(id)!.state !== 'dead')
      this.#wrong(`${name} is ${status} and still owned`);
    if (status === 'canceled' && 'checkpoint' in upload) this.#wrong(`${name} is canceled and keeps something`);
    if (status === 'failed' && (!(upload.error.code in errorTable) || upload.error.code === 'bug'))
      this.#wrong(`${name} failed as ${upload.error.code}`);
    if (status !== 'done') return;
    if (!this.#unpublished.has(id) && this.#contentOf(upload) !== this.#history.get(JSON.stringify(upload.source)))
      this.#wrong(`${name} is done, and its object is ${this.#contentOf(upload) ?? 'gone'}`);
    if (this.#agreed.has(id)) return;
    const first = this.#chains.get(name)![0]!;
    const step = upload.chain[upload.step]!;
    if (visibilities.indexOf(step.visibility) > visibilities.indexOf(first.visibility))
      this.#wrong(`${name} went where more people can open it`);
    if (step.cannotDelete && step.profileId !== first.profileId) this.#wrong(`${name} went where it cannot be deleted`);
  }

  /** Nothing is at a store that no record speaks of, and of each upload at most one thing. */
  #judgeStore({ step: { profileId, cannotDelete }, objects, sessions }: FarStore): void {
    const here = this.#all().filter((u) => u.chain[u.step]?.profileId === profileId);
    const done = new Set(here.flatMap((u) => (u.status === 'done' ? [u.ref as string] : [])));
    const kept = new Set(
      here.flatMap((u) => ('checkpoint' in u && u.checkpoint ? [(u.checkpoint as { key: string }).key] : [])),
    );
    for (const [key, { madeBy }] of objects) {
      const isExplained =
        madeBy === 'somebody else' || done.has(key) || kept.has(key) || this.#stays.has(key) || cannotDelete;
      if (!isExplained) this.#wrong(`object ${key} at ${profileId} is nobody's`);
    }
    for (const { key, madeBy } of sessions.values())
      if (madeBy !== 'somebody else' && !kept.has(key)) this.#wrong(`unfinished ${key} at ${profileId} is nobody's`);
  }

  async #goOnWithEverything(): Promise<void> {
    this.#tell('go on');
    for (let round = 0; round < 3; round++) {
      for (const { engine } of this.#processes.filter((p) => p.state === 'runs')) {
        for (const { id, ...upload } of this.#all()) {
          if (upload.status === 'paused') engine.resume(id);
          else if (upload.status === 'failed' && upload.error.code === 'name-taken')
            this.#press(() => engine.settle(id, this.#pick(['replace', 'new-name'])));
          else if (upload.status === 'failed') this.#press(() => engine.retry(id));
        }
      }
      await this.#untilQuiet();
    }
  }

  #judgeAtTheEnd(): void {
    this.#judge();
    for (const upload of this.#all()) {
      this.#count(`at the end ${upload.status}`);
      if (upload.status === 'paused') this.#wrong(`${upload.name} cannot be resumed`);
      if (upload.status === 'failed' && !upload.error.code.startsWith('source-'))
        this.#wrong(`${upload.name} fails although nothing is wrong: ${upload.error.code}`);
      if (upload.status === 'failed' && upload.error.code === 'source-changed')
        this.#wrong(`${upload.name} does not take the file as it is`);
      if ('checkpoint' in upload && upload.checkpoint) this.#wrong(`${upload.name} still keeps something`);
    }
  }
}

type Answer<T> = { value: T } | { cause: Error };
