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
    const adopted = new AdoptedCredentials(this.#ports.profiles());
    return this.#all()
      .filter((entry) => !adopted.has(entry))
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
    return new AdoptedCredentials(this.#ports.profiles()).has(entry);
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

/**
 * Tells which discovered credentials the user has adopted: those whose values are all in the settings of a saved
 * destination. An index by value makes this fast for many destinations.
 */
class AdoptedCredentials {
  readonly #environmentProviders: Set<string>;
  /** The settings of the destinations that have a value, by provider, setting and value. */
  readonly #byValue = new Map<string, FieldValues[]>();

  constructor(profiles: readonly Profile[]) {
    this.#environmentProviders = new Set(
      profiles.filter(({ source }) => source === 'environment').map(({ providerId }) => providerId),
    );
    for (const { providerId, settings } of profiles)
      for (const [key, value] of Object.entries(settings)) {
        const valueKey = JSON.stringify([providerId, key, value]);
        const list = this.#byValue.get(valueKey);
        if (list) list.push(settings);
        else this.#byValue.set(valueKey, [settings]);
      }
  }

  has({ provider, credentials }: DiscoveredEntry): boolean {
    if (credentials.use === 'environment') return this.#environmentProviders.has(provider.id);
    // Credentials without a bucket can be adopted again, because another bucket is another destination.
    if (!isComplete(credentials)) return false;
    const values = publicValues(provider, credentials.values);
    // The shortest list of destinations that share a value with the credentials.
    const candidates = Object.entries(values)
      .map(([key, value]) => this.#byValue.get(JSON.stringify([provider.id, key, value])) ?? [])
      .sort((a, b) => a.length - b.length)[0];
    return candidates?.some((settings) => isSubsetOf(values, settings)) === true;
  }
}

const isSubsetOf = (values: FieldValues, settings: FieldValues): boolean =>
  Object.entries(values).every(([key, value]) => settings[key] === value);
