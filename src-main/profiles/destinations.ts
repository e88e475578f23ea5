/** Makes a profile ready to be used, once: the driver is loaded and connected on first use and again when the profile changes. */
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Destination, Destinations as DestinationsPort } from '../engine/ports.ts';
import type { CheckHow, Provider } from '../providers/provider.ts';

export interface Connected extends Destination {
  /** Proves that the settings can be used, leaving nothing behind. */
  check(signal: AbortSignal, how: Pick<CheckHow, 'asking'>): Promise<unknown>;
  close(): void;
}

export interface ConnectHow {
  id: ProfileId;
  name: string;
  /** Takes secrets that the service gives out anew, and settings that it found out. */
  keep(values: FieldValues): Promise<void>;
}

export interface DestinationsPorts {
  /** @throws AppFailure no-destination, secret-missing, provider-broken */
  values(id: ProfileId): Promise<{ provider: Provider; values: FieldValues; profile: { name: string } }>;
  connect(provider: Provider, values: FieldValues, how: ConnectHow): Promise<Connected>;
  /** Keeps secrets that the service gave out anew, and settings that were found. @throws AppFailure disk-full */
  renew(id: ProfileId, values: FieldValues): Promise<void>;
}

interface Entry {
  key: string;
  readonly destination: Promise<Retiring>;
}

export class Destinations implements DestinationsPort {
  readonly #ports: DestinationsPorts;
  readonly #connected = new Map<ProfileId, Entry>();
  /** How often secrets were renewed: values that were read before the last time are old. */
  readonly #renewals = new Map<ProfileId, number>();

  constructor(ports: DestinationsPorts) {
    this.#ports = ports;
  }

  /** The values are read each time, because a key store can be locked and an environment can change; connecting is not repeated. */
  async connect(id: ProfileId): Promise<Connected> {
    const { provider, values, profile } = await this.#values(id);
    const key = keyOf(profile.name, values);
    const known = this.#connected.get(id);
    if (known?.key === key) return known.destination;
    let latest = values;
    const keep = async (renewed: FieldValues): Promise<void> => {
      // What a replaced one is given is for another account, or older than what is kept.
      if (this.#connected.get(id) !== entry) return;
      latest = { ...latest, ...renewed };
      // It is the same destination, and stays connected.
      entry.key = keyOf(profile.name, latest);
      await this.#ports.renew(id, renewed);
      this.#renewals.set(id, (this.#renewals.get(id) ?? 0) + 1);
    };
    // Kept before it is there: what several uploads share (a speed limit, what is in doubt) is one, also when they begin at once.
    const entry: Entry = {
      key,
      destination: this.#ports
        .connect(provider, values, { id, name: profile.name, keep })
        .then((connected) => new Retiring(connected)),
    };
    this.#connected.set(id, entry);
    if (known) whenThere(known.destination, (it) => it.retire());
    try {
      return await entry.destination;
    } catch (cause) {
      if (this.#connected.get(id) === entry) this.#connected.delete(id);
      throw cause;
    }
  }

  async #values(id: ProfileId): Promise<Awaited<ReturnType<DestinationsPorts['values']>>> {
    const before = this.#renewals.get(id);
    const read = await this.#ports.values(id);
    return before === this.#renewals.get(id) ? read : this.#values(id);
  }

  /** Of a profile that is gone. What still runs through it ends. */
  forget(id: ProfileId): void {
    const known = this.#connected.get(id);
    this.#connected.delete(id);
    if (known) whenThere(known.destination, (it) => it.close());
  }

  close(): void {
    for (const { destination } of this.#connected.values()) whenThere(destination, (it) => it.close());
    this.#connected.clear();
  }
}

const keyOf = (name: string, values: FieldValues): string =>
  JSON.stringify([name, Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** Why one did not come about is told to whoever asked for it. */
const whenThere = (destination: Promise<Retiring>, act: (it: Retiring) => void): void => {
  void destination.then(act, () => undefined);
};

/** One that is replaced serves what runs through it to its end, and is closed then. */
class Retiring implements Connected {
  readonly #its: Connected;
  /** There only where the destination has a way of its own: without it links are opened directly. */
  readonly probe?: NonNullable<Connected['probe']>;
  #running = 0;
  #isRetired = false;

  constructor(its: Connected) {
    this.#its = its;
    const { probe } = its;
    if (probe) this.probe = (...given) => this.#through(() => probe.apply(its, given));
  }

  check(...given: Parameters<Connected['check']>): Promise<unknown> {
    return this.#through(() => this.#its.check(...given));
  }
  upload(...given: Parameters<Connected['upload']>): ReturnType<Connected['upload']> {
    return this.#through(() => this.#its.upload(...given));
  }
  stat(...given: Parameters<Connected['stat']>): ReturnType<Connected['stat']> {
    return this.#through(() => this.#its.stat(...given));
  }
  link(...given: Parameters<Connected['link']>): ReturnType<Connected['link']> {
    return this.#through(() => this.#its.link(...given));
  }
  discard(...given: Parameters<Connected['discard']>): ReturnType<Connected['discard']> {
    return this.#through(() => this.#its.discard(...given));
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#running === 0) this.#its.close();
  }

  close(): void {
    this.#its.close();
  }

  async #through<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      if (--this.#running === 0 && this.#isRetired) this.#its.close();
    }
  }
}
