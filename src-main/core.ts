/**
 * Puts engine, store and providers together, without electron: the window and the command line use the same core. What
 * differs between them (key store, network hint, who is told) comes in as a port.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { initialAppSettings, type AppSettings } from '../src-shared/app-settings.ts';
import { AppFailure, failure } from '../src-shared/errors.ts';
import type { HistoryPage, Leftovers, Snapshot, Totals } from '../src-shared/ipc/contract.ts';
import {
  practiceId,
  type FieldValues,
  type PracticeUsage,
  type Profile,
  type ProfileView,
  type Removal,
} from '../src-shared/profile.ts';
import type { ProviderId, ProviderInfo } from '../src-shared/provider.ts';
import { text } from '../src-shared/text/text.ts';
import {
  isTerminal,
  viewOf,
  type ChainStep,
  type ProfileId,
  type Upload,
  type UploadId,
  type UploadView,
} from '../src-shared/upload.ts';
import { Engine } from './engine/engine.ts';
import type { AcceptedFile, Clock, Events, Network, Sources } from './engine/ports.ts';
import { exampleFile } from './example.ts';
import { computerWith } from './platform/computer.ts';
import type { AppLog } from './platform/log.ts';
import { acceptFile, fileSources } from './platform/source-file.ts';
import { heirMs, Practice } from './practice/practice.ts';
import { Destinations } from './profiles/destinations.ts';
import { isEnvironmentId, type BuiltIn } from './profiles/built-ins.ts';
import { Profiles, type Kept } from './profiles/profiles.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import type { TakeOverPorts } from './profiles/import/take-over.ts';
import { Secrets } from './profiles/secrets.ts';
import { unprotectedKeys, type UnprotectedKeys } from './profiles/unprotected-keys.ts';
import { checkValues, connectDestination, testDestination } from './providers/connect.ts';
import { probeLink } from './providers/link-probe.ts';
import type { NetworkPorts } from './providers/network.ts';
import { problemsOf } from './providers/problems.ts';
import type { CodeQuestion, Computer, DriverPorts, Provider } from './providers/provider.ts';
import { providers as registered } from './providers/registry.ts';
import { signInThrough } from './providers/sign-in.ts';
import { signOutOf } from './providers/sign-out.ts';
import { suggestValues } from './providers/suggest.ts';
import type { Store } from './store/open.ts';
import { OtherProcesses } from './store/other-processes.ts';
import type { Setting, SettingValue } from './store/settings.ts';

export interface CorePorts {
  /** Where Hoist keeps what is its own. */
  folder: string;
  store: Store;
  log: AppLog;
  secretBox: SecretBox;
  /** What the app knows of proxies; without it, the environment's variables. */
  proxies?: NetworkPorts;
  network: Network;
  /** Asks whoever uses a destination for a code. @throws AppFailure secret-missing when nobody answers, canceled */
  ask?(question: CodeQuestion & { destination: string }, signal: AbortSignal): Promise<string>;
  events: Events;
  env: Record<string, string | undefined>;
  /** What uploads go to while nothing is set up, best first. */
  builtIns: readonly BuiltIn[];
  /** Those of the registry, unless said otherwise. */
  providers?: readonly Provider[];
  /** Files on disk, unless said otherwise. */
  sources?: Sources;
  /** What becomes of uploads whose destination refuses its key: a window waits until it is mended, a command ends. */
  blocked?: 'wait' | 'fail';
  /** Another process ended and left these while this one ran; from now on this one works on them. */
  tookOver?(uploads: Upload[]): void;
  profilesChanged(): void;
  settingsChanged?(settings: AppSettings): void;
}

/** Rows in a snapshot besides what is unfinished. */
const newest = 200;
/** Failures stay in sight until they are dealt with, however many came after them. */
const failures = 1000;
/** Of what stores keep: more than that is a number. */
const listed = 100;
const heartbeatMs = 10_000;

const clock: Clock = {
  now: Date.now,
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Each process sees the other's changes within a second. */
const othersMs = 400;
const progressMs = 500;
/** What a killed process leaves makes no sign, so it is looked for. */
const leftMs = 2000;

export class Core {
  readonly engine: Engine;
  readonly profiles: Profiles;
  readonly store: Store;
  readonly #folder: string;
  readonly #log: AppLog;
  readonly #events: Events;
  readonly #tookOver: CorePorts['tookOver'];
  readonly #providers: readonly Provider[];
  readonly #unprotected: UnprotectedKeys;
  readonly #settingsChanged: CorePorts['settingsChanged'];
  readonly #destinations: Destinations;
  readonly #others: OtherProcesses;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  /** Progress since it was last written. */
  readonly #unwritten = new Map<UploadId, Upload>();
  /** Of each destination, to see that another process changed it. */
  #digests = new Map<ProfileId, string>();
  /** Of what is said about them together. */
  #order = '';
  #practice: Practice | undefined;
  #computer: Computer;
  #isClosed = false;

  constructor({
    folder,
    store,
    log,
    secretBox,
    network,
    events,
    env,
    builtIns,
    providers = registered,
    sources = fileSources,
    blocked = 'wait',
    tookOver,
    profilesChanged,
    settingsChanged,
    proxies,
    ask,
  }: CorePorts) {
    this.store = store;
    this.#folder = folder;
    this.#log = log;
    this.#events = events;
    this.#tookOver = tookOver;
    this.#providers = providers;
    this.#unprotected = unprotectedKeys(folder);
    this.#settingsChanged = settingsChanged;
    this.#computer = computerWith(env);
    const driverPorts = {
      now: Date.now,
      randomBytes: (count: number) => randomBytes(count),
      ...(proxies ? { network: proxies } : {}),
    };
    const asked = new Map<ProfileId, number>();
    const asking = (destination: string, id: ProfileId = ''): Pick<DriverPorts, 'ask'> =>
      ask
        ? {
            ask: async (question, signal) => {
              asked.set(id, (asked.get(id) ?? 0) + 1);
              try {
                return await ask({ ...question, destination }, signal);
              } finally {
                asked.set(id, asked.get(id)! - 1);
              }
            },
          }
        : {};
    const secrets = new Secrets({
      records: store.secrets,
      unprotected: this.#unprotected,
      box: secretBox,
      register: (secret) => log.registerSecret(secret),
    });
    this.profiles = new Profiles({
      records: store.profiles,
      secrets,
      providers,
      computer: () => this.#computer,
      practice: () => this.#practiceValues(),
      builtIns,
      now: Date.now,
      id: randomUUID,
      current: this.#kept('currentProfile'),
      order: this.#kept('order'),
      fallback: this.#kept('fallback'),
      begun: this.#kept('begun'),
      tools: {
        check: checkValues,
        problems: problemsOf,
        test: (provider, values, { told, keep }) =>
          testDestination(provider, values, { ...driverPorts, ...asking(provider.name), keep }, { told }),
        suggest: (provider, question, { keep }) =>
          suggestValues(provider, question, { ...driverPorts, ...asking(provider.name), keep }),
        signOut: (provider, leaving) => signOutOf(provider, leaving, driverPorts),
        signIn: (provider, question, talk) => signInThrough(provider, question, driverPorts, talk),
      },
      uploads: { removal: (id) => this.#removal(id), leave: (id) => this.#leave(id) },
      ask: async (id, signal, who) => {
        await (await this.#destinations.connect(id)).check(signal, { asking: who });
      },
      isAsked: (id) => (asked.get(id) ?? 0) > 0,
      problem: (where, cause) => log.problem(where, cause),
      changed: (mended) => {
        // What this process changed itself is no news from another one.
        if (mended !== undefined) {
          this.engine.mended(mended);
          this.#noteProfile(mended);
        }
        this.#order = this.#orderDigest();
        profilesChanged();
      },
    });
    this.#destinations = new Destinations({
      values: (id) => this.profiles.values(id),
      renew: async (id, renewed) => {
        await this.profiles.renew(id, renewed);
        this.#noteProfile(id);
      },
      connect: (provider, values, { id, name, keep }) =>
        connectDestination(provider, values, { ...driverPorts, ...asking(name, id), keep }, { destination: name }),
    });
    this.engine = new Engine(
      {
        clock,
        network,
        log,
        records: store.uploads,
        sources,
        destinations: this.#destinations,
        events: { ...events, changed: (upload, what) => this.#changed(upload, what) },
        random: { next: Math.random, id: randomUUID },
        links: { probe: probeLink },
        debts: store.debts,
      },
      { blocked },
    );
    this.#others = new OtherProcesses({
      store,
      limits: { failed: failures, newest },
      written: () => this.#othersWrote(profilesChanged),
      changed: (upload) => {
        if (this.engine.has(upload.id)) return;
        this.#learn(upload);
        events.changed(upload, 'status');
      },
      removed: (id) => events.removed(id),
    });
    this.#every(othersMs, () => this.#others.look());
    this.#every(progressMs, () => this.#writeProgress());
    this.#every(heartbeatMs, () => this.beat());
    this.#digests = this.#profileDigests();
    this.#order = this.#orderDigest();
  }

  start(): void {
    this.engine.start();
  }

  /** Goes on with what no living process works on and somebody else will not, and from now on with what one that is killed leaves behind. */
  takeOver(): void {
    this.engine.takeOver({ only: isForWindow });
    for (const upload of this.engine.unfinished()) this.#learn(upload);
    this.#every(leftMs, () => this.#takeWhatIsLeft());
  }

  /** Somebody here decides about these: what no living process works on is this one's from now on. */
  take(ids: readonly UploadId[]): void {
    const free = new Set(ids.filter((id) => !this.engine.has(id) && this.store.uploads.isFree(id)));
    if (free.size > 0) this.engine.takeOver({ only: ({ id }) => free.has(id) });
  }

  /** After a long sleep another process may have taken this one for dead: what is no longer ours is let go. */
  beat(): void {
    if (!this.store.uploads.heartbeat()) this.engine.surrender();
  }

  enqueue(files: AcceptedFile[], chain: ChainStep[]): Upload[] {
    return this.engine.enqueue(files, chain);
  }

  /**
   * From the window, with what was wished for the links of the next files. The wish ends when these are accepted, and not before:
   * who tries again after a full disk must not share with more people than they chose.
   * @throws AppFailure no-destination, disk-full
   */
  send(files: AcceptedFile[], id: ProfileId): Upload[] {
    const { chain, wish } = this.profiles.next(id);
    if (!wish) return this.enqueue(files, chain);
    const uploads = this.enqueue(
      files.map((file) => ({ ...file, wish })),
      chain,
    );
    this.profiles.wishNext(undefined);
    return uploads;
  }

  view(upload: Upload): UploadView {
    const plain = viewOf(upload, (id) => this.profiles.name(id));
    const view: UploadView =
      plain.error && this.profiles.signsIn(plain.profileId) ? { ...plain, signsIn: true } : plain;
    return isTerminal(upload) || this.engine.has(upload.id) || this.store.uploads.isFree(upload.id)
      ? view
      : { ...view, elsewhere: true };
  }

  /** Live records are ahead of the stored ones: progress is not written. */
  snapshot(revision: number): Snapshot {
    const live = this.engine.unfinished();
    const ids = new Set(live.map((u) => u.id));
    const stored = [
      ...this.store.uploads.unfinished(),
      ...this.store.uploads.failed(failures),
      ...this.store.uploads.newest(newest),
    ].filter((u) => !ids.has(u.id) && ids.add(u.id));
    return { revision, uploads: [...live, ...stored].map((u) => this.view(u)), totals: this.totals() };
  }

  /** Whoever works on it. */
  unfinished(): UploadView[] {
    return this.store.uploads.unfinished().map((u) => this.view(u));
  }

  history(query: { text?: string; before?: string; limit: number }): HistoryPage {
    const page = this.store.uploads.query(query);
    return { uploads: page.uploads.map((u) => this.view(u)), next: page.next };
  }

  /** What an import from another program writes to. Its links are told like others; those beyond the newest are found in the history. */
  importPorts(): TakeOverPorts {
    return {
      providers: this.#providers,
      profiles: this.profiles,
      history: {
        has: (id) => this.store.uploads.get(id) !== undefined,
        insert: (uploads) => this.store.uploads.insertEnded(uploads),
        added: (uploads) => {
          for (const upload of uploads.slice(0, newest)) this.#events.changed(upload, 'status');
        },
      },
    };
  }

  /** What failed and paused uploads keep at their stores. */
  leftovers(): Leftovers {
    const { list, ...sums } = this.engine.leftovers();
    return {
      ...sums,
      list: list.slice(0, listed).map((u) => ({
        id: u.id,
        name: u.name,
        destination: this.profiles.name(u.chain[u.step]?.profileId ?? ''),
        bytes: u.kept ?? 0,
      })),
    };
  }

  totals(): Totals {
    return this.store.uploads.totals();
  }

  /** Manifests as data: without the functions, which cannot cross to the window. */
  providers(): ProviderInfo[] {
    return this.#providers.map(({ id, name, help, fields, presets, capabilities }) => ({
      id,
      name,
      help,
      fields,
      presets,
      capabilities,
    }));
  }

  /** Of a field's value or a preset's keys. @throws AppFailure invalid-input when there is none */
  pageOf(providerId: ProviderId, of: { field: string } | { preset: string }): string {
    const provider = this.#providers.find(({ id }) => id === providerId);
    const page =
      'field' in of
        ? provider?.fields.find(({ key }) => key === of.field)?.page
        : provider?.presets.find(({ id }) => id === of.preset)?.page;
    if (page === undefined) throw failure('invalid-input');
    return page;
  }

  /** Sends a small text file of Hoist's own. @throws AppFailure no-destination, disk-full */
  async example(profileId: ProfileId): Promise<Upload> {
    const chain = this.profiles.chain(profileId, 'alone');
    return this.engine.enqueue([await acceptFile(exampleFile(this.#folder))], chain)[0]!;
  }

  /** Destinations that cannot be used until somebody does something, as far as is known without asking anybody. */
  lacking(): ProfileView[] {
    return this.profiles
      .view()
      .profiles.filter(({ status }) => status.state === 'needs-sign-in' || status.state === 'needs-setup');
  }

  appSettings(): AppSettings {
    return { ...initialAppSettings, ...this.store.settings.get('app') };
  }

  setAppSettings(changed: Partial<AppSettings>): void {
    this.store.settings.set('app', { ...this.store.settings.get('app'), ...changed });
    this.#settingsChanged?.(this.appSettings());
  }

  /** A login shell knows more variables than an app that was started from the desktop. */
  addEnvironment(more: Record<string, string>): void {
    this.#computer = computerWith(this.#computer.env, more);
    this.profiles.environmentChanged();
  }

  practice(): Practice {
    this.#practice ??= new Practice({
      folder: path.join(this.#folder, 'practice'),
      now: Date.now,
      randomBytes: (count) => randomBytes(count),
      onProblem: (cause) => {
        this.#log.problem('practice', cause);
      },
      kept: {
        get: () => this.store.settings.get('practice'),
        set: (kept) => this.store.settings.set('practice', kept),
      },
    });
    return this.#practice;
  }

  /** Old links answer only while Practice runs; when the process that runs it ends, the next one that looks takes over. */
  keepPractice(when: 'needed' | 'always'): void {
    let told: unknown;
    const look = (): void => {
      if (when === 'needed' && !this.#needsPractice()) return;
      this.practice()
        .ensure('heir')
        .then(
          () => {
            told = undefined;
          },
          (cause: unknown) => {
            // It is tried again right away, and for as long as it takes: once is enough for the log.
            if (told === undefined && !this.#isClosed) this.#log.problem('practice', cause);
            told = cause;
          },
        );
    };
    look();
    this.#every(heirMs, look);
  }

  async practiceUsage(): Promise<PracticeUsage> {
    return this.practice().usage();
  }

  /** The entries of its files go with them, because their links are dead. */
  async emptyPractice(): Promise<void> {
    await this.practice().empty();
    for (const upload of this.store.uploads.at(practiceId))
      if (isTerminal(upload) && !(upload.status === 'failed' && upload.error.code === 'quota-exceeded'))
        this.engine.remove(upload.id);
    // What waited for space goes on.
    this.engine.mended(practiceId);
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

  #kept<S extends Setting>(key: S): Kept<SettingValue<S>> {
    const { settings } = this.store;
    return { get: () => settings.get(key), set: (value) => settings.set(key, value) };
  }

  #removal(id: ProfileId): Removal {
    const uploads = this.store.uploads.at(id);
    return {
      unfinished: uploads.filter((upload) => !isTerminal(upload)).length,
      done: uploads.filter(({ status }) => status === 'done').length,
    };
  }

  async #leave(id: ProfileId): Promise<void> {
    await this.engine.leave(id);
    this.#destinations.forget(id);
  }

  /** What the last attempt that has ended says about its destination, and what an upload that never began waits for. */
  #learn(upload: Upload): void {
    const { status } = this.profiles;
    const last = upload.attempts.findLast(({ ended }) => ended !== undefined);
    if (last) status.learn(last.profileId, last.ended!, last.error);
    const step = upload.chain[upload.step];
    if (upload.status === 'waiting' && upload.until === 'mended' && step)
      status.learn(step.profileId, last?.ended ?? upload.createdAt, upload.error);
  }

  #every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  #takeWhatIsLeft(): void {
    const left = new Map(
      this.store.uploads
        .unowned()
        .filter((u) => !this.engine.has(u.id) && isForWindow(u))
        .map((u) => [u.id, u]),
    );
    if (left.size === 0) return;
    this.#tookOver?.([...left.values()]);
    this.engine.takeOver({ only: ({ id }) => left.has(id) });
  }

  #needsPractice(): boolean {
    return (
      this.store.settings.get('practice') !== undefined &&
      (this.profiles.current()?.id === practiceId || this.store.uploads.at(practiceId, 1).length > 0)
    );
  }

  async #practiceValues(): Promise<FieldValues> {
    const { address } = await this.practice()
      .ensure()
      .catch((cause: unknown) => {
        throw practiceFailure(cause);
      });
    return { ...address, pathStyle: 'true', linkKind: 'expiring' };
  }

  #changed(upload: Upload, what: 'status' | 'progress'): void {
    this.#events.changed(upload, what);
    this.#others.wrote(upload.id);
    if (what === 'status') this.#learn(upload);
    if (what === 'progress') this.#unwritten.set(upload.id, upload);
    else this.#unwritten.delete(upload.id);
  }

  /** Another process may have mended a destination. */
  #othersWrote(profilesChanged: () => void): void {
    const before = this.#digests;
    this.#digests = this.#profileDigests();
    const changed = [...new Set([...before.keys(), ...this.#digests.keys()])].filter(
      (id) => before.get(id) !== this.#digests.get(id),
    );
    for (const id of changed) {
      this.profiles.status.mended(id);
      this.engine.mended(id);
    }
    const order = this.#orderDigest();
    if (changed.length > 0 || order !== this.#order) profilesChanged();
    this.#order = order;
  }

  #orderDigest(): string {
    return JSON.stringify(
      (['currentProfile', 'order', 'fallback'] as const).map((key) => this.store.settings.get(key)),
    );
  }

  #profileDigests(): Map<ProfileId, string> {
    return new Map(this.store.profiles.list().map((profile) => [profile.id, this.#profileDigest(profile)]));
  }

  #profileDigest(profile: Profile): string {
    return JSON.stringify([profile, this.store.secrets.all(profile.id), digestOf(this.#unprotected.of(profile.id))]);
  }

  #noteProfile(id: ProfileId): void {
    const profile = this.store.profiles.get(id);
    if (profile) this.#digests.set(id, this.#profileDigest(profile));
    else this.#digests.delete(id);
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

/**
 * Not what was paused: whoever stopped it goes on with it. Nor what a shell sends with the keys of its own environment: this
 * one's may be another's.
 */
const isForWindow = (u: Upload): boolean =>
  u.status !== 'paused' && !u.chain.some(({ profileId }) => isEnvironmentId(profileId));

const digestOf = (values: FieldValues): string => createHash('sha256').update(JSON.stringify(values)).digest('hex');

/** What the disk says when Practice cannot start: most of it passes, and none of it is a mistake in Hoist. */
function practiceFailure(cause: unknown): unknown {
  if (cause instanceof AppFailure || !(cause instanceof Error && 'code' in cause)) return cause;
  const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
  return isFull
    ? failure('disk-full', {}, cause)
    : failure('unavailable', { params: { host: text('destination.practice') } }, cause);
}
