/** One connection per profile. Connects on first use, and again when the profile has changed. */
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Destination, DestinationConnector as DestinationsPort } from '../engine/ports.ts';
import type { CheckOptions, Provider } from '../providers/contract/provider.ts';

export interface PooledDestination extends Destination {
  /** Proves that the settings work, and leaves no objects behind. */
  check(signal: AbortSignal, options: Pick<CheckOptions, 'promptMode'>): Promise<unknown>;
  close(): void;
}

interface ConnectProfileOptions {
  id: ProfileId;
  name: string;
  /** Saves secrets that the service renewed, and settings that the driver discovered. */
  saveRenewed(values: FieldValues): Promise<void>;
}

export interface DestinationPoolPorts {
  values: {
    /** @throws AppFailure no-destination, secret-missing, provider-broken */
    read(id: ProfileId): Promise<ReadValues>;
    /** Saves secrets that the service renewed, and settings that the driver discovered. @throws AppFailure disk-full */
    saveRenewed(id: ProfileId, values: FieldValues): Promise<void>;
  };
  connect(provider: Provider, values: FieldValues, options: ConnectProfileOptions): Promise<PooledDestination>;
}

interface ReadValues {
  provider: Provider;
  values: FieldValues;
  profile: { name: string };
}

interface Entry {
  /** The name and values that it is connected with, see {@link connectionKey}. */
  key: string;
  readonly destination: Promise<RefCountedDestination>;
}

export class DestinationPool implements DestinationsPort {
  readonly #ports: DestinationPoolPorts;
  readonly #entries = new Map<ProfileId, Entry>();
  /** The number of renewals of each profile's values. If it changes during a read, the read values are outdated. */
  readonly #renewalCounts = new Map<ProfileId, number>();

  constructor(ports: DestinationPoolPorts) {
    this.#ports = ports;
  }

  /**
   * Reads the values each time, because the key store can be locked and the environment can change. Connects again only
   * when the values have changed.
   */
  async connect(id: ProfileId): Promise<PooledDestination> {
    const { provider, values, profile } = await this.#values(id);
    const key = connectionKey(profile.name, values);
    const existing = this.#entries.get(id);
    if (existing?.key === key) return existing.destination;
    let latest = values;
    const saveRenewed = async (renewed: FieldValues): Promise<void> => {
      // The values of a replaced connection belong to another account, or are older than the stored values.
      if (this.#entries.get(id) !== entry) return;
      latest = { ...latest, ...renewed };
      // The destination is the same, so it stays connected.
      entry.key = connectionKey(profile.name, latest);
      await this.#ports.values.saveRenewed(id, renewed);
      this.#renewalCounts.set(id, (this.#renewalCounts.get(id) ?? 0) + 1);
    };
    // Store the entry before it is connected, so that concurrent uploads share one speed limit and one list of
    // uncertain writes.
    const entry: Entry = {
      key,
      destination: this.#ports
        .connect(provider, values, { id, name: profile.name, saveRenewed })
        .then((connected) => new RefCountedDestination(connected)),
    };
    this.#entries.set(id, entry);
    if (existing) whenConnected(existing.destination, (replaced) => replaced.drain());
    try {
      return await entry.destination;
    } catch (cause) {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
      throw cause;
    }
  }

  async #values(id: ProfileId): Promise<ReadValues> {
    const before = this.#renewalCounts.get(id);
    const read = await this.#ports.values.read(id);
    return before === this.#renewalCounts.get(id) ? read : this.#values(id);
  }

  /** Closes the connection of a removed profile, and aborts its running requests. */
  remove(id: ProfileId): void {
    const existing = this.#entries.get(id);
    this.#entries.delete(id);
    if (existing) whenConnected(existing.destination, (removed) => removed.close());
  }

  close(): void {
    for (const { destination } of this.#entries.values()) whenConnected(destination, (connected) => connected.close());
    this.#entries.clear();
  }
}

const connectionKey = (name: string, values: FieldValues): string =>
  JSON.stringify([name, Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Ignores a failed connection, because the caller of `connect` gets its error. */
const whenConnected = (
  destination: Promise<RefCountedDestination>,
  act: (connected: RefCountedDestination) => void,
): void => {
  void destination.then(act, () => undefined);
};

/** Counts the running requests of a destination, so that a replaced one is closed when they have finished. */
class RefCountedDestination implements PooledDestination {
  readonly #destination: PooledDestination;
  /** Defined only if the destination has its own probe. Without one, links are opened directly. */
  readonly probe?: NonNullable<PooledDestination['probe']>;
  /** Defined only if the destination can revoke links. */
  readonly revokeLink?: NonNullable<PooledDestination['revokeLink']>;
  #useCount = 0;
  #isDraining = false;

  constructor(destination: PooledDestination) {
    this.#destination = destination;
    const { probe, revokeLink } = destination;
    if (probe) this.probe = (...args) => this.#track(() => probe.apply(destination, args));
    if (revokeLink) this.revokeLink = (...args) => this.#track(() => revokeLink.apply(destination, args));
  }

  check(...args: Parameters<PooledDestination['check']>): Promise<unknown> {
    return this.#track(() => this.#destination.check(...args));
  }
  upload(...args: Parameters<PooledDestination['upload']>): ReturnType<PooledDestination['upload']> {
    return this.#track(() => this.#destination.upload(...args));
  }
  stat(...args: Parameters<PooledDestination['stat']>): ReturnType<PooledDestination['stat']> {
    return this.#track(() => this.#destination.stat(...args));
  }
  link(...args: Parameters<PooledDestination['link']>): ReturnType<PooledDestination['link']> {
    return this.#track(() => this.#destination.link(...args));
  }
  discard(...args: Parameters<PooledDestination['discard']>): ReturnType<PooledDestination['discard']> {
    return this.#track(() => this.#destination.discard(...args));
  }

  drain(): void {
    this.#isDraining = true;
    if (this.#useCount === 0) this.#destination.close();
  }

  close(): void {
    this.#destination.close();
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    this.#useCount++;
    try {
      return await work();
    } finally {
      if (--this.#useCount === 0 && this.#isDraining) this.#destination.close();
    }
  }
}
