/** The result of parsing a file: its destinations and links, and the entries that cannot be imported. */
import type { FieldValues, ImportReport } from '../../../src-shared/profile.ts';
import type { ProviderId } from '../../../src-shared/provider.ts';
import { sanitizeName } from '../../platform/foreign-values.ts';

/**
 * A destination of another program. `secrets` stays in the main process. `from`: the name of the program.
 * `publicLinkSettings`: present if the program made permanent public links, with the settings that make the same links.
 */
export interface ImportedProfile {
  name: string;
  providerId: ProviderId;
  settings: FieldValues;
  secrets: FieldValues;
  from: string;
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
