/** The values that a form would submit. */
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProviderInfo } from '../../src-shared/provider.ts';
import { shownFields, withInitialValues } from './field-values.ts';

/** Adds the initial values of untouched fields, and omits hidden fields and unknown keys. */
export function formValues(provider: ProviderInfo, values: FieldValues): FieldValues {
  const completeValues = withInitialValues(provider, values);
  const shown = new Set(shownFields(provider, completeValues).map(({ key }) => key));
  return Object.fromEntries(Object.entries(completeValues).filter(([key]) => shown.has(key)));
}
