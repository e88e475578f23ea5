/** Makes a profile ready to be used, once: the driver is loaded and connected on first use and again when the profile changes. */
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Destination, DestinationConnector as DestinationsPort } from '../engine/ports.ts';
import type { CheckOptions, Provider } from '../providers/contract/provider.ts';

export interface PooledDestination extends Destination {
  /** Proves that the settings can be used, leaving nothing behind. */
  check(signal: AbortSignal, options: Pick<CheckOptions, 'promptMode'>): Promise<unknown>;
  close(): void;
}

export interface ConnectProfileOptions {
  id: ProfileId;
  name: string;
  /** Takes secrets that the service gives out anew, and settings that it found out. */
  saveRenewed(values: FieldValues): Promise<void>;
}

export interface DestinationPoolPorts {
  /** @throws AppFailure no-destination, secret-missing, provider-broken */
  values(id: ProfileId): Promise<{ provider: Provider; values: FieldValues; profile: { name: string } }>;
  connect(provider: Provider, values: FieldValues, options: ConnectProfileOptions): Promise<PooledDestination>;
  /** Keeps secrets that the service gave out anew, and settings that were found. @throws AppFailure disk-full */
  saveRenewed(id: ProfileId, values: FieldValues): Promise<void>;
}

interface Entry {
  key: string;
  readonly destination: Promise<RefCountedDestination>;
}

export class DestinationPool implements DestinationsPort {
  readonly #ports: DestinationPoolPorts;
  readonly #entries = new Map<ProfileId, Entry>();
  /** How often secrets were renewed: values that were read before the last time are old. */
  readonly #renewalCounts = new Map<ProfileId, number>();

  constructor(ports: DestinationPoolPorts) {
    this.#ports = ports;
  }

  /** The values are read each time, because a key store can be locked and an environment can change; connecting is not repeated. */
  async connect(id: ProfileId): Promise<PooledDestination> {
    const { provider, values, profile } = await this.#values(id);
    const key = connectionKey(profile.name, values);
    const existing = this.#entries.get(id);
    if (existing?.key === key) return existing.destination;
    let latest = values;
    const saveRenewed = async (renewed: FieldValues): Promise<void> => {
      // What a replaced one is given is for another account, or older than what is kept.
      if (this.#entries.get(id) !== entry) return;
      latest = { ...latest, ...renewed };
      // It is the same destination, and stays connected.
      entry.key = connectionKey(profile.name, latest);
      await this.#ports.saveRenewed(id, renewed);
      this.#renewalCounts.set(id, (this.#renewalCounts.get(id) ?? 0) + 1);
    };
    // Kept before it is there: what several uploads share (a speed limit, what is in doubt) is one, also when they begin at once.
    const entry: Entry = {
      key,
      destination: this.#ports
        .connect(provider, values, { id, name: profile.name, saveRenewed })
        .then((connected) => new RefCountedDestination(connected)),
    };
    this.#entries.set(id, entry);
    if (existing) whenConnected(existing.destination, (it) => it.drain());
    try {
      return await entry.destination;
    } catch (cause) {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
      throw cause;
    }
  }

  async #values(id: ProfileId): Promise<Awaited<ReturnType<DestinationPoolPorts['values']>>> {
    const before = this.#renewalCounts.get(id);
    const read = await this.#ports.values(id);
    return before === this.#renewalCounts.get(id) ? read : this.#values(id);
  }

  /** Of a profile that is gone. What still runs through it ends. */
  remove(id: ProfileId): void {
    const existing = this.#entries.get(id);
    this.#entries.delete(id);
    if (existing) whenConnected(existing.destination, (it) => it.close());
  }

  close(): void {
    for (const { destination } of this.#entries.values()) whenConnected(destination, (it) => it.close());
    this.#entries.clear();
  }
}

const connectionKey = (name: string, values: FieldValues): string =>
  JSON.stringify([name, Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Why one did not come about is told to whoever asked for it. */
const whenConnected = (destination: Promise<RefCountedDestination>, act: (it: RefCountedDestination) => void): void => {
  void destination.then(act, () => undefined);
};

/** One that is replaced serves what runs through it to its end, and is closed then. */
class RefCountedDestination implements PooledDestination {
  readonly #destination: PooledDestination;
  /** There only where the destination has a way of its own: without it links are opened directly. */
  readonly probe?: NonNullable<PooledDestination['probe']>;
  #useCount = 0;
  #isDraining = false;

  constructor(destination: PooledDestination) {
    this.#destination = destination;
    const { probe } = destination;
    if (probe) this.probe = (...args) => this.#track(() => probe.apply(destination, args));
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
