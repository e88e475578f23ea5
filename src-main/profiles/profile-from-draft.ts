/** Derives a stored profile from a form: the source of its keys, the keys to store, and its name. */
import type { FieldValues, Profile, ProfileDraft } from '../../src-shared/profile.ts';
import { holdsSecret } from '../../src-shared/provider.ts';
import type { DiscoveredCredentials, Provider } from '../providers/contract/provider.ts';
import { isSecret, requiredSecrets, secretValues, shownFields, staleSecrets } from './field-values.ts';
import { isComplete } from './credential-discovery.ts';

/** The profile that the form edits, and the discovered credentials that the form started from. */
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
 * The normalized secrets to save, by field. '' deletes a stored secret: the user cleared an optional secret, the
 * settings no longer use it, or it belongs to other parties, such as a replaced proxy or server.
 */
export function secretsToSave(
  draft: ProfileDraft,
  provider: Provider,
  { values, discovered, existing, changesRecipients }: Origin & { values: FieldValues; changesRecipients: boolean },
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
  // Includes secrets that cannot be read now, so that they are not sent to the new parties later.
  const unbound = changesRecipients
    ? provider.fields.filter((field) => holdsSecret(field) && !values[field.key]).map(({ key }) => [key, ''])
    : [];
  const stale = existing ? staleSecrets(provider, existing.settings, draft.settings).map((key) => [key, '']) : [];
  return Object.fromEntries([...stale, ...unbound, ...copied, ...typed, ...unused]) as FieldValues;
}

/**
 * The name of the discovered credentials, unless the user added the bucket to them. Otherwise the bucket, or the
 * provider.
 */
export function suggestedName(
  provider: Provider,
  settings: FieldValues,
  discovered: DiscoveredCredentials | undefined,
): string {
  const name = settings['bucket'] ?? provider.name;
  return discovered && (isComplete(discovered) || !settings['bucket']) ? discovered.name : name;
}
