/** Turns a form into the stored profile: the source of its keys, the keys to store, its name. */
import type { FieldValues, Profile, ProfileDraft } from '../../src-shared/profile.ts';
import { holdsSecret } from '../../src-shared/provider.ts';
import type { DiscoveredCredentials, Provider } from '../providers/contract/provider.ts';
import { isSecret, requiredSecrets, secretValues, shownFields, staleSecrets } from './field-values.ts';
import { isComplete } from './credential-discovery.ts';

/** The profile that the form changes, and the credentials on this computer that it started from. */
export interface Origin {
  existing: Profile | undefined;
  discovered: DiscoveredCredentials | undefined;
}

/** A destination whose key the user typed no longer uses the environment. */
export function profileSource(
  draft: ProfileDraft,
  provider: Provider,
  { existing, discovered }: Origin,
): { source: 'environment' } | undefined {
  const isTyped = Object.keys(secretValues(provider, draft.secrets)).some((key) =>
    requiredSecrets(provider, draft.settings).includes(key),
  );
  return !isTyped && (discovered?.use === 'environment' || existing?.source === 'environment')
    ? { source: 'environment' }
    : undefined;
}

/**
 * Normalized secrets. '' deletes a secret: the user cleared an optional one, or the settings do not use it or send it
 * to another host.
 */
export function secretsToSave(
  draft: ProfileDraft,
  provider: Provider,
  { values, discovered, existing }: Origin & { values: FieldValues },
): FieldValues {
  const shown = new Set(shownFields(provider, draft.settings).map(({ key }) => key));
  const required = requiredSecrets(provider, draft.settings);
  const typed = Object.entries(draft.secrets)
    .filter(([key, value]) => isSecret(provider, key) && (value !== '' || !required.includes(key)))
    .map(([key, value]) => [key, value === '' ? '' : (values[key] ?? value)]);
  const copied =
    discovered?.use === 'copy'
      ? Object.keys(secretValues(provider, discovered.values)).map((key) => [key, values[key] ?? ''])
      : [];
  const unused =
    draft.id === undefined
      ? []
      : provider.fields.filter((field) => holdsSecret(field) && !shown.has(field.key)).map(({ key }) => [key, '']);
  const stale = existing ? staleSecrets(provider, existing.settings, draft.settings).map((key) => [key, '']) : [];
  return Object.fromEntries([...stale, ...copied, ...typed, ...unused]) as FieldValues;
}

/** Discovered credentials keep their name; a typed destination gets the name of its bucket. */
export function suggestedName(
  provider: Provider,
  settings: FieldValues,
  discovered: DiscoveredCredentials | undefined,
): string {
  const name = settings['bucket'] ?? provider.name;
  return discovered && (isComplete(discovered) || !settings['bucket']) ? discovered.name : name;
}
