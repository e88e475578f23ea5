/** The result of parsing a file: its destinations and links, and the entries that cannot be imported. */
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import type { ProviderId } from '../../../src-shared/provider.ts';
import { sanitizeName } from '../../platform/foreign-values.ts';

/** A destination of another program. */
export interface ImportedProfile {
  name: string;
  providerId: ProviderId;
  settings: FieldValues;
  /** Never sent to the window. */
  secrets: FieldValues;
  /** The name of the program. */
  from: string;
  /** Set if the program made permanent public links: the settings with which Hoist makes the same links. */
  publicLinkSettings?: FieldValues;
}

/** A link that another program made. */
export interface ImportedLink {
  /** Identifies the entry. It is the same in every copy of the file and at every import. */
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
