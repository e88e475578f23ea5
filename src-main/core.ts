/**
 * Puts engine, store and providers together, without electron: the window and the command line use the same core. What
 * differs between them (key store, network hint, who is told) comes in as a port.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { AppFailure } from '../src-shared/errors.ts';
import type { HistoryPage, Snapshot, Totals } from '../src-shared/ipc/contract.ts';
import { practiceId, type FieldValues, type PracticeUsage } from '../src-shared/profile.ts';
import type { ProviderInfo } from '../src-shared/provider.ts';
import { isTerminal, viewOf, type ChainStep, type ProfileId, type Upload, type UploadId, type UploadView } from '../src-shared/upload.ts';
import { Engine } from './engine/engine.ts';
import type { AcceptedFile, Clock, Events, Network, Sources } from './engine/ports.ts';
import type { AppLog } from './platform/log.ts';
import { fileSources } from './platform/source-file.ts';
import { heirMs, Practice } from './practice/practice.ts';
import { Destinations } from './profiles/destinations.ts';
import { Profiles, type BuiltIn } from './profiles/profiles.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import { Secrets } from './profiles/secrets.ts';
import { checkValues, connectDestination, testDestination } from './providers/connect.ts';
import { probeLink } from './providers/link-probe.ts';
import { providers } from './providers/registry.ts';
import type { Store } from './store/open.ts';
import { OtherProcesses } from './store/other-processes.ts';

export interface CorePorts {
  /** Where Hoist keeps what is its own. */
  folder: string;
  store: Store;
  log: AppLog;
  secretBox: SecretBox;
  network: Network;
  events: Events;
  env: Record<string, string | undefined>;
  /** What uploads go to while nothing is set up, best first. */
  builtIns: readonly BuiltIn[];
  /** Files on disk, unless said otherwise. */
  sources?: Sources;
  /** What becomes of uploads whose destination refuses its key: a window waits until it is mended, a command ends. */
  blocked?: 'wait' | 'fail';
  profilesChanged(): void;
}

/** Rows in a snapshot besides what is unfinished. */
const newest = 200;
/** Failures stay in sight until they are dealt with, however many came after them. */
const failures = 1000;
const heartbeatMs = 10_000;

const clock: Clock = {
  now: Date.now,
  after: (ms, call) => { const timer = setTimeout(call, ms); return () => clearTimeout(timer); },
};

/** Each process sees the other's changes within a second. */
const othersMs = 400;
const progressMs = 500;

export class Core {
  readonly engine: Engine;
  readonly profiles: Profiles;
  readonly store: Store;
  readonly #folder: string;
  readonly #log: AppLog;
  readonly #events: Events;
  readonly #destinations: Destinations;
  readonly #others: OtherProcesses;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  /** Progress since it was last written. */
  readonly #unwritten = new Map<UploadId, Upload>();
  /** Of each destination, to see that another process changed it. */
  #digests: Map<ProfileId, string>;
  #practice: Practice | undefined;
  #isClosed = false;

  constructor({ folder, store, log, secretBox, network, events, env, builtIns, sources = fileSources, blocked = 'wait', profilesChanged }: CorePorts) {
    this.store = store;
    this.#folder = folder;
    this.#log = log;
    this.#events = events;
    const driverPorts = { now: Date.now, randomBytes: (count: number) => randomBytes(count) };
    const secrets = new Secrets(store.secrets, secretBox, (secret) => log.registerSecret(secret));
    this.profiles = new Profiles({
      records: store.profiles, secrets, providers, env: () => env, practice: () => this.#practiceValues(), builtIns, now: Date.now, id: randomUUID,
      current: { get: () => store.settings.get('currentProfile'), set: (id) => store.settings.set('currentProfile', id) },
      fallback: { get: () => store.settings.get('fallback'), set: (fallback) => store.settings.set('fallback', fallback) },
      check: checkValues,
      test: (provider, values) => testDestination(provider, values, driverPorts),
      changed: (mended) => {
        if (mended !== undefined) this.engine.mended(mended);
        profilesChanged();
      },
    });
    this.#destinations = new Destinations({
      values: (id) => this.profiles.values(id),
      connect: (provider, values, name) => connectDestination(provider, values, driverPorts, { destination: name }),
    });
    this.engine = new Engine({
      clock, network, log, records: store.uploads, sources, destinations: this.#destinations,
      events: { ...events, changed: (upload, what) => this.#changed(upload, what) },
      random: { next: Math.random, id: randomUUID }, links: { probe: probeLink }, debts: store.debts,
    }, { blocked });
    this.#others = new OtherProcesses({
      store, limits: { failed: failures, newest }, written: () => this.#othersWrote(profilesChanged),
      changed: (upload) => { if (!this.engine.has(upload.id)) events.changed(upload, 'status'); },
      removed: (id) => events.removed(id),
    });
    this.#every(othersMs, () => this.#others.look());
    this.#every(progressMs, () => this.#writeProgress());
    this.#every(heartbeatMs, () => this.beat());
    this.#digests = this.#profileDigests();
  }

  start(): void { this.engine.start(); }

  /** After a long sleep another process may have taken this one for dead: what is no longer ours is let go. */
  beat(): void { if (!this.store.uploads.heartbeat()) this.engine.surrender(); }

  enqueue(files: AcceptedFile[], chain: ChainStep[]): Upload[] { return this.engine.enqueue(files, chain); }

  view(upload: Upload): UploadView {
    const view = viewOf(upload, (id) => this.profiles.name(id));
    return isTerminal(upload) || this.engine.has(upload.id) ? view : { ...view, elsewhere: true };
  }

  /** Live records are ahead of the stored ones: progress is not written. */
  snapshot(revision: number): Snapshot {
    const live = this.engine.unfinished();
    const ids = new Set(live.map((u) => u.id));
    const stored = [...this.store.uploads.unfinished(), ...this.store.uploads.failed(failures), ...this.store.uploads.newest(newest)].filter((u) => !ids.has(u.id) && ids.add(u.id));
    return { revision, uploads: [...live, ...stored].map((u) => this.view(u)), totals: this.totals() };
  }

  /** Whoever works on it. */
  unfinished(): UploadView[] { return this.store.uploads.unfinished().map((u) => this.view(u)); }

  history(query: { text?: string; before?: string; limit: number }): HistoryPage {
    const page = this.store.uploads.query(query);
    return { uploads: page.uploads.map((u) => this.view(u)), next: page.next };
  }

  totals(): Totals { return this.store.uploads.totals(); }

  /** Manifests as data: without the functions, which cannot cross to the window. */
  providers(): ProviderInfo[] {
    return providers.map(({ id, name, help, fields, presets, capabilities }) => ({ id, name, help, fields, presets, capabilities }));
  }

  practice(): Practice {
    this.#practice ??= new Practice({
      folder: path.join(this.#folder, 'practice'), now: Date.now, randomBytes: (count) => randomBytes(count), onProblem: (cause) => { this.#log.problem('practice', cause); },
      kept: { get: () => this.store.settings.get('practice'), set: (kept) => this.store.settings.set('practice', kept) },
    });
    return this.#practice;
  }

  /** Old links answer only while Practice runs; when the process that runs it ends, the next one that looks takes over. */
  keepPractice(when: 'needed' | 'always'): void {
    let told: unknown;
    const look = (): void => {
      if (when === 'needed' && !this.#needsPractice()) return;
      this.practice().ensure('heir').then(() => { told = undefined; }, (cause: unknown) => {
        // It is tried again right away, and for as long as it takes: once is enough for the log.
        if (told === undefined && !this.#isClosed) this.#log.problem('practice', cause);
        told = cause;
      });
    };
    look();
    this.#every(heirMs, look);
  }

  async practiceUsage(): Promise<PracticeUsage> { return this.practice().usage(); }

  /** The entries of its files go with them, because their links are dead. */
  async emptyPractice(): Promise<void> {
    await this.practice().empty();
    for (const upload of this.store.uploads.at(practiceId)) if (isTerminal(upload)) this.engine.remove(upload.id);
  }

  /** Keeps every checkpoint; what was uploading goes on at the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.engine.stop();
    this.#destinations.close();
    await this.#practice?.close();
    this.store.close();
  }

  #every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  #needsPractice(): boolean {
    return this.store.settings.get('practice') !== undefined && (this.profiles.current()?.id === practiceId || this.store.uploads.at(practiceId, 1).length > 0);
  }

  async #practiceValues(): Promise<FieldValues> {
    const { address } = await this.practice().ensure();
    return { ...address, pathStyle: 'true', linkKind: 'expiring' };
  }

  #changed(upload: Upload, what: 'status' | 'progress'): void {
    this.#events.changed(upload, what);
    this.#others.wrote(upload.id);
    if (what === 'progress') this.#unwritten.set(upload.id, upload);
    else this.#unwritten.delete(upload.id);
  }

  /** Another process may have mended a destination. */
  #othersWrote(profilesChanged: () => void): void {
    const before = this.#digests;
    this.#digests = this.#profileDigests();
    const changed = [...new Set([...before.keys(), ...this.#digests.keys()])].filter((id) => before.get(id) !== this.#digests.get(id));
    for (const id of changed) this.engine.mended(id);
    if (changed.length > 0) profilesChanged();
  }

  #profileDigests(): Map<ProfileId, string> {
    return new Map(this.store.profiles.list().map((profile) => [profile.id, JSON.stringify([profile, this.store.secrets.all(profile.id)])]));
  }

  /** A record does not need its progress, but other processes see only what is written. */
  #writeProgress(): void {
    const uploads = [...this.#unwritten.values()];
    this.#unwritten.clear();
    try {
      for (const upload of uploads) this.store.uploads.save(upload, 'normal');
    } catch (cause) {
      // A full disk is for the upload to say when it has something to keep.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }
}
