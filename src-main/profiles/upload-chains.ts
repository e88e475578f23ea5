/**
 * The chain of an upload: its destination, then the fallback destinations, each with the kind of its links. A link
 * override is the user's choice of the kind for the next files.
 */
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
  /** The link choice for the next files only. A permanent choice is a setting of the destination. */
  #nextLinkOverride: { profileId: ProfileId; linkOverride: LinkOverride } | undefined;

  constructor(ports: UploadChainsPorts) {
    this.#ports = ports;
  }

  /** The user's fallback settings, off by default, without removed destinations. */
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

  /** Sorts the fallback destinations into the new order of all destinations. */
  sortFallback(order: readonly ProfileId[]): void {
    const fallback = this.fallback();
    if (fallback.order.length === 0) return;
    this.#ports.fallback.set({ ...fallback, order: order.filter((id) => fallback.order.includes(id)) });
  }

  /**
   * The chain that starts with `id`. A built-in destination has no fallback and is never a fallback.
   * @throws AppFailure no-destination
   */
  from(id: ProfileId, mode: 'as-set' | 'alone' = 'as-set'): ChainStep[] {
    const { on, order } = this.fallback();
    const hasFallback = mode === 'as-set' && on && this.#ports.catalog.isSaved(id);
    const next = hasFallback ? order.filter((other) => other !== id) : [];
    return [id, ...next].map((profileId) => this.#step(profileId));
  }

  /**
   * The given destinations, in the same order. Practice cannot be combined with other destinations.
   * @throws AppFailure no-destination
   */
  explicit(ids: readonly ProfileId[]): ChainStep[] {
    const uniqueIds = [...new Set(ids)];
    return uniqueIds.filter((id) => uniqueIds.length === 1 || id !== practiceId).map((id) => this.#step(id));
  }

  /** Sets every step to the chosen kind of link. A step whose destination does not support that kind becomes null. */
  withLinkOverride(chain: readonly ChainStep[], { kind }: LinkOverride): (ChainStep | null)[] {
    return chain.map((step) => (this.#supportsLinkKind(step.profileId, kind) ? { ...step, visibility: kind } : null));
  }

  /**
   * The link choice for the next files to the current destination. Undefined when its own link setting applies.
   */
  nextLinkOverride(): LinkOverride | undefined {
    return this.#linkOverrideFor(this.#ports.catalog.current()?.id);
  }

  /** @throws AppFailure invalid-input when the current destination does not support this kind of link */
  setNextLinkOverride(linkOverride: LinkOverride | undefined): void {
    const current = this.#ports.catalog.current();
    if (linkOverride && (!current || !this.#supportsLinkKind(current.id, linkOverride.kind)))
      throw failure('invalid-input');
    this.#nextLinkOverride = linkOverride && current && { profileId: current.id, linkOverride };
    this.#ports.changed();
  }

  /** The choice was used. Keeps a choice that the user made since then. */
  clearNextLinkOverride(used: LinkOverride): void {
    if (this.#nextLinkOverride?.linkOverride === used) this.setNextLinkOverride(undefined);
  }

  /**
   * The chain and the link choice for the next files. With a link choice, the chain contains only destinations that
   * support such links.
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

  /** The S3 provider supports public links, but Practice doesn't. */
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
