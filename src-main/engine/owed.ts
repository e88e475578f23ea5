/**
 * What has to go from the stores and belongs to no upload any more: parts of what was canceled, removed or sent elsewhere,
 * objects that came too late. It is remembered before the upload forgets it, and until the store says that it is gone.
 */
import { AppFailure } from '../../src-shared/errors.ts';
import type { ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Clock, Debt, Debts, Destinations, Records } from './ports.ts';

/** The longest a request outside an attempt may take. */
export const asideMs = 30_000;

export interface OwedPorts {
  clock: Clock;
  destinations: Destinations;
  debts: Debts;
  records: Pick<Records, 'get'>;
  /** Resolves when nothing of this process works on the upload any more: before that, more of it may come. */
  quiet(id: UploadId): Promise<void>;
  /** Whether its record says what this process thinks of it: else another one may go on with what is owed here. */
  isDurable(id: UploadId): boolean;
}

export class Owed {
  readonly #ports: OwedPorts;
  readonly #open = new Map<string, Debt>();
  readonly #unwritten = new Map<string, Debt>();
  readonly #paying = new Map<string, Promise<void>>();
  #closed = false;

  constructor(ports: OwedPorts) { this.#ports = ports; }

  /** What a process before this one left. An upload that still has what it was about to forget keeps it. */
  remember(): void {
    for (const debt of this.#ports.debts.all()) {
      if (this.#open.has(debt.id)) continue;
      if (this.#isNeeded(debt)) this.#forget(debt);
      else this.#open.set(debt.id, debt);
    }
    this.pay();
  }

  /** Before the record is saved that forgets it. */
  add(debt: Debt): void {
    this.#open.set(debt.id, debt);
    this.#unwritten.set(debt.id, debt);
    this.flush();
    void Promise.resolve().then(() => this.pay());
  }

  /**
   * Writes what a full disk did not take. Not before the record: were this process killed in between, a later one would take
   * away what the record still speaks of. Left behind is the lesser evil.
   */
  flush(): void {
    for (const debt of this.#unwritten.values()) {
      if (!this.#ports.isDurable(debt.uploadId)) continue;
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
  get isUnwritten(): boolean { return this.#unwritten.size > 0; }

  /** The record was not saved: its upload is another process's, and so is what it has at the store. */
  takeBack(debt: Debt): void { this.#forget(debt); }

  takeBackAll(id: UploadId): void { for (const debt of this.#open.values()) if (debt.uploadId === id) this.#forget(debt); }

  /** Tries what is left, at one destination or at all. */
  pay(profileId?: ProfileId): void {
    if (this.#closed) return;
    for (const debt of this.#open.values()) {
      if (this.#paying.has(debt.id) || (profileId !== undefined && debt.profileId !== profileId) || !this.#ports.isDurable(debt.uploadId)) continue;
      this.#paying.set(debt.id, this.#payOne(debt).finally(() => this.#paying.delete(debt.id)));
    }
  }

  /** Resolves when everything that is being tried now has ended, well or not. */
  async settled(): Promise<void> { await Promise.all(this.#paying.values()); }

  /** What is left stays for the next start. */
  close(): void { this.#closed = true; }

  async #payOne(debt: Debt): Promise<void> {
    const { destinations, clock, quiet } = this.#ports;
    await quiet(debt.uploadId);
    if (this.#closed || !this.#open.has(debt.id) || !this.#ports.isDurable(debt.uploadId)) return;
    const limit = new AbortController();
    const stop = clock.after(asideMs, () => limit.abort('timeout'));
    try {
      const destination = await destinations.connect(debt.profileId);
      await destination.discard(debt.what, limit.signal);
      this.#forget(debt);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      // Without the destination there is no way to it any more.
      if (cause.error.code === 'no-destination') this.#forget(debt);
    } finally {
      stop();
    }
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

  #isNeeded({ uploadId, what }: Debt): boolean {
    const upload = this.#ports.records.get(uploadId);
    if (!upload) return false;
    if ('ref' in what) return 'ref' in upload && same(upload.ref, what.ref);
    return 'checkpoint' in upload && upload.checkpoint !== undefined && same(upload.checkpoint, what.checkpoint);
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
