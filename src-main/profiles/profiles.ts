/** The destinations that the user has set up, what this computer offers besides, and which one is in use. */
import { failure } from '../../src-shared/errors.ts';
import { practiceId, type CheckReport, type Fallback, type FieldValues, type FoundView, type KeyStore, type Profile, type ProfileDraft, type ProfilesView, type ProfileView, type SecretsKept } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ChainStep, ProfileId } from '../../src-shared/upload.ts';
import type { Found, Provider } from '../providers/provider.ts';
import type { Secrets } from './secrets.ts';

export interface ProfileRecords {
  list(): Profile[];
  get(id: ProfileId): Profile | undefined;
  save(profile: Profile): void;
  remove(id: ProfileId): void;
}

export interface ProfilesPorts {
  records: ProfileRecords;
  secrets: Secrets;
  current: { get(): ProfileId | undefined; set(id: ProfileId | undefined): void };
  fallback: { get(): Fallback | undefined; set(fallback: Fallback): void };
  providers: readonly Provider[];
  /** Runs a draft's values through a real small upload; saves nothing. */
  test(provider: Provider, values: FieldValues): Promise<CheckReport>;
  /** Throws invalid-input naming the field; returns the values as they are saved. */
  check(provider: Provider, values: FieldValues): FieldValues;
  env(): Record<string, string | undefined>;
  /** Practice's address and keys; it runs when this resolves. */
  practice(): Promise<FieldValues>;
  /** What uploads go to while nothing is set up, best first. */
  builtIns: readonly BuiltIn[];
  now(): number;
  id(): string;
  /** `mended`: the destination whose settings or key are others now. */
  changed(mended?: ProfileId): void;
}

/** A destination that nobody set up and that is in no record. */
export type BuiltIn = 'environment' | 'practice';

/** Credentials of the environment that are used without having been adopted: by a command line, which was told so. */
export const environmentId = 'environment';

const builtInProfiles: Record<BuiltIn, Profile> = {
  environment: { id: environmentId, providerId: 's3', name: text('destination.environment'), settings: {}, source: 'environment', createdAt: 0 },
  practice: { id: practiceId, providerId: 's3', name: text('destination.practice'), settings: {}, source: 'practice', createdAt: 0 },
};

export class Profiles {
  readonly #ports: ProfilesPorts;
  constructor(ports: ProfilesPorts) { this.#ports = ports; }

  view(): ProfilesView {
    const { records } = this.#ports;
    const saved = records.list();
    const profiles = (saved.length > 0 ? saved : this.#builtIns()).map((p) => this.#viewOf(p));
    return { profiles, current: this.current()?.id, found: this.#found(), fallback: this.fallback() };
  }

  /** The destination in use: the chosen one, else the oldest, else what there is without setting anything up. */
  current(): Profile | undefined {
    const { records, current } = this.#ports;
    const chosen = current.get();
    return (chosen === undefined ? undefined : records.get(chosen)) ?? records.list()[0] ?? this.#builtIns()[0];
  }

  /** By name or id, as typed on a command line; of two with one name the older. What is there without setting it up can always be named. */
  find(typed: string): Profile | undefined {
    const wanted = typed.toLowerCase();
    const is = (p: Profile): boolean => p.id.toLowerCase() === wanted || p.name.toLowerCase() === wanted;
    return this.#ports.records.list().find(is) ?? this.#builtIns().find(is);
  }

  /** Off until the user turns it on; only destinations that are still there. */
  fallback(): Fallback {
    const { on, order } = this.#ports.fallback.get() ?? { on: false, order: [] };
    return { on, order: order.filter((id) => this.#ports.records.get(id) !== undefined) };
  }

  setFallback({ on, order }: Fallback): void {
    this.#ports.fallback.set({ on, order: [...new Set(order)].filter((id) => this.#ports.records.get(id) !== undefined) });
    this.#ports.changed();
  }

  async keyStore(): Promise<KeyStore> { return { state: await this.#ports.secrets.encrypts() ? 'available' : 'none', name: '' }; }

  name(id: ProfileId): string { return (this.#ports.records.get(id) ?? builtInOf(id))?.name ?? ''; }

  /**
   * The destination that was chosen, and where its uploads go on when it fails. Never to or from what nobody set up.
   * @throws AppFailure no-destination
   */
  chain(id: ProfileId, how: 'as-set' | 'alone' = 'as-set'): ChainStep[] {
    const { on, order } = this.fallback();
    const isSaved = this.#ports.records.get(id) !== undefined;
    return [id, ...(how === 'as-set' && on && isSaved ? order.filter((other) => other !== id) : [])].map((one) => this.#step(one));
  }

  /** Destinations in the order in which they were named; Practice only alone. @throws AppFailure no-destination */
  chainOf(ids: readonly ProfileId[]): ChainStep[] {
    const wanted = [...new Set(ids)];
    return wanted.filter((id) => wanted.length === 1 || id !== practiceId).map((id) => this.#step(id));
  }

  #step(id: ProfileId): ChainStep {
    const profile = this.#get(id);
    const provider = this.#provider(profile);
    return { profileId: id, visibility: provider.links(this.#settingsOf(profile)).visibility, ...(provider.capabilities.canDelete ? {} : { cannotDelete: true as const }) };
  }

  /**
   * Settings and secrets together, for the driver.
   * @throws AppFailure no-destination, secret-missing
   */
  async values(id: ProfileId): Promise<{ profile: Profile; provider: Provider; values: FieldValues }> {
    const profile = this.#get(id);
    const provider = this.#provider(profile);
    if (profile.source === 'practice') return { profile, provider, values: await this.#ports.practice() };
    const missing = failure('secret-missing', { params: { destination: profile.name } });
    if (profile.source === 'environment') {
      const found = provider.credentials(this.#ports.env())[0];
      if (!found) throw missing;
      return { profile, provider, values: { ...profile.settings, ...found.values } };
    }
    const secrets = await this.#ports.secrets.read(id);
    const required = provider.fields.filter((f) => f.kind === 'secret' && f.required).map((f) => f.key);
    if (!secrets || required.some((key) => !secrets[key])) throw missing;
    return { profile, provider, values: { ...profile.settings, ...secrets } };
  }

  /** @throws AppFailure invalid-input naming the field, no-destination */
  async save(draft: ProfileDraft): Promise<ProfileView> {
    const { records, secrets, current } = this.#ports;
    const provider = this.#byId(draft.providerId);
    const values = this.#ports.check(provider, await this.#draftValues(draft));
    const secretKeys = new Set(provider.fields.filter((f) => f.kind === 'secret').map((f) => f.key));
    const settings = Object.fromEntries(Object.entries(values).filter(([key]) => !secretKeys.has(key)));
    const before = draft.id === undefined ? undefined : this.#saved(draft.id);
    const profile: Profile = {
      id: before?.id ?? this.#ports.id(), providerId: provider.id, name: draft.name || this.#freeName(settings['bucket'] ?? provider.name, before?.id),
      settings, createdAt: before?.createdAt ?? this.#ports.now(),
    };
    records.save(profile);
    await secrets.save(profile.id, Object.fromEntries(Object.entries(draft.secrets).filter(([key]) => secretKeys.has(key)).map(([key, value]) => [key, value === '' ? '' : values[key] ?? value])));
    if (!before) current.set(profile.id);
    this.#ports.changed(profile.id);
    return this.#viewOf(profile);
  }

  async test(draft: ProfileDraft): Promise<CheckReport> {
    return this.#ports.test(this.#byId(draft.providerId), await this.#draftValues(draft));
  }

  remove(id: ProfileId): void {
    const { records, secrets, current } = this.#ports;
    this.#saved(id);
    secrets.forget(id);
    records.remove(id);
    if (current.get() === id) current.set(undefined);
    this.#ports.changed(id);
  }

  use(id: ProfileId): void {
    this.#saved(id);
    this.#ports.current.set(id);
    this.#ports.changed();
  }

  /** The one confirmation: from now on the environment's values are read at each use, and nothing of them is saved but what is no secret. */
  adopt(foundId: string): ProfileView {
    const { records, current, providers, now, id } = this.#ports;
    for (const provider of providers) {
      const found = this.#foundOf(provider).find((f) => f.id === foundId);
      if (!found) continue;
      const profile: Profile = { id: id(), providerId: provider.id, name: this.#freeName(found.name), settings: publicValues(provider, found), source: 'environment', createdAt: now() };
      records.save(profile);
      current.set(profile.id);
      this.#ports.changed(profile.id);
      return this.#viewOf(profile);
    }
    throw failure('no-destination');
  }

  #found(): FoundView[] {
    return this.#ports.providers.flatMap((provider) => this.#foundOf(provider).map((f) => ({ id: f.id, providerId: provider.id, name: f.name, from: f.from, settings: publicValues(provider, f), needs: [] })));
  }

  /** What was adopted already is not offered again. */
  #foundOf(provider: Provider): Found[] {
    const adopted = this.#ports.records.list().some((p) => p.providerId === provider.id && p.source === 'environment');
    return adopted ? [] : provider.credentials(this.#ports.env());
  }

  async #draftValues(draft: ProfileDraft): Promise<FieldValues> {
    const given = Object.fromEntries(Object.entries(draft.secrets).filter(([, value]) => value !== ''));
    if (draft.id === undefined) return { ...draft.settings, ...given };
    const profile = this.#saved(draft.id);
    const kept = profile.source === 'environment' ? this.#provider(profile).credentials(this.#ports.env())[0]?.values : await this.#ports.secrets.read(draft.id);
    const secretKeys = new Set(this.#provider(profile).fields.filter((f) => f.kind === 'secret').map((f) => f.key));
    const keptSecrets = Object.fromEntries(Object.entries(kept ?? {}).filter(([key]) => secretKeys.has(key)));
    return { ...keptSecrets, ...draft.settings, ...given };
  }

  #viewOf(profile: Profile): ProfileView {
    const provider = this.#provider(profile);
    const settings = this.#settingsOf(profile);
    const links = provider.links(settings);
    const { fields, kept } = this.#secretsOf(profile, provider);
    return { id: profile.id, providerId: profile.providerId, name: profile.name, settings, secrets: fields, kept, visibility: links.visibility, linkDays: links.days, status: { state: kept === 'missing' ? 'needs-sign-in' : 'ready' } };
  }

  #secretsOf(profile: Profile, provider: Provider): { fields: string[]; kept: SecretsKept } {
    if (profile.source === 'practice') return { fields: [], kept: 'built-in' };
    if (profile.source === undefined) return this.#ports.secrets.state(profile.id);
    return { fields: [], kept: provider.credentials(this.#ports.env()).length > 0 ? 'environment' : 'missing' };
  }

  /** The environment counts only while its variables are set. */
  #builtIns(): Profile[] {
    return this.#ports.builtIns.map((which) => builtInProfiles[which]).filter((p) => p.source !== 'environment' || this.#provider(p).credentials(this.#ports.env()).length > 0);
  }

  #settingsOf(profile: Profile): FieldValues {
    const found = profile.source === 'environment' ? this.#provider(profile).credentials(this.#ports.env())[0] : undefined;
    return found ? publicValues(this.#provider(profile), found) : profile.settings;
  }

  /** Also one that is no longer offered: what was stored there can still be linked to. */
  #get(id: ProfileId): Profile { return builtInOf(id) ?? this.#saved(id); }

  #saved(id: ProfileId): Profile {
    const profile = this.#ports.records.get(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  #provider(profile: Profile): Provider { return this.#byId(profile.providerId); }

  #byId(id: string): Provider {
    const provider = this.#ports.providers.find((p) => p.id === id);
    if (!provider) throw failure('provider-broken');
    return provider;
  }

  #freeName(wish: string, own?: ProfileId): string {
    const taken = new Set(this.#ports.records.list().filter((p) => p.id !== own).map((p) => p.name));
    let name = wish;
    for (let n = 2; taken.has(name); n++) name = `${wish} ${n}`;
    return name;
  }
}

const builtInOf = (id: ProfileId): Profile | undefined => Object.values(builtInProfiles).find((p) => p.id === id);

/** Settings without the secrets; the access key's id is a name, not a secret. */
function publicValues(provider: Provider, found: Found): FieldValues {
  const secret = new Set(provider.fields.filter((f) => f.kind === 'secret').map((f) => f.key));
  return Object.fromEntries(Object.entries(found.values).filter(([key]) => !secret.has(key)));
}
