/** Saves, copies and orders destinations. */
import { setImmediate } from 'node:timers/promises';
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { FieldValues, Profile, ProfileDraft, ProfileView } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { isReservedName } from './built-ins.ts';
import type { CredentialDiscovery } from './credential-discovery.ts';
import type { Drafts } from './drafts.ts';
import { publicValues, withInitialValues } from './field-values.ts';
import type { LinkChanges } from './link-changes.ts';
import type { PersistedSetting } from './persisted-setting.ts';
import type { ProfileCatalog, ProfileRecords } from './profile-catalog.ts';
import { profileSource, secretsToSave, suggestedName } from './profile-from-draft.ts';
import type { ProfileInspector } from './profile-inspector.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import type { ProfileStatusTracker } from './profile-status-tracker.ts';
import type { ProfileViews } from './profile-views.ts';
import type { ProviderCatalog } from './provider-catalog.ts';
import type { RecipientMode } from './secret-bindings.ts';
import type { UploadChains } from './upload-chains.ts';

export interface ProfileEditorPorts {
  providers: ProviderCatalog;
  catalog: ProfileCatalog;
  inspector: ProfileInspector;
  discovery: CredentialDiscovery;
  drafts: Drafts;
  linkChanges: LinkChanges;
  chains: UploadChains;
  status: ProfileStatusTracker;
  views: ProfileViews;
  records: ProfileRecords;
  secrets: ProfileSecrets;
  current: PersistedSetting<ProfileId>;
  order: PersistedSetting<ProfileId[]>;
  now(): number;
  id(): string;
  /** @returns the values to save. @throws AppFailure invalid-input with the name of the field */
  check(provider: Provider, values: FieldValues): FieldValues;
  /** Called before `changed` when the user edited this destination. */
  userActed(id: ProfileId): void;
  /** `editedId`: the destination whose settings or key have changed. */
  changed(editedId?: ProfileId): void;
}

/** A form as it will be saved. `secrets`: as {@link secretsToSave} returns them. */
interface PreparedProfile {
  profile: Profile;
  secrets: FieldValues;
}

export class ProfileEditor {
  readonly #ports: ProfileEditorPorts;
  constructor(ports: ProfileEditorPorts) {
    this.#ports = ports;
  }

  /** @throws AppFailure invalid-input with the name of the field, no-destination, disk-full */
  async save(form: ProfileDraft): Promise<ProfileView> {
    const draft = this.#ports.drafts.signIns.resolveHandles(form);
    const existing = draft.id === undefined ? undefined : this.#ports.catalog.getSaved(draft.id);
    return existing && this.#isOnlyRenamed(draft, existing)
      ? this.#saveName({ ...existing, name: this.#allowedName(draft.name) || existing.name })
      : this.#save(form, existing);
  }

  /**
   * Saves imported destinations, also those with a missing or invalid value, which the user must fix before the first
   * upload. The first complete one becomes the current destination if no destination was saved. Saves all or none.
   * @returns the saved destinations, in the order of the forms
   * @throws AppFailure disk-full; `signal.reason` when it aborts before the destinations are saved
   */
  async saveImported(forms: readonly ProfileDraft[], signal?: AbortSignal): Promise<Profile[]> {
    const { catalog, records, secrets, current, status, changed } = this.#ports;
    const hadCurrent = catalog.isSaved(catalog.current()?.id ?? '');
    const prepared: PreparedProfile[] = [];
    for (const form of forms) {
      signal?.throwIfAborted();
      prepared.push(await this.#prepareImported(form));
      await setImmediate(); // Lets other work run during a large import.
    }
    await secrets.saveAll(
      prepared.map(({ profile, secrets: values }) => ({ profileId: profile.id, values })),
      {
        fallbackStorage: forms[0]?.keep,
        signal,
        alsoWrite: () => {
          for (const { profile } of prepared) records.save(profile);
        },
      },
    );
    const profiles = prepared.map(({ profile }) => profile);
    const firstComplete = profiles.find(({ incomplete }) => !incomplete);
    if (!hadCurrent && firstComplete) current.set(firstComplete.id);
    for (const { id } of profiles) status.onProfileChanged(id);
    for (const { id } of forms) if (id !== undefined) changed(id);
    if (profiles.length > 0) changed();
    return profiles;
  }

  /** Prepares also a form with a missing or invalid value, and marks its profile as incomplete. */
  async #prepareImported(form: ProfileDraft): Promise<PreparedProfile> {
    try {
      return await this.#prepare(form, this.#ports.check, 'confirmed');
    } catch (cause) {
      if (!(cause instanceof AppFailure) || cause.error.code !== 'invalid-input') throw cause;
      const prepared = await this.#prepare(form, (_, values) => values, 'confirmed');
      return { ...prepared, profile: { ...prepared.profile, incomplete: true } };
    }
  }

  async #save(form: ProfileDraft, existing: Profile | undefined): Promise<ProfileView> {
    const { catalog, records, secrets, current } = this.#ports;
    const { profile, secrets: secretsToWrite } = await this.#prepare(form, this.#ports.check);
    if (existing) await this.#confirmLinks(existing, profile);
    if (profile.source) {
      records.save(profile);
      secrets.remove(profile.id);
    } else
      await secrets.save(profile.id, secretsToWrite, {
        fallbackStorage: form.keep,
        alsoWrite: () => records.save(profile),
      });
    if (!existing) current.set(profile.id);
    return this.#announceEdited(catalog.getSaved(profile.id));
  }

  async #confirmLinks(existing: Profile, changed: Profile): Promise<void> {
    const { providers, inspector, linkChanges } = this.#ports;
    const provider = providers.get(changed.providerId);
    await linkChanges.require(provider, existing.name, inspector.settings(existing), inspector.settings(changed));
  }

  /** The profile and the secrets that a form saves. @throws the errors of `check` */
  async #prepare(
    form: ProfileDraft,
    check: ProfileEditorPorts['check'],
    mode: RecipientMode = 'ask',
  ): Promise<PreparedProfile> {
    const { providers, catalog, discovery, drafts, now, id } = this.#ports;
    const draft = drafts.signIns.resolveHandles(form);
    const existing = draft.id === undefined ? undefined : catalog.getSaved(draft.id);
    const provider = providers.get(draft.providerId);
    const discovered = discovery.credentialsFor(draft);
    const measured = { ...measuredBefore(provider, draft, existing), ...drafts.measuredFor(draft) };
    const values = check(provider, { ...(await drafts.values(form, mode)), ...measured });
    const { id: profileId, createdAt } = existing ?? { id: id(), createdAt: now() };
    const settings = publicValues(provider, values);
    const name =
      this.#allowedName(draft.name) || catalog.freeName(suggestedName(provider, settings, discovered), profileId);
    const source = profileSource(draft, provider, { existing, discovered });
    return {
      profile: { id: profileId, providerId: provider.id, name, settings, createdAt, ...source },
      secrets: source
        ? {}
        : secretsToSave(draft, provider, {
            values,
            discovered,
            existing,
            changesRecipients: drafts.changesRecipients(draft),
          }),
    };
  }

  /** The name, followed by a number if it is reserved. */
  #allowedName(name: string): string {
    return isReservedName(name) ? this.#ports.catalog.freeName(name) : name;
  }

  /**
   * Adds a copy with the same settings and keys, directly after the original.
   * @throws AppFailure no-destination, disk-full
   */
  duplicate(id: ProfileId): ProfileView {
    const { catalog, records, secrets, order, now } = this.#ports;
    const original = catalog.getSaved(id);
    const copy: Profile = {
      ...original,
      id: this.#ports.id(),
      name: catalog.freeName(original.name),
      createdAt: now(),
    };
    records.save(copy);
    secrets.copy(id, copy.id);
    const others = catalog.saved().filter((profile) => profile.id !== copy.id);
    order.set(others.flatMap((profile) => (profile.id === id ? [id, copy.id] : [profile.id])));
    return this.#announceEdited(copy);
  }

  /** Makes this the current destination. @throws AppFailure no-destination */
  use(id: ProfileId): void {
    this.#ports.catalog.getSaved(id);
    this.#ports.current.set(id);
    this.#ports.changed();
  }

  /**
   * Sets the order of the destinations, also for the fallback. Destinations that are not listed come last.
   */
  reorder(ids: readonly ProfileId[]): void {
    const { catalog, chains, order, changed } = this.#ports;
    order.set([...new Set(ids)]);
    const complete = catalog.saved().map(({ id }) => id);
    order.set(complete);
    chains.sortFallback(complete);
    changed();
  }

  /**
   * Saves a destination that uses credentials of this computer. Hoist reads environment variables and AWS profiles at
   * each use, and copies all other credentials.
   * @throws AppFailure no-destination when the credentials no longer exist or are already adopted; invalid-input with
   * the name of the field
   */
  async adopt(discoveredId: string, settings: FieldValues = {}): Promise<ProfileView> {
    const { discovery } = this.#ports;
    const entry = discovery.get(discoveredId);
    if (!entry || discovery.isAdopted(entry)) throw failure('no-destination');
    const { provider, credentials } = entry;
    return this.save({
      providerId: provider.id,
      name: '',
      settings: { ...publicValues(provider, credentials.values), ...settings },
      secrets: {},
      discoveredId,
    });
  }

  /** Called when a login shell has reported other environment variables. */
  onEnvironmentChanged(): void {
    const { records, changed } = this.#ports;
    const fromEnvironment = records.list().filter(({ source }) => source === 'environment');
    for (const { id } of fromEnvironment) changed(id);
    if (fromEnvironment.length === 0) changed();
  }

  /**
   * Whether the form changes only the name. This needs no key, so the user can rename a destination while its key is
   * locked. False for secrets outside a key store, so that saving moves them into a key store if there is one now.
   */
  #isOnlyRenamed({ settings, secrets, discoveredId, keep }: ProfileDraft, existing: Profile): boolean {
    const { inspector } = this.#ports;
    const { secretStorage } = this.#ports.secrets.state(existing.id);
    if (
      Object.keys(secrets).length > 0 ||
      discoveredId !== undefined ||
      keep !== undefined ||
      secretStorage === 'session' ||
      secretStorage === 'unprotected'
    )
      return false;
    const provider = inspector.providerIfKnown(existing);
    if (!provider) return true;
    const before = withInitialValues(provider, inspector.settings(existing));
    const after = withInitialValues(provider, settings);
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of provider.measuredSettings ?? []) keys.delete(key);
    return [...keys].every((key) => (before[key] ?? '') === (after[key] ?? ''));
  }

  #saveName(profile: Profile): ProfileView {
    this.#ports.records.save(profile);
    this.#ports.changed();
    return this.#ports.views.of(profile);
  }

  #announceEdited(profile: Profile): ProfileView {
    this.#ports.status.onProfileChanged(profile.id);
    this.#ports.userActed(profile.id);
    this.#ports.changed(profile.id);
    return this.#ports.views.of(profile);
  }
}

/** The measured settings of earlier tests. They stay valid while the server and the bucket are the same. */
function measuredBefore(provider: Provider, { settings }: ProfileDraft, existing: Profile | undefined): FieldValues {
  const isSameLocation = provider.fields
    .filter(({ group }) => group === 'location')
    .every(({ key }) => (existing?.settings[key] ?? '') === (settings[key] ?? ''));
  if (!existing || !isSameLocation) return {};
  return Object.fromEntries(
    (provider.measuredSettings ?? []).flatMap((key) => {
      const value = existing.settings[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
