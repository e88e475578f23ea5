/** The chain of an upload: its destination, the destinations that follow when it fails, and the kind of its links. */
import { failure } from '../../src-shared/errors.ts';
import { practiceId, type Fallback } from '../../src-shared/profile.ts';
import type { ChainStep, LinkKind, LinkOverride, ProfileId } from '../../src-shared/upload.ts';
import type { PersistedSetting } from './persisted-setting.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import type { ProfileInspector } from './profile-inspector.ts';

export interface UploadChainsPorts {
  catalog: ProfileCatalog;
  inspector: ProfileInspector;
  fallback: PersistedSetting<Fallback>;
  changed(): void;
}

export class UploadChains {
  readonly #ports: UploadChainsPorts;
  /** For the next files to this destination only. A lasting choice is a setting of the destination. */
  #nextLinkOverride: { profileId: ProfileId; linkOverride: LinkOverride } | undefined;

  constructor(ports: UploadChainsPorts) {
    this.#ports = ports;
  }

  /** Off until the user turns it on. Removed destinations are left out. */
  fallback(): Fallback {
    const { on, order } = this.#ports.fallback.get() ?? { on: false, order: [] };
    return { on, order: order.filter((id) => this.#ports.catalog.isSaved(id)) };
  }

  setFallback({ on, order }: Fallback): void {
    this.#ports.fallback.set({
      on,
      order: [...new Set(order)].filter((id) => this.#ports.catalog.isSaved(id)),
    });
    this.#ports.changed();
  }

  /** The chain follows the new order of the destinations. */
  sortFallback(order: readonly ProfileId[]): void {
    const fallback = this.fallback();
    if (fallback.order.length === 0) return;
    this.#ports.fallback.set({ ...fallback, order: order.filter((id) => fallback.order.includes(id)) });
  }

  /**
   * The chain that starts at `id`. Built-in destinations have no fallback and are never one.
   * @throws AppFailure no-destination
   */
  from(id: ProfileId, mode: 'as-set' | 'alone' = 'as-set'): ChainStep[] {
    const { on, order } = this.fallback();
    const hasFallback = mode === 'as-set' && on && this.#ports.catalog.isSaved(id);
    const next = hasFallback ? order.filter((other) => other !== id) : [];
    return [id, ...next].map((profileId) => this.#step(profileId));
  }

  /**
   * The destinations in the order in which the user named them. Practice is used only alone.
   * @throws AppFailure no-destination
   */
  explicit(ids: readonly ProfileId[]): ChainStep[] {
    const wanted = [...new Set(ids)];
    return wanted.filter((id) => wanted.length === 1 || id !== practiceId).map((id) => this.#step(id));
  }

  /** The chain with the visibility that these links have. Null for a destination that cannot make such links. */
  withLinkOverride(chain: readonly ChainStep[], { kind }: LinkOverride): (ChainStep | null)[] {
    return chain.map((step) => (this.#supportsLinkKind(step.profileId, kind) ? { ...step, visibility: kind } : null));
  }

  /**
   * The choice for the links of the next files to the destination in use. Undefined: the destination's own setting
   * counts.
   */
  nextLinkOverride(): LinkOverride | undefined {
    return this.#linkOverrideFor(this.#ports.catalog.current()?.id);
  }

  /** @throws AppFailure invalid-input when the destination in use cannot make such links */
  setNextLinkOverride(linkOverride: LinkOverride | undefined): void {
    const current = this.#ports.catalog.current();
    if (linkOverride && (!current || !this.#supportsLinkKind(current.id, linkOverride.kind)))
      throw failure('invalid-input');
    this.#nextLinkOverride = linkOverride && current && { profileId: current.id, linkOverride };
    this.#ports.changed();
  }

  /**
   * The chain and the link choice for files that are sent now. With a link choice the chain holds only destinations
   * that can make such links.
   * @throws AppFailure no-destination
   */
  nextUploadOptions(id: ProfileId): { chain: ChainStep[]; linkOverride?: LinkOverride } {
    const chain = this.from(id);
    const linkOverride = this.#linkOverrideFor(id);
    if (!linkOverride) return { chain };
    return { chain: this.withLinkOverride(chain, linkOverride).filter((step) => step !== null), linkOverride };
  }

  #linkOverrideFor(id: ProfileId | undefined): LinkOverride | undefined {
    return this.#nextLinkOverride?.profileId === id ? this.#nextLinkOverride?.linkOverride : undefined;
  }

  /** Practice has no public links. */
  #supportsLinkKind(id: ProfileId, kind: LinkKind): boolean {
    const { catalog, inspector } = this.#ports;
    const { supportedLinkKinds } = inspector.provider(catalog.get(id)).capabilities;
    return supportedLinkKinds.includes(kind) && (id !== practiceId || kind !== 'public');
  }

  #step(id: ProfileId): ChainStep {
    const { catalog, inspector } = this.#ports;
    const profile = catalog.get(id);
    const provider = inspector.provider(profile);
    return {
      profileId: id,
      visibility: provider.linkAccess(inspector.settings(profile)).visibility,
      ...(provider.capabilities.canDelete ? {} : { cannotDelete: true as const }),
    };
  }
}
