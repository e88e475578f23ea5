/** The destinations as the window and the command line show them. */
import type { Profile, ProfilesView, ProfileView } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { CredentialDiscovery } from './credential-discovery.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import type { ProfileInspector } from './profile-inspector.ts';
import type { ProfileStatusTracker } from './profile-status-tracker.ts';
import type { UploadChains } from './upload-chains.ts';

export interface ProfileViewsPorts {
  catalog: ProfileCatalog;
  inspector: ProfileInspector;
  status: ProfileStatusTracker;
  chains: UploadChains;
  discovery: CredentialDiscovery;
}

export class ProfileViews {
  readonly #ports: ProfileViewsPorts;
  constructor(ports: ProfileViewsPorts) {
    this.#ports = ports;
  }

  all(): ProfilesView {
    const { catalog, chains, discovery } = this.#ports;
    const linkOverride = chains.nextLinkOverride();
    return {
      profiles: catalog.available().map((profile) => this.of(profile)),
      current: catalog.current()?.id,
      ...(linkOverride ? { linkOverride } : {}),
      discovered: discovery.view(),
      fallback: chains.fallback(),
    };
  }

  of(profile: Profile): ProfileView {
    return this.#ports.inspector.view(profile, this.#ports.status.get(profile.id));
  }

  /** Destinations that cannot be used until the user acts, as far as is known without a request. */
  needingAttention(): ProfileView[] {
    return this.all().profiles.filter(
      ({ status }) => status.state === 'needs-sign-in' || status.state === 'needs-setup',
    );
  }

  /** Whether the user signs in to this destination on its service's page. */
  signsIn(id: ProfileId): boolean {
    const { catalog, inspector } = this.#ports;
    return catalog.isSaved(id) && inspector.signsIn(catalog.getSaved(id));
  }
}
