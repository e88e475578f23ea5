/** What the settings of another program amount to: destinations and links, and what of it cannot be taken over. */
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import type { ProviderId } from '../../../src-shared/provider.ts';
import { sanitizeName } from '../../platform/foreign-values.ts';

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
