/** The settings and secrets of a destination together, as its driver needs them. */
import type { FieldValues, Profile } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { publicValues, requiredSecrets, secretValues } from './field-values.ts';
import type { ProfileCatalog, ProfileRecords } from './profile-catalog.ts';
import { keyMissing, type ProfileInspector } from './profile-inspector.ts';
import type { ProfileSecrets } from './profile-secrets.ts';

export interface DestinationValuesPorts {
  catalog: ProfileCatalog;
  inspector: ProfileInspector;
  records: ProfileRecords;
  secrets: ProfileSecrets;
  /** Practice's address and keys. Practice runs when this resolves. */
  practice(): Promise<FieldValues>;
  /** Called when settings that the window shows have changed. */
  changed(): void;
  /** This process saved renewed values of a destination. */
  renewed(id: ProfileId): void;
}

export class DestinationValues {
  readonly #ports: DestinationValuesPorts;
  constructor(ports: DestinationValuesPorts) {
    this.#ports = ports;
  }

  /** @throws AppFailure no-destination, secret-missing, provider-broken */
  async read(id: ProfileId): Promise<{ profile: Profile; provider: Provider; values: FieldValues }> {
    const { catalog, inspector, secrets, practice } = this.#ports;
    const profile = catalog.get(id);
    const provider = inspector.provider(profile);
    if (profile.source === 'practice') return { profile, provider, values: await practice() };
    const ownSecrets =
      profile.source === 'environment' ? inspector.fromEnvironment(profile, provider) : await secrets.read(id);
    if (!ownSecrets || requiredSecrets(provider, profile.settings).some((key) => !ownSecrets[key]))
      throw keyMissing(profile);
    if (profile.source === 'environment') secrets.registerSecret(secretValues(provider, ownSecrets));
    return { profile, provider, values: { ...profile.settings, ...ownSecrets } };
  }

  /** As {@link read}, but omits secrets that do not exist. Undefined while the key store cannot decrypt the secrets. */
  async readAvailable(profile: Profile, provider: Provider): Promise<FieldValues | undefined> {
    const { inspector, secrets } = this.#ports;
    const ownSecrets =
      profile.source === 'environment'
        ? (inspector.fromEnvironment(profile, provider) ?? {})
        : await secrets.read(profile.id);
    return ownSecrets && { ...profile.settings, ...ownSecrets };
  }

  /**
   * Saves secrets that the service renewed while the destination was used, and settings that the driver discovered.
   * @throws AppFailure disk-full
   */
  async saveRenewed(id: ProfileId, values: FieldValues): Promise<void> {
    const { catalog, inspector, records, secrets, changed, renewed } = this.#ports;
    const provider = inspector.provider(catalog.get(id));
    const newSecrets = secretValues(provider, values);
    if (Object.keys(newSecrets).length > 0) await secrets.save(id, newSecrets);
    const profile = records.get(id);
    const newSettings = Object.entries(publicValues(provider, values)).filter(([key]) =>
      provider.fields.some((field) => field.key === key),
    );
    if (profile && newSettings.length > 0) {
      records.save({ ...profile, settings: { ...profile.settings, ...Object.fromEntries(newSettings) } });
      changed();
    }
    renewed(id);
  }
}
