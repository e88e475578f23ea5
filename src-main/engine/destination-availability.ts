/**
 * The state of each destination in this process: its limiter, whether the network reaches it, and whether it refuses
 * uploads.
 */
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { ConcurrencyLimits } from './adaptive-concurrency.ts';
import { ConcurrencyLimiter } from './concurrency-limiter.ts';
import type { Ledger } from './ledger.ts';
import type { LiveUploads } from './live-uploads.ts';
import type { Ports } from './ports.ts';

export interface AvailabilityOptions {
  concurrency: ConcurrencyLimits;
  /** ms between two checks whether the network is back */
  onlineProbeMs: number;
}

export interface AvailabilityParts {
  ports: Pick<Ports, 'clock' | 'network'>;
  live: LiveUploads;
  ledger: Ledger;
}

export class DestinationAvailability {
  readonly #ports: Pick<Ports, 'clock' | 'network'>;
  readonly #live: LiveUploads;
  readonly #ledger: Ledger;
  readonly #options: AvailabilityOptions;
  readonly #limiters = new Map<ProfileId, ConcurrencyLimiter>();
  /** Destinations that the last attempt could not reach for lack of a network. */
  readonly #offline = new Set<ProfileId>();
  /** Uploads that failed in this process because their destination refused them. */
  readonly #refusedUploads = new Map<ProfileId, Set<UploadId>>();
  #nextProbeAt: number | undefined;

  constructor({ ports, live, ledger }: AvailabilityParts, options: AvailabilityOptions) {
    this.#ports = ports;
    this.#live = live;
    this.#ledger = ledger;
    this.#options = options;
  }

  limiter(profileId: ProfileId): ConcurrencyLimiter {
    const existing = this.#limiters.get(profileId);
    if (existing) return existing;
    const limiter = new ConcurrencyLimiter(this.#ports.clock, this.#options.concurrency);
    this.#limiters.set(profileId, limiter);
    return limiter;
  }

  /** ms since 1970 when to check again whether the network is back; Infinity when no upload waits for it */
  get nextProbeAt(): number {
    return this.#nextProbeAt ?? Infinity;
  }

  probeNow(): void {
    this.#nextProbeAt = this.#ports.clock.now();
  }

  probeNowIfOffline(): void {
    if (this.#offline.size > 0) this.probeNow();
  }

  /** Whether one upload of each unreachable destination should try now. Plans the next probe. */
  isTimeToProbe(now: number): boolean {
    const { onlineProbeMs } = this.#options;
    if (this.#offline.size === 0) {
      this.#nextProbeAt = undefined;
      return false;
    }
    this.#nextProbeAt ??= now + onlineProbeMs;
    if (this.#nextProbeAt > now) return false;
    this.#nextProbeAt = now + onlineProbeMs;
    // A destination whose uploads no longer wait needs no probe.
    this.#offline.clear();
    for (const profileId of this.#live.profilesWaitingForNetwork()) this.#offline.add(profileId);
    return this.#ports.network.online();
  }

  markOffline(profileId: ProfileId): void {
    this.#offline.add(profileId);
  }

  /** Resumes the uploads that waited for the network. Returns false when the destination was reachable before. */
  markReachable(profileId: ProfileId): boolean {
    if (!this.#offline.delete(profileId)) return false;
    this.#resumeWaiting(profileId, 'online');
    return true;
  }

  /** The destination has stored a file, so the uploads that it refused may run too. */
  markAccepting(profileId: ProfileId): void {
    this.#refusedUploads.delete(profileId);
    this.limiter(profileId).markAccepting();
    this.#resumeWaiting(profileId, 'profile-fixed');
  }

  /** @param failed the upload that failed because of the refusal, if any */
  markRefusing(profileId: ProfileId, failed: UploadId | undefined): void {
    this.limiter(profileId).markRefusing();
    if (failed === undefined) return;
    this.#refusedUploads.set(profileId, (this.#refusedUploads.get(profileId) ?? new Set()).add(failed));
  }

  /** The user changed the key or the settings. Returns the uploads that failed because the destination refused them. */
  onProfileChanged(profileId: ProfileId): UploadId[] {
    const refused = [...(this.#refusedUploads.get(profileId) ?? [])];
    this.#refusedUploads.delete(profileId);
    this.#limiters.get(profileId)?.forgetRequestSizes();
    this.#resumeWaiting(profileId, 'profile-fixed');
    return refused;
  }

  #resumeWaiting(profileId: ProfileId, until: 'online' | 'profile-fixed'): void {
    for (const { id } of this.#live.waitingFor(profileId, until)) this.#ledger.apply(id, { type: 'resume' });
  }
}
