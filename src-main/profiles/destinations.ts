/** Makes a profile ready to be used, once: the driver is loaded and connected on first use and again when the profile changes. */
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Destination, Destinations as DestinationsPort } from '../engine/ports.ts';
import type { Provider } from '../providers/provider.ts';

export interface Connected extends Destination {
  /** Proves that the settings can be used, leaving nothing behind. */
  check(signal: AbortSignal): Promise<unknown>;
  close(): void;
}

export interface ConnectHow {
  name: string;
  /** Takes secrets that the service gives out anew. */
  keep(secrets: FieldValues): Promise<void>;
}

export interface DestinationsPorts {
  /** @throws AppFailure no-destination, secret-missing, provider-broken */
  values(id: ProfileId): Promise<{ provider: Provider; values: FieldValues; profile: { name: string } }>;
  connect(provider: Provider, values: FieldValues, how: ConnectHow): Promise<Connected>;
  /** Keeps secrets that the service gave out anew. @throws AppFailure disk-full */
  renew(id: ProfileId, secrets: FieldValues): Promise<void>;
}

export class Destinations implements DestinationsPort {
  readonly #ports: DestinationsPorts;
  readonly #connected = new Map<ProfileId, { key: string; readonly destination: Promise<Connected> }>();

  constructor(ports: DestinationsPorts) { this.#ports = ports; }

  /** The values are read each time, because a key store can be locked and an environment can change; connecting is not repeated. */
  async connect(id: ProfileId): Promise<Connected> {
    const { provider, values, profile } = await this.#ports.values(id);
    const keyOf = (its: FieldValues): string => JSON.stringify([profile.name, its]);
    const key = keyOf(values);
    const known = this.#connected.get(id);
    if (known?.key === key) return known.destination;
    // Kept before it is there: what several uploads share (a speed limit, what is in doubt) is one, also when they begin at once.
    let latest = values;
    const keep = async (secrets: FieldValues): Promise<void> => {
      await this.#ports.renew(id, secrets);
      // It is the same destination, and stays connected.
      latest = { ...latest, ...secrets };
      connected.key = keyOf(latest);
    };
    const connected = { key, destination: this.#ports.connect(provider, values, { name: profile.name, keep }) };
    this.#connected.set(id, connected);
    try {
      return await connected.destination;
    } catch (cause) {
      if (this.#connected.get(id) === connected) this.#connected.delete(id);
      throw cause;
    }
  }

  /** Of a profile that is gone. What still runs through it ends. */
  forget(id: ProfileId): void {
    const known = this.#connected.get(id);
    this.#connected.delete(id);
    if (known) closeLater(known.destination);
  }

  close(): void {
    for (const { destination } of this.#connected.values()) closeLater(destination);
    this.#connected.clear();
  }
}

/** Why one did not come about is told to whoever asked for it. */
const closeLater = (destination: Promise<Connected>): void => { void destination.then((it) => it.close(), () => undefined); };
