/**
 * What has to go from the stores and belongs to no upload any more: parts of what was canceled, removed or sent elsewhere,
 * objects that came too late. It is remembered from the instant at which the upload forgets it until the store says that it is gone.
 */
import { AppFailure } from '../../src-shared/errors.ts';
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Clock, Debt, Debts, Destinations, Log } from './ports.ts';

/** The longest a request outside an attempt may take. */
export const asideMs = 30_000;

export interface OwedPorts {
  clock: Clock;
  destinations: Destinations;
  debts: Debts;
  log: Log;
  /** Resolves when nothing of this process works on the upload any more: before that, more of it may come. */
  quiet(id: UploadId): Promise<void>;
}

export class Owed {
  readonly #ports: OwedPorts;
  readonly #open = new Map<string, Debt>();
  readonly #unwritten = new Map<string, Debt>();
  readonly #paying = new Map<string, Promise<void>>();
  #closed = false;

  constructor(ports: OwedPorts) {
    this.#ports = ports;
  }

  /** What a process before this one left. */
  remember(): void {
    for (const debt of this.#ports.debts.all()) this.#open.set(debt.id, debt);
    this.pay();
  }

  /** They were written together with the record that forgot them. */
  open(debts: readonly Debt[]): void {
    for (const debt of debts) this.#open.set(debt.id, debt);
    if (debts.length > 0) void Promise.resolve().then(() => this.pay());
  }

  /** What no record speaks of, as it came too late. */
  add(debt: Debt): void {
    this.#unwritten.set(debt.id, debt);
    this.flush();
    this.open([debt]);
  }

  /** Writes what a full disk did not take. */
  flush(): void {
    for (const debt of this.#unwritten.values()) {
      try {
        this.#ports.debts.add(debt);
      } catch (cause) {
        if (!(cause instanceof AppFailure)) throw cause;
        return;
      }
      this.#unwritten.delete(debt.id);
    }
  }

  /** Whether a full disk has not yet taken everything. */
  get isUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  /** Tries what is left, at one destination or at all. */
  pay(profileId?: ProfileId): void {
    if (this.#closed) return;
    for (const debt of this.#open.values()) {
      if (this.#paying.has(debt.id) || (profileId !== undefined && debt.profileId !== profileId)) continue;
      this.#paying.set(
        debt.id,
        this.#payOne(debt)
          .catch((cause: unknown) => this.#broke(debt, cause))
          .finally(() => this.#paying.delete(debt.id)),
      );
    }
  }

  /** Resolves when everything that is being tried now has ended, well or not. */
  async settled(): Promise<void> {
    await Promise.all(this.#paying.values());
  }

  /** What is left stays for the next start. */
  close(): void {
    this.#closed = true;
  }

  async #payOne(debt: Debt): Promise<void> {
    const { destinations, clock, quiet } = this.#ports;
    await quiet(debt.uploadId);
    if (this.#closed || !this.#open.has(debt.id)) return;
    const limit = new AbortController();
    const stop = clock.after(asideMs, () => limit.abort('timeout'));
    try {
      const destination = await destinations.connect(debt.profileId);
      await destination.discard(debt.what, limit.signal);
      this.#forget(debt);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      // Without the destination there is no way to it any more; and a service that cannot delete will not be able to tomorrow.
      if (cause.error.code === 'no-destination' || cause.error.params?.why === 'noDelete') this.#forget(debt);
    } finally {
      stop();
    }
  }

  /** A fault of our own or of a driver: the debt stays, and neither quitting nor whoever waits for the others fails. */
  #broke({ uploadId, profileId }: Debt, cause: unknown): void {
    this.#ports.log.attempt({ uploadId, attempt: 0, profileId, ms: 0, bytes: 0, outcome: 'bug', cause });
  }

  #forget(debt: Debt): void {
    this.#open.delete(debt.id);
    if (this.#unwritten.delete(debt.id) || this.#closed) return;
    try {
      this.#ports.debts.remove(debt.id);
    } catch (cause) {
      // A full disk: it is removed once more at the next start, which does no harm.
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }
}
