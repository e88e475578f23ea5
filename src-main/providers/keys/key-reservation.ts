/**
 * The key under which an upload goes, and how what is there is known to be its own. A key with 96 random bits is nobody
 * else's. Under any other there may be a file of somebody else, before or after: what is ours carries a mark then, and
 * nothing without it is ever believed, replaced unasked, or removed.
 */
import { failure } from '../../../src-shared/errors.ts';
import { byteLength } from '../../../src-shared/safe-name.ts';
import { maxKeyBytes } from '../../../src-shared/name-template.ts';
import type { DriverPorts, KeyBuilder } from '../contract/provider.ts';

/** `mark` is absent where the key is nobody else's. */
export interface KeyReservation {
  key: string;
  mark?: string;
}

/** 96 bits, as 16 characters */
const markBytes = 12;

/** Without anything else that the same object may hold. */
export const pickReservation = ({ key, mark }: KeyReservation): KeyReservation => ({
  key,
  ...(mark === undefined ? {} : { mark }),
});

/** Names one of several uploads that may be about one key. */
export const reservationId = ({ key, mark }: KeyReservation): string => mark ?? key;

export const joinKey = (prefix: string, path: string): string => (prefix === '' ? path : `${prefix}/${path}`);
/** What is left of a key's bytes below the prefix. */
export const maxPathBytes = (prefix: string): number => maxKeyBytes - (prefix === '' ? 0 : byteLength(prefix) + 1);

/** With 96 random bits a key is not taken even once. */
const maxUniqueAttempts = 3;
/** A key may be taken each time that it is looked at: there is an end to that. */
const maxAttempts = 50;

/** Finds an upload its key: one after the other, until one is free. */
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

  /** What was found turned out to be somebody else's. @throws AppFailure name-taken where the user wants to be asked */
  markTaken(): void {
    this.release();
    if (this.ifTaken === 'refuse') throw failure('name-taken');
    this.#attempt++;
  }

  /** Once the upload has ended, however it did. */
  release(): void {
    if (this.#reservedKey !== undefined) this.#reservedKeys.delete(this.#reservedKey);
    this.#reservedKey = undefined;
  }

  /** Something is wrong with the store: every key is taken. */
  get isExhausted(): boolean {
    return this.#attempt > (this.#keyBuilder.isUnique ? maxUniqueAttempts : maxAttempts);
  }

  /**
   * @param isTaken looks at the store, so that nothing is sent in vain; what makes it certain is the condition of the write
   * @throws AppFailure name-taken, unavailable; what `isTaken` and the place throw
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

  /** Two files of one name may be under way at once, and neither be there to be seen. */
  async #reserve(key: string, isTaken: (key: string) => Promise<boolean>): Promise<boolean> {
    if (this.#reservedKeys.has(key) || (await isTaken(key)) || this.#reservedKeys.has(key)) return false;
    this.#reservedKeys.add(key);
    this.#reservedKey = key;
    return true;
  }
}
