/** The available destinations: the saved ones, or the built-in ones while no usable destination is saved. */
import { failure } from '../../src-shared/errors.ts';
import type { Profile } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { findBuiltIn, builtInProfiles, isReservedName, type BuiltIn } from './built-ins.ts';
import { isComplete, type CredentialDiscovery } from './credential-discovery.ts';
import type { PersistedSetting } from './persisted-setting.ts';
import type { ProviderCatalog } from './provider-catalog.ts';

export interface ProfileRecords {
  list(): Profile[];
  get(id: ProfileId): Profile | undefined;
  save(profile: Profile): void;
  remove(id: ProfileId): void;
}

export interface ProfileCatalogPorts {
  records: Pick<ProfileRecords, 'list' | 'get'>;
  providers: ProviderCatalog;
  discovery: Pick<CredentialDiscovery, 'environment'>;
  /** The destinations that are available while no usable destination is saved, best first. */
  builtIns: readonly BuiltIn[];
  current: PersistedSetting<ProfileId>;
  /** The user's order. Destinations that are not in it come last. */
  order: PersistedSetting<ProfileId[]>;
}

const isUsable = ({ incomplete }: Profile): boolean => incomplete === undefined;

export class ProfileCatalog {
  readonly #ports: ProfileCatalogPorts;
  constructor(ports: ProfileCatalogPorts) {
    this.#ports = ports;
  }

  /** The saved destinations in the user's order. */
  saved(): Profile[] {
    const order = this.#ports.order.get() ?? [];
    const position = (profile: Profile): number => {
      const at = order.indexOf(profile.id);
      return at === -1 ? order.length : at;
    };
    return this.#ports.records.list().sort((a, b) => position(a) - position(b));
  }

  /** The saved destinations, and the built-in ones while only incomplete imports are saved. */
  available(): Profile[] {
    const saved = this.saved();
    return this.#chosen() || saved.some(isUsable) ? saved : [...saved, ...this.#builtIns()];
  }

  /** The current destination: the one that the user chose, or else the first one that is not an incomplete import. */
  current(): Profile | undefined {
    return this.#chosen() ?? this.available().find(isUsable);
  }

  /** The saved destination that the user chose. */
  #chosen(): Profile | undefined {
    const chosen = this.#ports.current.get();
    return chosen === undefined ? undefined : this.#ports.records.get(chosen);
  }

  isSaved(id: ProfileId): boolean {
    return this.#ports.records.get(id) !== undefined;
  }

  /**
   * Finds a destination by the name or id that the user typed on the command line. If two have the same name, returns
   * the first. Also finds built-in destinations, even when others are saved. A reserved name finds only these.
   */
  findTyped(typed: string): Profile | undefined {
    const lowerCaseTyped = typed.toLowerCase();
    const matches = (profile: Profile): boolean =>
      profile.id.toLowerCase() === lowerCaseTyped || profile.name.toLowerCase() === lowerCaseTyped;
    const saved = isReservedName(typed) ? [] : this.saved();
    return [...saved, ...this.#builtIns()].find(matches);
  }

  /** Also finds a built-in destination that is no longer available, because links to its files are still needed. */
  find(id: ProfileId): Profile | undefined {
    return this.#ports.records.get(id) ?? findBuiltIn(id, this.#ports.providers.all);
  }

  /** As {@link find}. @throws AppFailure no-destination */
  get(id: ProfileId): Profile {
    const profile = this.find(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  /** @throws AppFailure no-destination, also for a built-in destination */
  getSaved(id: ProfileId): Profile {
    const profile = this.#ports.records.get(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  /** '' for a destination that no longer exists. */
  name(id: ProfileId): string {
    return this.find(id)?.name ?? '';
  }

  /** `desired`, followed by a number if it is reserved or another saved destination already has this name. */
  freeName(desired: string, exceptId?: ProfileId): string {
    const taken = new Set(
      this.#ports.records
        .list()
        .filter((profile) => profile.id !== exceptId)
        .map((profile) => profile.name),
    );
    let name = desired;
    for (let n = 2; taken.has(name) || isReservedName(name); n++) name = `${desired} ${n}`;
    return name;
  }

  /**
   * The environment is a destination only while all of its variables are set, because a command does not prompt for
   * missing values.
   */
  #builtIns(): Profile[] {
    const { builtIns, providers, discovery } = this.#ports;
    return builtIns
      .flatMap((kind) => builtInProfiles(kind, providers.all))
      .filter((profile) => {
        if (profile.source !== 'environment') return true;
        const credentials = discovery.environment(providers.get(profile.providerId));
        return credentials !== undefined && isComplete(credentials);
      });
  }
}
