/** Credentials that already exist on this computer. Hoist lists them, and uses them only after the user adopts them. */
import type { FieldValues, DiscoveredCredentialsView, Profile, ProfileDraft } from '../../src-shared/profile.ts';
import type { Computer } from '../platform/computer.ts';
import type { DiscoveredCredentials, Provider } from '../providers/contract/provider.ts';
import { publicValues } from './field-values.ts';

export interface CredentialDiscoveryPorts {
  providers: readonly Provider[];
  computer(): Computer;
  profiles(): Profile[];
  /** Logs the error of a provider whose search for credentials failed. The provider then has no credentials. */
  problem(where: string, cause: unknown): void;
}

/** Whether the credentials work without further values from the user. */
export const isComplete = ({ needs = [] }: DiscoveredCredentials): boolean => needs.length === 0;

export interface DiscoveredEntry {
  provider: Provider;
  credentials: DiscoveredCredentials;
}

export class CredentialDiscovery {
  readonly #ports: CredentialDiscoveryPorts;
  constructor(ports: CredentialDiscoveryPorts) {
    this.#ports = ports;
  }

  /** The credentials that the user has not adopted, without their secrets. */
  view(): DiscoveredCredentialsView[] {
    return this.#all()
      .filter((entry) => !this.isAdopted(entry))
      .map(({ provider, credentials }) => ({
        id: credentials.id,
        providerId: provider.id,
        name: credentials.name,
        from: credentials.from,
        settings: publicValues(provider, credentials.values),
        needs: credentials.needs ?? [],
        ...(credentials.use === 'copy' ? { copies: true as const } : {}),
      }));
  }

  /** Also returns credentials that were adopted. */
  get(id: string): DiscoveredEntry | undefined {
    return this.#all().find(({ credentials }) => credentials.id === id);
  }

  /** The discovered credentials that a form started from; undefined if they belong to another provider. */
  credentialsFor({
    discoveredId,
    providerId,
  }: Pick<ProfileDraft, 'discoveredId' | 'providerId'>): DiscoveredCredentials | undefined {
    const entry = discoveredId === undefined ? undefined : this.get(discoveredId);
    return entry?.provider.id === providerId ? entry.credentials : undefined;
  }

  isAdopted(entry: DiscoveredEntry): boolean {
    return isAdopted(entry, this.#ports.profiles());
  }

  /** The credentials that a provider reads from the variables at each use. */
  environment(provider: Provider): DiscoveredCredentials | undefined {
    return this.#discover(provider).find(({ use }) => use === 'environment');
  }

  #all(): DiscoveredEntry[] {
    return this.#ports.providers.flatMap((provider) =>
      this.#discover(provider).map((credentials) => ({ provider, credentials })),
    );
  }

  #discover(provider: Provider): DiscoveredCredentials[] {
    try {
      return provider.discoverCredentials(this.#ports.computer());
    } catch (cause) {
      this.#ports.problem('found on this computer', cause);
      return [];
    }
  }
}

function isAdopted({ provider, credentials }: DiscoveredEntry, profiles: Profile[]): boolean {
  const sameProvider = profiles.filter((profile) => profile.providerId === provider.id);
  if (credentials.use === 'environment') return sameProvider.some(({ source }) => source === 'environment');
  // Credentials without a bucket can be adopted again, because another bucket is another destination.
  return (
    isComplete(credentials) &&
    sameProvider.some(({ settings }) => isSubsetOf(publicValues(provider, credentials.values), settings))
  );
}

const isSubsetOf = (values: FieldValues, settings: FieldValues): boolean =>
  Object.entries(values).every(([key, value]) => settings[key] === value);
