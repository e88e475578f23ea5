/** The destinations that can be used: the saved ones, or the built-in ones while nothing is saved. */
import { failure } from '../../src-shared/errors.ts';
import type { Profile } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { findBuiltIn, builtInProfiles, type BuiltIn } from './built-ins.ts';
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
  /** The destinations that uploads go to while nothing is set up, best first. */
  builtIns: readonly BuiltIn[];
  current: PersistedSetting<ProfileId>;
  /** The user's order. Destinations that are not in it come last. */
  order: PersistedSetting<ProfileId[]>;
}

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

  /** The saved destinations; the built-in ones when nothing is saved. */
  available(): Profile[] {
    const saved = this.saved();
    return saved.length > 0 ? saved : this.#builtIns();
  }

  /** The destination in use: the chosen one, or else the first that is available. */
  current(): Profile | undefined {
    const chosen = this.#ports.current.get();
    return (chosen === undefined ? undefined : this.#ports.records.get(chosen)) ?? this.available()[0];
  }

  isSaved(id: ProfileId): boolean {
    return this.#ports.records.get(id) !== undefined;
  }

  /**
   * Finds a destination by the name or id that was typed on a command line. Of two with the same name it returns the
   * first. Built-in destinations can be named even when others are saved.
   */
  findTyped(typed: string): Profile | undefined {
    const wanted = typed.toLowerCase();
    const matches = (profile: Profile): boolean =>
      profile.id.toLowerCase() === wanted || profile.name.toLowerCase() === wanted;
    return this.saved().find(matches) ?? this.#builtIns().find(matches);
  }

  /**
   * Also returns a built-in destination that is no longer offered, because files stored there can still be linked to.
   */
  find(id: ProfileId): Profile | undefined {
    return this.#ports.records.get(id) ?? findBuiltIn(id, this.#ports.providers.all);
  }

  /** As {@link find}. @throws AppFailure no-destination */
  get(id: ProfileId): Profile {
    const profile = this.find(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  /** @throws AppFailure no-destination for a built-in destination, too */
  getSaved(id: ProfileId): Profile {
    const profile = this.#ports.records.get(id);
    if (!profile) throw failure('no-destination');
    return profile;
  }

  /** '' for a destination that no longer exists. */
  name(id: ProfileId): string {
    return this.find(id)?.name ?? '';
  }

  /** `desired`, with a number behind it when another saved destination has that name. */
  freeName(desired: string, exceptId?: ProfileId): string {
    const taken = new Set(
      this.#ports.records
        .list()
        .filter((profile) => profile.id !== exceptId)
        .map((profile) => profile.name),
    );
    let name = desired;
    for (let n = 2; taken.has(name); n++) name = `${desired} ${n}`;
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
