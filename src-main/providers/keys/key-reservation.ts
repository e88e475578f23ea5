/**
 * Finds a free key for an upload. A key with 96 random bits belongs to one upload only. For any other key, another
 * client may store an object before or after us, so our object gets a mark that identifies it. An object without our
 * mark is never trusted or deleted. It is replaced only if the user chose "replace".
 */
import { failure } from '../../../src-shared/errors.ts';
import { byteLength } from '../../../src-shared/safe-name.ts';
import { maxKeyBytes } from '../../../src-shared/name-template.ts';
import type { DriverPorts, KeyBuilder } from '../contract/provider.ts';

/** `mark` is absent when no other client can have the same key. */
export interface KeyReservation {
  key: string;
  mark?: string;
}

/** 96 bits, as 16 characters */
const markBytes = 12;

/** Returns a copy without the other fields that the object may have. */
export const pickReservation = ({ key, mark }: KeyReservation): KeyReservation => ({
  key,
  ...(mark === undefined ? {} : { mark }),
});

/** Distinguishes uploads that have the same key. */
export const reservationId = ({ key, mark }: KeyReservation): string => mark ?? key;

export const joinKey = (prefix: string, path: string): string => (prefix === '' ? path : `${prefix}/${path}`);
/** The bytes that remain for the path below the prefix. */
export const maxPathBytes = (prefix: string): number => maxKeyBytes - (prefix === '' ? 0 : byteLength(prefix) + 1);

/** With 96 random bits a collision is practically impossible, so a few attempts are enough. */
const maxUniqueAttempts = 3;
/** Further keys may be taken too, so the number of attempts is limited. */
const maxAttempts = 50;

/** Tries keys until it finds a free key, and reserves this key for the upload. */
export class KeyAllocator {
  readonly #keyBuilder: KeyBuilder;
  readonly #prefix: string;
  readonly #randomBytes: DriverPorts['randomBytes'];
  /** Keys that uploads of this destination are about to write. */
  readonly #reservedKeys: Set<string>;
  #reservedKey: string | undefined;
  #attempt = 1;

  constructor(
    keyBuilder: KeyBuilder,
    prefix: string,
    { randomBytes, reservedKeys }: { randomBytes: DriverPorts['randomBytes']; reservedKeys: Set<string> },
  ) {
    this.#reservedKeys = reservedKeys;
    this.#keyBuilder = keyBuilder;
    this.#prefix = prefix;
    this.#randomBytes = randomBytes;
  }

  get ifTaken(): KeyBuilder['ifTaken'] {
    return this.#keyBuilder.ifTaken;
  }

  /**
   * Call this when the object under the key belongs to another client. The next call of `allocate` tries another key.
   * @throws AppFailure name-taken when the key builder's `ifTaken` is `refuse`
   */
  markTaken(): void {
    this.release();
    if (this.ifTaken === 'refuse') throw failure('name-taken');
    this.#attempt++;
  }

  /** Call this when the upload has ended, successfully or not. */
  release(): void {
    if (this.#reservedKey !== undefined) this.#reservedKeys.delete(this.#reservedKey);
    this.#reservedKey = undefined;
  }

  /** True after too many taken keys, which means that the store has a problem. */
  get isExhausted(): boolean {
    return this.#attempt > (this.#keyBuilder.isUnique ? maxUniqueAttempts : maxAttempts);
  }

  /**
   * @param isTaken asks the store whether the key exists, to avoid sending a file that the store would then refuse.
   * Another client may take the key later, so only the conditional write prevents overwriting.
   * @throws AppFailure name-taken, unavailable; whatever `isTaken` and the key builder throw
   */
  async allocate(isTaken: (key: string) => Promise<boolean>): Promise<KeyReservation> {
    for (;;) {
      const key = joinKey(this.#prefix, await this.#keyBuilder.path(this.#attempt, maxPathBytes(this.#prefix)));
      if (this.#keyBuilder.isUnique) return { key };
      if (this.ifTaken === 'replace' || (await this.#reserve(key, isTaken)))
        return { key, mark: Buffer.from(this.#randomBytes(markBytes)).toString('base64url') };
      this.markTaken();
      if (this.isExhausted) throw failure('unavailable');
    }
  }

  /**
   * Asking the store is not enough: another upload of this process may have reserved the same key before either object
   * exists. The second check covers a reservation made while the store was asked.
   */
  async #reserve(key: string, isTaken: (key: string) => Promise<boolean>): Promise<boolean> {
    if (this.#reservedKeys.has(key) || (await isTaken(key)) || this.#reservedKeys.has(key)) return false;
    this.#reservedKeys.add(key);
    this.#reservedKey = key;
    return true;
  }
}
