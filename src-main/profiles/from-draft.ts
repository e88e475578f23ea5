/** From a form to what is kept of it: where its keys come from, which of them are kept, what it is called. */
import type { FieldValues, Profile, ProfileDraft } from '../../src-shared/profile.ts';
import { holdsSecret } from '../../src-shared/provider.ts';
import type { Found, Provider } from '../providers/provider.ts';
import { isSecret, neededSecrets, secretValues, shownFields, strayedSecrets } from './field-values.ts';
import { isWhole } from './found.ts';

/** What was there before the form: the profile that it changes, what was found on this computer. */
export interface Origin {
  before: Profile | undefined;
  found: Found | undefined;
}

/** Keys that were typed are this destination's own from then on. */
export function sourceOf(
  draft: ProfileDraft,
  provider: Provider,
  { before, found }: Origin,
): { source: 'environment' } | undefined {
  const isTyped = Object.keys(secretValues(provider, draft.secrets)).some((key) =>
    neededSecrets(provider, draft.settings).includes(key),
  );
  return !isTyped && (found?.use === 'environment' || before?.source === 'environment')
    ? { source: 'environment' }
    : undefined;
}

/** As tidied; '' for what is to be forgotten: it was emptied and can be, or these settings do not use it or send it elsewhere. */
export function secretsToKeep(
  draft: ProfileDraft,
  provider: Provider,
  { values, found, before }: Origin & { values: FieldValues },
): FieldValues {
  const shown = new Set(shownFields(provider, draft.settings).map(({ key }) => key));
  const needed = neededSecrets(provider, draft.settings);
  const typed = Object.entries(draft.secrets)
    .filter(([key, value]) => isSecret(provider, key) && (value !== '' || !needed.includes(key)))
    .map(([key, value]) => [key, value === '' ? '' : (values[key] ?? value)]);
  const copied =
    found?.use === 'copy'
      ? Object.keys(secretValues(provider, found.values)).map((key) => [key, values[key] ?? ''])
      : [];
  const unused =
    draft.id === undefined
      ? []
      : provider.fields.filter((field) => holdsSecret(field) && !shown.has(field.key)).map(({ key }) => [key, '']);
  const strayed = before ? strayedSecrets(provider, before.settings, draft.settings).map((key) => [key, '']) : [];
  return Object.fromEntries([...strayed, ...copied, ...typed, ...unused]) as FieldValues;
}

/** People know what was found by its name; what they typed, by its place. */
export function wishedName(provider: Provider, settings: FieldValues, found: Found | undefined): string {
  const name = settings['bucket'] ?? provider.name;
  return found && (isWhole(found) || !settings['bucket']) ? found.name : name;
}
