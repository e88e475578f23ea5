/** Credentials that this computer already has: offered by name and source, used only once the user has said so. */
import type { FieldValues, FoundView, Profile } from '../../src-shared/profile.ts';
import type { Computer, Found, Provider } from '../providers/provider.ts';
import { publicValues } from './field-values.ts';

export interface FoundPorts {
  providers: readonly Provider[];
  computer(): Computer;
  profiles(): Profile[];
  /** A manifest that stumbles over what it reads has found nothing. */
  problem(where: string, cause: unknown): void;
}

/** Nothing is left to be asked. */
export const isWhole = ({ needs = [] }: Found): boolean => needs.length === 0;

export interface FoundHere {
  provider: Provider;
  found: Found;
}

export class FoundOnComputer {
  readonly #ports: FoundPorts;
  constructor(ports: FoundPorts) {
    this.#ports = ports;
  }

  /** What was taken up already is not offered again. */
  view(): FoundView[] {
    return this.#all()
      .filter((one) => !this.isTaken(one))
      .map(({ provider, found }) => ({
        id: found.id,
        providerId: provider.id,
        name: found.name,
        from: found.from,
        settings: publicValues(provider, found.values),
        needs: found.needs ?? [],
        ...(found.use === 'copy' ? { copies: true as const } : {}),
      }));
  }

  /** Also one that was taken up. */
  get(id: string): FoundHere | undefined {
    return this.#all().find(({ found }) => found.id === id);
  }

  isTaken(here: FoundHere): boolean {
    return isTaken(here, this.#ports.profiles());
  }

  /** What a provider reads from the variables at each use. */
  environment(provider: Provider): Found | undefined {
    return this.#of(provider).find(({ use }) => use === 'environment');
  }

  #all(): FoundHere[] {
    return this.#ports.providers.flatMap((provider) => this.#of(provider).map((found) => ({ provider, found })));
  }

  #of(provider: Provider): Found[] {
    try {
      return provider.credentials(this.#ports.computer());
    } catch (cause) {
      this.#ports.problem('found on this computer', cause);
      return [];
    }
  }
}

function isTaken({ provider, found }: FoundHere, profiles: Profile[]): boolean {
  const own = profiles.filter((profile) => profile.providerId === provider.id);
  if (found.use === 'environment') return own.some(({ source }) => source === 'environment');
  // With another bucket the same credentials make another destination.
  return isWhole(found) && own.some(({ settings }) => isPartOf(publicValues(provider, found.values), settings));
}

const isPartOf = (values: FieldValues, settings: FieldValues): boolean =>
  Object.entries(values).every(([key, value]) => settings[key] === value);
