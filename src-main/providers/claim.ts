/**
 * The key under which an upload goes, and how what is there is known to be its own. A key with 96 random bits is nobody
 * else's. Under any other there may be a file of somebody else, before or after: what is ours carries a mark then, and
 * nothing without it is ever believed, replaced unasked, or removed.
 */
import { failure } from '../../src-shared/errors.ts';
import { byteLength } from '../../src-shared/safe-name.ts';
import { maxKeyBytes } from '../../src-shared/name-template.ts';
import type { DriverPorts, Place } from './provider.ts';

/** `mark` is absent where the key is nobody else's. */
export interface Claim {
  key: string;
  mark?: string;
}

/** 96 bits, as 16 characters */
const markBytes = 12;

/** Without anything else that the same object may hold. */
export const claimOf = ({ key, mark }: Claim): Claim => ({ key, ...(mark === undefined ? {} : { mark }) });

/** Names one of several uploads that may be about one key. */
export const doubtOf = ({ key, mark }: Claim): string => mark ?? key;

export const keyIn = (prefix: string, path: string): string => (prefix === '' ? path : `${prefix}/${path}`);
/** What is left of a key's bytes below the prefix. */
export const pathBytes = (prefix: string): number => maxKeyBytes - (prefix === '' ? 0 : byteLength(prefix) + 1);

/** With 96 random bits a key is not taken even once. */
const mostUniqueTries = 3;
/** A key may be taken each time that it is looked at: there is an end to that. */
const mostTries = 50;

/** Finds an upload its key: one after the other, until one is free. */
export class Names {
  readonly #place: Place;
  readonly #prefix: string;
  readonly #randomBytes: DriverPorts['randomBytes'];
  /** Keys that uploads of this destination are about to write. */
  readonly #claimed: Set<string>;
  #held: string | undefined;
  #tries = 1;

  constructor(
    place: Place,
    prefix: string,
    { randomBytes, claimed }: { randomBytes: DriverPorts['randomBytes']; claimed: Set<string> },
  ) {
    this.#claimed = claimed;
    this.#place = place;
    this.#prefix = prefix;
    this.#randomBytes = randomBytes;
  }

  get onTaken(): Place['onTaken'] {
    return this.#place.onTaken;
  }

  /** What was found turned out to be somebody else's. @throws AppFailure name-taken where the user wants to be asked */
  wasTaken(): void {
    this.free();
    if (this.onTaken === 'refuse') throw failure('name-taken');
    this.#tries++;
  }

  /** Once the upload has ended, however it did. */
  free(): void {
    if (this.#held !== undefined) this.#claimed.delete(this.#held);
    this.#held = undefined;
  }

  /** Something is wrong with the store: every key is taken. */
  get isHopeless(): boolean {
    return this.#tries > (this.#place.isUnique ? mostUniqueTries : mostTries);
  }

  /**
   * @param isTaken looks at the store, so that nothing is sent in vain; what makes it certain is the condition of the write
   * @throws AppFailure name-taken, unavailable; what `isTaken` and the place throw
   */
  async find(isTaken: (key: string) => Promise<boolean>): Promise<Claim> {
    for (;;) {
      const key = keyIn(this.#prefix, await this.#place.path(this.#tries, pathBytes(this.#prefix)));
      if (this.#place.isUnique) return { key };
      if (this.onTaken === 'replace' || (await this.#hold(key, isTaken)))
        return { key, mark: Buffer.from(this.#randomBytes(markBytes)).toString('base64url') };
      this.wasTaken();
      if (this.isHopeless) throw failure('unavailable');
    }
  }

  /** Two files of one name may be under way at once, and neither be there to be seen. */
  async #hold(key: string, isTaken: (key: string) => Promise<boolean>): Promise<boolean> {
    if (this.#claimed.has(key) || (await isTaken(key)) || this.#claimed.has(key)) return false;
    this.#claimed.add(key);
    this.#held = key;
    return true;
  }
}
