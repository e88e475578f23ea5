/** Detects that another process changed a destination, from digests of everything that is stored about it. */
import { createHash } from 'node:crypto';
import type { FieldValues, Profile } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { UnprotectedKeys } from '../profiles/unprotected-keys.ts';
import type { Store } from '../store/open.ts';

export interface ExternalProfileChangesPorts {
  store: Store;
  unprotectedKeys: UnprotectedKeys;
  /** Another process changed this destination. */
  edited(id: ProfileId): void;
  /** Another process changed a destination, or the settings of all of them. */
  changed(): void;
}

export class ExternalProfileChanges {
  readonly #ports: ExternalProfileChangesPorts;
  #digests: Map<ProfileId, string>;
  /** The digest of the settings that apply to all destinations. */
  #settingsDigest: string;

  constructor(ports: ExternalProfileChangesPorts) {
    this.#ports = ports;
    this.#digests = this.#allDigests();
    this.#settingsDigest = this.#digestOfSettings();
  }

  /** This process changed the settings and, when `id` is given, this destination. */
  noteOwnChange(id?: ProfileId): void {
    if (id !== undefined) this.noteOwnEdit(id);
    this.#settingsDigest = this.#digestOfSettings();
  }

  /** This process changed the stored data of this destination. */
  noteOwnEdit(id: ProfileId): void {
    const profile = this.#ports.store.profiles.get(id);
    if (profile) this.#digests.set(id, this.#digest(profile));
    else this.#digests.delete(id);
  }

  /** Call this after another process wrote to the store: reports the differences. */
  compare(): void {
    const before = this.#digests;
    this.#digests = this.#allDigests();
    const ids = [...new Set([...before.keys(), ...this.#digests.keys()])];
    const edited = ids.filter((id) => before.get(id) !== this.#digests.get(id));
    for (const id of edited) this.#ports.edited(id);
    const settingsBefore = this.#settingsDigest;
    this.#settingsDigest = this.#digestOfSettings();
    if (edited.length > 0 || settingsBefore !== this.#settingsDigest) this.#ports.changed();
  }

  #digestOfSettings(): string {
    const { settings } = this.#ports.store;
    return JSON.stringify((['currentProfile', 'order', 'fallback'] as const).map((key) => settings.get(key)));
  }

  #allDigests(): Map<ProfileId, string> {
    return new Map(this.#ports.store.profiles.list().map((profile) => [profile.id, this.#digest(profile)]));
  }

  #digest(profile: Profile): string {
    const { store, unprotectedKeys } = this.#ports;
    return JSON.stringify([profile, store.secrets.all(profile.id), sha256(unprotectedKeys.get(profile.id))]);
  }
}

/** Hashes the values, so that no readable key stays in memory for the comparison. */
const sha256 = (values: FieldValues): string => createHash('sha256').update(JSON.stringify(values)).digest('hex');
