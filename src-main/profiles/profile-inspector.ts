/**
 * The facts about a profile that need no request: its current settings, where its keys are stored, and which values are
 * missing.
 */
import { failure, type AppFailure } from '../../src-shared/errors.ts';
import type {
  FieldProblem,
  FieldValues,
  Profile,
  ProfileStatus,
  ProfileView,
  SecretStorage,
} from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { holdsSecret } from '../../src-shared/provider.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { isSecret, requiredSecrets, publicValues, shownFields, withInitialValues } from './field-values.ts';
import type { CredentialDiscovery } from './credential-discovery.ts';
import { keyStoreName } from './key-store-name.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import type { ProviderCatalog } from './provider-catalog.ts';

export interface ProfileInspectorPorts {
  catalog: Pick<ProfileCatalog, 'find'>;
  secrets: Pick<ProfileSecrets, 'state'>;
  discovery: Pick<CredentialDiscovery, 'environment'>;
  providers: ProviderCatalog;
}

/** Whether these settings need a sign-in on a page of the service. */
const signsIn = (provider: Provider, settings: FieldValues): boolean =>
  shownFields(provider, withInitialValues(provider, settings)).some(
    ({ kind, required }) => kind === 'sign-in' && required,
  );

export class ProfileInspector {
  readonly #ports: ProfileInspectorPorts;
  constructor(ports: ProfileInspectorPorts) {
    this.#ports = ports;
  }

  /** @param status includes the result of the last check */
  view(profile: Profile, status: ProfileStatus): ProfileView {
    const settings = this.settings(profile);
    const common = {
      id: profile.id,
      providerId: profile.providerId,
      name: profile.name,
      settings,
      status,
      ...(profile.source === 'environment' && { isFromEnvironment: true as const }),
    };
    const provider = this.providerIfKnown(profile);
    if (!provider) return { ...common, secrets: [], secretStorage: 'missing', visibility: 'private' };
    const links = provider.linkAccess(settings);
    return {
      ...common,
      ...this.#secretStatus(profile, provider),
      ...(signsIn(provider, settings) && { signsIn: true as const }),
      visibility: links.visibility,
      linkDays: links.days,
      linkSentence: links.sentence,
    };
  }

  signsIn(profile: Profile): boolean {
    const provider = this.providerIfKnown(profile);
    return provider !== undefined && signsIn(provider, this.settings(profile));
  }

  /** Whether the destination uses keys outside Hoist, such as those of an AWS profile. */
  usesExternalKeys(profile: Profile): boolean {
    return this.providerIfKnown(profile)?.usesExternalKeys?.(this.settings(profile)) ?? false;
  }

  #secretStatus(
    profile: Profile,
    provider: Provider,
  ): { secrets: string[]; secretStorage: SecretStorage; keyStore?: string } {
    if (profile.source === 'practice') return { secrets: [], secretStorage: 'built-in' };
    if (profile.source === 'environment')
      return { secrets: [], secretStorage: this.#ports.discovery.environment(provider) ? 'environment' : 'missing' };
    const { fields, secretStorage, backend } = this.#ports.secrets.state(profile.id);
    const required = requiredSecrets(provider, profile.settings);
    const named = backend === undefined ? {} : { keyStore: keyStoreName(backend) };
    if (secretStorage === 'locked') return { secrets: [], secretStorage, ...named };
    if (required.length === 0) return { secrets: fields, secretStorage: 'reference' };
    return {
      secrets: fields,
      secretStorage: required.every((key) => fields.includes(key)) ? secretStorage : 'missing',
      ...named,
    };
  }

  /** The status as far as it is known without a request. Loads no driver and does not use the key store. */
  status(id: ProfileId): ProfileStatus {
    const profile = this.#ports.catalog.find(id);
    if (!profile) return { state: 'needs-setup', error: { code: 'no-destination' } };
    const provider = this.providerIfKnown(profile);
    if (!provider) return { state: 'needs-setup', error: unknownProvider(profile) };
    if (profile.source === 'practice') return { state: 'ready' };
    const { secretStorage } = this.#secretStatus(profile, provider);
    if (secretStorage === 'missing' || secretStorage === 'locked')
      return { state: 'needs-sign-in', error: keyMissing(profile).error };
    const error = this.#settingsProblem(profile, provider);
    return error ? { state: 'needs-setup', error } : { state: 'ready' };
  }

  /**
   * Reports only empty required fields. An older version may have saved values that this version would reject, although
   * they work.
   */
  #settingsProblem(profile: Profile, provider: Provider): FieldProblem['error'] | undefined {
    const settings = withInitialValues(provider, this.settings(profile));
    const empty = shownFields(provider, settings).find(
      (field) => field.required && !holdsSecret(field) && !settings[field.key],
    );
    if (!empty) return undefined;
    const params = { destination: profile.name, why: 'notSet', setting: text(empty.label) };
    return { code: 'invalid-input', field: empty.key, params };
  }

  /** The current settings. Settings from environment variables are read at each call. */
  settings(profile: Profile): FieldValues {
    const provider = this.providerIfKnown(profile);
    const credentials =
      provider && profile.source === 'environment' ? this.fromEnvironment(profile, provider) : undefined;
    return provider && credentials ? { ...profile.settings, ...publicValues(provider, credentials) } : profile.settings;
  }

  /**
   * Reads the sign-in fields from the environment variables at each call. The other fields were copied when the user
   * adopted the credentials, and the user may have changed them.
   */
  fromEnvironment(profile: Profile, provider: Provider): FieldValues | undefined {
    const credentials = this.#ports.discovery.environment(provider);
    if (!credentials) return undefined;
    const isSignIn = (key: string): boolean =>
      isSecret(provider, key) || provider.fields.some((field) => field.key === key && field.group === 'sign-in');
    return Object.fromEntries(
      Object.entries(credentials.values).filter(([key]) => isSignIn(key) || profile.settings[key] === undefined),
    );
  }

  /** @throws AppFailure provider-broken */
  provider(profile: Profile): Provider {
    const provider = this.providerIfKnown(profile);
    if (!provider) throw failure('provider-broken', unknownProvider(profile));
    return provider;
  }

  providerIfKnown({ providerId }: Profile): Provider | undefined {
    return this.#ports.providers.find(providerId);
  }
}

/** The error of uploads while the key of their destination cannot be read. */
export const keyMissing = ({ name, source }: Profile): AppFailure =>
  failure('secret-missing', {
    params: { destination: name, ...(source === 'environment' ? { why: 'variables' } : {}) },
  });

const unknownProvider = ({
  providerId,
  name,
}: Profile): { code: 'provider-broken'; params: { provider: string; destination: string } } => ({
  code: 'provider-broken',
  params: { provider: providerId, destination: name },
});
