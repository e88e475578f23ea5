/** The values that a form would submit. */
import type { FieldValues } from '../../src-shared/profile.ts';
import type { ProviderInfo } from '../../src-shared/provider.ts';
import { shownFields, withInitialValues } from './field-values.ts';

/** Untouched fields have their initial value. Hidden fields and unknown keys are left out. */
export function formValues(provider: ProviderInfo, values: FieldValues): FieldValues {
  const all = withInitialValues(provider, values);
  const shown = new Set(shownFields(provider, all).map(({ key }) => key));
  return Object.fromEntries(Object.entries(all).filter(([key]) => shown.has(key)));
}
