/** Which of a form's values are secrets, and which are needed. */
import type { FieldValues } from '../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderInfo } from '../../src-shared/provider.ts';

export const isSecret = ({ fields }: ProviderInfo, key: string): boolean =>
  fields.some((field) => field.key === key && holdsSecret(field));

/** Without the secrets. The id of an access key is a name, not a secret. */
export const publicValues = (provider: ProviderInfo, values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !isSecret(provider, key)));

export const secretValues = (provider: ProviderInfo, values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== '' && isSecret(provider, key)));

/** What an untouched form holds under what was filled in. */
export const withInitialValues = ({ fields }: ProviderInfo, values: FieldValues): FieldValues => ({
  ...Object.fromEntries(fields.flatMap(({ key, initial }) => (initial === undefined ? [] : [[key, initial]]))),
  ...values,
});

/** Fields that a person sees with these settings. */
export function shownFields(provider: ProviderInfo, settings: FieldValues): Field[] {
  const all = withInitialValues(provider, settings);
  return provider.fields.filter((field) => isShown(field, all));
}

/**
 * Secrets that are sent as they are to whoever the settings name, such as the password of a proxy: with other settings of that
 * kind they are no longer for whom they were entered.
 */
export function staleSecrets({ fields }: ProviderInfo, before: FieldValues, now: FieldValues): string[] {
  const networkFields = fields.filter(({ group }) => group === 'network');
  const isChanged = networkFields.some(
    ({ key, kind, initial = '' }) => !holdsSecret({ kind }) && (before[key] ?? initial) !== (now[key] ?? initial),
  );
  return isChanged ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];
}

/** Secrets without which these settings cannot be used. None: the settings say where else they are. */
export const requiredSecrets = (provider: ProviderInfo, settings: FieldValues): string[] =>
  shownFields(provider, settings)
    .filter(({ kind, required }) => holdsSecret({ kind }) && required)
    .map(({ key }) => key);
