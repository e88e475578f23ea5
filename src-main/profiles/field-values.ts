/** Which values of a form are secret, and which are required. */
import type { FieldValues } from '../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderInfo } from '../../src-shared/provider.ts';

export const isSecret = ({ fields }: ProviderInfo, key: string): boolean =>
  fields.some((field) => field.key === key && holdsSecret(field));

/** The values without the secrets. An access key ID is not a secret. */
export const publicValues = (provider: ProviderInfo, values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !isSecret(provider, key)));

export const secretValues = (provider: ProviderInfo, values: FieldValues): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== '' && isSecret(provider, key)));

/** The values, completed with the initial values of the other fields. */
export const withInitialValues = ({ fields }: Pick<ProviderInfo, 'fields'>, values: FieldValues): FieldValues => ({
  ...Object.fromEntries(fields.flatMap(({ key, initial }) => (initial === undefined ? [] : [[key, initial]]))),
  ...values,
});

/** The fields that the user sees with these settings. */
export function shownFields(provider: ProviderInfo, settings: FieldValues): Field[] {
  const completeSettings = withInitialValues(provider, settings);
  return provider.fields.filter((field) => isShown(field, completeSettings));
}

/**
 * The secrets that must not be sent with the new settings: the secrets of the network group, such as the password of a
 * proxy, if the network settings name another host now.
 */
export function staleSecrets({ fields }: ProviderInfo, before: FieldValues, now: FieldValues): string[] {
  const networkFields = fields.filter(({ group }) => group === 'network');
  const isChanged = networkFields.some(
    ({ key, kind, initial = '' }) => !holdsSecret({ kind }) && (before[key] ?? initial) !== (now[key] ?? initial),
  );
  return isChanged ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];
}

/** The secrets that these settings require. Settings that refer to an AWS profile, for example, require no secret. */
export const requiredSecrets = (provider: ProviderInfo, settings: FieldValues): string[] =>
  shownFields(provider, settings)
    .filter(({ kind, required }) => holdsSecret({ kind }) && required)
    .map(({ key }) => key);
