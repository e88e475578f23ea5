/**
 * All destinations as a file, for example for another computer. The file contains no secrets; the import asks for them.
 * The format is documented in docs/command-line.md.
 */
import * as v from 'valibot';
import { practiceId, type FieldValues, type ProfileView } from '../../src-shared/profile.ts';
import { holdsSecret, providerIds, type Field, type ProviderInfo } from '../../src-shared/provider.ts';
import { text } from '../../src-shared/text/text.ts';
import { sanitizeName } from '../platform/foreign-values.ts';
import { emptyImport, type ParsedImport } from './import/parsed-import.ts';
import { isEnvironmentId } from './built-ins.ts';

/** The program that {@link parseDestinations} reports as the source of the destinations. */
export const appName = text('app.name');
const format = 'hoist-destinations';
const version = 1;

/** JSON of the destinations that the user set up, without the environment and built-in destinations. */
export function exportDestinations(profiles: readonly ProfileView[], providers: readonly ProviderInfo[]): string {
  const destinations = profiles.filter(isUserProfile).map(({ name, providerId, settings }) => ({
    name,
    provider: providerId,
    settings: withoutSecrets(settings, providers.find(({ id }) => id === providerId)?.fields ?? []),
  }));
  return `${JSON.stringify({ format, version, destinations }, null, 2)}\n`;
}

/** Built-in destinations are not exported. */
export const isUserProfile = ({ id }: ProfileView): boolean => id !== practiceId && !isEnvironmentId(id);

/**
 * Settings never contain a secret of a known field. A field that this version does not know may be secret, so it is
 * omitted too.
 */
function withoutSecrets(settings: FieldValues, fields: readonly Field[]): FieldValues {
  const known = new Set(fields.filter((field) => !holdsSecret(field)).map(({ key }) => key));
  return Object.fromEntries(Object.entries(settings).filter(([key]) => known.has(key)));
}

const Destination = v.object({
  name: v.string(),
  provider: v.picklist(providerIds),
  settings: v.record(v.string(), v.pipe(v.string(), v.maxLength(65_536))),
});

export const isDestinationsFile = (file: Record<string, unknown>): boolean => file['format'] === format;

/** Reads a file that {@link exportDestinations} wrote in any version of Hoist. */
export function parseDestinations(file: Record<string, unknown>): ParsedImport {
  const parsed = emptyImport();
  const destinations = Array.isArray(file['destinations']) ? file['destinations'] : [];
  for (const entry of destinations) {
    const read = v.safeParse(Destination, entry);
    const { name: rawName } = typeof entry === 'object' && entry !== null ? (entry as { name?: unknown }) : {};
    const name = sanitizeName(typeof rawName === 'string' ? rawName : '');
    if (!read.success || name === '') parsed.skipped.push({ name, because: 'unusable' });
    else
      parsed.profiles.push({
        name,
        providerId: read.output.provider,
        settings: read.output.settings,
        secrets: {},
        from: appName,
      });
  }
  return parsed;
}
