/** What can be said of a profile without asking anybody: its settings as they are now, where its keys are, what is missing. */
import { failure, type AppFailure } from '../../src-shared/errors.ts';
import type {
  FieldProblem,
  FieldValues,
  Profile,
  ProfileStatus,
  ProfileView,
  SecretsKept,
} from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { holdsSecret } from '../../src-shared/provider.ts';
import type { Provider } from '../providers/provider.ts';
import { isSecret, neededSecrets, publicValues, shownFields, withInitials } from './field-values.ts';
import type { FoundOnComputer } from './found.ts';
import { keyStoreName } from './key-store-name.ts';
import type { Secrets } from './secrets.ts';

export interface ProfileFactsPorts {
  /** Also what is there without having been set up. */
  get(id: ProfileId): Profile | undefined;
  secrets: Pick<Secrets, 'state'>;
  found: Pick<FoundOnComputer, 'environment'>;
  providers: readonly Provider[];
}

const signsIn = (provider: Provider, settings: FieldValues): boolean =>
  shownFields(provider, withInitials(provider, settings)).some(({ kind, required }) => kind === 'sign-in' && required);

export class ProfileFacts {
  readonly #ports: ProfileFactsPorts;
  constructor(ports: ProfileFactsPorts) {
    this.#ports = ports;
  }

  /** @param status with what its store said */
  view(profile: Profile, status: ProfileStatus): ProfileView {
    const settings = this.settings(profile);
    const common = { id: profile.id, providerId: profile.providerId, name: profile.name, settings, status };
    const provider = this.providerIfKnown(profile);
    if (!provider) return { ...common, secrets: [], kept: 'missing', visibility: 'private' };
    const links = provider.links(settings);
    return {
      ...common,
      ...this.#secretsOf(profile, provider),
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

  #secretsOf(profile: Profile, provider: Provider): { secrets: string[]; kept: SecretsKept; keyStore?: string } {
    if (profile.source === 'practice') return { secrets: [], kept: 'built-in' };
    if (profile.source === 'environment')
      return { secrets: [], kept: this.#ports.found.environment(provider) ? 'environment' : 'missing' };
    const { fields, kept, backend } = this.#ports.secrets.state(profile.id);
    const needed = neededSecrets(provider, profile.settings);
    const named = backend === undefined ? {} : { keyStore: keyStoreName(backend) };
    if (kept === 'locked') return { secrets: [], kept, ...named };
    if (needed.length === 0) return { secrets: fields, kept: 'reference' };
    return { secrets: fields, kept: needed.every((key) => fields.includes(key)) ? kept : 'missing', ...named };
  }

  /** Loads no code and asks no key store. */
  status(id: ProfileId): ProfileStatus {
    const profile = this.#ports.get(id);
    if (!profile) return { state: 'needs-setup', error: { code: 'no-destination' } };
    const provider = this.providerIfKnown(profile);
    if (!provider) return { state: 'needs-setup', error: unknownKind(profile) };
    if (profile.source === 'practice') return { state: 'ready' };
    const { kept } = this.#secretsOf(profile, provider);
    if (kept === 'missing' || kept === 'locked') return { state: 'needs-sign-in', error: keyMissing(profile).error };
    const error = this.#settingsProblem(profile, provider);
    return error ? { state: 'needs-setup', error } : { state: 'ready' };
  }

  /** Only what a person would have to fill in: an older version may have saved what this one would not take, and it may work. */
  #settingsProblem(profile: Profile, provider: Provider): FieldProblem['error'] | undefined {
    const settings = withInitials(provider, this.settings(profile));
    const empty = shownFields(provider, settings).find(
      (field) => field.required && !holdsSecret(field) && !settings[field.key],
    );
    return empty && { code: 'invalid-input', field: empty.key, params: { destination: profile.name } };
  }

  /** As they are now: what the environment says counts at each use. */
  settings(profile: Profile): FieldValues {
    const provider = this.providerIfKnown(profile);
    const found = provider && profile.source === 'environment' ? this.fromEnvironment(profile, provider) : undefined;
    return provider && found ? { ...profile.settings, ...publicValues(provider, found) } : profile.settings;
  }

  /** How to sign in comes from the variables at each use; the rest is as it was taken over, or as the user has set it since. */
  fromEnvironment(profile: Profile, provider: Provider): FieldValues | undefined {
    const found = this.#ports.found.environment(provider);
    if (!found) return undefined;
    const isSignIn = (key: string): boolean =>
      isSecret(provider, key) || provider.fields.some((field) => field.key === key && field.group === 'sign-in');
    return Object.fromEntries(
      Object.entries(found.values).filter(([key]) => isSignIn(key) || profile.settings[key] === undefined),
    );
  }

  /** @throws AppFailure provider-broken */
  provider(profile: Profile): Provider {
    const provider = this.providerIfKnown(profile);
    if (!provider) throw failure('provider-broken', unknownKind(profile));
    return provider;
  }

  providerIfKnown({ providerId }: Profile): Provider | undefined {
    return this.#ports.providers.find((p) => p.id === providerId);
  }
}

/** What its uploads end with while its key cannot be read. */
export const keyMissing = (profile: Profile): AppFailure =>
  failure('secret-missing', { params: { destination: profile.name } });

const unknownKind = ({
  providerId,
  name,
}: Profile): { code: 'provider-broken'; params: { provider: string; destination: string } } => ({
  code: 'provider-broken',
  params: { provider: providerId, destination: name },
});
