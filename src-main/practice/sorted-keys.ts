/** Keys sorted by UTF-8 bytes, as S3 sorts them. JavaScript sorts characters beyond U+FFFF differently. */
export class SortedKeys {
  #keys: string[] = [];

  replaceAll(keys: Iterable<string>): void {
    this.#keys = [...keys].sort(compareKeys);
  }

  add(key: string): void {
    const at = this.findFirst((other) => compareKeys(other, key) >= 0);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  remove(key: string): void {
    const at = this.findFirst((other) => compareKeys(other, key) >= 0);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  at(index: number): string | undefined {
    return this.#keys[index];
  }

  /**
   * Index of the first matching key; the number of keys when none matches.
   * @param matches returns false for the first keys and true for all later ones
   * @param from index to start at
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

/** @returns a negative number when `a` comes first, 0 for equal keys */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return codeUnitRank(x) - codeUnitRank(y);
  }
  return a.length - b.length;
}

/** Surrogates (U+D800–U+DFFF) encode characters beyond U+FFFF, so they sort after all other units. */
const codeUnitRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
