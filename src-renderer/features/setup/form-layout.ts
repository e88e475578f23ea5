/** Which fields a form shows at once, and which wait under "More options", by what they are about. Pure. */
import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import { fieldGroups, isShown, type Field, type FieldGroup, type ProviderInfo } from '../../../src-shared/provider.ts';
import type { FormDraft } from './form-draft.ts';

export interface FormInput {
  provider: ProviderInfo;
  draft: FormDraft;
  discovered?: DiscoveredCredentialsView;
}

export interface FormLayout {
  /** What has to be asked, the choice of who may open the links at the end. */
  mainFields: Field[];
  /** Everything else that can be said, in groups. */
  advancedGroups: { group: FieldGroup; fields: Field[] }[];
}

export function layoutForm(form: FormInput): FormLayout {
  const shown = form.provider.fields.filter((field) => isShown(field, form.draft.values));
  const mainFields = shown.filter((field) => isMainField(field, form));
  const rest = shown.filter((field) => !mainFields.includes(field));
  const isLink = ({ group }: Field): boolean => group === 'links';
  return {
    mainFields: [...mainFields.filter((field) => !isLink(field)), ...mainFields.filter(isLink)],
    advancedGroups: fieldGroups
      .map((group) => ({ group, fields: rest.filter((field) => field.group === group) }))
      .filter(({ fields }) => fields.length > 0),
  };
}

/** Of what was found on this computer only what it does not say is asked, and always who may open the links. */
function isMainField(field: Field, { provider, draft, discovered }: FormInput): boolean {
  if (field.group === 'links' && !field.advanced) return true;
  if (discovered) return discovered.needs.includes(field.key);
  const preset = provider.presets.find(({ id }) => id === draft.preset);
  if (!preset) return !field.advanced;
  return preset.asks.includes(field.key) || (!field.advanced && (field.required === true || field.kind === 'choice'));
}
