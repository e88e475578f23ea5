/** An object with one entry, or an empty object when the value is undefined. */
export const optionalEntry = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, string>);
