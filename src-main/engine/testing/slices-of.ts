/** A list in slices, as the database returns it. */
export function* slicesOf<T>(items: readonly T[], sliceSize: number): Generator<T[], void> {
  for (let from = 0; from < items.length; from += sliceSize) yield items.slice(from, from + sliceSize);
}
