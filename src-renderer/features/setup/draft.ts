/** The setup form without its looks: what it starts with, shows, checks and hands over. Pure. */
import type { FieldValues, ProfileDraft, ProfileView } from '../../../src-shared/profile.ts';
import { isShown, type Field, type Preset, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';

/** `values` holds all fields, secrets too: they live as long as the form. `touched` were left by the person, so may show an error. */
export interface Draft { name: string; preset: string; values: FieldValues; touched: ReadonlySet<string> }

/** Key of the name's own input, beside the fields of the provider. It may stay empty: main then names it after its bucket. */
export const nameKey = 'name';

export function startDraft(provider: ProviderInfo, profile?: ProfileView): Draft {
  const values = Object.fromEntries(provider.fields.map((field) => [field.key, (field.kind === 'secret' ? undefined : profile?.settings[field.key]) ?? field.initial ?? initialOf(field)]));
  return { name: profile?.name ?? '', preset: profile ? presetOf(provider, values) : '', values, touched: new Set() };
}

const initialOf = (field: Field): string => (field.kind === 'toggle' ? 'false' : field.kind === 'choice' ? field.choices?.[0]?.value ?? '' : '');

/** The preset that a saved profile was made with, as far as its values tell; `{account}` in a preset is the person's to fill. */
function presetOf(provider: ProviderInfo, values: FieldValues): string {
  return provider.presets.find((preset) => Object.entries(preset.values).every(([key, value]) => isFilledFrom(value, values[key] ?? '')))?.id ?? '';
}

function isFilledFrom(template: string, value: string): boolean {
  const parts = template.split(/\{\w+\}/);
  return parts.length === 1 ? template === value : value.startsWith(parts[0] ?? '') && value.endsWith(parts.at(-1) ?? '');
}

/** Fills in what the preset knows; what an earlier preset filled in and this one does not know goes back to its start. */
export function withPreset(draft: Draft, provider: ProviderInfo, preset: Preset | undefined): Draft {
  const before = provider.presets.find(({ id }) => id === draft.preset);
  const undone = Object.fromEntries(Object.entries(before?.values ?? {})
    .filter(([key, value]) => draft.values[key] === value)
    .map(([key]) => { const field = provider.fields.find((one) => one.key === key); return [key, field?.initial ?? (field ? initialOf(field) : '')]; }));
  const isOwnName = draft.name !== '' && draft.name !== before?.name;
  return { ...draft, name: isOwnName ? draft.name : preset?.name ?? '', preset: preset?.id ?? '', values: { ...draft.values, ...undone, ...preset?.values } };
}

export const withValue = (draft: Draft, key: string, value: string): Draft =>
  key === nameKey ? { ...draft, name: value } : { ...draft, values: { ...draft.values, [key]: value } };

export const withTouched = (draft: Draft, keys: readonly string[]): Draft => ({ ...draft, touched: new Set([...draft.touched, ...keys]) });

/** A secret that is saved may stay empty: it keeps its value. */
const hasSaved = (field: Field, profile: ProfileView | undefined): boolean => field.kind === 'secret' && (profile?.secrets.includes(field.key) ?? false);

/** Fields that must be filled in and are not, with the sentence to show under each. */
export function missingFields(draft: Draft, provider: ProviderInfo, profile?: ProfileView): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const field of provider.fields) {
    const needed = field.required && isShown(field, draft.values) && !hasSaved(field, profile);
    if (needed && (draft.values[field.key] ?? '').trim() === '') problems[field.key] = text('ui.setup.required', { label: text(field.label) });
  }
  return problems;
}

/** What crosses to main: hidden fields stay home, untouched secrets keep their saved value. */
export function toProfileDraft(draft: Draft, provider: ProviderInfo, profile?: ProfileView): ProfileDraft {
  const settings: FieldValues = {};
  const secrets: FieldValues = {};
  for (const field of provider.fields) {
    if (!isShown(field, draft.values)) continue;
    const value = draft.values[field.key] ?? '';
    if (field.kind !== 'secret') settings[field.key] = value.trim();
    else if (value.trim() !== '') secrets[field.key] = value.trim();
  }
  return { ...(profile && { id: profile.id }), providerId: provider.id, name: draft.name.trim(), settings, secrets };
}
