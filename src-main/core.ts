/**
 * Puts engine, store and providers together, without electron: the window and the command line use the same core. What
 * differs between them (key store, network hint, who is told) comes in as a port.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { initialAppSettings, type AppSettings } from '../src-shared/app-settings.ts';
import { AppFailure, failure, isDiskFull } from '../src-shared/errors.ts';
import type { HistoryPage, Leftovers, Snapshot, Totals } from '../src-shared/ipc/contract.ts';
import {
  practiceId,
  type FieldValues,
  type PracticeUsage,
  type Profile,
  type ProfileView,
  type RemovalImpact,
} from '../src-shared/profile.ts';
import type { ProviderId, ProviderInfo } from '../src-shared/provider.ts';
import { text } from '../src-shared/text/text.ts';
import {
  isTerminal,
  toUploadView,
  type ChainStep,
  type ProfileId,
  type Upload,
  type UploadId,
  type UploadView,
} from '../src-shared/upload.ts';
import { Engine } from './engine/engine.ts';
import type { AcceptedFile, Clock, Events, Network, Sources } from './engine/ports.ts';
import { exampleFile } from './example-file.ts';
import { createComputer, type Computer } from './platform/computer.ts';
import type { AppLog } from './platform/log.ts';
import { acceptFile, fileSources } from './platform/source-file.ts';
import { standbyPollMs, Practice } from './practice/practice.ts';
import { DestinationPool } from './profiles/destination-pool.ts';
import { isEnvironmentId, type BuiltIn } from './profiles/built-ins.ts';
import { ProfileService, type PersistedSetting } from './profiles/profile-service.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import type { ImportPorts } from './profiles/import/apply-import.ts';
import { ProfileSecrets } from './profiles/profile-secrets.ts';
import { unprotectedKeys, type UnprotectedKeys } from './profiles/unprotected-keys.ts';
import { validateValues, connectDestination } from './providers/destination/connect.ts';
import { testDestination } from './providers/destination/test-destination.ts';
import { probeLink } from './providers/links/probe-link.ts';
import type { ProxyResolver } from './providers/network/transport.ts';
import { fieldProblems } from './providers/destination/field-problems.ts';
import type { CodeRequest, DriverPorts, Provider } from './providers/contract/provider.ts';
import { providers as registered } from './providers/registry.ts';
import { signInToProvider } from './providers/destination/sign-in.ts';
import { signOutOfProvider } from './providers/destination/sign-out.ts';
import { suggestValues } from './providers/destination/suggest.ts';
import type { Store } from './store/open.ts';
import { ExternalChangeWatcher } from './store/external-change-watcher.ts';
import type { Setting, SettingValue } from './store/settings.ts';

export interface CorePorts {
  /** Where Hoist keeps what is its own. */
  folder: string;
  store: Store;
  log: AppLog;
  secretBox: SecretBox;
  /** What the app knows of proxies; without it, the environment's variables. */
  proxies?: ProxyResolver;
  network: Network;
  /** Asks whoever uses a destination for a code. @throws AppFailure secret-missing when nobody answers, canceled */
  ask?(question: CodeRequest & { destination: string }, signal: AbortSignal): Promise<string>;
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
  onOrphansAdopted?(uploads: Upload[]): void;
  profilesChanged(): void;
  settingsChanged?(settings: AppSettings): void;
}

/** Rows in a snapshot besides what is unfinished. */
const snapshotNewestLimit = 200;
/** Failures stay in sight until they are dealt with, however many came after them. */
const snapshotFailedLimit = 1000;
/** Of what stores keep: more than that is a number. */
const maxListedLeftovers = 100;
const heartbeatMs = 10_000;

const clock: Clock = {
  now: Date.now,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Each process sees the other's changes within a second. */
const externalPollMs = 400;
const progressWriteMs = 500;
/** What a killed process leaves makes no sign, so it is looked for. */
const orphanPollMs = 2000;

export class Core {
  readonly engine: Engine;
  readonly profiles: ProfileService;
  readonly store: Store;
  readonly #folder: string;
  readonly #log: AppLog;
  readonly #events: Events;
  readonly #onOrphansAdopted: CorePorts['onOrphansAdopted'];
  readonly #providers: readonly Provider[];
  readonly #unprotected: UnprotectedKeys;
  readonly #settingsChanged: CorePorts['settingsChanged'];
  readonly #destinations: DestinationPool;
  readonly #externalChanges: ExternalChangeWatcher;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  /** Progress since it was last written. */
  readonly #unsavedProgress = new Map<UploadId, Upload>();
  /** Of each destination, to see that another process changed it. */
  #digests = new Map<ProfileId, string>();
  /** Of what is said about them together. */
  #lastOrderDigest = '';
  #practice: Practice | undefined;
  #computer: Computer;
  #isClosed = false;
  #hasLoggedProgressFailure = false;

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
    onOrphansAdopted,
    profilesChanged,
    settingsChanged,
    proxies,
    ask,
  }: CorePorts) {
    this.store = store;
    this.#folder = folder;
    this.#log = log;
    this.#events = events;
    this.#onOrphansAdopted = onOrphansAdopted;
    this.#providers = providers;
    this.#unprotected = unprotectedKeys(folder);
    this.#settingsChanged = settingsChanged;
    this.#computer = createComputer(env);
    const driverPorts = {
      now: Date.now,
      randomBytes: (count: number) => randomBytes(count),
      ...(proxies ? { network: proxies } : {}),
    };
    const pendingPrompts = new Map<ProfileId, number>();
    const promptPort = (destination: string, id: ProfileId = ''): Pick<DriverPorts, 'promptForCode'> =>
      ask
        ? {
            promptForCode: async (question, signal) => {
              pendingPrompts.set(id, (pendingPrompts.get(id) ?? 0) + 1);
              try {
                return await ask({ ...question, destination }, signal);
              } finally {
                pendingPrompts.set(id, pendingPrompts.get(id)! - 1);
              }
            },
          }
        : {};
    const secrets = new ProfileSecrets({
      records: store.secrets,
      unprotected: this.#unprotected,
      box: secretBox,
      registerSecret: (secret) => log.registerSecret(secret),
    });
    this.profiles = new ProfileService({
      records: store.profiles,
      secrets,
      providers,
      computer: () => this.#computer,
      practice: () => this.#practiceValues(),
      builtIns,
      now: Date.now,
      id: randomUUID,
      current: this.#persistedSetting('currentProfile'),
      order: this.#persistedSetting('order'),
      fallback: this.#persistedSetting('fallback'),
      savedSetup: this.#persistedSetting('savedSetup'),
      tools: {
        check: validateValues,
        problems: fieldProblems,
        test: (provider, values, { onProgress: reported, saveRenewed: keep }) =>
          testDestination(
            provider,
            values,
            { ...driverPorts, ...promptPort(provider.name), saveRenewed: keep },
            { onResults: reported },
          ),
        suggest: (provider, question, { saveRenewed: keep }) =>
          suggestValues(provider, question, { ...driverPorts, ...promptPort(provider.name), saveRenewed: keep }),
        signOut: (provider, signOutContext) => signOutOfProvider(provider, signOutContext, driverPorts),
        signIn: (provider, question, talk) => signInToProvider(provider, question, driverPorts, talk),
      },
      uploads: { removal: (id) => this.#removal(id), removeDestination: (id) => this.#removeDestination(id) },
      checkDestination: async (id, signal, who) => {
        await (await this.#destinations.connect(id)).check(signal, { promptMode: who });
      },
      isPromptOpen: (id) => (pendingPrompts.get(id) ?? 0) > 0,
      problem: (where, cause) => log.problem(where, cause),
      changed: (changedId) => {
        // What this process changed itself is no news from another one.
        if (changedId !== undefined) {
          this.engine.onProfileChanged(changedId);
          this.#rememberProfileDigest(changedId);
        }
        this.#lastOrderDigest = this.#orderDigest();
        profilesChanged();
      },
    });
    this.#destinations = new DestinationPool({
      values: (id) => this.profiles.values(id),
      saveRenewed: async (id, values) => {
        await this.profiles.saveRenewed(id, values);
        this.#rememberProfileDigest(id);
      },
      connect: (provider, values, { id, name, saveRenewed: keep }) =>
        connectDestination(
          provider,
          values,
          { ...driverPorts, ...promptPort(name, id), saveRenewed: keep },
          { destination: name },
        ),
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
        pendingCleanups: store.pendingCleanups,
      },
      { blocked },
    );
    this.#externalChanges = new ExternalChangeWatcher({
      store,
      limits: { failed: snapshotFailedLimit, newest: snapshotNewestLimit },
      anyWrite: () => this.#onExternalWrite(profilesChanged),
      changed: (upload) => {
        if (this.engine.has(upload.id)) return;
        this.#recordOutcome(upload);
        events.changed(upload, 'status');
      },
      removed: (id) => events.removed(id),
    });
    this.#setInterval(externalPollMs, () => this.#externalChanges.poll());
    this.#setInterval(progressWriteMs, () => this.#writeProgress());
    this.#setInterval(heartbeatMs, () => this.heartbeat());
    this.#digests = this.#profileDigests();
    this.#lastOrderDigest = this.#orderDigest();
  }

  start(): void {
    this.engine.start();
  }

  /** Goes on with what no living process works on and somebody else will not, and from now on with what one that is killed leaves behind. */
  adoptOrphans(): void {
    this.engine.adoptOrphans({ only: isAdoptable });
    for (const upload of this.engine.unfinished()) this.#recordOutcome(upload);
    this.#setInterval(orphanPollMs, () => this.#adoptNewOrphans());
  }

  /** Somebody here decides about these: what no living process works on is this one's from now on. */
  claim(ids: readonly UploadId[]): void {
    const free = new Set(ids.filter((id) => !this.engine.has(id) && this.store.uploads.isUnowned(id)));
    if (free.size > 0) this.engine.adoptOrphans({ only: ({ id }) => free.has(id) });
  }

  /** After a long sleep another process may have taken this one for dead: what is no longer ours is let go. */
  heartbeat(): void {
    if (!this.store.uploads.heartbeat()) this.engine.onLeaseLost();
  }

  enqueue(files: AcceptedFile[], chain: ChainStep[]): Upload[] {
    return this.engine.enqueue(files, chain);
  }

  /**
   * From the window, with what was wished for the links of the next files. The wish ends when these are accepted, and not before:
   * who tries again after a full disk must not share with more people than they chose.
   * @throws AppFailure no-destination, disk-full
   */
  enqueueFromWindow(files: AcceptedFile[], id: ProfileId): Upload[] {
    const { chain, linkOverride } = this.profiles.nextUploadOptions(id);
    if (!linkOverride) return this.enqueue(files, chain);
    const uploads = this.enqueue(
      files.map((file) => ({ ...file, linkOverride })),
      chain,
    );
    this.profiles.setNextLinkOverride(undefined);
    return uploads;
  }

  view(upload: Upload): UploadView {
    const plain = toUploadView(upload, (id) => this.profiles.name(id));
    const view: UploadView =
      plain.error && this.profiles.signsIn(plain.profileId) ? { ...plain, signsIn: true } : plain;
    return isTerminal(upload) || this.engine.has(upload.id) || this.store.uploads.isUnowned(upload.id)
      ? view
      : { ...view, elsewhere: true };
  }

  /** Live records are ahead of the stored ones: progress is not written. */
  snapshot(revision: number): Snapshot {
    const live = [...this.engine.unfinished(), ...this.engine.endedUnsaved()];
    const ids = new Set(live.map((u) => u.id));
    const stored = [
      ...this.store.uploads.unfinished(),
      ...this.store.uploads.failed(snapshotFailedLimit),
      ...this.store.uploads.newest(snapshotNewestLimit),
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
  importPorts(): ImportPorts {
    return {
      providers: this.#providers,
      profiles: this.profiles,
      history: {
        has: (id) => this.store.uploads.get(id) !== undefined,
        insert: (uploads) => this.store.uploads.insertImported(uploads),
        added: (uploads) => {
          for (const upload of uploads.slice(0, snapshotNewestLimit)) this.#events.changed(upload, 'status');
        },
      },
    };
  }

  /** What failed and paused uploads keep at their stores. */
  leftovers(): Leftovers {
    const { list, ...sums } = this.engine.leftovers();
    return {
      ...sums,
      list: list.slice(0, maxListedLeftovers).map((u) => ({
        id: u.id,
        name: u.name,
        destination: this.profiles.name(u.chain[u.step]?.profileId ?? ''),
        bytes: u.bytesStored ?? 0,
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
  helpPageUrl(providerId: ProviderId, of: { field: string } | { preset: string }): string {
    const provider = this.#providers.find(({ id }) => id === providerId);
    const page =
      'field' in of
        ? provider?.fields.find(({ key }) => key === of.field)?.page
        : provider?.presets.find(({ id }) => id === of.preset)?.page;
    if (page === undefined) throw failure('invalid-input');
    return page;
  }

  /** Sends a small text file of Hoist's own. @throws AppFailure no-destination, disk-full */
  async enqueueExample(profileId: ProfileId): Promise<Upload> {
    const chain = this.profiles.chain(profileId, 'alone');
    return this.engine.enqueue([await acceptFile(exampleFile(this.#folder))], chain)[0]!;
  }

  /** Destinations that cannot be used until somebody does something, as far as is known without asking anybody. */
  profilesNeedingAttention(): ProfileView[] {
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
  addEnvironment(variables: Record<string, string>): void {
    this.#computer = createComputer(this.#computer.env, variables);
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
      storedSettings: {
        get: () => this.store.settings.get('practice'),
        set: (address) => this.store.settings.set('practice', address),
      },
    });
    return this.#practice;
  }

  /** Old links answer only while Practice runs; when the process that runs it ends, the next one that looks takes over. */
  keepPracticeRunning(when: 'needed' | 'always'): void {
    let reported: unknown;
    const ensureRunning = (): void => {
      if (when === 'needed' && !this.#needsPractice()) return;
      this.practice()
        .ensure('standby')
        .then(
          () => {
            reported = undefined;
          },
          (cause: unknown) => {
            // It is tried again right away, and for as long as it takes: once is enough for the log.
            if (reported === undefined && !this.#isClosed) this.#log.problem('practice', cause);
            reported = cause;
          },
        );
    };
    ensureRunning();
    this.#setInterval(standbyPollMs, ensureRunning);
  }

  async practiceUsage(): Promise<PracticeUsage> {
    return this.practice().usage();
  }

  /** The entries of its files go with them, because their links are dead. */
  async emptyPractice(): Promise<void> {
    await this.practice().empty();
    for (const upload of this.store.uploads.ofProfile(practiceId))
      if (isTerminal(upload) && !(upload.status === 'failed' && upload.error.code === 'quota-exceeded'))
        this.engine.remove(upload.id);
    // What waited for space goes on.
    this.engine.onProfileChanged(practiceId);
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

  #persistedSetting<S extends Setting>(key: S): PersistedSetting<SettingValue<S>> {
    const { settings } = this.store;
    return { get: () => settings.get(key), set: (value) => settings.set(key, value) };
  }

  #removal(id: ProfileId): RemovalImpact {
    const uploads = this.store.uploads.ofProfile(id);
    return {
      unfinished: uploads.filter((upload) => !isTerminal(upload)).length,
      done: uploads.filter(({ status }) => status === 'done').length,
    };
  }

  async #removeDestination(id: ProfileId): Promise<void> {
    await this.engine.removeDestination(id);
    this.#destinations.remove(id);
  }

  /** What the last attempt that has ended says about its destination, and what an upload that never began waits for. */
  #recordOutcome(upload: Upload): void {
    const { status } = this.profiles;
    const last = upload.attempts.findLast(({ ended }) => ended !== undefined);
    if (last) status.recordOutcome(last.profileId, last.ended!, last.error);
    const step = upload.chain[upload.step];
    if (upload.status === 'waiting' && upload.until === 'profile-fixed' && step)
      status.recordOutcome(step.profileId, last?.ended ?? upload.createdAt, upload.error);
  }

  #setInterval(ms: number, callback: () => void): void {
    const timer = setInterval(callback, ms);
    timer.unref();
    this.#timers.push(timer);
  }

  #adoptNewOrphans(): void {
    const orphans = new Map(
      this.store.uploads
        .orphans()
        .filter((u) => this.engine.canAdopt(u.id) && isAdoptable(u))
        .map((u) => [u.id, u]),
    );
    if (orphans.size === 0) return;
    this.#onOrphansAdopted?.([...orphans.values()]);
    this.engine.adoptOrphans({ only: ({ id }) => orphans.has(id) });
  }

  #needsPractice(): boolean {
    return (
      this.store.settings.get('practice') !== undefined &&
      (this.profiles.current()?.id === practiceId || this.store.uploads.ofProfile(practiceId, 1).length > 0)
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
    this.#externalChanges.noteOwnWrite(upload.id);
    if (what === 'status') this.#recordOutcome(upload);
    if (what === 'progress') this.#unsavedProgress.set(upload.id, upload);
    else this.#unsavedProgress.delete(upload.id);
  }

  /** Another process may have mended a destination. */
  #onExternalWrite(profilesChanged: () => void): void {
    const before = this.#digests;
    this.#digests = this.#profileDigests();
    const changed = [...new Set([...before.keys(), ...this.#digests.keys()])].filter(
      (id) => before.get(id) !== this.#digests.get(id),
    );
    for (const id of changed) {
      this.profiles.status.onProfileChanged(id);
      this.engine.onProfileChanged(id);
    }
    const order = this.#orderDigest();
    if (changed.length > 0 || order !== this.#lastOrderDigest) profilesChanged();
    this.#lastOrderDigest = order;
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
    return JSON.stringify([profile, this.store.secrets.all(profile.id), digestOf(this.#unprotected.get(profile.id))]);
  }

  #rememberProfileDigest(id: ProfileId): void {
    const profile = this.store.profiles.get(id);
    if (profile) this.#digests.set(id, this.#profileDigest(profile));
    else this.#digests.delete(id);
  }

  /** A record does not need its progress, but other processes see only what is written. */
  #writeProgress(): void {
    const uploads = [...this.#unsavedProgress.values()];
    this.#unsavedProgress.clear();
    try {
      for (const upload of uploads) this.store.uploads.save(upload, 'normal');
    } catch (cause) {
      // Progress is optional, and the engine reports what its own writes run into.
      if (isDiskFull(cause) || this.#hasLoggedProgressFailure) return;
      this.#hasLoggedProgressFailure = true;
      this.#log.problem('save progress', cause);
    }
  }
}

/**
 * Not what was paused: whoever stopped it goes on with it. Nor what a shell sends with the keys of its own environment: this
 * one's may be another's.
 */
const isAdoptable = (u: Upload): boolean =>
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
