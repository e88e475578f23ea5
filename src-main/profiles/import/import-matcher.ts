/** Finds the destination that an imported one duplicates, also among the destinations of the same import. */
import type { FieldValues, ProfileView } from '../../../src-shared/profile.ts';
import type { Provider } from '../../providers/contract/provider.ts';
import { isReservedName } from '../built-ins.ts';
import { appName, isUserProfile } from '../export-destinations.ts';
import type { ImportedProfile } from './parsed-import.ts';

/** `id`: undefined for a destination of the same import. `needsSecret`: whether the import may store its key. */
interface MatchedDestination {
  id?: string;
  name: string;
  settings: FieldValues;
  needsSecret: boolean;
}

/** The fields that determine the account. Together with bucket and prefix they determine the location of the files. */
const accountFields = ['endpoint', 'accessKeyId', 'awsProfile'] as const;
const locationFields = [...accountFields, 'bucket', 'prefix'] as const;

export class ImportMatcher {
  /** The destinations by {@link keyOf} their location, in their order. */
  readonly #byLocation = new Map<string, MatchedDestination[]>();
  /** The destinations by {@link keyOf} their account, for imports without a bucket. */
  readonly #byAccount = new Map<string, MatchedDestination[]>();
  readonly #names = new Set<string>();
  /** The next number to try for a name that is taken. */
  readonly #nextNumber = new Map<string, number>();

  constructor(saved: readonly ProfileView[]) {
    for (const profile of saved) {
      const { id, name, providerId, settings, secretStorage } = profile;
      const needsSecret = secretStorage === 'missing' || secretStorage === 'locked' || secretStorage === 'session';
      if (isUserProfile(profile)) this.#index(providerId, settings, { id, name, settings, needsSecret });
      else this.#names.add(name.toLowerCase());
    }
  }

  /**
   * The destination that the imported one duplicates. An imported destination without a bucket matches every bucket of
   * the account: the user may have added one after the first import. In a file that Hoist exported, destinations at the
   * same location are different destinations if their names differ.
   * @param settings the imported settings with all values of the form
   */
  find({ name, from }: ImportedProfile, settings: FieldValues, provider: Provider): MatchedDestination | undefined {
    const normalized = normalize(settings, provider);
    if (!locationFields.some((key) => normalized[key] !== undefined)) return undefined;
    const matching = normalized['bucket']
      ? this.#byLocation.get(keyOf(provider.id, normalized, locationFields))
      : this.#byAccount.get(keyOf(provider.id, normalized, accountFields));
    return matching?.find((other) => other.name === name) ?? (from === appName ? undefined : matching?.[0]);
  }

  add({ name, settings }: { name: string; settings: FieldValues }, provider: Provider): void {
    this.#index(provider.id, normalize(settings, provider), { name, settings, needsSecret: false });
  }

  /** `desired`, followed by a number if it is reserved or another destination already has this name. */
  freeName(desired: string): string {
    const key = desired.toLowerCase();
    if (!this.#names.has(key) && !isReservedName(key)) return desired;
    let n = this.#nextNumber.get(key) ?? 2;
    while (this.#names.has(`${key} ${n}`)) n++;
    this.#nextNumber.set(key, n + 1);
    return `${desired} ${n}`;
  }

  #index(providerId: string, settings: FieldValues, destination: MatchedDestination): void {
    push(this.#byLocation, keyOf(providerId, settings, locationFields), destination);
    push(this.#byAccount, keyOf(providerId, settings, accountFields), destination);
    this.#names.add(destination.name.toLowerCase());
  }
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

const keyOf = (providerId: string, settings: FieldValues, fields: readonly string[]): string =>
  JSON.stringify([providerId, ...fields.map((key) => withoutScheme(settings[key]))]);

const withoutScheme = (value = ''): string => value.replace(/^https?:\/\//i, '').replace(/\/+$/, '');

/** Values that cannot be normalized are compared unchanged. */
function normalize(settings: FieldValues, provider: Provider): FieldValues {
  try {
    return provider.normalize?.(settings) ?? settings;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return settings;
  }
}
