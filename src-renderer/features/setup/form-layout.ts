/** Decides which fields a form shows directly, and which it groups under "More options". Pure. */
import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import { fieldGroups, isShown, type Field, type FieldGroup, type ProviderInfo } from '../../../src-shared/provider.ts';
import type { FormDraft } from './form-draft.ts';

export interface FormInput {
  provider: ProviderInfo;
  draft: FormDraft;
  discovered?: DiscoveredCredentialsView;
}

export interface FormLayout {
  /** The required fields, then the link kind. */
  mainFields: Field[];
  /** All other fields, in groups. */
  advancedGroups: { group: FieldGroup; fields: Field[] }[];
}

export function layoutForm(form: FormInput): FormLayout {
  const shown = form.provider.fields.filter((field) => isShown(field, form.draft.values));
  const mainFields = shown.filter((field) => isMainField(field, form));
  const otherFields = shown.filter((field) => !mainFields.includes(field));
  const isLink = ({ group }: Field): boolean => group === 'links';
  return {
    mainFields: [...mainFields.filter((field) => !isLink(field)), ...mainFields.filter(isLink)],
    advancedGroups: fieldGroups
      .map((group) => ({ group, fields: otherFields.filter((field) => field.group === group) }))
      .filter(({ fields }) => fields.length > 0),
  };
}

/** With discovered credentials, only missing fields and the link kind are main fields. */
function isMainField(field: Field, { provider, draft, discovered }: FormInput): boolean {
  if (field.group === 'links' && !field.advanced) return true;
  if (discovered) return discovered.needs.includes(field.key);
  const preset = provider.presets.find(({ id }) => id === draft.preset);
  if (!preset) return !field.advanced;
  return preset.asks.includes(field.key) || (!field.advanced && (field.required === true || field.kind === 'choice'));
}
