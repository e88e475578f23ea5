/** The destinations that the user has set up, what this computer offers besides, and which one is in use. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import {
  practiceId,
  type CheckReport,
  type CheckResult,
  type Fallback,
  type FieldProblem,
  type FormPreview,
  type FieldValues,
  type KeyStore,
  type Profile,
  type ProfileDraft,
  type ProfilesView,
  type ProfileView,
  type RemovalImpact,
  type SetupDraft,
} from '../../src-shared/profile.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { ChainStep, LinkKind, LinkOverride, ProfileId } from '../../src-shared/upload.ts';
import type { Computer, Provider, SignOutRequest } from '../providers/contract/provider.ts';
import { findBuiltIn, builtInProfiles, type BuiltIn } from './built-ins.ts';
import { Drafts, type DraftTools } from './drafts.ts';
import { requiredSecrets, publicValues, secretValues, withInitialValues } from './field-values.ts';
import { CredentialDiscovery, isComplete, type DiscoveredEntry } from './credential-discovery.ts';
import { secretsToSave, profileSource, suggestedName } from './profile-from-draft.ts';
import { keyStoreName } from './key-store-name.ts';
import { keyMissing, ProfileInspector } from './profile-inspector.ts';
import { readSignOutContext, type SignOutContext } from './sign-out-context.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import type { SignInResult } from './sign-ins.ts';
import { ProfileStatusTracker, type ProfileStatusTrackerPorts } from './profile-status-tracker.ts';

export interface ProfileRecords {
  list(): Profile[];
  get(id: ProfileId): Profile | undefined;
  save(profile: Profile): void;
  remove(id: ProfileId): void;
}

/** A value that is remembered. */
export interface PersistedSetting<T> {
  get(): T | undefined;
  set(value: T | undefined): void;
}

export interface ProfileServicePorts {
  records: ProfileRecords;
  secrets: ProfileSecrets;
  current: PersistedSetting<ProfileId>;
  /** Those that were put in order; the others come after them. */
  order: PersistedSetting<ProfileId[]>;
  fallback: PersistedSetting<Fallback>;
  savedSetup: PersistedSetting<SetupDraft>;
  providers: readonly Provider[];
  tools: DraftTools & {
    /** @throws AppFailure invalid-input naming the field; returns the values as they are saved */
    check(provider: Provider, values: FieldValues): FieldValues;
    /** Ends at its service what a sign-in gave out. @throws AppFailure */
    signOut(provider: Provider, signOutContext: Omit<SignOutRequest, 'signal'>): Promise<void>;
  };
  computer(): Computer;
  /** Practice's address and keys; it runs when this resolves. */
  practice(): Promise<FieldValues>;
  uploads: {
    removal(id: ProfileId): RemovalImpact;
    /** Ends what is unfinished there and removes what the store keeps of it; resolves when it has answered, or was given enough time. */
    removeDestination(id: ProfileId): Promise<void>;
  };
  /** Asks a destination's store whether it can be used; `asking`: who is there to enter a code, should it take one. @throws AppFailure */
  checkDestination: ProfileStatusTrackerPorts['checkDestination'];
  /** A person is being asked for a code of it. */
  isPromptOpen: ProfileStatusTrackerPorts['isPromptOpen'];
  /** What uploads go to while nothing is set up, best first. */
  builtIns: readonly BuiltIn[];
  now(): number;
  id(): string;
  /** `mended`: the destination whose settings or key are others now. */
  changed(profileId?: ProfileId): void;
  /** Keeps the raw cause of what nobody expected. @returns its diagnostic id */
  problem(where: string, cause: unknown): string;
}

export class ProfileService {
  readonly status: ProfileStatusTracker;
  readonly #ports: ProfileServicePorts;
  readonly #discovery: CredentialDiscovery;
  readonly #drafts: Drafts;
  readonly #inspector: ProfileInspector;
  /** For the next files to that destination alone: what is to last is a setting of it. */
  #nextLinkOverride: { profileId: ProfileId; linkOverride: LinkOverride } | undefined;

  constructor(ports: ProfileServicePorts) {
    this.#ports = ports;
    const { providers, computer, records, secrets, tools, savedSetup, problem, checkDestination, isPromptOpen, now } =
      ports;
    this.#discovery = new CredentialDiscovery({ providers, computer, profiles: () => records.list(), problem });
    this.#drafts = new Drafts({
      id: ports.id,
      tools,
      secrets,
      discovery: this.#discovery,
      computer,
      savedSetup,
      provider: (id) => this.#providerById(id),
      isKnown: (id) => providers.some((one) => one.id === id),
      profile: (id) => this.#getSaved(id),
    });
    this.#inspector = new ProfileInspector({
      get: (id) => records.get(id) ?? findBuiltIn(id, providers),
      secrets,
      discovery: this.#discovery,
      providers,
    });
    this.status = new ProfileStatusTracker({
      localStatus: (id) => this.#inspector.status(id),
      checkDestination,
      isPromptOpen,
      name: (id) => this.name(id),
      now,
      changed: () => ports.changed(),
      problem,
    });
  }

  view(): ProfilesView {
    const saved = this.#list();
    const profiles = (saved.length > 0 ? saved : this.#builtIns()).map((p) => this.#toView(p));
    return {
      profiles,
      current: this.current()?.id,
      ...this.#linkOverrideFor(this.current()?.id),
      discovered: this.#discovery.view(),
      fallback: this.fallback(),
    };
  }

  /** The destination in use: the chosen one, else the first, else what there is without setting anything up. */
  current(): Profile | undefined {
    const { records, current } = this.#ports;
    const chosen = current.get();
    return (chosen === undefined ? undefined : records.get(chosen)) ?? this.#list()[0] ?? this.#builtIns()[0];
  }

  /** By name or id, as typed on a command line; of two with one name the first. What is there without setting it up can always be named. */
  find(typed: string): Profile | undefined {
    const wanted = typed.toLowerCase();
    const matches = (p: Profile): boolean => p.id.toLowerCase() === wanted || p.name.toLowerCase() === wanted;
    return this.#list().find(matches) ?? this.#builtIns().find(matches);
  }

  /** Off until the user turns it on; only destinations that are still there. */
  fallback(): Fallback {
    const { on, order } = this.#ports.fallback.get() ?? { on: false, order: [] };
    return { on, order: order.filter((id) => this.#ports.records.get(id) !== undefined) };
  }

  setFallback({ on, order }: Fallback): void {
    this.#ports.fallback.set({
      on,
      order: [...new Set(order)].filter((id) => this.#ports.records.get(id) !== undefined),
    });
    this.#ports.changed();
  }

  /** The order is also that of the chain. What is not named comes after what is. */
  reorder(ids: readonly ProfileId[]): void {
    const { order, fallback } = this.#ports;
    order.set([...new Set(ids)]);
    const now = this.#list().map(({ id }) => id);
    order.set(now);
    const chain = this.fallback();
    if (chain.order.length > 0) fallback.set({ ...chain, order: now.filter((id) => chain.order.includes(id)) });
    this.#ports.changed();
  }

  async keyStore(): Promise<KeyStore> {
    const { secrets } = this.#ports;
    return (await secrets.canEncrypt())
      ? { state: 'available', name: keyStoreName(secrets.backend()) }
      : { state: 'none', name: '' };
  }

  /** Whether a person signs in to it on its service's page. */
  signsIn(id: ProfileId): boolean {
    const profile = this.#ports.records.get(id);
    return profile !== undefined && this.#inspector.signsIn(profile);
  }

  name(id: ProfileId): string {
    return (this.#ports.records.get(id) ?? findBuiltIn(id, this.#ports.providers))?.name ?? '';
  }

  /**
   * The destination that was chosen, and where its uploads go on when it fails. Never to or from what nobody set up.
   * @throws AppFailure no-destination
   */
  chain(id: ProfileId, mode: 'as-set' | 'alone' = 'as-set'): ChainStep[] {
    const { on, order } = this.fallback();
    const isSaved = this.#ports.records.get(id) !== undefined;
    return [id, ...(mode === 'as-set' && on && isSaved ? order.filter((other) => other !== id) : [])].map((one) =>
      this.#chainStep(one),
    );
  }

  /** Who can open the links then: going on to another destination depends on it. Null for one that makes no such links. */
  withLinkOverride(chain: readonly ChainStep[], { kind }: LinkOverride): (ChainStep | null)[] {
    return chain.map((step) => (this.#supportsLinkKind(step.profileId, kind) ? { ...step, visibility: kind } : null));
  }

  /** Nothing in Practice is public. */
  #supportsLinkKind(id: ProfileId, kind: LinkKind): boolean {
    return (
      this.#inspector.provider(this.#get(id)).capabilities.supportedLinkKinds.includes(kind) &&
      (id !== practiceId || kind !== 'public')
    );
  }

  #linkOverrideFor(id: ProfileId | undefined): { linkOverride?: LinkOverride } {
    return this.#nextLinkOverride && this.#nextLinkOverride.profileId === id
      ? { linkOverride: this.#nextLinkOverride.linkOverride }
      : {};
  }

  /** What the links of the next files will be, or that they are as the destination makes them. @throws AppFailure invalid-input where there are no such links */
  setNextLinkOverride(linkOverride: LinkOverride | undefined): void {
    const current = this.current();
    if (linkOverride && (!current || !this.#supportsLinkKind(current.id, linkOverride.kind)))
      throw failure('invalid-input');
    this.#nextLinkOverride = linkOverride && current && { profileId: current.id, linkOverride };
    this.#ports.changed();
  }

  /**
   * The chain of files that are sent now, and the wish for their links. They go on only to destinations that make such links.
   * @throws AppFailure no-destination
   */
  nextUploadOptions(id: ProfileId): { chain: ChainStep[]; linkOverride?: LinkOverride } {
    const chain = this.chain(id);
    const { linkOverride } = this.#linkOverrideFor(id);
    if (!linkOverride) return { chain };
    return { chain: this.withLinkOverride(chain, linkOverride).filter((step) => step !== null), linkOverride };
  }

  /** Destinations in the order in which they were named; Practice only alone. @throws AppFailure no-destination */
  explicitChain(ids: readonly ProfileId[]): ChainStep[] {
    const wanted = [...new Set(ids)];
    return wanted.filter((id) => wanted.length === 1 || id !== practiceId).map((id) => this.#chainStep(id));
  }

  #chainStep(id: ProfileId): ChainStep {
    const profile = this.#get(id);
    const provider = this.#inspector.provider(profile);
    return {
      profileId: id,
      visibility: provider.linkAccess(this.#inspector.settings(profile)).visibility,
      ...(provider.capabilities.canDelete ? {} : { cannotDelete: true as const }),
    };
  }

  /**
   * Settings and secrets together, for the driver.
   * @throws AppFailure no-destination, secret-missing, provider-broken
   */
  async values(id: ProfileId): Promise<{ profile: Profile; provider: Provider; values: FieldValues }> {
    const profile = this.#get(id);
    const provider = this.#inspector.provider(profile);
    if (profile.source === 'practice') return { profile, provider, values: await this.#ports.practice() };
    const secrets =
      profile.source === 'environment'
        ? this.#inspector.fromEnvironment(profile, provider)
        : await this.#ports.secrets.read(id);
    if (!secrets || requiredSecrets(provider, profile.settings).some((key) => !secrets[key])) throw keyMissing(profile);
    if (profile.source === 'environment') this.#ports.secrets.registerSecret(secretValues(provider, secrets));
    return { profile, provider, values: { ...profile.settings, ...secrets } };
  }

  /** What is wrong with the form, at every field, without asking anybody. @throws AppFailure no-destination, provider-broken */
  validate(draft: ProfileDraft): FieldProblem[] {
    return this.#drafts.validate(draft);
  }
  preview(draft: ProfileDraft): FormPreview {
    return this.#drafts.preview(draft, Date.now());
  }

  /** Which values a field can have. @throws AppFailure for the reason why there is nothing to suggest */
  suggest(draft: ProfileDraft, field: string): Promise<string[]> {
    return this.#drafts.suggest(draft, field);
  }

  /**
   * Leads the person through the service's page; the answer's handle stands for what came of it in this form.
   * @throws AppFailure canceled, stalled, invalid-input, and why the service refused
   */
  signIn(draft: ProfileDraft, field: string, show: (step: SignInStep) => void): Promise<SignInResult> {
    return this.#drafts.signIn(draft, field, show);
  }

  /** A code that the service's page showed. */
  pasteCode(code: string): void {
    this.#drafts.signIns.paste(code);
  }

  cancelSignIn(): void {
    this.#drafts.signIns.cancel();
  }

  /** The service gave out newer secrets while the destination was used, or showed what its settings leave open. @throws AppFailure disk-full */
  async saveRenewed(id: ProfileId, values: FieldValues): Promise<void> {
    const { records, secrets } = this.#ports;
    const provider = this.#inspector.provider(this.#get(id));
    const newer = secretValues(provider, values);
    if (Object.keys(newer).length > 0) await secrets.save(id, newer);
    const profile = records.get(id);
    const newSettings = Object.entries(publicValues(provider, values)).filter(([key]) =>
      provider.fields.some((field) => field.key === key),
    );
    if (!profile || newSettings.length === 0) return;
    records.save({ ...profile, settings: { ...profile.settings, ...Object.fromEntries(newSettings) } });
    this.#ports.changed();
  }

  /** Tries the draft with a small real upload. `told` hears the lines so far. @throws AppFailure no-destination */
  test(draft: ProfileDraft, onProgress: (results: CheckResult[]) => void = () => undefined): Promise<CheckReport> {
    return this.#drafts.test(draft, onProgress);
  }

  savedSetup(): SetupDraft | null {
    return this.#drafts.savedSetup();
  }

  saveSetupDraft(draft: SetupDraft | null): void {
    this.#drafts.saveSetupDraft(draft);
  }

  /** @throws AppFailure invalid-input naming the field, no-destination, disk-full */
  save(draft: ProfileDraft): Promise<ProfileView> {
    return this.#save(draft, (provider, values) => this.#ports.tools.check(provider, values));
  }

  /** What another program had, although something is missing or wrong: that is asked for before files go there. @throws AppFailure disk-full */
  saveIncomplete(draft: ProfileDraft): Promise<ProfileView> {
    return this.#save(draft, (_, values) => values);
  }

  async #save(
    form: ProfileDraft,
    check: (provider: Provider, values: FieldValues) => FieldValues,
  ): Promise<ProfileView> {
    const draft = this.#drafts.signIns.resolveHandles(form);
    const { records, secrets, current, now, id } = this.#ports;
    const existing = draft.id === undefined ? undefined : this.#getSaved(draft.id);
    if (existing && this.#isOnlyRenamed(draft, existing))
      return this.#saveRecord({ ...existing, name: draft.name || existing.name });
    const provider = this.#providerById(draft.providerId);
    const discovered = this.#discoveredFor(draft);
    const values = check(provider, await this.#drafts.values(draft));
    const { id: profileId, createdAt } = existing ?? { id: id(), createdAt: now() };
    const settings = publicValues(provider, values);
    const name = draft.name || this.#freeName(suggestedName(provider, settings, discovered), profileId);
    const source = profileSource(draft, provider, { existing, discovered });
    const saveRecord = (): void =>
      records.save({ id: profileId, providerId: provider.id, name, settings, createdAt, ...source });
    if (source) {
      saveRecord();
      secrets.remove(profileId);
    } else
      await secrets.save(profileId, secretsToSave(draft, provider, { values, discovered, existing }), {
        fallbackStorage: draft.keep,
        alsoWrite: saveRecord,
      });
    if (!existing) current.set(profileId);
    return this.#notifyChanged(this.#getSaved(profileId));
  }

  /** A second one with the same settings and keys, right after it. @throws AppFailure no-destination, disk-full */
  duplicate(id: ProfileId): ProfileView {
    const { secrets, now, order } = this.#ports;
    const original = this.#getSaved(id);
    const copy: Profile = { ...original, id: this.#ports.id(), name: this.#freeName(original.name), createdAt: now() };
    this.#ports.records.save(copy);
    secrets.copy(id, copy.id);
    order.set(this.#list().flatMap((one) => (one.id === id ? [id, copy.id] : one.id === copy.id ? [] : [one.id])));
    return this.#notifyChanged(copy);
  }

  /** What becomes of its uploads when it is removed. @throws AppFailure no-destination */
  removal(id: ProfileId): RemovalImpact {
    this.#getSaved(id);
    return this.#ports.uploads.removal(id);
  }

  /**
   * Its unfinished uploads end; what is stored there, and its links, stay. It is gone before its service is told, and gone all the
   * same when the service does not answer.
   * @throws AppFailure no-destination, disk-full
   */
  async remove(id: ProfileId): Promise<void> {
    const { records, secrets, current, order, uploads } = this.#ports;
    const profile = this.#getSaved(id);
    await uploads.removeDestination(id);
    const provider = this.#inspector.providerIfKnown(profile);
    const signOutContext =
      provider &&
      (await readSignOutContext(profile, provider, records.list(), (one) => this.#readValues(one, provider)));
    secrets.remove(id);
    records.remove(id);
    if (current.get() === id) current.set(undefined);
    order.set((order.get() ?? []).filter((other) => other !== id));
    this.status.onProfileChanged(id);
    this.#ports.changed(id);
    if (signOutContext) await this.#signOut(signOutContext);
  }

  async #readValues(profile: Profile, provider: Provider): Promise<FieldValues | undefined> {
    const secrets =
      profile.source === 'environment'
        ? (this.#inspector.fromEnvironment(profile, provider) ?? {})
        : await this.#ports.secrets.read(profile.id);
    return secrets && { ...profile.settings, ...secrets };
  }

  async #signOut({ provider, ...signOutContext }: SignOutContext): Promise<void> {
    const { tools, computer, problem } = this.#ports;
    try {
      await tools.signOut(provider, { ...signOutContext, computer: computer() });
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      problem('sign-out', cause);
    }
  }

  use(id: ProfileId): void {
    this.#getSaved(id);
    this.#ports.current.set(id);
    this.#ports.changed();
  }

  /**
   * The one confirmation: from now on the environment's keys are read at each use, what is named is read where it is, and
   * what has to be copied is copied.
   * @throws AppFailure no-destination when it is no longer there or was taken up, invalid-input naming the field
   */
  async adopt(discoveredId: string, settings: FieldValues = {}): Promise<ProfileView> {
    const entry = this.#discovery.get(discoveredId);
    if (!entry || this.#discovery.isAdopted(entry)) throw failure('no-destination');
    const { provider, credentials } = entry;
    return this.save({
      providerId: provider.id,
      name: '',
      settings: { ...publicValues(provider, credentials.values), ...settings },
      secrets: {},
      discoveredId: discoveredId,
    });
  }

  /**
   * Asks the stores of these, or of all. What each says is in the next view. Who looks at one is there to enter a code of a device;
   * nobody is asked for one by a look at all of them: their status says that it is needed.
   */
  check(ids?: readonly ProfileId[]): Promise<void> {
    const all = ids ?? this.view().profiles.map(({ id }) => id);
    return this.status.check(
      all.filter((id) => (this.#ports.records.get(id) ?? findBuiltIn(id, this.#ports.providers)) !== undefined),
      ids ? 'interactive' : 'background',
    );
  }

  /** The environment is another one now, because a login shell was asked. */
  environmentChanged(): void {
    const environmentProfiles = this.#ports.records.list().filter(({ source }) => source === 'environment');
    for (const { id } of environmentProfiles) this.#ports.changed(id);
    if (environmentProfiles.length === 0) this.#ports.changed();
  }

  /** A name needs no key, so it can be changed while the key is locked. What is kept without a key store may go into one. */
  #isOnlyRenamed({ settings, secrets, discoveredId, keep }: ProfileDraft, existing: Profile): boolean {
    const { secretStorage } = this.#ports.secrets.state(existing.id);
    if (
      Object.keys(secrets).length > 0 ||
      discoveredId !== undefined ||
      keep !== undefined ||
      secretStorage === 'session' ||
      secretStorage === 'unprotected'
    )
      return false;
    const provider = this.#inspector.providerIfKnown(existing);
    if (!provider) return true;
    const [then, now] = [this.#inspector.settings(existing), settings].map((one) => withInitialValues(provider, one));
    return [...new Set([...Object.keys(then!), ...Object.keys(now!)])].every(
      (key) => (then![key] ?? '') === (now![key] ?? ''),
    );
  }

  #saveRecord(profile: Profile): ProfileView {
    this.#ports.records.save(profile);
    this.#ports.changed();
    return this.#toView(profile);
  }

  #notifyChanged(profile: Profile): ProfileView {
    this.status.onProfileChanged(profile.id);
    this.#ports.changed(profile.id);
    return this.#toView(profile);
  }

  #toView(profile: Profile): ProfileView {
    return this.#inspector.view(profile, this.status.get(profile.id));
  }

  #list(): Profile[] {
    const order = this.#ports.order.get() ?? [];
    const position = (profile: Profile): number => {
      const at = order.indexOf(profile.id);
      return at === -1 ? order.length : at;
    };
    return this.#ports.records.list().sort((a, b) => position(a) - position(b));
  }

  #discoveredFor({ discoveredId, providerId }: ProfileDraft): DiscoveredEntry['credentials'] | undefined {
    const entry = discoveredId === undefined ? undefined : this.#discovery.get(discoveredId);
    return entry?.provider.id === providerId ? entry.credentials : undefined;
  }

  /** The environment counts only while its variables are set, all of them: nobody is there to be asked for the rest. */
  #builtIns(): Profile[] {
    const { builtIns, providers } = this.#ports;
    return builtIns
      .flatMap((which) => builtInProfiles(which, providers))
      .filter((p) => {
        const credentials =
          p.source === 'environment' ? this.#discovery.environment(this.#inspector.provider(p)) : undefined;
        return p.source !== 'environment' || (credentials !== undefined && isComplete(credentials));
      });
  }

  /** Also one that is no longer offered: what was stored there can still be linked to. */
  #get(id: ProfileId): Profile {
    return findBuiltIn(id, this.#ports.providers) ?? this.#getSaved(id);
  }

  #getSaved(id: ProfileId): Profile {
    const profile = this.#ports.records.get(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  #providerById(id: string): Provider {
    const provider = this.#ports.providers.find((p) => p.id === id);
    if (!provider) throw failure('provider-broken', { params: { provider: id } });
    return provider;
  }

  #freeName(desired: string, exceptId?: ProfileId): string {
    const taken = new Set(
      this.#ports.records
        .list()
        .filter((p) => p.id !== exceptId)
        .map((p) => p.name),
    );
    let name = desired;
    for (let n = 2; taken.has(name); n++) name = `${desired} ${n}`;
    return name;
  }
}
