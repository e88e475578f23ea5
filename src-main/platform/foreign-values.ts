/** Names and values that Hoist reads from files of other programs. */
import type { FieldValues } from '../../src-shared/profile.ts';

/** The longest name of a destination, in characters. */
const maxNameLength = 80;

/**
 * Makes a name one line without control or direction characters, cut to the longest name that a destination may have.
 */
export const sanitizeName = (name: string): string =>
  Array.from(name.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim())
    .slice(0, maxNameLength)
    .join('')
    .trim();

/** Longer than any key, address or certificate. */
const maxValueLength = 65_536;

/** Drops empty values. Returns undefined when a value is too long to be a real setting. */
export function nonEmptyValues(values: Record<string, string | undefined>): FieldValues | undefined {
  const filled = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return filled.some(([, value]) => value.length > maxValueLength) ? undefined : Object.fromEntries(filled);
}
