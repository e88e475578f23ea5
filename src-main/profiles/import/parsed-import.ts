/** The destinations and links in another program's settings, and the entries that cannot be imported. */
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import type { ProviderId } from '../../../src-shared/provider.ts';

/** A destination of another program. `secrets` never leaves main. `from`: the program's name as users know it. */
export interface ImportedProfile {
  name: string;
  providerId: ProviderId;
  settings: FieldValues;
  secrets: FieldValues;
  from: string;
}

/** A link that another program made. */
export interface ImportedLink {
  /** Stable for an entry: it is the same in every copy of the file and at every import. */
  key: string;
  name: string;
  url: string;
  /** ms since 1970 */
  at: number;
  from: string;
}

export type SkippedEntry = ImportReport['skipped'][number];

export interface ParsedImport {
  profiles: ImportedProfile[];
  links: ImportedLink[];
  skipped: SkippedEntry[];
}

export const emptyImport = (): ParsedImport => ({ profiles: [], links: [], skipped: [] });

/** The result for a file without anything to import. */
export const unusableFile = (name: string, because: SkippedEntry['because']): ParsedImport => ({
  ...emptyImport(),
  skipped: [{ name: sanitizeName(name), because }],
});

/** The longest name of a destination, in characters. */
const maxNameLength = 80;

/** Makes a name from another program safe: one line, no control characters, limited length. */
export const sanitizeName = (name: string): string =>
  Array.from(name.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim())
    .slice(0, maxNameLength)
    .join('')
    .trim();

/** Longer than any key, address or certificate. */
const maxValueLength = 65_536;

/** Removes empty values. Undefined when a value is too long to be real. */
export function nonEmptyValues(values: Record<string, string | undefined>): FieldValues | undefined {
  const some = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return some.some(([, value]) => value.length > maxValueLength) ? undefined : Object.fromEntries(some);
}
