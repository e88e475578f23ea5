/** The keys in the order of their UTF-8 bytes, which is S3's and differs from JavaScript's beyond U+FFFF. */
export class SortedKeys {
  #keys: string[] = [];

  replaceAll(keys: Iterable<string>): void {
    this.#keys = [...keys].sort(compareKeys);
  }

  add(key: string): void {
    const at = this.findFirst((one) => compareKeys(one, key) >= 0);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  remove(key: string): void {
    const at = this.findFirst((one) => compareKeys(one, key) >= 0);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  at(index: number): string | undefined {
    return this.#keys[index];
  }

  /**
   * Index of the first key that is far enough, or their number when none is.
   * @param matches false for the first keys, true for all others
   * @param from index to begin at
   */
  findFirst(matches: (key: string) => boolean, from = 0): number {
    let [low, high] = [from, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (matches(this.#keys[middle] ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** @returns negative when `a` comes first, 0 for the same key */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return codeUnitRank(x) - codeUnitRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters behind all others. */
const codeUnitRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
