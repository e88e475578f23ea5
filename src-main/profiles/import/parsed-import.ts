/** What the settings of another program amount to: destinations and links, and what of it cannot be taken over. */
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import type { ProviderId } from '../../../src-shared/provider.ts';

/** A destination as another program has it. `secrets` never leaves main. `from`: the program, as people know it. */
export interface ImportedProfile {
  name: string;
  providerId: ProviderId;
  settings: FieldValues;
  secrets: FieldValues;
  from: string;
}

/** A link that another program made. */
export interface ImportedLink {
  /** The same for the same entry, whenever and from whichever copy of the file it is read. */
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

/** A whole file that gives nothing. */
export const unusableFile = (name: string, because: SkippedEntry['because']): ParsedImport => ({
  ...emptyImport(),
  skipped: [{ name: sanitizeName(name), because }],
});

/** As many characters as a destination's name may have. */
const maxNameLength = 80;

/** A name from a foreign file: one line, nothing that moves a cursor, not longer than a name may be. */
export const sanitizeName = (name: string): string =>
  Array.from(name.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim())
    .slice(0, maxNameLength)
    .join('')
    .trim();

/** Longer than any key, address or certificate. */
const maxValueLength = 65_536;

/** Without what is empty. Undefined when a value is so long that it is none. */
export function nonEmptyValues(values: Record<string, string | undefined>): FieldValues | undefined {
  const some = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return some.some(([, value]) => value.length > maxValueLength) ? undefined : Object.fromEntries(some);
}
