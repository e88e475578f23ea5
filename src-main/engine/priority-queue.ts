/** A binary heap from which any item can be removed. Adding and removing take logarithmic time. */
export class PriorityQueue<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #heap: T[] = [];
  /** The index of each item in the heap. */
  readonly #indexes = new Map<T, number>();

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The first item. */
  peek(): T | undefined {
    return this.#heap[0];
  }

  /** All items, in no particular order. */
  items(): readonly T[] {
    return this.#heap;
  }

  add(item: T): void {
    this.#setAt(item, this.#heap.length);
    this.#moveUp(item);
  }

  /** Ignores an item that is not in the queue. */
  delete(item: T): void {
    const index = this.#indexes.get(item);
    if (index === undefined) return;
    this.#indexes.delete(item);
    const last = this.#heap.pop()!;
    if (last === item) return;
    this.#setAt(last, index);
    this.#moveUp(last);
    this.#moveDown(last);
  }

  /** The first items in order, at most `count` of them. The time does not depend on the size of the queue. */
  first(count: number): T[] {
    const found: T[] = [];
    const next = new PriorityQueue<number>((a, b) => this.#isBefore(this.#heap[a]!, this.#heap[b]!));
    if (count > 0 && this.size > 0) next.add(0);
    for (let index = next.peek(); index !== undefined; index = next.peek()) {
      found.push(this.#heap[index]!);
      if (found.length >= count) return found;
      next.delete(index);
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < this.size) next.add(child);
    }
    return found;
  }

  #setAt(item: T, index: number): void {
    this.#heap[index] = item;
    this.#indexes.set(item, index);
  }

  #moveUp(item: T): void {
    for (let index = this.#indexes.get(item)!; index > 0;) {
      const parentIndex = Math.floor((index - 1) / 2);
      const parent = this.#heap[parentIndex]!;
      if (!this.#isBefore(item, parent)) return;
      this.#setAt(parent, index);
      this.#setAt(item, parentIndex);
      index = parentIndex;
    }
  }

  #moveDown(item: T): void {
    for (let index = this.#indexes.get(item)!; ;) {
      const left = 2 * index + 1;
      const right = left + 1;
      if (left >= this.size) return;
      const childIndex = right < this.size && this.#isBefore(this.#heap[right]!, this.#heap[left]!) ? right : left;
      const child = this.#heap[childIndex]!;
      if (!this.#isBefore(child, item)) return;
      this.#setAt(child, index);
      this.#setAt(item, childIndex);
      index = childIndex;
    }
  }
}
