/** Removes a destination together with its unfinished uploads, and signs out of its service. */
import { AppFailure } from '../../src-shared/errors.ts';
import type { RemovalImpact } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Computer } from '../platform/computer.ts';
import type { Provider, SignOutRequest } from '../providers/contract/provider.ts';
import type { Profiles } from './compose-profiles.ts';
import type { PersistedSetting } from './persisted-setting.ts';
import type { ProfileRecords } from './profile-catalog.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import { readSignOutContext, type SignOutContext } from './sign-out-context.ts';

/** The uploads of a destination that is removed. */
export interface DestinationUploads {
  removalImpact(id: ProfileId): RemovalImpact;
  /**
   * Cancels the unfinished uploads of a destination and deletes their data at the store. Resolves when the store has
   * responded or after a timeout.
   */
  removeDestination(id: ProfileId): Promise<void>;
}

export interface ProfileRemoverPorts {
  profiles: Pick<Profiles, 'catalog' | 'inspector' | 'values' | 'status'>;
  uploads: DestinationUploads;
  records: ProfileRecords;
  secrets: ProfileSecrets;
  current: PersistedSetting<ProfileId>;
  order: PersistedSetting<ProfileId[]>;
  computer(): Computer;
  /** Revokes the sign-in at the service. @throws AppFailure */
  signOut(provider: Provider, request: Omit<SignOutRequest, 'signal'>): Promise<void>;
  changed(removedId: ProfileId): void;
  /** Logs an unexpected error. */
  problem(where: string, cause: unknown): void;
}

export class ProfileRemover {
  readonly #ports: ProfileRemoverPorts;
  constructor(ports: ProfileRemoverPorts) {
    this.#ports = ports;
  }

  /** How removing the destination affects its uploads. @throws AppFailure no-destination */
  impact(id: ProfileId): RemovalImpact {
    this.#ports.profiles.catalog.getSaved(id);
    return this.#ports.uploads.removalImpact(id);
  }

  /**
   * Cancels the unfinished uploads; stored files and their links stay. Hoist removes the destination before it signs
   * out, so that the removal works even when the service does not respond.
   * @throws AppFailure no-destination, disk-full
   */
  async remove(id: ProfileId): Promise<void> {
    const { profiles, records, secrets, current, order, uploads, changed } = this.#ports;
    const profile = profiles.catalog.getSaved(id);
    await uploads.removeDestination(id);
    const provider = profiles.inspector.providerIfKnown(profile);
    const signOutContext =
      provider &&
      (await readSignOutContext(profile, provider, records.list(), (other) =>
        profiles.values.readAvailable(other, provider),
      ));
    secrets.remove(id);
    records.remove(id);
    if (current.get() === id) current.set(undefined);
    order.set((order.get() ?? []).filter((other) => other !== id));
    profiles.status.onProfileChanged(id);
    changed(id);
    if (signOutContext) await this.#signOut(signOutContext);
  }

  async #signOut({ provider, ...context }: SignOutContext): Promise<void> {
    const { signOut, computer, problem } = this.#ports;
    try {
      await signOut(provider, { ...context, computer: computer() });
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      problem('sign-out', cause);
    }
  }
}
