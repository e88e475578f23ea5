/** Which values of a form are secret, and which are required. */
import type { FieldValues } from '../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderInfo } from '../../src-shared/provider.ts';

export const isSecret = ({ fields }: ProviderInfo, key: string): boolean =>
  fields.some((field) => field.key === key && holdsSecret(field));

/** Without the secrets. The id of an access key is a name, not a secret. */
export const publicValues = (provider: ProviderInfo, values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !isSecret(provider, key)));

export const secretValues = (provider: ProviderInfo, values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== '' && isSecret(provider, key)));

/** The values, with the initial ones of untouched fields. */
export const withInitialValues = ({ fields }: ProviderInfo, values: FieldValues): FieldValues => ({
  ...Object.fromEntries(fields.flatMap(({ key, initial }) => (initial === undefined ? [] : [[key, initial]]))),
  ...values,
});

/** The fields that the user sees with these settings. */
export function shownFields(provider: ProviderInfo, settings: FieldValues): Field[] {
  const all = withInitialValues(provider, settings);
  return provider.fields.filter((field) => isShown(field, all));
}

/**
 * Secrets that Hoist sends in plain text to the host that the network settings name, such as the password of a proxy.
 * When these settings change, the secrets belong to another host and are stale.
 */
export function staleSecrets({ fields }: ProviderInfo, before: FieldValues, now: FieldValues): string[] {
  const networkFields = fields.filter(({ group }) => group === 'network');
  const isChanged = networkFields.some(
    ({ key, kind, initial = '' }) => !holdsSecret({ kind }) && (before[key] ?? initial) !== (now[key] ?? initial),
  );
  return isChanged ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];
}

/** Secrets that these settings require. Settings that refer to credentials elsewhere require none. */
export const requiredSecrets = (provider: ProviderInfo, settings: FieldValues): string[] =>
  shownFields(provider, settings)
    .filter(({ kind, required }) => holdsSecret({ kind }) && required)
    .map(({ key }) => key);
