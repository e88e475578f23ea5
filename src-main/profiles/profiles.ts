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
  type Removal,
  type SetupDraft,
} from '../../src-shared/profile.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { ChainStep, LinkKind, LinkWish, ProfileId } from '../../src-shared/upload.ts';
import type { Computer, Provider, SigningOut } from '../providers/provider.ts';
import { builtInOf, builtInProfiles, type BuiltIn } from './built-ins.ts';
import { Drafts, type DraftTools } from './drafts.ts';
import { neededSecrets, publicValues, secretValues, withInitials } from './field-values.ts';
import { FoundOnComputer, isWhole, type FoundHere } from './found.ts';
import { secretsToKeep, sourceOf, wishedName } from './from-draft.ts';
import { keyStoreName } from './key-store-name.ts';
import { keyMissing, ProfileFacts } from './profile-facts.ts';
import { leavingOf, type Leaving } from './leaving.ts';
import type { Secrets } from './secrets.ts';
import type { SignInAnswer } from './sign-ins.ts';
import { Statuses, type StatusPorts } from './status.ts';

export interface ProfileRecords {
  list(): Profile[];
  get(id: ProfileId): Profile | undefined;
  save(profile: Profile): void;
  remove(id: ProfileId): void;
}

/** A value that is remembered. */
export interface Kept<T> {
  get(): T | undefined;
  set(value: T | undefined): void;
}

export interface ProfilesPorts {
  records: ProfileRecords;
  secrets: Secrets;
  current: Kept<ProfileId>;
  /** Those that were put in order; the others come after them. */
  order: Kept<ProfileId[]>;
  fallback: Kept<Fallback>;
  begun: Kept<SetupDraft>;
  providers: readonly Provider[];
  tools: DraftTools & {
    /** @throws AppFailure invalid-input naming the field; returns the values as they are saved */
    check(provider: Provider, values: FieldValues): FieldValues;
    /** Ends at its service what a sign-in gave out. @throws AppFailure */
    signOut(provider: Provider, leaving: Omit<SigningOut, 'signal'>): Promise<void>;
  };
  computer(): Computer;
  /** Practice's address and keys; it runs when this resolves. */
  practice(): Promise<FieldValues>;
  uploads: {
    removal(id: ProfileId): Removal;
    /** Ends what is unfinished there and removes what the store keeps of it; resolves when it has answered, or was given enough time. */
    leave(id: ProfileId): Promise<void>;
  };
  /** Asks a destination's store whether it can be used; `asking`: who is there to enter a code, should it take one. @throws AppFailure */
  ask: StatusPorts['ask'];
  /** A person is being asked for a code of it. */
  isAsked: StatusPorts['isAsked'];
  /** What uploads go to while nothing is set up, best first. */
  builtIns: readonly BuiltIn[];
  now(): number;
  id(): string;
  /** `mended`: the destination whose settings or key are others now. */
  changed(mended?: ProfileId): void;
  /** Keeps the raw cause of what nobody expected. @returns its diagnostic id */
  problem(where: string, cause: unknown): string;
}

export class Profiles {
  readonly status: Statuses;
  readonly #ports: ProfilesPorts;
  readonly #found: FoundOnComputer;
  readonly #drafts: Drafts;
  readonly #facts: ProfileFacts;
  /** For the next files to that destination alone: what is to last is a setting of it. */
  #next: { to: ProfileId; wish: LinkWish } | undefined;

  constructor(ports: ProfilesPorts) {
    this.#ports = ports;
    const { providers, computer, records, secrets, tools, begun, problem, ask, isAsked, now } = ports;
    this.#found = new FoundOnComputer({ providers, computer, profiles: () => records.list(), problem });
    this.#drafts = new Drafts({
      id: ports.id,
      tools,
      secrets,
      found: this.#found,
      computer,
      begun,
      provider: (id) => this.#byId(id),
      isKnown: (id) => providers.some((one) => one.id === id),
      profile: (id) => this.#saved(id),
    });
    this.#facts = new ProfileFacts({
      get: (id) => records.get(id) ?? builtInOf(id, providers),
      secrets,
      found: this.#found,
      providers,
    });
    this.status = new Statuses({
      saved: (id) => this.#facts.status(id),
      ask,
      isAsked,
      name: (id) => this.name(id),
      now,
      changed: () => ports.changed(),
      problem,
    });
  }

  view(): ProfilesView {
    const saved = this.#list();
    const profiles = (saved.length > 0 ? saved : this.#builtIns()).map((p) => this.#viewOf(p));
    return {
      profiles,
      current: this.current()?.id,
      ...this.#wishOf(this.current()?.id),
      found: this.#found.view(),
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
    const is = (p: Profile): boolean => p.id.toLowerCase() === wanted || p.name.toLowerCase() === wanted;
    return this.#list().find(is) ?? this.#builtIns().find(is);
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
    return (await secrets.encrypts())
      ? { state: 'available', name: keyStoreName(secrets.backend()) }
      : { state: 'none', name: '' };
  }

  /** Whether a person signs in to it on its service's page. */
  signsIn(id: ProfileId): boolean {
    const profile = this.#ports.records.get(id);
    return profile !== undefined && this.#facts.signsIn(profile);
  }

  name(id: ProfileId): string {
    return (this.#ports.records.get(id) ?? builtInOf(id, this.#ports.providers))?.name ?? '';
  }

  /**
   * The destination that was chosen, and where its uploads go on when it fails. Never to or from what nobody set up.
   * @throws AppFailure no-destination
   */
  chain(id: ProfileId, how: 'as-set' | 'alone' = 'as-set'): ChainStep[] {
    const { on, order } = this.fallback();
    const isSaved = this.#ports.records.get(id) !== undefined;
    return [id, ...(how === 'as-set' && on && isSaved ? order.filter((other) => other !== id) : [])].map((one) =>
      this.#step(one),
    );
  }

  /** Who can open the links then: going on to another destination depends on it. Null for one that makes no such links. */
  withWish(chain: readonly ChainStep[], { kind }: LinkWish): (ChainStep | null)[] {
    return chain.map((step) => (this.#makes(step.profileId, kind) ? { ...step, visibility: kind } : null));
  }

  /** Nothing in Practice is public. */
  #makes(id: ProfileId, kind: LinkKind): boolean {
    return (
      this.#facts.provider(this.#get(id)).capabilities.wishes.includes(kind) && (id !== practiceId || kind !== 'public')
    );
  }

  #wishOf(id: ProfileId | undefined): { wish?: LinkWish } {
    return this.#next && this.#next.to === id ? { wish: this.#next.wish } : {};
  }

  /** What the links of the next files will be, or that they are as the destination makes them. @throws AppFailure invalid-input where there are no such links */
  wishNext(wish: LinkWish | undefined): void {
    const current = this.current();
    if (wish && (!current || !this.#makes(current.id, wish.kind))) throw failure('invalid-input');
    this.#next = wish && current && { to: current.id, wish };
    this.#ports.changed();
  }

  /**
   * The chain of files that are sent now, and the wish for their links. They go on only to destinations that make such links.
   * @throws AppFailure no-destination
   */
  next(id: ProfileId): { chain: ChainStep[]; wish?: LinkWish } {
    const chain = this.chain(id);
    const { wish } = this.#wishOf(id);
    if (!wish) return { chain };
    return { chain: this.withWish(chain, wish).filter((step) => step !== null), wish };
  }

  /** Destinations in the order in which they were named; Practice only alone. @throws AppFailure no-destination */
  chainOf(ids: readonly ProfileId[]): ChainStep[] {
    const wanted = [...new Set(ids)];
    return wanted.filter((id) => wanted.length === 1 || id !== practiceId).map((id) => this.#step(id));
  }

  #step(id: ProfileId): ChainStep {
    const profile = this.#get(id);
    const provider = this.#facts.provider(profile);
    return {
      profileId: id,
      visibility: provider.links(this.#facts.settings(profile)).visibility,
      ...(provider.capabilities.canDelete ? {} : { cannotDelete: true as const }),
    };
  }

  /**
   * Settings and secrets together, for the driver.
   * @throws AppFailure no-destination, secret-missing, provider-broken
   */
  async values(id: ProfileId): Promise<{ profile: Profile; provider: Provider; values: FieldValues }> {
    const profile = this.#get(id);
    const provider = this.#facts.provider(profile);
    if (profile.source === 'practice') return { profile, provider, values: await this.#ports.practice() };
    const secrets =
      profile.source === 'environment'
        ? this.#facts.fromEnvironment(profile, provider)
        : await this.#ports.secrets.read(id);
    if (!secrets || neededSecrets(provider, profile.settings).some((key) => !secrets[key])) throw keyMissing(profile);
    if (profile.source === 'environment') this.#ports.secrets.register(secretValues(provider, secrets));
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
  signIn(draft: ProfileDraft, field: string, show: (step: SignInStep) => void): Promise<SignInAnswer> {
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
  async renew(id: ProfileId, values: FieldValues): Promise<void> {
    const { records, secrets } = this.#ports;
    const provider = this.#facts.provider(this.#get(id));
    const newer = secretValues(provider, values);
    if (Object.keys(newer).length > 0) await secrets.save(id, newer);
    const profile = records.get(id);
    const found = Object.entries(publicValues(provider, values)).filter(([key]) =>
      provider.fields.some((field) => field.key === key),
    );
    if (!profile || found.length === 0) return;
    records.save({ ...profile, settings: { ...profile.settings, ...Object.fromEntries(found) } });
    this.#ports.changed();
  }

  /** Tries the draft with a small real upload. `told` hears the lines so far. @throws AppFailure no-destination */
  test(draft: ProfileDraft, told: (results: CheckResult[]) => void = () => undefined): Promise<CheckReport> {
    return this.#drafts.test(draft, told);
  }

  begun(): SetupDraft | null {
    return this.#drafts.begun();
  }

  keepBegun(draft: SetupDraft | null): void {
    this.#drafts.keepBegun(draft);
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
    const draft = this.#drafts.signIns.fill(form);
    const { records, secrets, current, now, id } = this.#ports;
    const before = draft.id === undefined ? undefined : this.#saved(draft.id);
    if (before && this.#isOnlyRenamed(draft, before)) return this.#keep({ ...before, name: draft.name || before.name });
    const provider = this.#byId(draft.providerId);
    const found = this.#foundFor(draft);
    const values = check(provider, await this.#drafts.values(draft));
    const { id: own, createdAt } = before ?? { id: id(), createdAt: now() };
    const settings = publicValues(provider, values);
    const name = draft.name || this.#freeName(wishedName(provider, settings, found), own);
    const source = sourceOf(draft, provider, { before, found });
    const also = (): void => records.save({ id: own, providerId: provider.id, name, settings, createdAt, ...source });
    if (source) {
      also();
      secrets.forget(own);
    } else
      await secrets.save(own, secretsToKeep(draft, provider, { values, found, before }), { keep: draft.keep, also });
    if (!before) current.set(own);
    return this.#changed(this.#saved(own));
  }

  /** A second one with the same settings and keys, right after it. @throws AppFailure no-destination, disk-full */
  duplicate(id: ProfileId): ProfileView {
    const { secrets, now, order } = this.#ports;
    const original = this.#saved(id);
    const copy: Profile = { ...original, id: this.#ports.id(), name: this.#freeName(original.name), createdAt: now() };
    this.#ports.records.save(copy);
    secrets.copy(id, copy.id);
    order.set(this.#list().flatMap((one) => (one.id === id ? [id, copy.id] : one.id === copy.id ? [] : [one.id])));
    return this.#changed(copy);
  }

  /** What becomes of its uploads when it is removed. @throws AppFailure no-destination */
  removal(id: ProfileId): Removal {
    this.#saved(id);
    return this.#ports.uploads.removal(id);
  }

  /**
   * Its unfinished uploads end; what is stored there, and its links, stay. It is gone before its service is told, and gone all the
   * same when the service does not answer.
   * @throws AppFailure no-destination, disk-full
   */
  async remove(id: ProfileId): Promise<void> {
    const { records, secrets, current, order, uploads } = this.#ports;
    const profile = this.#saved(id);
    await uploads.leave(id);
    const provider = this.#facts.providerIfKnown(profile);
    const leaving =
      provider && (await leavingOf(profile, provider, records.list(), (one) => this.#readable(one, provider)));
    secrets.forget(id);
    records.remove(id);
    if (current.get() === id) current.set(undefined);
    order.set((order.get() ?? []).filter((other) => other !== id));
    this.status.mended(id);
    this.#ports.changed(id);
    if (leaving) await this.#signOut(leaving);
  }

  async #readable(profile: Profile, provider: Provider): Promise<FieldValues | undefined> {
    const secrets =
      profile.source === 'environment'
        ? (this.#facts.fromEnvironment(profile, provider) ?? {})
        : await this.#ports.secrets.read(profile.id);
    return secrets && { ...profile.settings, ...secrets };
  }

  async #signOut({ provider, ...leaving }: Leaving): Promise<void> {
    const { tools, computer, problem } = this.#ports;
    try {
      await tools.signOut(provider, { ...leaving, computer: computer() });
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      problem('sign-out', cause);
    }
  }

  use(id: ProfileId): void {
    this.#saved(id);
    this.#ports.current.set(id);
    this.#ports.changed();
  }

  /**
   * The one confirmation: from now on the environment's keys are read at each use, what is named is read where it is, and
   * what has to be copied is copied.
   * @throws AppFailure no-destination when it is no longer there or was taken up, invalid-input naming the field
   */
  async adopt(foundId: string, settings: FieldValues = {}): Promise<ProfileView> {
    const here = this.#found.get(foundId);
    if (!here || this.#found.isTaken(here)) throw failure('no-destination');
    const { provider, found } = here;
    return this.save({
      providerId: provider.id,
      name: '',
      settings: { ...publicValues(provider, found.values), ...settings },
      secrets: {},
      foundId,
    });
  }

  /**
   * Asks the stores of these, or of all. What each says is in the next view. Who looks at one is there to enter a code of a device;
   * nobody is asked for one by a look at all of them: their status says that it is needed.
   */
  check(ids?: readonly ProfileId[]): Promise<void> {
    const all = ids ?? this.view().profiles.map(({ id }) => id);
    return this.status.check(
      all.filter((id) => (this.#ports.records.get(id) ?? builtInOf(id, this.#ports.providers)) !== undefined),
      ids ? 'person' : 'nobody',
    );
  }

  /** The environment is another one now, because a login shell was asked. */
  environmentChanged(): void {
    const own = this.#ports.records.list().filter(({ source }) => source === 'environment');
    for (const { id } of own) this.#ports.changed(id);
    if (own.length === 0) this.#ports.changed();
  }

  /** A name needs no key, so it can be changed while the key is locked. What is kept without a key store may go into one. */
  #isOnlyRenamed({ settings, secrets, foundId, keep }: ProfileDraft, before: Profile): boolean {
    const { kept } = this.#ports.secrets.state(before.id);
    if (
      Object.keys(secrets).length > 0 ||
      foundId !== undefined ||
      keep !== undefined ||
      kept === 'session' ||
      kept === 'unprotected'
    )
      return false;
    const provider = this.#facts.providerIfKnown(before);
    if (!provider) return true;
    const [then, now] = [this.#facts.settings(before), settings].map((one) => withInitials(provider, one));
    return [...new Set([...Object.keys(then!), ...Object.keys(now!)])].every(
      (key) => (then![key] ?? '') === (now![key] ?? ''),
    );
  }

  #keep(profile: Profile): ProfileView {
    this.#ports.records.save(profile);
    this.#ports.changed();
    return this.#viewOf(profile);
  }

  #changed(profile: Profile): ProfileView {
    this.status.mended(profile.id);
    this.#ports.changed(profile.id);
    return this.#viewOf(profile);
  }

  #viewOf(profile: Profile): ProfileView {
    return this.#facts.view(profile, this.status.of(profile.id));
  }

  #list(): Profile[] {
    const order = this.#ports.order.get() ?? [];
    const place = (profile: Profile): number => {
      const at = order.indexOf(profile.id);
      return at === -1 ? order.length : at;
    };
    return this.#ports.records.list().sort((a, b) => place(a) - place(b));
  }

  #foundFor({ foundId, providerId }: ProfileDraft): FoundHere['found'] | undefined {
    const here = foundId === undefined ? undefined : this.#found.get(foundId);
    return here?.provider.id === providerId ? here.found : undefined;
  }

  /** The environment counts only while its variables are set, all of them: nobody is there to be asked for the rest. */
  #builtIns(): Profile[] {
    const { builtIns, providers } = this.#ports;
    return builtIns
      .flatMap((which) => builtInProfiles(which, providers))
      .filter((p) => {
        const found = p.source === 'environment' ? this.#found.environment(this.#facts.provider(p)) : undefined;
        return p.source !== 'environment' || (found !== undefined && isWhole(found));
      });
  }

  /** Also one that is no longer offered: what was stored there can still be linked to. */
  #get(id: ProfileId): Profile {
    return builtInOf(id, this.#ports.providers) ?? this.#saved(id);
  }

  #saved(id: ProfileId): Profile {
    const profile = this.#ports.records.get(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  #byId(id: string): Provider {
    const provider = this.#ports.providers.find((p) => p.id === id);
    if (!provider) throw failure('provider-broken', { params: { provider: id } });
    return provider;
  }

  #freeName(wish: string, own?: ProfileId): string {
    const taken = new Set(
      this.#ports.records
        .list()
        .filter((p) => p.id !== own)
        .map((p) => p.name),
    );
    let name = wish;
    for (let n = 2; taken.has(name); n++) name = `${wish} ${n}`;
    return name;
  }
}
