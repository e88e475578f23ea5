/** Which fields a form shows at once, and which wait under "More options", by what they are about. Pure. */
import type { FoundView } from '../../../src-shared/profile.ts';
import { fieldGroups, isShown, type Field, type FieldGroup, type ProviderInfo } from '../../../src-shared/provider.ts';
import type { Draft } from './draft.ts';

export interface FormOf {
  provider: ProviderInfo;
  draft: Draft;
  found?: FoundView;
}

export interface FormLayout {
  /** What has to be asked, the choice of who may open the links at the end. */
  asked: Field[];
  /** Everything else that can be said, in groups. */
  more: { group: FieldGroup; fields: Field[] }[];
}

export function layoutOf(form: FormOf): FormLayout {
  const shown = form.provider.fields.filter((field) => isShown(field, form.draft.values));
  const asked = shown.filter((field) => isAsked(field, form));
  const rest = shown.filter((field) => !asked.includes(field));
  const isLink = ({ group }: Field): boolean => group === 'links';
  return {
    asked: [...asked.filter((field) => !isLink(field)), ...asked.filter(isLink)],
    more: fieldGroups
      .map((group) => ({ group, fields: rest.filter((field) => field.group === group) }))
      .filter(({ fields }) => fields.length > 0),
  };
}

/** Of what was found on this computer only what it does not say is asked, and always who may open the links. */
function isAsked(field: Field, { provider, draft, found }: FormOf): boolean {
  if (field.group === 'links' && !field.advanced) return true;
  if (found) return found.needs.includes(field.key);
  const preset = provider.presets.find(({ id }) => id === draft.preset);
  if (!preset) return !field.advanced;
  return preset.asks.includes(field.key) || (!field.advanced && (field.required === true || field.kind === 'choice'));
}
